import type { Now } from '../domain/clock.ts';
import type { ObjectRef, Signal } from '../domain/failure.ts';
import { type Incident, isAutomatic } from '../domain/incident.ts';
import type { IncidentCache, IncidentChange } from '../incidents/index.ts';
import { type Cause, type KeyOf, nodeCause } from './identity.ts';
import { commonCauseOf, type CauseInput, findingsWithMembers, isBusy } from './common-cause.ts';
import { decideOwner, keyOfDecision, noteDone } from './decide.ts';
import type { CorrelatorOptions, Decision, Outcome } from './decision.ts';
import type { Findings } from './due-signals.ts';
import {
  createOwnerState,
  forgetPast,
  isEmpty,
  isUnresolved,
  noteFailing,
  noteIncident,
  type ObservedObject,
  type OwnerState,
  parentIncidentOf,
} from './owner-state.ts';
import { Relations } from './relations.ts';
import { Requeue } from './requeue.ts';
import type { ClusterState } from './owner-health.ts';
import { noteSignals } from './signals.ts';

/** What one object shows at one moment. */
export interface Observation {
  readonly object: ObservedObject;
  readonly owner: ObjectRef;
  readonly key: string;
  /** None means that the object is well, or gone. */
  readonly signals: readonly Signal[];
}

/** What the correlator reads, and whom it tells. */
export interface CorrelatorDeps {
  /** The key of an owner's incidents. */
  readonly keyOf: KeyOf;
  readonly incidents: Pick<IncidentCache, 'newestOf' | 'count' | 'isKeyOccupied'>;
  /**
   * What has changed for one owner may be news for this one: they have a cause in common. A cause with thousands of members is
   * judged by all of them, so that it is better evaluated now and then than after each.
   */
  readonly onRelated: (key: string, isCause: boolean) => void;
}

type About = Pick<OwnerState, 'key' | 'owner' | 'kind'>;

/**
 * Correlator of signals: folds them into incidents, one open automatic incident per owner, and one for a cause that several have in
 * common. It holds no clock and decides by levels only, so that a restart, which begins with an empty correlator and the same cluster,
 * comes to the same decisions.
 */
export class Correlator {
  readonly #options: CorrelatorOptions;
  readonly #deps: CorrelatorDeps;
  readonly #relations: Relations;
  readonly #states = new Map<string, OwnerState>();
  /** When something was first seen, in epoch milliseconds. */
  #bornAt = Infinity;

  constructor(options: CorrelatorOptions, deps: CorrelatorDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#relations = new Relations(deps.keyOf);
  }

  get size(): number {
    return this.#states.size;
  }

  /** Keys with something in them, to evaluate all of them. */
  keys(): Iterable<string> {
    return this.#states.keys();
  }

  has(key: string): boolean {
    return this.#states.has(key);
  }

