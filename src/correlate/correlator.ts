import type { Now } from '../domain/clock.ts';
import type { Incident } from '../domain/incident.ts';
import type { IncidentChange } from '../incidents/index.ts';
import { type Cause, nodeCause } from './cause.ts';
import { commonCauseOf, type CauseInput, isBusy } from './common-cause.ts';
import { findingsWithMembers } from './common.ts';
import { type CountingInput, countingSignals } from './counting.ts';
import type { Correlator, CorrelatorDeps, Observation } from './correlator-port.ts';
import type { CorrelatorOptions, Outcome } from './decision.ts';
import {
  createOwnerState,
  forgetPast,
  type OwnerState,
  isEmpty,
  isUnresolved,
  noteFailing,
  noteIncident,
  parentIncidentOf,
} from './owner-state.ts';
import type { ProvenFindings } from './findings.ts';
import { noteSignals } from './note-signals.ts';
import { decideOwner, keyOfDecision, noteDone } from './decide.ts';
import { createRelations, type Relations } from './relations.ts';
import type { Sight } from './sight.ts';

interface State extends CorrelatorDeps {
  readonly options: CorrelatorOptions;
  readonly entries: Map<string, OwnerState>;
  readonly relations: Relations;
  /** When something was first seen, in epoch milliseconds. */
  bornAt: number;
}

/** A correlator that knows of nothing yet. */
export function createCorrelator(options: CorrelatorOptions, deps: CorrelatorDeps): Correlator {
  const entries = new Map<string, OwnerState>();
  const state: State = {
    ...deps,
    options,
    entries,
    relations: createRelations(deps.keyOf),
    bornAt: Infinity,
  };

  function ofEntry<T>(key: string, read: (entry: OwnerState) => T): T | undefined {
    const entry = entries.get(key);
    return entry === undefined ? undefined : read(entry);
  }

  return {
    observe: (sighting, now) => observe(state, sighting, now),
    noteFailing: (key, now) => ofEntry(key, (entry) => noteFailing(entry, now)),
    begin: (now) => {
      for (const entry of entries.values()) noteFailing(entry, now);
    },
    incidentChanged: (change, now) => incidentChanged(state, change, now),
    decide: (key, now, sight) =>
      ofEntry(key, (entry) => decide(state, entry, { now, ...sight })) ?? { awaits: [] },
    noteDone: (decision, now) => ofEntry(keyOfDecision(decision), (entry) => noteDone(entry, decision, now)),
    keys: () => entries.keys(),
    has: (key) => entries.has(key),
    hasUnresolved: (key) => isUnresolved(entries.get(key)?.incident),
    isFailing: (key) => isFailing(entries.get(key)),
    findings: (key, now, sight) => ofEntry(key, (entry) => findingsNow(state, entry, { now, ...sight })),
    commonCauseOf: (key) => entries.get(key)?.attributedTo,
    get size() {
      return entries.size;
    },
  };
}

function isFailing(entry: OwnerState | undefined): boolean {
  return entry !== undefined && (entry.signalsByUid.size > 0 || isUnresolved(entry.incident));
}

function findingsNow(state: State, entry: OwnerState, moment: Sight & { readonly now: Now }): ProvenFindings {
  const signals = countingSignals(entry, countingInput(state, moment.now, moment));
  return findingsWithMembers(entry, signals, { ...state, ...moment });
}

function entryOf(
  { entries, incidents }: State,
  about: Pick<OwnerState, 'key' | 'owner' | 'kind'>,
  now: Now,
): OwnerState {
  const known = entries.get(about.key);
  if (known !== undefined) return known;
  const entry = createOwnerState(about, incidents, now);
  entries.set(about.key, entry);
  return entry;
}

/** Passes on what may be news to others, and forgets what has nothing in it any more. */
function relate(state: State, entry: OwnerState): void {
  const { relations, onRelated, entries } = state;
  for (const key of relations.update(entry)) {
    const related = entries.get(key);
    if (related === undefined) continue;
    // A cause has failed for as long as its last member has, and a member was claimed for as long as its node was gone.
    if (related.kind !== 'owner')
      related.lastFailingAt = Math.max(related.lastFailingAt, entry.lastFailingAt);
    else if (entry.owner.kind === 'Node' && related.owner.kind !== 'Node')
      related.attributedAt = Math.max(related.attributedAt, entry.lastFailingAt);
    onRelated(key, related.kind !== 'owner');
    forgetIfEmpty(state, related);
  }
  forgetIfEmpty(state, entry);
}

function forgetIfEmpty({ entries, relations }: State, entry: OwnerState): void {
  if (!isEmpty(entry)) return;
  const isCommon = relations.members.has(entry.key) || relations.blaming.has(entry.key);
  if (entry.kind !== 'owner' && isCommon) return;
  entries.delete(entry.key);
  relations.remove(entry);
}

