import { requestNamespace, requestTurn } from '../correlate/index.ts';
import { HOUR, SECOND } from '../domain/clock.ts';
import type { Incident } from '../domain/incident.ts';

/** How many answers other than "filed" a namespace gets in an hour, for each request that it may have filed. */
const ANSWERS_PER_REQUEST = 4;
/** An Incident that is being written is in the cache soon, or has failed. */
const IN_FLIGHT_MS = 2 * SECOND;

export interface ManualRateLimiterDeps {
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
