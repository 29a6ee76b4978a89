import { type ClusterLookup, incidentKey, incidentName, manualKey, rootOwner } from '../correlate/index.ts';
import { type Clock, MINUTE } from '../domain/clock.ts';
import type { ObjectRef } from '../domain/failure.ts';
import type { Incident } from '../domain/incident.ts';
import type { EventAnswers } from '../domain/ports.ts';
import { type ObjectView, refOf } from '../domain/views.ts';
import { hashParts } from '../lib/hash.ts';
import type { WorkQueue } from '../lib/work-queue.ts';
import type { IncidentCache } from '../incidents/index.ts';
import type { RequestObserver } from '../observe/cluster-observer.ts';
import type { TicketMatches } from '../outbox/index.ts';
import type { IncidentActions } from './incident-actions.ts';
import { ManualRateLimiter, type ManualRequest, manualRequest, requestNamespace } from './manual-limits.ts';

export interface ManualRequestsDeps {
  readonly clock: Clock;
  readonly clusterKey: string;
  readonly lookup: ClusterLookup;
  readonly incidents: IncidentCache;
  readonly actions: Pick<IncidentActions, 'open' | 'change' | 'searchTickets'>;
  readonly answers: EventAnswers;
  /** How many requests one namespace may have filed in an hour. */
  readonly perHour: number;
  /** Of the keys for which there may be something to do. */
  readonly queue: Pick<WorkQueue<unknown>, 'enqueue'>;
  readonly report: { readonly request: (outcome: RequestOutcome) => void };
}

/** Delayed: others of its namespace were first, and it waits for its turn. */
export type RequestOutcome = 'accepted' | 'delayed' | 'refused';

const KEY_PREFIX = 'request/';

interface Noted {
  readonly view: ObjectView;
  readonly request: ManualRequest;
}

type Accepted = ManualRequest & { readonly kind: 'request' };
type Refused = ManualRequest & { readonly kind: 'refused' };

/**
 * Requests by annotation: one Incident for each value on each object, whoever looks and however often. Decided by levels: what stands
 * on the objects is compared with the Incidents there are.
 */
export class ManualRequests implements RequestObserver {
  readonly #deps: ManualRequestsDeps;
  readonly #rateLimiter: ManualRateLimiter;
  readonly #noted = new Map<string, Noted>();
  /** Refused ones, as long as they stand. */
  readonly #refused = new Set<string>();
  /** Delayed ones that were told so. */
  readonly #delayed = new Set<string>();

