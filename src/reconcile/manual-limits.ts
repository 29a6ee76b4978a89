import { isInherited } from '../correlate/index.ts';
import { HOUR, SECOND } from '../domain/clock.ts';
import type { ObjectRef } from '../domain/failure.ts';
import type { ObjectView } from '../domain/views.ts';
import type { Incident } from '../domain/incident.ts';

/** Longest request in characters. It is a note for the people who read the ticket, not a report. */
const REQUEST_LIMIT = 500;

/** A request by annotation: what a person wrote, or why it cannot be taken. */
export type ManualRequest =
  | { readonly kind: 'request'; readonly value: string; readonly note: string }
  | { readonly kind: 'refused'; readonly value: string; readonly reason: string };

/** Control characters, halves of characters, line and paragraph separators, direction overrides: they could pose as other text. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/**
 * Reads the annotation of an object. One that a controller's object inherited was not meant for it: the annotation on the
 * controller itself is the one that counts.
 */
export function manualRequest(view: ObjectView): ManualRequest | undefined {
  const value = view.fileTicket;
  if (value === undefined || view.deletedAt !== undefined) return undefined;
  if (isInherited(view)) return undefined;
  const note = value.trim();
  const reason = refusal(note);
  return reason === undefined ? { kind: 'request', value, note } : { kind: 'refused', value, reason };
}

function refusal(note: string): string | undefined {
  if (note === '') return 'the value is empty: write in a few words what is wrong';
  if (note.length > REQUEST_LIMIT) return `the value is longer than ${REQUEST_LIMIT} characters`;
  if (FORBIDDEN.test(note)) return 'the value has control characters or line breaks: write one plain line';
  return undefined;
}

/** The namespace whose share of requests an object takes from: a Namespace has its own, all Nodes have one together (''). */
export function requestNamespace({ kind, namespace, name }: ObjectRef): string {
  return kind === 'Namespace' ? name : namespace;
}

/**
 * When a namespace may have its next request filed, by when its last ones were (epoch milliseconds): undefined is now.
 * No more than `perHour` begin in any hour.
 */
export function requestTurn(openedAt: readonly number[], perHour: number, now: number): number | undefined {
  // One from a clock that was ahead counts from now on, so that it cannot block for longer than an hour.
  const recent = openedAt.map((at) => Math.min(at, now)).filter((at) => at > now - HOUR);
  const first = recent.toSorted((left, right) => left - right)[recent.length - perHour];
  return first === undefined ? undefined : first + HOUR;
}

/** How many answers other than "filed" a namespace gets in an hour, for each request that it may have filed. */
const ANSWERS_PER_REQUEST = 4;
/** An Incident that is being written is in the cache soon, or has failed. */
const IN_FLIGHT_MS = 2 * SECOND;

interface ManualRateLimiterDeps {
  readonly perHour: number;
  /** All Incidents of requests: what was filed is counted there, so that a restart forgets nothing. */
  readonly manualIncidents: () => readonly Incident[];
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Rate limiter of the requests of each namespace: how fast they are filed and answered, whoever else asks. */
export class ManualRateLimiter {
  readonly #deps: ManualRateLimiterDeps;
  readonly #inFlight = new Map<string, number>();
  readonly #answered = new Map<string, readonly number[]>();

  constructor(deps: ManualRateLimiterDeps) {
    this.#deps = deps;
  }

  /** When the next request of this namespace may be filed (epoch milliseconds); undefined is now. */
  turn(namespace: string): number | undefined {
    const { perHour, manualIncidents, now } = this.#deps;
    const running = this.#inFlight.get(namespace) ?? 0;
    if (running >= perHour) return now() + IN_FLIGHT_MS;
    const theirs = manualIncidents().filter(({ spec }) => requestNamespace(spec.target) === namespace);
    const openedAt = theirs.map(({ spec }) => spec.openedAt);
    const turn = requestTurn(openedAt, perHour - running, now());
    return turn !== undefined && running > 0 ? now() + IN_FLIGHT_MS : turn;
  }

  /** One is being filed; what it returns is to be called when it is done, whatever the end. */
  begin(namespace: string): () => void {
    this.#inFlight.set(namespace, (this.#inFlight.get(namespace) ?? 0) + 1);
    return () => {
      const left = (this.#inFlight.get(namespace) ?? 1) - 1;
      if (left === 0) this.#inFlight.delete(namespace);
      else this.#inFlight.set(namespace, left);
    };
  }

  /** Whether an Event may be written about one that is not filed; counts it. */
  mayAnswer(namespace: string): boolean {
    const { perHour, now } = this.#deps;
    this.#forgetAnswers(now() - HOUR);
    const recent = this.#answered.get(namespace) ?? [];
    const may = recent.length < perHour * ANSWERS_PER_REQUEST;
    if (may) this.#answered.set(namespace, [...recent, now()]);
    return may;
  }

  /** Of how many namespaces answers are remembered. */
  namespaces(): number {
    return this.#answered.size;
  }

  #forgetAnswers(until: number): void {
    for (const [namespace, times] of this.#answered) {
      const recent = times.filter((at) => at > until);
      if (recent.length === 0) this.#answered.delete(namespace);
      else this.#answered.set(namespace, recent);
    }
  }
}
