import { readFileSync } from 'node:fs';

/** `/proc/<pid>/stat` counts in hundredths of a second (sysconf(_SC_CLK_TCK), the same on all Linux machines of today). */
const TICK_MS = 10;

/** Milliseconds that a process has spent on processors so far, all its threads together; undefined on systems without `/proc`. */
export function processorTime(pid: number): number | undefined {
  try {
    // The second field is the program's name, in brackets, and may hold blanks.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return undefined;
  }
}