  constructor(deps: ManualRequestsDeps) {
    this.#deps = deps;
    const { clock, incidents, perHour } = deps;
    this.#rateLimiter = new ManualRateLimiter({
      perHour,
      manualIncidents: () => incidents.manual(),
      now: () => clock.now(),
    });
  }

  /** Notes the request of an object that carries the annotation, if there is work. */
  offer(view: ObjectView): void {
    const request = manualRequest(view);
    if (request === undefined) return;
    const name = this.#nameOf(view, request.value);
    const key = keyOfName(name);
    const incident = this.#deps.incidents.named(name);
    if (incident === undefined) {
      if (this.#refused.has(key)) return;
      this.#noted.set(key, { view, request });
    } else if (incident.status.recoveredAt === undefined) return;
    // One that was taken back and is there again: its Incident is to be kept.
    this.#deps.queue.enqueue(key);
  }

  /** What is remembered of it is forgotten here, and not by the work on its key, which a standby never does. */
  withdraw(view: ObjectView): void {
    if (view.fileTicket === undefined) return;
    const key = keyOfName(this.#nameOf(view, view.fileTicket));
    this.#forget(key);
    this.#refused.delete(key);
    this.#deps.queue.enqueue(key);
  }

  keyOfIncident(name: string): string {
    return keyOfName(name);
  }

  isRequest(key: string): boolean {
    return key.startsWith(KEY_PREFIX);
  }

  /** Name of the Incident of the request with this key. */
  nameOf(key: string): string {
    return key.slice(KEY_PREFIX.length);
  }

  /** Keys of everything worth a look by a new leader. */
  keys(): Iterable<string> {
    return [...this.#noted.keys(), ...this.#deps.incidents.manual().map(({ name }) => keyOfName(name))];
  }

  /** Resolves with the time of the next look, if there is one (epoch milliseconds). */
  async work(key: string, signal: AbortSignal): Promise<number | undefined> {
    const noted = this.#noted.get(key);
    if (noted !== undefined) {
      const turn = this.#isCarried(noted.view, key) ? await this.#carryOut(noted, signal) : undefined;
      if (turn === undefined && this.#noted.get(key) === noted) this.#forget(key);
      return turn;
    }
    const incident = this.#deps.incidents.named(this.nameOf(key));
    if (incident !== undefined) await this.#keepOrRelease(incident, key);
    else this.#refused.delete(key);
    return undefined;
  }

  #nameOf(view: ObjectView, value: string): string {
    return incidentName(refOf(view), manualKey(this.#deps.clusterKey, view.uid, value), 1);
  }

  #forget(key: string): void {
    this.#noted.delete(key);
    this.#delayed.delete(key);
  }

  /** Whether the object still carries the value that this key was made from. */
  #isCarried({ kind, uid }: Pick<ObjectRef, 'kind' | 'uid'>, key: string): boolean {
    const view = this.#deps.lookup.byUid(kind, uid);
    const request = view === undefined ? undefined : manualRequest(view);
    return (
      view !== undefined && request !== undefined && keyOfName(this.#nameOf(view, request.value)) === key
    );
  }

  /** A request stands as long as its annotation; only the clean-up of its Incident depends on it. */
  async #keepOrRelease(incident: Incident, key: string): Promise<void> {
    const { actions, clock } = this.#deps;
    const stands = this.#isCarried(incident.spec.target, key);
    if (stands === (incident.status.recoveredAt === undefined)) return;
    await actions.change(incident, () => ({ recoveredAt: stands ? undefined : clock.now() }));
  }

  /** Files the request, refuses it, or says when its turn is (epoch milliseconds). */
  async #carryOut({ view, request }: Noted, signal: AbortSignal): Promise<number | undefined> {
    if (request.kind === 'refused') {
      await this.#refuse(view, request);
      return undefined;
    }
    if (this.#deps.incidents.named(this.#nameOf(view, request.value)) !== undefined) return undefined;
    const namespace = requestNamespace(refOf(view));
    const turn = this.#rateLimiter.turn(namespace);
    if (turn !== undefined) return this.#delay(view, request, turn);
    const done = this.#rateLimiter.begin(namespace);
    try {
      await this.#file(view, request, signal);
    } finally {
      done();
    }
    return undefined;
  }

  async #refuse(view: ObjectView, request: Refused): Promise<void> {
    const { answers, report } = this.#deps;
    const about = refOf(view);
    if (this.#rateLimiter.mayAnswer(requestNamespace(about)))
      await answers.answer(about, {
        reason: 'TicketRefused',
        note: `No ticket was filed: ${request.reason}.`,
        id: hashParts({ refused: request.value }).slice(0, 10),
      });
    this.#refused.add(keyOfName(this.#nameOf(view, request.value)));
    report.request('refused');
  }

  /** It waits for its turn, and the person who asked is told so once. */
  async #delay(view: ObjectView, request: Accepted, turn: number): Promise<number> {
    const { clock, report, answers, perHour } = this.#deps;
    const about = refOf(view);
    const key = keyOfName(this.#nameOf(view, request.value));
    // A wait that nobody notices is not worth a word.
    const isLong = turn - clock.now() > MINUTE;
    if (isLong && !this.#delayed.has(key) && this.#rateLimiter.mayAnswer(requestNamespace(about))) {
      this.#delayed.add(key);
      report.request('delayed');
      const time = new Date(turn).toISOString().slice(11, 16);
      await answers.answer(about, {
        reason: 'TicketDelayed',
        note: `${perHour} requests an hour are filed for one namespace, and others came first. This one is filed from ${time} UTC on, in turn, while the annotation stands; take the annotation away to withdraw it.`,
        id: hashParts({ delayed: request.value }).slice(0, 10),
      });
    }
    return turn;
  }

  async #file(view: ObjectView, request: Accepted, signal: AbortSignal): Promise<void> {
    const { clock, clusterKey, incidents, lookup, actions, report, answers } = this.#deps;
    const name = this.#nameOf(view, request.value);
    const about = refOf(view);
    const key = manualKey(clusterKey, view.uid, request.value);
    const filed = incidents.filedOf(incidentKey(clusterKey, rootOwner(view, lookup)));
    const opening = {
      name,
      key,
      trigger: 'manual',
      owner: about,
      signals: [],
      since: clock.now(),
      occurrences: 1,
      affected: [],
      note: request.note,
    } as const;
    const matches =
      filed === undefined ? actions.searchTickets(key, signal) : Promise.resolve(joining(filed));
    const { created } = await actions.open(opening, matches, signal);
    if (!created) return;
    report.request('accepted');
    await answers.answer(about, {
      reason: 'TicketRequested',
      note: `The request is recorded as Incident ${name}.`,
      id: key.slice(0, 10),
    });
  }
}

function keyOfName(name: string): string {
  return `${KEY_PREFIX}${name}`;
}

/** The request becomes a comment on the ticket that there is already. */
function joining({ status: { ticketId = '', filedAt = 0 } }: Incident): TicketMatches {
  return { own: [], sameKey: [{ id: ticketId, subject: '', status: 'open', createdAt: filedAt }] };
}
