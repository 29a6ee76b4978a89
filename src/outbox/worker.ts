import { SECOND } from '../domain/clock.ts';
import type { Incident, IncidentStatus, NewIncident } from '../domain/incident.ts';
import { createWake, type Wake } from '../lib/wake.ts';
import { type Agenda, createAgenda, type Job } from './agenda.ts';
import type { OutboxDeps } from './deps.ts';
import { ifLeading, type StepContext, whileLeading } from './context.ts';
import { GoneError, LeaseLostError, wordsOf } from './errors.ts';
import { isOutOfPatience } from './file.ts';
import { createCircuitBreaker, type CircuitBreaker } from './circuit-breaker.ts';
import { backoffMs, type FilingFacts, type TicketMatches } from './next-step.ts';
import { createRateLimiter, type RateLimiter } from './rate-limiter.ts';
import { createReads, type TicketReads } from './reads.ts';
import { createShelf, type Item, type Shelf } from './shelf.ts';
import { carryOut } from './steps.ts';

/** A failing store is tried again after this long, at least. */
const STORE_RETRY_MS = SECOND;
/** A Lease that was not renewed in time may be ours again by the next renewal. */
const LEASE_RECHECK_MS = SECOND;

/** Files what is Pending, sends what is to be said, removes what is over. Only the leader runs it. */
export interface Outbox {
  /** Makes an Incident and takes it into work, if the Lease is still held; rejects with LeaseLostError if not. `lookup` may have been asked for while the evidence was gathered. */
  open(
    incident: NewIncident,
    lookup?: Promise<TicketMatches | undefined>,
  ): Promise<{ readonly created: boolean; readonly incident: Incident }>;
  /** An Incident as it stands in the cluster, seen by the watch or written by us. With `isTrue` whatever its version. */
  offer(incident: Incident, isTrue?: boolean): void;
  /** An Incident that was deleted. With `uid` a later one of the same name stays in work. */
  forget(name: string, uid?: string): void;
  /**
   * Changes the status of the newest version; `change` is asked again after a conflict and may decline. Undefined when
   * the incident is gone. Rejects as `open` does: a process that stood still had decided by what was true before.
   */
  update(
    incident: Incident,
    change: (newest: Incident) => Partial<IncidentStatus> | undefined,
  ): Promise<Incident | undefined>;
  /** Reads of the ticket API for others; they pass the same gate as all that is sent. */
  readonly reads: TicketReads;
  /** Works until `stop` is aborted, then lets what is in flight come to its end; `cut` ends that as well. */
  run(stop: AbortSignal, cut: AbortSignal): Promise<void>;
  /** How many Incidents wait to be filed, and since when the oldest (epoch milliseconds). */
  pending(): { readonly count: number; readonly oldestAt?: number };
}

interface Engine {
  readonly deps: OutboxDeps;
  readonly shelf: Shelf;
  readonly agenda: Agenda;
  readonly gate: CircuitBreaker;
  readonly pace: RateLimiter;
  readonly wake: Wake;
  /** Keys of the Incidents that are worked on. One that was opened anew waits for the work on its predecessor. */
  readonly busy: Set<string>;
}

/** An outbox with nothing in it. */
export function createOutbox(deps: OutboxDeps): Outbox {
  const { options, clock } = deps;
  const wake = createWake(clock);
  const shelf = createShelf(deps.store, clock, (name) => {
    agenda.touch(name);
    wake.notify();
  });
  const busy = new Set<string>();
  const agenda = createAgenda({ shelf, busy, options });
  const gate = createCircuitBreaker(deps.random, deps.observer);
  const engine: Engine = {
    deps,
    shelf,
    agenda,
    wake,
    gate,
    busy,
    pace: createRateLimiter(options.maxPerMinute),
  };
  return {
    open: (incident, lookup) => ifLeading(deps.isLeader, () => shelf.create(incident, lookup)),
    offer: shelf.offer,
    forget: shelf.forget,
    update: (incident, change) => ifLeading(deps.isLeader, () => shelf.update(incident, change)),
    reads: createReads({ ...deps, gate }),
    run: (stop, cut) => run(engine, stop, cut),
    pending: () => pending(shelf),
  };
}

