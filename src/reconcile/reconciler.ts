import { incidentKey, type Correlator, type Scope } from '../correlate/index.ts';
import { type Clock, momentAt, type Now, nowOf, SECOND } from '../domain/clock.ts';
import type { CurrencyOf } from '../domain/currency.ts';
import type { ObjectRef } from '../domain/failure.ts';
import type { Incident, UnreadableIncident } from '../domain/incident.ts';
import type { ObjectView } from '../domain/views.ts';
import { createKeyLoop, type KeyLoop } from '../lib/key-loop.ts';
import type { ClusterIndex } from '../observe/cluster-index.ts';
import type { IncidentActions } from './incident-actions.ts';
import { createKnownIncidents, type KnownIncidentsDeps } from './known-incidents.ts';
import { createEvaluationRetries, type EvaluationRetries } from '../observe/evaluation-retries.ts';
import type { ObjectObserver } from '../observe/object-observer.ts';
import type { ManualRequests } from './manual-requests.ts';
import type { SetAside } from './set-aside.ts';
import { createReconcileKey } from './reconcile-key.ts';

/** Decisions carried out at once: each reads a handful of objects. */
const MAX_CONCURRENT = 4;
/** Judging a storm of thousands takes tens of milliseconds. */
const CAUSE_INTERVAL_MS = SECOND;

export interface ReconcilerDeps extends Omit<KnownIncidentsDeps, 'onChange' | 'onKeysFreed'> {
  readonly clock: Clock;
  readonly clusterKey: string;
  readonly index: ClusterIndex;
  readonly book: Correlator;
  readonly currencyOf: CurrencyOf;
  /** Asks for proof that these are as they are known. May be asked again and again. */
  readonly prove?: (scopes: readonly Scope[]) => void;
  readonly report: KnownIncidentsDeps['report'] & {
    /** A decision could not be carried out; told once until it can. */
    readonly actionFailed: (key: string, error: unknown) => void;
    /** An object could not be judged; told once until it can. */
    readonly lookFailed: (view: ObjectView, error: unknown) => void;
  };
}

/** The stages that need the pipeline itself, and are given to it before anything happens. */
export interface Stages {
  readonly observer: Pick<ObjectObserver, 'look' | 'gone' | 'isOwnerOpen'>;
  readonly actions: Pick<IncidentActions, 'act'>;
  /** Absent where requests by hand are switched off. */
  readonly requests: ManualRequests | undefined;
}

/** Carries what the watches see through detection and correlation, and the decisions on to the outbox. */
export interface Reconciler {
  readonly connect: (stages: Stages) => void;
  /** An object as it is now. Synchronous: nothing here waits. */
  readonly upsert: (view: ObjectView) => void;
  readonly remove: (view: ObjectView) => void;
  /** With `isTrue` it is taken whatever its version: those of a restored API server begin anew. */
  readonly upsertIncident: (incident: Incident, isTrue?: boolean) => void;
  /** An Incident as it was written by this process. The answer may come after its deletion was seen, and is no news then. */
  readonly written: (incident: Incident, isTrue?: boolean) => void;
  /** An Incident that cannot be read: it keeps its name and its key to itself. */
  readonly upsertUnreadable: (incident: UnreadableIncident) => void;
  readonly removeIncident: (incident: Pick<Incident, 'name' | 'uid'>) => void;
  /** All watches have listed once: what failed while nobody watched is looked at now. */
  readonly synced: () => void;
  readonly enqueue: (key: string) => void;
  /** The same for a cause that many owners have in common: once for all that happens to them in a second. */
  readonly enqueueCause: (key: string) => void;
  /** Looks at an object again. */
  readonly look: (view: ObjectView) => void;
  /** Looks again at what could not be judged, when it is time. Called every second: nothing else may happen for long. */
  readonly lookAgain: () => void;
  /** Decides and acts until the signal is aborted. Only the leader runs it, and only after `synced`. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly incidentNamed: (name: string) => Incident | undefined;
  readonly manualIncidents: () => readonly Incident[];
  /** How many Incidents there are. */
  readonly incidentCount: () => number;
  /** How many there are with which nothing is done. */
  readonly setAside: () => SetAside;
  /** Whether this name belongs to one of them. */
  readonly isNameTaken: (name: string) => boolean;
  /** Whether one that cannot be read has this key. */
  readonly isKeyTaken: (key: string) => boolean;
  /** The standing automatic Incident of an owner that has a ticket. */
  readonly filedIncidentOf: (owner: ObjectRef) => Incident | undefined;
}

interface State extends ReconcilerDeps {
  readonly loop: KeyLoop;
  readonly looks: EvaluationRetries;
  stages: Stages | undefined;
  isSynced: boolean;
  /** A standby keeps no list of what happened: whoever begins to lead looks at everything. */
  isRunning: boolean;
}

