import { incidentKey, type IncidentBook, type Scope } from '../correlate/index.ts';
import { type Clock, momentAt, type Now, nowOf, SECOND } from '../domain/clock.ts';
import type { CurrencyOf } from '../domain/currency.ts';
import type { ObjectRef } from '../domain/failure.ts';
import { type Incident, type UnreadableIncident, unknownWords } from '../domain/incident.ts';
import type { ObjectView } from '../domain/views.ts';
import { createKeyLoop, type KeyLoop } from '../lib/key-loop.ts';
import type { Outbox } from '../outbox/index.ts';
import type { ClusterIndex } from './cluster-index.ts';
import type { IncidentActions } from './incidents.ts';
import { createLedger, type IncidentLedger } from './ledger.ts';
import { createLooks, type Looks } from './looks.ts';
import type { ObjectObserver } from './observer.ts';
import type { Requests } from './requests.ts';
import {
  createSetAsideIncidents,
  type SetAside,
  type SetAsideDeps,
  type SetAsideIncidents,
} from './set-aside.ts';
import { createKeyWork } from './work.ts';

/** Decisions carried out at once: each reads a handful of objects. */
const MAX_CONCURRENT = 4;
/** Judging a storm of thousands takes tens of milliseconds. */
const CAUSE_INTERVAL_MS = SECOND;

