import { readFileSync } from 'node:fs';
import { round } from './statistics.ts';

/** Resident memory of a process, in MB. `privateMb` is without the pages of files, such as the program of Node.js itself. */
export interface Resident {
  readonly residentMb: number;
  readonly privateMb: number;
}

/** Reads it from `/proc`; undefined on systems without. */
export function residentMemory(pid: number): Resident | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return { residentMb: megabytes(status, 'VmRSS'), privateMb: megabytes(status, 'RssAnon') };
  } catch {
    return undefined;
  }
}

function megabytes(status: string, field: string): number {
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  return round((Number(kibibytes) * 1_024) / 1e6);
}

/** The most resident memory that a process has had so far, in MB; undefined on systems without `/proc`. */
export function peakMemory(pid: number): number | undefined {
  try {
    return megabytes(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmHWM');
  } catch {
    return undefined;
  }
}
