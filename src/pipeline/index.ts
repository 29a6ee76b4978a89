import { incidentKey, type IncidentBook, ownerHealth } from '../correlate/index.ts';
import { type Clock, SECOND } from '../domain/clock.ts';
import type { ObjectRef } from '../domain/failure.ts';
import type { Incident } from '../domain/incident.ts';
import type { ObjectView } from '../domain/views.ts';
import { createKeyLoop, type KeyLoop } from '../lib/key-loop.ts';
import type { Outbox } from '../outbox/index.ts';
import type { ClusterIndex } from './cluster-index.ts';
import type { IncidentActions } from './incidents.ts';
import type { ObjectObserver } from './observer.ts';
import type { Requests } from './requests.ts';

/** Decisions carried out at once: each reads a handful of objects. */
const MAX_CONCURRENT = 4;
/** A decision that could not be carried out is tried again after this long; the level that led to it still stands. */
const RETRY_MS = 5 * SECOND;

export interface PipelineDeps {
  readonly clock: Clock;
  readonly clusterKey: string;
  readonly index: ClusterIndex;
  readonly book: IncidentBook;
  readonly outbox: Outbox;
  readonly isLeader: () => boolean;
  readonly report: {
    readonly changed: (incident: Incident, before: Incident | undefined) => void;
    readonly actionFailed: (key: string, error: unknown) => void;
  };
}

/** The stages that need the pipeline itself, and are given to it before anything happens. */
export interface Stages {
  readonly observer: ObjectObserver;
  readonly actions: IncidentActions;
  readonly requests: Requests | undefined;
}

/** Carries what the watches see through detection and correlation, and the decisions on to the outbox. */
export interface Pipeline {
  readonly connect: (stages: Stages) => void;
  /** An object as it is now. Synchronous: nothing here waits. */
  readonly upsert: (view: ObjectView) => void;
  readonly remove: (view: ObjectView) => void;
  readonly upsertIncident: (incident: Incident) => void;
  readonly removeIncident: (incident: Incident) => void;
  /** All watches have listed once: what failed while nobody watched is looked at now. */
  readonly synced: () => void;
  readonly touch: (key: string) => void;
  /** Decides and acts until the signal is aborted. Only the leader runs it. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly incidentNamed: (name: string) => Incident | undefined;
  readonly filedIncidentOf: (owner: ObjectRef) => Incident | undefined;
}

interface State extends PipelineDeps {
  readonly incidents: Map<string, Incident>;
  readonly loop: KeyLoop;
  stages: Stages | undefined;
  isSynced: boolean;
}

/** The pipeline of one agent. */
export function createPipeline(deps: PipelineDeps): Pipeline {
  const state: State = {
    ...deps,
    incidents: new Map(),
    stages: undefined,
    isSynced: false,
    loop: createKeyLoop({
      clock: deps.clock,
      maxConcurrent: MAX_CONCURRENT,
      mayWork: deps.isLeader,
      work: (key, signal) => workOn(state, key, signal),
    }),
  };
  return {
    connect: (stages) => {
      state.stages = stages;
    },
    upsert: (view) => upsert(state, view),
    remove: (view) => {
      state.index.remove(view);
      if (state.isSynced && view.kind !== 'Event') state.stages?.observer.gone(view, state.clock.now());
    },
    upsertIncident: (incident) => upsertIncident(state, incident),
    removeIncident: (incident) => removeIncident(state, incident),
    synced: () => {
      state.isSynced = true;
      for (const view of state.index.others()) look(state, view);
      for (const pod of state.index.unwellPods()) look(state, pod);
    },
    touch: state.loop.touch,
    run: (signal) => {
      for (const key of state.book.keys()) state.loop.touch(key);
      for (const key of state.stages?.requests?.waiting() ?? []) state.loop.touch(key);
      return state.loop.run(signal);
    },
    incidentNamed: (name) => state.incidents.get(name),
    filedIncidentOf: (owner) => filedIncidentOf(state, owner),
  };
}

function look({ stages, clock, loop }: State, view: ObjectView): void {
  stages?.observer.look(view, clock.now());
  const request = stages?.requests?.offer(view);
  if (request !== undefined) loop.touch(request);
}

function upsert(state: State, view: ObjectView): void {
  const { index } = state;
  const before = view.kind === 'Event' ? undefined : index.byUid(view.kind, view.uid);
  index.upsert(view);
  if (!state.isSynced) return;
  if (view.kind === 'Event') {
    const about = index.byUid(view.regarding.kind, view.regarding.uid);
    if (about !== undefined) look(state, about);
    return;
  }
  look(state, view);
  afterAnnotations(state, view, before);
}

/** Annotations change more than the object that carries them. */
function afterAnnotations(
  { stages, index, clock }: State,
  view: ObjectView,
  before: ObjectView | undefined,
): void {
  if (before?.fileTicket !== undefined && before.fileTicket !== view.fileTicket)
    stages?.requests?.withdrawn(before);
  if (view.kind === 'Pod' || before?.ignored === view.ignored) return;
  // Switched on or off for an owner or a namespace: its pods are judged anew.
  for (const pod of index.unwellPods()) stages?.observer.look(pod, clock.now());
}

function upsertIncident(state: State, incident: Incident): void {
  const known = state.incidents.get(incident.name);
  if (known?.uid === incident.uid && isOlder(incident, known)) return;
  state.incidents.set(incident.name, incident);
  state.report.changed(incident, known);
  state.outbox.offer(incident);
  if (incident.spec.trigger === 'manual') return;
  state.book.setIncident(incident, state.clock.now());
  state.loop.touch(incident.spec.key);
}

function removeIncident(state: State, incident: Incident): void {
  state.incidents.delete(incident.name);
  state.outbox.forget(incident.name);
  if (incident.spec.trigger === 'manual') return;
  state.book.dropIncident(incident);
  state.loop.touch(incident.spec.key);
}

function isOlder(left: Incident, right: Incident): boolean {
  const [a, b] = [left.resourceVersion, right.resourceVersion];
  return a.length === b.length ? a < b : a.length < b.length;
}

function filedIncidentOf({ clusterKey, incidents }: State, owner: ObjectRef): Incident | undefined {
  const key = incidentKey(clusterKey, owner);
  return [...incidents.values()].find(
    (incident) =>
      incident.spec.key === key && incident.status.phase === 'Filed' && incident.spec.trigger !== 'manual',
  );
}

/** Decides for one key until there is nothing left to decide. Returns when to look again. */
async function workOn(state: State, key: string, signal: AbortSignal): Promise<number | undefined> {
  const { stages, clock } = state;
  try {
    if (stages?.requests?.isRequest(key) === true) await stages.requests.work(key, signal);
    else await decideAll(state, key, signal);
    return state.book.wakeAt(key, clock.now());
  } catch (error) {
    if (signal.aborted) return undefined;
    state.report.actionFailed(key, error);
    return clock.now() + RETRY_MS;
  }
}

/** One owner is decided about a few times in a row at most: open, then comment, then nothing. */
const MAX_DECISIONS = 5;

async function decideAll(
  { stages, book, clock, index }: State,
  key: string,
  signal: AbortSignal,
): Promise<void> {
  for (let decisions = 0; decisions < MAX_DECISIONS && !signal.aborted; decisions += 1) {
    const decision = book.decide(key, clock.now(), (owner) => ownerHealth(owner, index));
    if (decision === undefined) return;
    await stages?.actions.act(decision, signal);
  }
}
