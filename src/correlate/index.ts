export { Correlator, type CorrelatorDeps, type Observation } from './correlator.ts';
export type { Cause } from './identity.ts';
export type { CorrelatorOptions, Decision, Outcome, Recovery } from './decision.ts';
export { type Common, dueAt, type Findings, type Member } from './findings.ts';
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
