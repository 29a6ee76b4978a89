export { createReflector } from './reflector.ts';
export type { Reflector, ReflectorOptions } from './reflector.ts';
export type { Change, StoreView } from './change.ts';
export type { ResourcePath } from './requests.ts';
export type {
  ReconnectReason,
  ReflectorEvent,
  ReflectorHealth,
  ReflectorObserver,
  ReflectorPhase,
  ReflectorStatus,
  RelistReason,
} from './status.ts';
export { reflectorPhases } from './status.ts';
export { defaultTimings, MAX_STEP_MS } from './timings.ts';
export type { ReflectorTimings } from './timings.ts';
export { troubleKinds } from './trouble.ts';
export type { TroubleKind } from './trouble.ts';