function observe(state: State, { subject, owner, key, signals }: Observation, now: Now): void {
  state.bornAt = Math.min(state.bornAt, now.at);
  if (signals.length === 0 && subject.unready === undefined && !state.entries.has(key)) return;
  const entry = entryOf(state, { key, owner, kind: 'owner' }, now);
  // An owner that was only derived from a name has no uid yet.
  if (owner.uid !== '') entry.owner = owner;
  noteSignals(entry, subject, signals, now);
  relate(state, entry);
}

/** The members of a cause lose their parentIncident only until it opens again: their own signals open it. */
function incidentChanged(state: State, { key, after, newestBefore }: IncidentChange, now: Now): void {
  const { incidents, relations, entries } = state;
  if (after !== undefined && after.spec.trigger !== 'manual') relations.noteIncident(after, now.at);
  const newest = incidents.newestOf(key);
  if (newest === newestBefore) return;
  const entry = newest === undefined ? entries.get(key) : entryOf(state, aboutOf(newest), now);
  if (entry === undefined) return;
  noteIncident(entry, newestBefore, now);
  relate(state, entry);
  if (newest !== undefined && isNews(newestBefore, newest)) tellMembers(state, key);
}

function aboutOf({ spec: { key, trigger, target } }: Incident): Pick<OwnerState, 'key' | 'owner' | 'kind'> {
  return { key, owner: target, kind: trigger === 'shared' || trigger === 'storm' ? trigger : 'owner' };
}

/** Members care for which incident speaks, whether it still does, and which ticket it has. */
function isNews(before: Incident | undefined, { name, status }: Incident): boolean {
  return (
    before?.name !== name ||
    before.status.phase !== status.phase ||
    before.status.recoveredAt !== status.recoveredAt ||
    before.status.ticketId !== status.ticketId
  );
}

function tellMembers({ relations, onRelated }: State, key: string): void {
  for (const group of [relations.members, relations.blaming])
    for (const entry of group.get(key) ?? []) onRelated(entry.key, entry.kind !== 'owner');
}

function decide(state: State, entry: OwnerState, moment: Sight & { readonly now: Now }): Outcome {
  const { now, health } = moment;
  const { options, entries, relations } = state;
  if (forgetPast(entry, now)) relate(state, entry);
  const counting = countingInput(state, now, moment);
  const scene: CauseInput = {
    ...state,
    ...moment,
    ...counting,
    entryOf: (key) => entries.get(key),
    isFull: state.incidents.count >= options.maxIncidents,
    isOccupied: (key) => state.incidents.isKeyOccupied(key),
  };
  const findings = findingsNow(state, entry, moment);
  if (entry.kind !== 'owner' && findings.signals.length > 0) entry.lastFailingAt = now.monotonic;
  const commonCause = commonCauseOf(entry, findings, scene);
  setCommonCause(state, entry, isUnresolved(entry.incident) ? undefined : commonCause, now);
  return decideOwner(entry, {
    ...scene,
    findings,
    commonCause,
    parentIncident: (key) => parentIncidentOf(entries.get(key)),
    hasMembers: entry.kind === 'storm' && hasFailingMembers(relations, entry.key),
    isUnwell: (key) => isUnwell(entries.get(key), health),
    isBusy: () => isBusy(scene, options.storm.perMinute),
  });
}

function countingInput(
  { entries, keyOf }: State,
  now: Now,
  { health }: Pick<Sight, 'health'>,
): CountingInput {
  return {
    health,
    now,
    isNodeFailing: (name) => (entries.get(nodeCause(name, keyOf).key)?.signalsByUid.size ?? 0) > 0,
  };
}

/** One that is kept back by a rule does not recover, and holds up nobody else. */
function hasFailingMembers({ members }: Relations, key: string): boolean {
  return [...(members.get(key) ?? [])].some(({ suppressed }) => suppressed.size === 0);
}

function isUnwell(entry: OwnerState | undefined, health: Sight['health']): boolean {
  return entry !== undefined && health(entry.owner).state === 'notReady';
}

/** The cause gets an entry of its own, which opens its incident. */
function setCommonCause(state: State, entry: OwnerState, commonCause: Cause | undefined, now: Now): void {
  if (commonCause?.key === entry.attributedTo?.key) return;
  if (commonCause === undefined) delete entry.attributedTo;
  else {
    if (commonCause.kind !== 'node')
      entryOf(state, { key: commonCause.key, owner: commonCause.target, kind: commonCause.kind }, now);
    entry.attributedTo = commonCause;
    entry.attributedAt = now.monotonic;
  }
  relate(state, entry);
}
