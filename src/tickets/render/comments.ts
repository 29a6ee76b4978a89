import type { CommentKind, Incident, PendingComment } from '../../domain/incident.ts';
import { COMMENT_LIMIT } from '../../domain/ticket.ts';
import { hashParts } from '../../lib/hash.ts';
import { plural, sayDuration, sayTime } from '../../lib/text.ts';
import { code, cutMarkdown, listWords } from './markdown.ts';
import { nameObject } from './names.ts';

/** Room for the marker line. */
const MARKER_ROOM = 40;
const MAX_MESSAGE = 500;
const MAX_NAMES = 10;
const MAX_NAME = 100;

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
  /** The incident of a common cause, with its ticket. */
  readonly cause?: Incident;
}

/**
 * A comment to be kept in status until it is on the ticket. The marker is the same for the same intent. Everything
 * quoted in it is cut before it is quoted: a cut through a code span would set its text free.
 */
export function pendingComment(incident: Incident, kind: CommentKind, facts: CommentFacts): PendingComment {
  const marker = `c-${hashParts({ uid: incident.uid, kind, at: String(facts.now) }).slice(0, 10)}`;
  return { kind, marker, at: facts.now, text: sentences[kind](incident, facts) };
}

/**
 * The comment as it is sent; its last line finds it again. `shrink` 0 is the whole, 1 is without what it quotes, 2 says only what has
 * happened and when, for an API that has refused the whole.
 */
export function commentBody(comment: PendingComment, shrink = 0): string {
  const { text, marker } = comment;
  const [whole, unquoted, bare] = [
    () => text,
    () => text.replace(QUOTED, '(left out)'),
    () => bareText(comment),
  ];
  const words = ([whole, unquoted][shrink] ?? bare)();
  return `${cutMarkdown(words, COMMENT_LIMIT - MARKER_ROOM)}\n\n[${marker}]`;
}

const QUOTED = /(`+).+?\1/gs;

/** Every comment begins with what has happened, in words of ours. */
function bareText({ text, at }: PendingComment): string {
  const news = /^\*\*[A-Za-z ]{1,60}\*\*/.exec(text)?.[0] ?? '**There is news**';
  return `${news} at ${sayTime(at)}. The rest was refused on its way here and is left out.`;
}

type Sentence = (incident: Incident, facts: CommentFacts) => string;

const sentences: Readonly<Record<CommentKind, Sentence>> = {
  recovered: (incident, { now, recovery }) => {
    const stood = sayDuration(now - incident.spec.openedAt);
    return `**Recovered** at ${sayTime(now)}, ${stood} after the incident opened. ${recovery ?? ''}`.trim();
  },
  recurred: ({ status }, facts) =>
    `**It has come again** at ${saying(facts)}. Occurrence ${(status.recurrences ?? 0) + 2} of this incident.`,
  adopted: (incident, facts) =>
    `**The same workload fails again**, at ${saying(facts)}. This ticket is still open, so no new one was filed; the new Incident is ${code(incident.name)}.`,
  worse: (_incident, facts) => `**A worse cause has shown** at ${saying(facts)}.`,
  grown: (_incident, facts) => {
    const { affected = [], occurrences = 0 } = facts;
    const names = listWords(affected, MAX_NAMES, { max: MAX_NAME });
    const list = names === '' ? '' : ` Failing: ${names}.`;
    return `**More is affected** at ${saying(facts)}. ${plural(affected.length, 'object')}, ${plural(occurrences, 'occurrence')}.${list}`;
  },
  unresolved: ({ spec }, facts) =>
    `**Still failing**, ${sayDuration(facts.now - spec.openedAt)} after the incident opened, at ${saying(facts)}.`,
  manual: ({ spec }, { now, note }) =>
    `**A person asked for a ticket** on ${nameObject(spec.target)} at ${sayTime(now)}; this one is open already. They wrote: ${code(note ?? '', MAX_MESSAGE)}`,
  linked: (_incident, { now, cause }) =>
    cause === undefined
      ? `**Others fail with it** at ${sayTime(now)}.`
      : `**Others fail with it** at ${sayTime(now)}: ${nameObject(cause.spec.target)} has an incident of its own, ${code(cause.name)}, with ticket ${code(cause.status.ticketNumber ?? cause.status.ticketId ?? '')}. What is fixed there may fix this.`,
};

/** The time, and what the failure says of itself. */
function saying({ now, message }: CommentFacts): string {
  return message === undefined || message === ''
    ? sayTime(now)
    : `${sayTime(now)}: ${code(message, MAX_MESSAGE)}`;
}

/** What is said on the younger of two tickets with one marker before it is closed. */
export function doubleText(oldestTicketId: string): string {
  return `This is a double of ticket ${code(oldestTicketId)}, made when an answer of the ticket API was lost. The other one is kept.`;
}