export interface PipelineDeps {
  readonly clock: Clock;
  readonly clusterKey: string;
  readonly index: ClusterIndex;
  readonly book: IncidentBook;
  readonly currencyOf: CurrencyOf;
  /** Asks for proof that these are as they are known. May be asked again and again. */
  readonly prove?: (scopes: readonly Scope[]) => void;
  readonly outbox: Pick<Outbox, 'offer' | 'forget'>;
  readonly isLeader: () => boolean;
  /** How many Incidents there may be. */
  readonly maxIncidents: number;
  readonly report: SetAsideDeps['report'] & {
    /** An Incident has words of a later release, and is handled by what is known of it. Told once. */
    readonly unknown: (incident: Incident, words: readonly string[]) => void;
    /** There are as many Incidents as there may be. Told once, until there is room again. */
    readonly full: (incidents: number) => void;
    /** An Incident is not as it was; only the leader tells. */
    readonly changed: (incident: Incident, before: Incident) => void;
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
  readonly requests: Requests | undefined;
}

/** Carries what the watches see through detection and correlation, and the decisions on to the outbox. */
export interface Pipeline {
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
  readonly touch: (key: string) => void;
  /** The same for a cause that many owners have in common: once for all that happens to them in a second. */
  readonly touchCause: (key: string) => void;
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

/** Deleted Incidents remembered: an answer is late by seconds. */
const MAX_DELETED = 1_000;

interface State extends PipelineDeps {
  /** Uids of Incidents whose deletion was seen, oldest first. */
  readonly deleted: Set<string>;
  readonly ledger: IncidentLedger;
  readonly aside: SetAsideIncidents;
  readonly loop: KeyLoop;
  readonly looks: Looks;
  stages: Stages | undefined;
  isSynced: boolean;
  /** A standby keeps no list of what happened: whoever begins to lead looks at everything. */
  isRunning: boolean;
  wasFull: boolean;
}

/** The pipeline of one agent. */
export function createPipeline(deps: PipelineDeps): Pipeline {
  const ledger = createLedger();
  const aside = createSetAsideIncidents(deps);
  const work = createKeyWork({ ...deps, ...aside }, () => state.stages);
  const loop = createKeyLoop({
    clock: deps.clock,
    maxConcurrent: MAX_CONCURRENT,
    mayWork: deps.isLeader,
    work,
  });
  const looks = createLooks({
    clock: deps.clock,
    look: (view) => lookAgainAt(state, view),
    // An Event is what it was; every other object is looked at as it is by then.
    current: (view) => (view.kind === 'Event' ? view : deps.index.byUid(view.kind, view.uid)),
    onFailure: deps.report.lookFailed,
  });
  const state: State = { ...deps, deleted: new Set(), ledger, aside, loop, looks, ...unsynced() };
  return {
    connect: (stages) => {
      state.stages = stages;
    },
    upsert: (view) => upsert(state, view),
    remove: (view) => remove(state, view),
    upsertIncident: (incident, isTrue) => {
      state.deleted.delete(incident.uid);
      upsertIncident(state, incident, isTrue);
    },
    written: (incident, isTrue) => {
      if (!state.deleted.has(incident.uid)) upsertIncident(state, incident, isTrue);
    },
    upsertUnreadable: (incident) => upsertUnreadable(state, incident),
    removeIncident: (incident) => removeIncident(state, incident),
    synced: () => {
      state.isSynced = true;
      lookAtAll(state);
    },
    touch: (key) => touch(state, key),
    touchCause: (key) => {
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

function unsynced(): Pick<State, 'stages' | 'isSynced' | 'isRunning' | 'wasFull'> {
  return { stages: undefined, isSynced: false, isRunning: false, wasFull: false };
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

function look(state: State, view: ObjectView, now: Now): void {
  const { stages } = state;
  stages?.observer.look(view, now);
  const request = stages?.requests?.offer(view);
  if (request !== undefined) touch(state, request);
}

function upsert(state: State, view: ObjectView): void {
  const { index } = state;
  const before = view.kind === 'Event' ? undefined : index.byUid(view.kind, view.uid);
  index.upsert(view);
  if (!state.isSynced) return;
  const about = view.kind === 'Event' ? index.aboutOf(view) : undefined;
  if (about !== undefined) return state.looks.at(about);
  look(state, view, nowOf(state.clock));
  if (view.kind === 'Event') return;
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

function remove(state: State, view: ObjectView): void {
  const { index, stages, clock } = state;
  const about = view.kind === 'Event' ? index.aboutOf(view) : undefined;
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

function upsertIncident(state: State, incident: Incident, isTrue = false): void {
  const { ledger, outbox, book, clock, report } = state;
  if (isSetAside(state, incident)) return;
  const before = ledger.named(incident.name);
  if (!ledger.upsert(incident, isTrue)) return;
  outbox.offer(incident, isTrue);
  if (before?.uid === incident.uid && state.isLeader()) report.changed(incident, before);
  noteUnknown(state, incident, before);
  if (incident.spec.trigger !== 'manual') book.setIncident(incident, nowOf(clock));
  touchIncident(state, incident);
  noteFull(state);
}

function noteUnknown({ report }: State, incident: Incident, before: Incident | undefined): void {
  const words = unknownWords(incident);
  if (words.length > 0 && (before === undefined || unknownWords(before).length === 0))
    report.unknown(incident, words);
}

/** What was set aside and can be read now is none of them any more. */
function isSetAside(state: State, incident: Incident): boolean {
  if (state.aside.isForeign(incident)) {
    removeKnown(state, incident.name);
    return true;
  }
  // Which keys it has kept to itself is not known for certain.
  if (state.aside.forget(incident.name)) touchAll(state);
  return false;
}

/** A last good reading of it would be written on a version that it does not have any more. */
function upsertUnreadable(state: State, incident: UnreadableIncident): void {
  state.aside.noteUnreadable(incident);
  removeKnown(state, incident.name);
}

function removeKnown(state: State, name: string): void {
  const known = state.ledger.named(name);
  if (known !== undefined) removeReadable(state, known);
}

function touchAll(state: State): void {
  for (const key of state.book.keys()) touch(state, key);
  for (const key of state.stages?.requests?.waiting() ?? []) touch(state, key);
}

function noteFull(state: State): void {
  const { ledger, maxIncidents, report, isLeader } = state;
  const isFull = ledger.count() >= maxIncidents;
  if (isFull && !state.wasFull && isLeader()) report.full(ledger.count());
  state.wasFull = isFull;
}

function removeIncident(state: State, incident: Pick<Incident, 'name' | 'uid'>): void {
  state.deleted.add(incident.uid);
  if (state.deleted.size > MAX_DELETED) state.deleted.delete(state.deleted.values().next().value ?? '');
  if (state.aside.forget(incident.name, incident.uid)) return touchAll(state);
  const known = state.ledger.named(incident.name);
  if (known?.uid === incident.uid) return removeReadable(state, known);
  state.outbox.forget(incident.name, incident.uid);
}

function removeReadable(state: State, incident: Incident): void {
  const { ledger, outbox, book, clock } = state;
  outbox.forget(incident.name, incident.uid);
  if (!ledger.remove(incident)) return;
  noteFull(state);
  if (incident.spec.trigger !== 'manual') {
    book.dropIncident(incident);
    const older = ledger.newestOf(incident.spec.key);
    if (older !== undefined) book.setIncident(older, nowOf(clock));
  }
  touchIncident(state, incident);
}

function touchIncident(state: State, incident: Incident): void {
  const isManual = incident.spec.trigger === 'manual';
  const key = isManual ? state.stages?.requests?.keyOfIncident(incident) : incident.spec.key;
  if (key !== undefined) touch(state, key);
}
