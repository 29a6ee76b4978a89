import { SECOND } from '../domain/clock.ts';
import { causality } from '../domain/failure.ts';
import type { Incident, IncidentStatus, NewIncident } from '../domain/incident.ts';
import { createWake, type Wake } from '../lib/wake.ts';
import type { OutboxDeps } from './deps.ts';
import { type StepContext, whileLeading } from './context.ts';
import { GoneError, LeaseLostError, wordsOf } from './errors.ts';
import { createGate, type Gate } from './gate.ts';
import { backoffMs, type FilingFacts, type Lookup, nextStep, type Step } from './next-step.ts';
import { createShelf, type Item, type Shelf } from './shelf.ts';
import { carryOut } from './steps.ts';

/** A failing store is tried again after this long, at least. */
const STORE_RETRY_MS = SECOND;
/** A Lease that was not renewed in time may be ours again by the next renewal. */
const LEASE_RECHECK_MS = SECOND;

/** Files what is Pending, sends what is to be said, removes what is over. Only the leader runs it. */
export interface Outbox {
  /** Makes an Incident and takes it into work. `lookup` may have been asked for while the evidence was gathered. */
  open(
    incident: NewIncident,
    lookup?: Promise<Lookup | undefined>,
  ): Promise<{ readonly created: boolean; readonly incident: Incident }>;
  /** An Incident as it stands in the cluster, seen by the watch or written by us. */
  offer(incident: Incident): void;
  /** An Incident that was deleted. With `uid` a later one of the same name stays in work. */
  forget(name: string, uid?: string): void;
  /**
   * Changes the status of the newest version; `change` is asked again after a conflict and may decline. Undefined when
   * the incident is gone.
   */
  update(
    incident: Incident,
    change: (newest: Incident) => Partial<IncidentStatus> | undefined,
  ): Promise<Incident | undefined>;
  /** Works until `stop` is aborted, then lets what is in flight come to its end; `cut` ends that as well. */
  run(stop: AbortSignal, cut: AbortSignal): Promise<void>;
  /** How many Incidents wait to be filed, and since when the oldest (epoch milliseconds). */
  pending(): { readonly count: number; readonly oldestAt?: number };
}

interface Job {
  readonly item: Item;
  readonly step: Exclude<Step, { kind: 'wait' }>;
}

interface Engine {
  readonly deps: OutboxDeps;
  readonly shelf: Shelf;
  readonly gate: Gate;
  readonly wake: Wake;
  /** Names of the Incidents that are worked on. One that was opened anew waits for the work on its predecessor. */
  readonly busy: Set<string>;
}

/** An outbox with nothing in it. */
export function createOutbox(deps: OutboxDeps): Outbox {
  const wake = createWake(deps.clock);
  const shelf = createShelf(deps.store, deps.clock, wake.notify);
  const gate = createGate(deps.random, deps.observer);
  const engine: Engine = { deps, shelf, wake, gate, busy: new Set() };
  return {
    open: shelf.create,
    offer: shelf.offer,
    forget: shelf.forget,
    update: shelf.update,
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
}

/** Starts as much as may run at once. Returns when to look again (monotonic), unless something happens before. */
function startJobs(engine: Engine, running: Set<Promise<void>>, cut: AbortSignal): number | undefined {
  const { deps, wake, busy } = engine;
  const { clock, options, isLeader } = deps;
  if (!isLeader()) return clock.monotonic() + LEASE_RECHECK_MS;
  while (running.size < options.maxConcurrent) {
    const { job, until } = plan(engine);
    if (job === undefined) return until;
    const { name } = job.item.incident;
    busy.add(name);
    const task = work(engine, job, cut).finally(() => {
      busy.delete(name);
      running.delete(task);
      wake.notify();
    });
    running.add(task);
  }
  return undefined;
}

/** The most urgent thing that can be done now, or when to look again (monotonic). */
function plan({ deps, shelf, gate, busy }: Engine): { readonly job?: Job; readonly until?: number } {
  const { clock, options } = deps;
  const moment = { now: clock.now(), elapsed: clock.monotonic(), blockedUntil: gate.blockedUntil };
  let job: Job | undefined;
  let until = Infinity;
  for (const item of shelf.items.values()) {
    if (busy.has(item.incident.name)) continue;
    const step = nextStep(item.incident, item.facts, moment, options);
    if (step.kind === 'wait') until = Math.min(until, step.until ?? Infinity);
    else if (job === undefined || urgency(item, job.item) < 0) job = { item, step };
  }
  if (job !== undefined) return { job };
  return until === Infinity ? {} : { until };
}

/** What is not filed yet comes before comments and clean-up, then what is graver, then what is older. */
function urgency({ incident: left }: Item, { incident: right }: Item): number {
  return (
    Number(right.status.phase === 'Pending') - Number(left.status.phase === 'Pending') ||
    gravity(left) - gravity(right) ||
    left.spec.openedAt - right.spec.openedAt
  );
}

function gravity({ status, spec }: Incident): number {
  return causality(status.class ?? spec.class);
}

async function work(engine: Engine, { item, step }: Job, signal: AbortSignal): Promise<void> {
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

function stepContext({ deps, shelf, gate }: Engine, signal: AbortSignal): StepContext {
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

function storeFailed({ deps }: Engine, item: Item, error: unknown): FilingFacts {
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
