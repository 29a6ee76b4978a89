import { gunzipSync, gzipSync } from 'node:zlib';
import type { LogFacts } from '../domain/environment.ts';
import type { Incident } from '../domain/incident.ts';
import type { TicketDraft, TicketFile } from '../domain/ticket.ts';

type PackedFile = NonNullable<TicketDraft['attachment']>;

/** Longest name of a file, in characters: what file systems take with something in front of it. */
const MAX_NAME = 200;
/** Far above what the configuration allows: whatever stands in an Incident may not fill the memory. */
const MAX_BYTES = 4 * 1_024 * 1_024;

/** A log, redacted, as the Incident keeps it until the ticket has it. Its name belongs to this Incident alone: by it the file is found again. */
export function packLog(incident: string, { container, previous, lines }: LogFacts): PackedFile {
  const content = Buffer.from(`${lines.join('\n')}\n`);
  const run = previous ? '-previous' : '';
  const name = `${incident}-${container}${run}`.replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, MAX_NAME);
  return { name: `${name}.log`, bytes: content.byteLength, data: gzipSync(content).toString('base64') };
}

/** The file of an Incident; undefined where there is none, or what stands there is no file. */
export function unpackLog({ spec }: Pick<Incident, 'spec'>): TicketFile | undefined {
  const packed = spec.draft?.attachment;
  if (packed === undefined) return undefined;
  try {
    const content = gunzipSync(Buffer.from(packed.data, 'base64'), { maxOutputLength: MAX_BYTES });
    return { name: packed.name, contentType: 'text/plain', content };
  } catch {
    return undefined;
  }
}