async function run(engine: Engine, stop: AbortSignal, cut: AbortSignal): Promise<void> {
  engine.shelf.takeOver();
  const running = new Set<Promise<void>>();
  while (!stop.aborted) {
    const until = startJobs(engine, running, cut);
    await engine.wake.wait(until, stop).catch(() => undefined);
  }
  await Promise.all(running);
  // A replica that does not lead blocks nothing, and must not say so for ever.
  engine.gate.reset();
}

/** Starts as much as may run at once. Returns when to look again (monotonic), unless something happens before. */
function startJobs(engine: Engine, running: Set<Promise<void>>, cut: AbortSignal): number | undefined {
  const { deps, agenda, gate, pace } = engine;
  const { clock, options, isLeader } = deps;
  if (!isLeader()) return clock.monotonic() + LEASE_RECHECK_MS;
  while (running.size < options.maxConcurrent) {
    const elapsed = clock.monotonic();
    const heldUntil = Math.max(gate.blockedUntil, pace.freeAt(elapsed));
    const { job, until } = agenda.next({ now: clock.now(), elapsed }, heldUntil);
    if (job === undefined) return until;
    if (mayBeSent(engine, job)) pace.note(elapsed);
    start(engine, job, running, cut);
  }
  return undefined;
}

/** A look-up that is out of patience sends the ticket when it fails. */
function mayBeSent({ gate, deps }: Engine, { item, step: { kind } }: Job): boolean {
  if (kind === 'lookUp') return isOutOfPatience(item.facts, { gate, clock: deps.clock });
  return kind === 'post' || kind === 'comment';
}

function start(
  { busy, agenda, wake, ...engine }: Engine,
  job: Job,
  running: Set<Promise<void>>,
  cut: AbortSignal,
): void {
  const { key } = job.item.incident.spec;
  busy.add(key);
  const task = work(engine, job, cut).finally(() => {
    busy.delete(key);
    running.delete(task);
    for (const name of engine.shelf.namesOf(key)) agenda.touch(name);
    wake.notify();
  });
  running.add(task);
}

type Workshop = Pick<Engine, 'deps' | 'shelf' | 'gate'>;

async function work(engine: Workshop, { item, step }: Job, signal: AbortSignal): Promise<void> {
  const { shelf } = engine;
  try {
    const result = await carryOut(step, { ...item }, stepContext(engine, signal));
    item.facts = result.facts;
    if (result.removed === true) shelf.forget(item.incident.name, item.incident.uid);
  } catch (error) {
    if (error instanceof GoneError) shelf.forget(item.incident.name, item.incident.uid);
    else if (!signal.aborted && !(error instanceof LeaseLostError))
      item.facts = storeFailed(engine, item, error);
  }
}

function stepContext({ deps, shelf, gate }: Workshop, signal: AbortSignal): StepContext {
  return {
    ...deps,
    desk: whileLeading(deps.desk, deps.isLeader),
    gate,
    signal,
    load: shelf.load,
    noteSent: shelf.noteSent,
    isNewest: shelf.isNewest,
    write: async (incident, change) => {
      const written = await shelf.update(incident, change);
      if (written === undefined) throw new GoneError(incident.name);
      return written;
    },
  };
}

function storeFailed({ deps }: Workshop, item: Item, error: unknown): FilingFacts {
  const failures = item.facts.failures + 1;
  deps.observer.failed(item.incident, 'store', { kind: 'store', error: wordsOf(error) });
  const waitMs = backoffMs(failures, deps.random(), STORE_RETRY_MS);
  return { ...item.facts, failures, notBefore: deps.clock.monotonic() + waitMs };
}

function pending(shelf: Shelf): ReturnType<Outbox['pending']> {
  const waiting = [...shelf.items.values()].filter((item) => item.incident.status.phase === 'Pending');
  if (waiting.length === 0) return { count: 0 };
  return { count: waiting.length, oldestAt: Math.min(...waiting.map((item) => item.incident.spec.openedAt)) };
}
