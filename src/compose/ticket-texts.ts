import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';
import { incidentMarker, keyMarker } from '../correlate/index.ts';
import type { LogFacts } from '../domain/environment.ts';
import { type Incident, type IncidentStatus, isAutomatic } from '../domain/incident.ts';
import type { TicketDraft, TicketFile } from '../domain/ticket.ts';
import { cutText } from '../lib/text.ts';
import type { OutboxTexts } from '../outbox/index.ts';
import { commentBody, doubleText, pendingComment, tellsRecovery, toRequest } from '../tickets/index.ts';

/** Longest texts in UTF-16 units that the custom resource takes. */
const MAX_TICKET_URL = 2_048;
const MAX_AFFECTED_NAME = 600;

export interface TextsOptions {
  readonly clusterId: () => string | undefined;
  /** Web address of a ticket, with `{id}` in it. */
  readonly ticketLink: string | undefined;
}

const jsonText = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue('not JSON');
    return z.NEVER;
  }
});
const count = z.number().int().nonnegative();
const openedSchema = jsonText.pipe(
  z.object({
    incident: z.object({ occurrences: count, affected: z.object({ count, pods: z.array(z.string()) }) }),
  }),
);

/** The words of the outbox. */
export function createOutboxTexts({ clusterId, ticketLink }: TextsOptions): OutboxTexts {
  return {
    request: (incident, shrink) => {
      const { draft } = incident.spec;
      if (draft === undefined) throw new Error(`Incident ${incident.name} has no draft`);
      // A request by hand does not recover: its time is that of the annotation's removal.
      const recoveredAt = isAutomatic(incident) ? incident.status.recoveredAt : undefined;
      return toRequest({
        draft,
        marker: incidentMarker(incident),
        clusterId: clusterId(),
        shrink,
        incident: incident.name,
        ...(recoveredAt === undefined ? {} : { recoveredAt }),
      });
    },
    comment: (_incident, comment, shrink) => commentBody(comment, shrink),
    adoption: (incident, now) =>
      isAutomatic(incident)
        ? pendingComment(incident, 'adopted', { now, ...failureOf(incident) })
        : pendingComment(incident, 'manual', { now, note: incident.spec.note ?? '' }),
    tellsRecovery,
    double: (_incident, oldestTicketId) => doubleText(oldestTicketId),
    keyMarker: (incident) => keyMarker(incident.spec.key),
    marker: incidentMarker,
    ticketUrl: (ticketId) => addressOf(ticketLink, ticketId),
    atFiling,
    file: unpackLog,
  };
}

/** What its own ticket would have said first: it may fail otherwise than before. */
function failureOf({ spec }: Incident): { readonly message?: string } {
  return spec.draft === undefined ? {} : { message: spec.draft.subject };
}

/** Half an address is none. */
function addressOf(ticketLink: string | undefined, ticketId: string): string | undefined {
  const address = ticketLink?.replaceAll('{id}', () => encodeURIComponent(ticketId));
  return address !== undefined && address.length <= MAX_TICKET_URL ? address : undefined;
}

/**
 * What the environment in the draft says was affected at opening. A draft of another version may have none of it: the ticket stands by
 * then, and nothing may keep its id from being written down.
 */
function atFiling({ spec }: Incident): Partial<IncidentStatus> {
  if (spec.draft === undefined) return {};
  const { attachment } = spec.draft;
  const file = attachment === undefined ? {} : { attachment: { name: attachment.name, state: 'Pending' } };
  const opened = openedSchema.safeParse(spec.draft.environment);
  if (!opened.success) return { ...file, class: spec.class };
  const { occurrences, affected } = opened.data.incident;
  return {
    ...file,
    class: spec.class,
    occurrences,
    affected: {
      count: affected.count,
      names: affected.pods.map((name) => cutText(name, MAX_AFFECTED_NAME)),
    },
  };
}

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
