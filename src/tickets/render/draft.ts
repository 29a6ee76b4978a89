import type { Category, Severity, TicketDraft, TicketRequest } from '../../domain/ticket.ts';
import { DESCRIPTION_LIMIT, SUBJECT_LIMIT } from '../../domain/ticket.ts';
import { cutText, sayTime } from '../../lib/text.ts';
import { renderDescription } from './description.ts';
import type { Story } from './story.ts';

/** Room in the subject for ` [k8s-0123456789-abcde]`. */
const MARKER_ROOM = 24;

/** The ticket as it is kept in the Incident, still without its marker. */
export function renderDraft(
  story: Story,
  filing: { readonly category: Category; readonly severity: Severity },
): TicketDraft {
  return {
    subject: cutText(subjectLine(story), SUBJECT_LIMIT - MARKER_ROOM),
    description: renderDescription(story),
    category: filing.category,
    severity: filing.severity,
    environment: JSON.stringify(story.environment),
  };
}

function subjectLine({ trigger, message, environment }: Story): string {
  const { owner, incident } = environment;
  const name = owner.namespace === '' ? owner.name : `${owner.namespace}/${owner.name}`;
  const text = trigger === 'manual' ? message : `${incident.reason}, ${message}`;
  return `${owner.kind} ${name}: ${text}`.replace(/\s+/g, ' ');
}

export interface Filing {
  readonly draft: TicketDraft;
  readonly marker: string;
  readonly clusterId: string | undefined;
  /** The failure was over before the ticket could be filed. */
  readonly recoveredAt?: number;
  /** 0 is the whole; 1 is what an API that refuses it by size or form should take. */
  readonly shrink: number;
}

/** A draft made ready for the wire: the marker at the end of the subject and as last line of the description. */
export function toRequest({ draft, marker, clusterId, recoveredAt, shrink }: Filing): TicketRequest {
  const recovered =
    recoveredAt === undefined ? '' : `**It has recovered meanwhile, at ${sayTime(recoveredAt)}.**\n\n`;
  const ending = `\n\n[${marker}]`;
  const room = (shrink === 0 ? DESCRIPTION_LIMIT : SHRUNK_DESCRIPTION) - recovered.length - ending.length;
  return {
    subject: `${cutText(draft.subject, SUBJECT_LIMIT - marker.length - 3)} [${marker}]`,
    description: `${recovered}${cutDescription(draft.description, room)}${ending}`,
    category: draft.category,
    severity: draft.severity,
    environment: shrunkEnvironment(draft.environment, shrink),
    clusterId,
    marker,
  };
}

const SHRUNK_DESCRIPTION = 3_000;

/** Cuts at the end of a line, and closes a code block that the cut left open. */
function cutDescription(text: string, room: number): string {
  if (text.length <= room) return text;
  const note = '\n\n(cut)';
  const kept = text.slice(0, room - note.length - MAX_FENCE);
  const whole = kept.slice(0, Math.max(0, kept.lastIndexOf('\n')));
  return `${whole}${openFence(whole)}${note}`;
}

const MAX_FENCE = 40;

function openFence(text: string): string {
  let open: string | undefined;
  for (const line of text.split('\n')) {
    const fence = /^`{3,}/.exec(line)?.[0];
    if (fence === undefined) continue;
    if (open === undefined) open = fence;
    else if (fence.length >= open.length) open = undefined;
  }
  return open === undefined ? '' : `\n${open}`;
}

/** In this order, as each loses less than the next: log, events, details. */
function shrunkEnvironment(json: string, shrink: number): Readonly<Record<string, unknown>> {
  const whole = JSON.parse(json) as Record<string, unknown>;
  if (shrink === 0) return whole;
  const { version, collectedAt, agent, incident, cluster } = whole;
  return { version, collectedAt, agent, incident, cluster };
}
