/**
 * From signals of objects to decisions about owners. Where to look:
 *
 * - correlator: what the parts share; takes observations, and decides one owner after the other
 * - owner: whose failure it is; identity: the keys, names and markers of its Incidents
 * - owner-state, signals: what is known of one owner, and which of its signals count; downtime: how long it was down within a window
 * - due-signals: whether it has failed for long enough (`for`, of ../domain/failure-classes), and what leads
 * - common-cause: whether something else is told in its place, such as its node; relations: who fails for which cause; lack: pods that wait
 * - owner-health: whether it is well, and since when that is proven
 * - silences, suppression: what people and configuration keep from being told
 * - decide: what follows (open, update, recover, nothing); decision: its types; requeue: when to look again
 */
export { Correlator, type CorrelatorDeps, type Observation } from './correlator.ts';
export type { Cause } from './identity.ts';
export type { CorrelatorOptions, Decision, Outcome, Recovery } from './decision.ts';
export { type Common, dueAt, type Findings, type Member } from './due-signals.ts';
export {
  hasFallen,
  isBehind,
  type OwnerHealth,
  ownerHealth,
  type Scope,
  type ClusterState,
} from './owner-health.ts';
export {
  incidentKey,
  incidentMarker,
  incidentName,
  incidentNumber,
  keyMarker,
  manualKey,
} from './identity.ts';
export { type ClusterLookup, findOwner, isInherited, isOwnRoot, type Ownership, rootOwner } from './owner.ts';
export {
  ignoreUntilProblem,
  isNotReady,
  silenceStates,
  Silences,
  type TimedSuppression,
  timedSuppressions,
  unsilenced,
} from './silences.ts';
export { type SuppressionRules, type Suppression, suppressionOf, suppressions } from './suppression.ts';
