export { createCorrelator } from './correlator.ts';
export type { Correlator, CorrelatorDeps, Observation } from './correlator-port.ts';
export type { Cause } from './cause.ts';
export type { Common, Member } from './common.ts';
export type { CorrelatorOptions, Decision, Outcome, Recovery } from './decision.ts';
export { dueAt, type Findings } from './findings.ts';
export { hasFallen, isBehind, type OwnerHealth, ownerHealth } from './health.ts';
export type { Scope, Sight } from './sight.ts';
export {
  incidentKey,
  incidentMarker,
  incidentName,
  incidentNumber,
  keyMarker,
  manualKey,
} from './identity.ts';
export { type ManualRequest, manualRequest, requestNamespace, requestTurn } from './manual.ts';
export { type ClusterLookup, findOwner, isOwnRoot, type Ownership, rootOwner } from './owner.ts';
export {
  ignoreUntilProblem,
  isNotReady,
  silenceStates,
  Silences,
  type TimedSuppression,
  timedSuppressions,
  unsilenced,
} from './silences.ts';
export { type Rules, type Suppression, suppressionOf, suppressions } from './rules.ts';
