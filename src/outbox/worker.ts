import { SECOND } from '../domain/clock.ts';
import type { Incident, IncidentStatus, NewIncident } from '../domain/incident.ts';
import { ConflictError } from '../domain/ports.ts';
import { createWake } from '../lib/wake.ts';
import type { OutboxDeps } from './deps.ts';
import { createGate } from './gate.ts';
import { backoffMs, type FilingFacts, type Lookup, nextStep, type Step } from './next-step.ts';
import { carryOut, type StepContext } from './steps.ts';

/** A status write that meets newer versions again and again is not ours to win. */
const MAX_CONFLICTS = 5;
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
  /** Changes the status of the newest version; `change` is asked again after a conflict and may decline. */
  update(
    incident: Incident,
    change: (newest: Incident) => Partial<IncidentStatus> | undefined,
  ): Promise<Incident | undefined>;
  /** Works until the signal is aborted. */
  run(signal: AbortSignal): Promise<void>;
  /** How many Incidents wait to be filed, and since when the oldest (epoch milliseconds). */
  pending(): { readonly count: number; readonly oldestAt?: number };
}

interface Item {
  incident: Incident;
  facts: FilingFacts;
  busy: boolean;
}

type Job = { readonly item: Item; readonly step: Exclude<Step, { kind: 'wait' }> };

/** An outbox with nothing in it. */
export function createOutbox(deps: OutboxDeps): Outbox {
  const { store, clock, options } = deps;
  const items = new Map<string, Item>();
  /** Incidents that this process makes: no other one can have tried to file them. */
  const mine = new Map<string, FilingFacts>();
  const wake = createWake(clock);
  const gate = createGate(deps.random, deps.observer);

  function offer(incident: Incident): void {
    const item = items.get(incident.name);
    if (item === undefined || item.incident.uid !== incident.uid) {
      const facts = mine.get(incident.name) ?? { failures: 0, shrink: 0, unknownSince: clock.monotonic() };
      items.set(incident.name, { incident, facts, busy: false });
    } else if (isNewer(incident, item.incident)) {
      item.incident = incident;
    }
    wake.notify();
  }

  async function open(
    incident: NewIncident,
    lookup?: Promise<Lookup | undefined>,
  ): ReturnType<Outbox['open']> {
    mine.set(incident.name, { failures: 0, shrink: 0 });
    try {
      const [result, found] = await Promise.all([store.create(incident), lookup]);
      if (result.created && found !== undefined)
        mine.set(incident.name, { failures: 0, shrink: 0, lookup: found });
      if (!result.created) mine.delete(incident.name);
      offer(result.incident);
      return result;
    } finally {
      mine.delete(incident.name);
    }
  }

  async function update(
    incident: Incident,
    change: (newest: Incident) => Partial<IncidentStatus> | undefined,
  ): Promise<Incident | undefined> {
    let newest: Incident | undefined = items.get(incident.name)?.incident ?? incident;
    for (let conflicts = 0; newest !== undefined && conflicts < MAX_CONFLICTS; conflicts += 1) {
      const status = change(newest);
      if (status === undefined) return newest;
      try {
        const written = await store.patchStatus(newest, status);
        offer(written);
        return written;
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
        newest = await store.get(incident.name);
      }
    }
    if (newest === undefined) items.delete(incident.name);
    return newest;
  }

  async function work({ item, step }: Job, signal: AbortSignal): Promise<void> {
    const context: StepContext = {
      ...deps,
      gate,
      signal,
      write: async (incident, status) => {
        const written = await update(incident, () => status);
        if (written === undefined) throw new GoneError(incident.name);
        return written;
      },
    };
    try {
      const result = await carryOut(step, item.incident, item.facts, context);
      item.facts = result.facts;
      if (result.incident !== undefined && isNewer(result.incident, item.incident))
        item.incident = result.incident;
      if (result.removed === true) items.delete(item.incident.name);
    } catch (error) {
      if (error instanceof GoneError) items.delete(item.incident.name);
      else if (!signal.aborted) item.facts = storeFailed(item, error);
    }
  }

  function storeFailed(item: Item, error: unknown): FilingFacts {
    const failures = item.facts.failures + 1;
    deps.observer.failed(item.incident, 'store', {
      kind: 'store',
      error: error instanceof Error ? error.message : String(error),
    });
    return {
      ...item.facts,
      failures,
      notBefore: clock.monotonic() + backoffMs(failures, deps.random(), STORE_RETRY_MS),
    };
  }

  /** What can be done now, and when to look again. */
  function plan(): { readonly jobs: readonly Job[]; readonly until: number | undefined } {
    const moment = { now: clock.now(), elapsed: clock.monotonic(), blockedUntil: gate.blockedUntil };
    const jobs: Job[] = [];
    let until = Infinity;
    for (const item of items.values()) {
      if (item.busy) continue;
      const step = nextStep(item.incident, item.facts, moment, options);
      if (step.kind === 'wait') until = Math.min(until, step.until ?? Infinity);
      else jobs.push({ item, step });
    }
    return { jobs: jobs.toSorted(byUrgency), until: until === Infinity ? undefined : until };
  }

  async function run(signal: AbortSignal): Promise<void> {
    // Another process may have been sending until a moment ago: its attempts are unknown to this one.
    for (const item of items.values())
      item.facts = { failures: 0, shrink: 0, unknownSince: clock.monotonic() };
    const running = new Set<Promise<void>>();
    while (!signal.aborted) {
      const { jobs, until } = plan();
      for (const job of jobs.slice(0, Math.max(0, options.maxConcurrent - running.size))) {
        if (!deps.isLeader()) break;
        job.item.busy = true;
        const task = work(job, signal).finally(() => {
          job.item.busy = false;
          running.delete(task);
          wake.notify();
        });
        running.add(task);
      }
      await wake.wait(until, signal).catch(() => undefined);
    }
    await Promise.all(running);
  }

  return {
    open,
    offer,
    forget: (name) => {
      items.delete(name);
      wake.notify();
    },
    update,
    run,
    pending: () => {
      const waiting = [...items.values()].filter((item) => item.incident.status.phase === 'Pending');
      if (waiting.length === 0) return { count: 0 };
      return {
        count: waiting.length,
        oldestAt: Math.min(...waiting.map((item) => item.incident.spec.openedAt)),
      };
    },
  };
}

/** The Incident was deleted while it was worked on. */
class GoneError extends Error {
  override readonly name = 'GoneError';
}

/** Resource versions of one object only grow; they are decimal numbers of any length. */
function isNewer(left: Incident, right: Incident): boolean {
  const [a, b] = [left.resourceVersion, right.resourceVersion];
  return a.length === b.length ? a > b : a.length > b.length;
}

/** Older incidents first; comments and clean-up after what is not filed yet. */
function byUrgency(left: Job, right: Job): number {
  const rank = (job: Job): number => (job.item.incident.status.phase === 'Pending' ? 0 : 1);
  return rank(left) - rank(right) || left.item.incident.spec.openedAt - right.item.incident.spec.openedAt;
}
