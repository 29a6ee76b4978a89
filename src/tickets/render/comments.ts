import type { CommentKind, Incident, PendingComment } from '../../domain/incident.ts';
import { COMMENT_LIMIT } from '../../domain/ticket.ts';
import { hashParts } from '../../lib/hash.ts';
import { cutText, plural, sayDuration, sayTime } from '../../lib/text.ts';
import { code } from './markdown.ts';

/** Room for the marker line. */
const MARKER_ROOM = 40;
/** Comments wait in the Incident's status, which is no place for long texts. */
const TEXT_LIMIT = 2_000;

/** What a comment tells beyond its kind. */
export interface CommentFacts {
  readonly now: number;
  /** The failure as it stands, redacted: `container app exits with code 3 (Error)`. */
  readonly message?: string;
  readonly affected?: readonly string[];
  readonly occurrences?: number;
  /** How it ended: one of the sentences of `recoverySentence`. */
  readonly recovery?: string;
  /** What a person wrote. */
  readonly note?: string;
}

/** A comment to be kept in status until it is on the ticket. The marker is the same for the same intent. */
export function pendingComment(incident: Incident, kind: CommentKind, facts: CommentFacts): PendingComment {
  const marker = `c-${hashParts({ uid: incident.uid, kind, at: String(facts.now) }).slice(0, 10)}`;
  return { kind, marker, at: facts.now, text: cutText(sentence(incident, kind, facts), TEXT_LIMIT) };
}

/** The comment as it is sent; its last line finds it again. */
export function commentBody(comment: PendingComment): string {
  return `${cutText(comment.text, COMMENT_LIMIT - MARKER_ROOM)}\n\n[${comment.marker}]`;
}

function sentence(incident: Incident, kind: CommentKind, facts: CommentFacts): string {
  const time = sayTime(facts.now);
  const message = facts.message === undefined ? '' : `: ${code(facts.message)}`;
  switch (kind) {
    case 'recovered': {
      const stood = sayDuration(facts.now - incident.spec.openedAt);
      return `**Recovered** at ${time}, ${stood} after the incident opened. ${facts.recovery ?? ''}`.trim();
    }
    case 'recurred':
      return `**It has come again** at ${time}${message}. Occurrence ${(incident.status.recurrences ?? 0) + 2} of this incident.`;
    case 'adopted':
      return `**The same workload fails again** (${time})${message}. This ticket is still open, so no new one was filed; the new Incident is ${code(incident.name)}.`;
    case 'graver':
      return `**A graver cause has shown** at ${time}${message}.`;
    case 'grown':
      return `**More is affected** at ${time}: ${plural(facts.affected?.length ?? 0, 'object')}, ${plural(facts.occurrences ?? 0, 'occurrence')}${message}. ${(facts.affected ?? []).slice(0, 10).map(code).join(', ')}`;
    case 'standing':
      return `**Still failing** at ${time}, ${sayDuration(facts.now - incident.spec.openedAt)} after the incident opened${message}.`;
    case 'manual':
      return `**A person asked for a ticket** on ${incident.spec.target.kind} ${code(incident.spec.target.name)} at ${time}; this one is open already. They wrote: ${code(facts.note ?? '')}`;
  }
}

/** What is said on the younger of two tickets with one marker before it is closed. */
export function doubleText(oldestTicketId: string): string {
  return `This is a double of ticket ${code(oldestTicketId)}, made when an answer of the ticket API was lost. The other one is kept.`;
}