  /** Whether an incident of this key is unresolved. */
  hasUnresolved(key: string): boolean {
    return isUnresolved(this.#states.get(key)?.incident);
  }

  /** Whether anything fails under this key, or was told and is not over. */
  isFailing(key: string): boolean {
    return (this.#states.get(key)?.signalsByUid.size ?? 0) > 0 || this.hasUnresolved(key);
  }

  /** The common cause of this owner's failure at the moment, while it has no incident of its own. */
  commonCauseOf(key: string): Cause | undefined {
    return this.#states.get(key)?.attributedTo;
  }

  observe({ object, owner, key, signals }: Observation, now: Now): void {
    this.#bornAt = Math.min(this.#bornAt, now.at);
    if (signals.length === 0 && object.unready === undefined && !this.#states.has(key)) return;
    const state = this.#stateOf({ key, owner, kind: 'owner' }, now);
    // An owner that was only derived from a name has no uid yet.
    if (owner.uid !== '') state.owner = owner;
    noteSignals(state, object, signals, now);
    this.#relate(state);
  }

  /** The owner has failed up to now, though no object shows how. */
  noteFailing(key: string, now: Now): void {
    const state = this.#states.get(key);
    if (state !== undefined) noteFailing(state, now);
  }

  /** Objects are judged from now on. What they showed until then was not told, so that every owner counts as failing until now. */
  begin(now: Now): void {
    for (const state of this.#states.values()) noteFailing(state, now);
  }

  /** The cache of Incidents has changed; the newest of a key counts. The members of a cause lose their parent incident until it opens again. */
  incidentChanged({ key, after, newestBefore }: IncidentChange, now: Now): void {
    if (after !== undefined && isAutomatic(after)) this.#relations.noteIncident(after, now.at);
    const newest = this.#deps.incidents.newestOf(key);
    if (newest === newestBefore) return;
    const state = newest === undefined ? this.#states.get(key) : this.#stateOf(aboutOf(newest), now);
    if (state === undefined) return;
    noteIncident(state, newestBefore, now);
    this.#relate(state);
    if (newest !== undefined && isNews(newestBefore, newest)) this.#tellMembers(key);
  }

  /** What is to be done for this key now. The caller tells by `noteDone` that it was written: what could not be is decided anew. */
  decide(key: string, now: Now, clusterState: ClusterState): Outcome {
    const state = this.#states.get(key);
    if (state === undefined) return { awaits: [] };
    const requeue = new Requeue(now);
    if (forgetPast(state, now, requeue)) this.#relate(state);
    const input = this.#inputAt(now, clusterState);
    const findings = findingsWithMembers(state, input, requeue);
    if (state.kind !== 'owner' && findings.signals.length > 0) state.lastFailingAt = now.monotonic;
    const commonCause = commonCauseOf(state, findings, input);
    this.#attribute(state, isUnresolved(state.incident) ? undefined : commonCause, now);
    return decideOwner(state, {
      ...input,
      requeue,
      findings,
      commonCause,
      parentIncident: (cause) => parentIncidentOf(this.#states.get(cause)),
      // One that is suppressed by a rule does not recover, and holds up nobody else.
      hasMembers:
        state.kind === 'storm' &&
        [...this.#relations.members.get(key)].some(({ suppressed }) => suppressed.size === 0),
      isUnwell: (node) => {
        const owner = this.#states.get(node)?.owner;
        return owner !== undefined && clusterState.health(owner).state === 'notReady';
      },
      isBusy: () => isBusy(input, this.#options.storm.perMinute),
    });
  }

  noteDone(decision: Decision, now: Now): void {
    const state = this.#states.get(keyOfDecision(decision));
    if (state !== undefined) noteDone(state, decision, now);
  }

  /** What is known of this key, whether there is anything to decide or not. */
  findings(key: string, now: Now, clusterState: ClusterState): Findings | undefined {
    const state = this.#states.get(key);
    return state && findingsWithMembers(state, this.#inputAt(now, clusterState));
  }

  #inputAt(now: Now, clusterState: ClusterState): CauseInput {
    const { keyOf, incidents } = this.#deps;
    return {
      ...clusterState,
      now,
      options: this.#options,
      keyOf,
      relations: this.#relations,
      bornAt: this.#bornAt,
      stateOf: (key) => this.#states.get(key),
      isNodeFailing: (name) => (this.#states.get(nodeCause(name, keyOf).key)?.signalsByUid.size ?? 0) > 0,
      isFull: incidents.count >= this.#options.maxIncidents,
      isOccupied: (key) => incidents.isKeyOccupied(key),
    };
  }

  #stateOf(about: About, now: Now): OwnerState {
    const known = this.#states.get(about.key);
    if (known !== undefined) return known;
    const state = createOwnerState(about, this.#deps.incidents, now);
    this.#states.set(about.key, state);
    return state;
  }

  /** Passes on what may be news to others, and forgets what has nothing in it any more. */
  #relate(state: OwnerState): void {
    for (const key of this.#relations.update(state)) {
      const related = this.#states.get(key);
      if (related === undefined) continue;
      // A cause has failed for as long as its last member has, and a member was attributed to its node for as long as that was gone.
      if (related.kind !== 'owner')
        related.lastFailingAt = Math.max(related.lastFailingAt, state.lastFailingAt);
      else if (state.owner.kind === 'Node' && related.owner.kind !== 'Node')
        related.attributedAt = Math.max(related.attributedAt, state.lastFailingAt);
      this.#deps.onRelated(key, related.kind !== 'owner');
      this.#forgetIfEmpty(related);
    }
    this.#forgetIfEmpty(state);
  }

  #forgetIfEmpty(state: OwnerState): void {
    const { members, blaming } = this.#relations;
    const isCommon = state.kind !== 'owner' && (members.has(state.key) || blaming.has(state.key));
    if (isCommon || !isEmpty(state)) return;
    this.#states.delete(state.key);
    this.#relations.remove(state);
  }

  /** The cause gets a state of its own, which opens its incident. */
  #attribute(state: OwnerState, cause: Cause | undefined, now: Now): void {
    if (cause?.key === state.attributedTo?.key) return;
    if (cause === undefined) delete state.attributedTo;
    else {
      if (cause.kind !== 'node')
        this.#stateOf({ key: cause.key, owner: cause.target, kind: cause.kind }, now);
      state.attributedTo = cause;
      state.attributedAt = now.monotonic;
    }
    this.#relate(state);
  }

  #tellMembers(key: string): void {
    for (const group of [this.#relations.members, this.#relations.blaming])
      for (const state of group.get(key)) this.#deps.onRelated(state.key, state.kind !== 'owner');
  }
}

function aboutOf({ spec: { key, trigger, target } }: Incident): About {
  return { key, owner: target, kind: trigger === 'shared' || trigger === 'storm' ? trigger : 'owner' };
}

/** Members care for which incident covers them, whether it still does, and which ticket it has. */
function isNews(before: Incident | undefined, { name, status }: Incident): boolean {
  return (
    before?.name !== name ||
    before.status.phase !== status.phase ||
    before.status.recoveredAt !== status.recoveredAt ||
    before.status.ticketId !== status.ticketId
  );
}
