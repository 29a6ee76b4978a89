import { SECOND } from '../domain/clock.ts';
import type { Incident, IncidentStatus, NewIncident } from '../domain/incident.ts';
import { createWake, type Wake } from '../lib/wake.ts';
import type { OutboxDeps } from './deps.ts';
import { createGate, type Gate } from './gate.ts';
import { backoffMs, type FilingFacts, type Lookup, nextStep, type Step } from './next-step.ts';
import { createShelf, GoneError, type Item, type Shelf } from './shelf.ts';
import type { StepContext } from './context.ts';
import { carryOut } from './steps.ts';

/** A failing store is tried again after this long, at least. */
const STORE_RETRY_MS = SECOND;

/** Files what is Pending, sends what is to be said, removes what is over. Only the leader runs it. */
export interface Outbox {
  /** Makes an Incident and takes it into work. `lookup` may have been asked for while the evidence was gathered. */
  open(
    incident: NewIncident,
    lookup?: Promise<Lookup | undefined>,
  ): Promise<{ readonly created: boolean; readonly incident: Incident }>;
  /** An Incident as it stands in the cluster, seen by the watch or written by us. */
  offer(incident: Incident): void;
  forget(name: string): void;
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
}

/** An outbox with nothing in it. */
export function createOutbox(deps: OutboxDeps): Outbox {
  const wake = createWake(deps.clock);
  const shelf = createShelf(deps.store, deps.clock, wake.notify);
  const engine: Engine = { deps, shelf, wake, gate: createGate(deps.random, deps.observer) };
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
  const { shelf, wake, deps } = engine;
  shelf.takeOver();
  const running = new Set<Promise<void>>();
  while (!stop.aborted) {
    const { jobs, until } = plan(engine);
    for (const job of jobs.slice(0, Math.max(0, deps.options.maxConcurrent - running.size))) {
      if (!deps.isLeader()) break;
      job.item.busy = true;
      const task = work(engine, job, cut).finally(() => {
        job.item.busy = false;
        running.delete(task);
        wake.notify();
      });
      running.add(task);
    }
    await wake.wait(until, stop).catch(() => undefined);
  }
  await Promise.all(running);
}

/** What can be done now, most urgent first, and when to look again (monotonic). */
function plan({ deps, shelf, gate }: Engine): {
  readonly jobs: readonly Job[];
  readonly until: number | undefined;
} {
  const { clock, options } = deps;
  const moment = { now: clock.now(), elapsed: clock.monotonic(), blockedUntil: gate.blockedUntil };
  const jobs: Job[] = [];
  let until = Infinity;
  for (const item of shelf.items.values()) {
    if (item.busy) continue;
    const step = nextStep(item.incident, item.facts, moment, options);
    if (step.kind === 'wait') until = Math.min(until, step.until ?? Infinity);
    else jobs.push({ item, step });
  }
  return { jobs: jobs.toSorted(byUrgency), until: until === Infinity ? undefined : until };
}

/** What is not filed yet comes before comments and clean-up, older incidents before younger ones. */
function byUrgency(left: Job, right: Job): number {
  const rank = (job: Job): number => (job.item.incident.status.phase === 'Pending' ? 0 : 1);
  return rank(left) - rank(right) || left.item.incident.spec.openedAt - right.item.incident.spec.openedAt;
}

async function work(engine: Engine, { item, step }: Job, signal: AbortSignal): Promise<void> {
  const { shelf } = engine;
  try {
    const result = await carryOut(step, { ...item }, stepContext(engine, signal));
    item.facts = result.facts;
    if (result.removed === true) shelf.drop(item);
  } catch (error) {
    if (error instanceof GoneError) shelf.drop(item);
    else if (!signal.aborted) item.facts = storeFailed(engine, item, error);
  }
}

function stepContext({ deps, shelf, gate }: Engine, signal: AbortSignal): StepContext {
  return {
    ...deps,
    gate,
    signal,
    load: shelf.load,
    write: async (incident, change) => {
      const written = await shelf.update(incident, change);
      if (written === undefined) throw new GoneError(incident.name);
      return written;
    },
  };
}

function storeFailed({ deps }: Engine, item: Item, error: unknown): FilingFacts {
  const failures = item.facts.failures + 1;
  const message = error instanceof Error ? error.message : String(error);
  deps.observer.failed(item.incident, 'store', { kind: 'store', error: message });
  const waitMs = backoffMs(failures, deps.random(), STORE_RETRY_MS);
  return { ...item.facts, failures, notBefore: deps.clock.monotonic() + waitMs };
}

function pending(shelf: Shelf): ReturnType<Outbox['pending']> {
  const waiting = [...shelf.items.values()].filter((item) => item.incident.status.phase === 'Pending');
  if (waiting.length === 0) return { count: 0 };
  return { count: waiting.length, oldestAt: Math.min(...waiting.map((item) => item.incident.spec.openedAt)) };
}
