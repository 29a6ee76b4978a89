import { requestNamespace, requestTurn } from '../correlate/index.ts';
import { HOUR, SECOND } from '../domain/clock.ts';
import type { Incident } from '../domain/incident.ts';

/** How many answers other than "filed" a namespace gets in an hour, for each request that it may have filed. */
const ANSWERS_PER_REQUEST = 4;
/** An Incident that is being written is in the ledger soon, or has failed. */
const IN_FLIGHT_MS = 2 * SECOND;

export interface ManualRateLimiterDeps {
  readonly perHour: number;
  /** All Incidents of requests: what was filed is counted there, so that a restart forgets nothing. */
  readonly manualIncidents: () => readonly Incident[];
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** How fast the requests of one namespace are filed and answered, whoever else asks. */
export interface ManualRateLimiter {
  /** When the next request of this namespace may be filed (epoch milliseconds); undefined is now. */
  readonly turn: (namespace: string) => number | undefined;
  /** One is being filed; to be called when it is done, whatever the end. */
  readonly begin: (namespace: string) => () => void;
  /** Whether an Event may be written about one that is not filed; counts it. */
  readonly mayAnswer: (namespace: string) => boolean;
  /** Of how many namespaces answers are remembered. */
  readonly namespaces: () => number;
}

/** The pace of one agent. */
export function createManualRateLimiter({
  perHour,
  manualIncidents,
  now,
}: ManualRateLimiterDeps): ManualRateLimiter {
  const inFlight = new Map<string, number>();
  const answered = new Map<string, readonly number[]>();

  function openedIn(namespace: string): readonly number[] {
    const theirs = manualIncidents().filter(({ spec }) => requestNamespace(spec.target) === namespace);
    return theirs.map(({ spec }) => spec.openedAt);
  }

  return {
    turn: (namespace) => {
      const running = inFlight.get(namespace) ?? 0;
      if (running >= perHour) return now() + IN_FLIGHT_MS;
      const turn = requestTurn(openedIn(namespace), perHour - running, now());
      return turn !== undefined && running > 0 ? now() + IN_FLIGHT_MS : turn;
    },
    begin: (namespace) => {
      inFlight.set(namespace, (inFlight.get(namespace) ?? 0) + 1);
      return () => {
        const left = (inFlight.get(namespace) ?? 1) - 1;
        if (left === 0) inFlight.delete(namespace);
        else inFlight.set(namespace, left);
      };
    },
    mayAnswer: (namespace) => {
      forgetAnswers(answered, now() - HOUR);
      const recent = answered.get(namespace) ?? [];
      const may = recent.length < perHour * ANSWERS_PER_REQUEST;
      if (may) answered.set(namespace, [...recent, now()]);
      return may;
    },
    namespaces: () => answered.size,
  };
}

function forgetAnswers(answered: Map<string, readonly number[]>, until: number): void {
  for (const [namespace, times] of answered) {
    const recent = times.filter((at) => at > until);
    if (recent.length === 0) answered.delete(namespace);
    else answered.set(namespace, recent);
  }
}