/** The pipeline of one agent. */
export function createReconciler(deps: ReconcilerDeps): Reconciler {
  const onChange = (incident: Incident): void => touchIncident(state, incident);
  const incidents = createKnownIncidents({ ...deps, onChange, onKeysFreed: () => touchAll(state) });
  const { ledger, aside } = incidents;
  const work = createReconcileKey({ ...deps, ...aside }, () => state.stages);
  const loop = createKeyLoop({
    clock: deps.clock,
    maxConcurrent: MAX_CONCURRENT,
    mayWork: deps.isLeader,
    work,
  });
  const looks = createEvaluationRetries({
    clock: deps.clock,
    look: (view) => lookAgainAt(state, view),
    // An Event is what it was; every other object is looked at as it is by then.
    current: (view) => (view.kind === 'Event' ? view : deps.index.byUid(view.kind, view.uid)),
    onFailure: deps.report.lookFailed,
  });
  const state: State = { ...deps, loop, looks, stages: undefined, isSynced: false, isRunning: false };
  return {
    connect: (stages) => {
      state.stages = stages;
    },
    upsert: (view) => upsert(state, view),
    remove: (view) => remove(state, view),
    upsertIncident: incidents.upsert,
    written: incidents.written,
    upsertUnreadable: incidents.upsertUnreadable,
    removeIncident: incidents.remove,
    synced: () => {
      state.isSynced = true;
      // An Incident may have been known for minutes while the first list of another kind failed.
      deps.book.begin(nowOf(deps.clock));
      lookAtAll(state);
    },
    enqueue: (key) => touch(state, key),
    enqueueCause: (key) => {
      if (state.isRunning) loop.touchWithin(key, CAUSE_INTERVAL_MS);
    },
    look: looks.at,
    lookAgain: looks.again,
    run: (signal) => run(state, signal),
    incidentNamed: ledger.named,
    manualIncidents: ledger.manual,
    incidentCount: ledger.count,
    setAside: aside.counts,
    isNameTaken: aside.isTaken,
    isKeyTaken: aside.isOccupied,
    filedIncidentOf: (owner) => ledger.filedOf(incidentKey(deps.clusterKey, owner)),
  };
}

async function run(state: State, signal: AbortSignal): Promise<void> {
  state.isRunning = true;
  touchAll(state);
  await state.loop.run(signal);
  state.isRunning = false;
}

function touch({ loop, isRunning }: State, key: string): void {
  if (isRunning) loop.touch(key);
}

function lookAtAll(state: State, namespace?: string): void {
  const { index } = state;
  for (const views of [index.others(), index.unwellPods(), index.lonelyEvents()]) {
    for (const view of views)
      if (namespace === undefined || view.namespace === namespace) state.looks.at(view);
  }
}

/**
 * Looks at an object that has not just come from its watch: as of when it was proven to be so. One that is not must not seem to get
 * better by growing old, as a container that ran when it was last seen may have crashed since.
 */
function lookAgainAt(state: State, view: ObjectView): boolean {
  const { clock, currencyOf } = state;
  const currency = currencyOf(view.kind, view.namespace);
  if (currency === undefined) return false;
  const now = nowOf(clock);
  look(state, view, momentAt(now, Math.min(now.monotonic, currency.provenAt)));
  return true;
}

function look(state: State, view: ObjectView, now: Now, before?: ObjectView): void {
  const { stages } = state;
  stages?.observer.look(view, now, before);
  const request = stages?.requests?.offer(view);
  if (request !== undefined) touch(state, request);
}

function upsert(state: State, view: ObjectView): void {
  const { index } = state;
  const before = view.kind === 'Event' ? undefined : index.byUid(view.kind, view.uid);
  const others = index.upsert(view);
  if (!state.isSynced) return;
  for (const other of others) state.looks.at(other);
  const about = view.kind === 'Event' ? index.aboutOf(view) : undefined;
  if (about !== undefined) return state.looks.at(about);
  if (before !== undefined) judgeUnjudged(state, before);
  look(state, view, nowOf(state.clock), before);
  if (view.kind !== 'Event') lookAround(state, view, before);
}

function lookAround(state: State, view: ObjectView, before: ObjectView | undefined): void {
  if (before !== undefined && before.fileTicket !== view.fileTicket) touchRequest(state, before);
  if (view.kind !== 'Pod') lookAgain(state, view, before);
}

/** Others are judged by this object as well: by its annotations, and by whose it is. */
function lookAgain(state: State, view: ObjectView, before: ObjectView | undefined): void {
  const { index } = state;
  if (before?.ignored !== view.ignored || before?.unselected !== view.unselected) {
    lookAtAll(state, view.kind === 'Namespace' ? view.name : view.namespace);
  } else if (before === undefined) {
    // It may come after its pods, which had only its name to go by until now.
    for (const pod of index.unwellPods()) if (pod.owner?.uid === view.uid) state.looks.at(pod);
  }
}

/**
 * What waited to be known as it is, and is another one by now, has been so until now: a failure that nobody has judged while it stood was
 * one all the same, and quiet counts from its end.
 */
function judgeUnjudged(state: State, view: ObjectView): void {
  if (state.looks.supersede(view)) state.stages?.observer.look(view, nowOf(state.clock));
}

function remove(state: State, view: ObjectView): void {
  const { index, stages, clock } = state;
  const about = view.kind === 'Event' ? index.aboutOf(view) : undefined;
  if (about === undefined) judgeUnjudged(state, view);
  index.remove(view);
  if (!state.isSynced) return;
  state.looks.forget(view);
  if (about !== undefined) return state.looks.at(about);
  stages?.observer.gone(view, nowOf(clock));
  touchRequest(state, view);
}

function touchRequest(state: State, view: ObjectView): void {
  const requests = state.stages?.requests;
  const key = requests?.keyOf(view);
  requests?.withdraw(view);
  if (key !== undefined) touch(state, key);
}

function touchAll(state: State): void {
  for (const key of state.book.keys()) touch(state, key);
  for (const key of state.stages?.requests?.waiting() ?? []) touch(state, key);
}

function touchIncident(state: State, incident: Incident): void {
  const isManual = incident.spec.trigger === 'manual';
  const key = isManual ? state.stages?.requests?.keyOfIncident(incident) : incident.spec.key;
  if (key !== undefined) touch(state, key);
}
