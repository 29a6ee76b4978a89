import type { DetectedClass, FailureClass } from '../domain/failure-classes.ts';
import type { ObjectRef, Signal } from '../domain/failure.ts';
import type { EventView, ObjectView } from '../domain/views.ts';
import { DAY } from '../domain/clock.ts';

/** Everything a detector may look at. Same observation, same findings: nothing is remembered between two evaluations. */
export interface Observation<View extends ObjectView = ObjectView> {
  readonly view: View;
  /** Warnings about this object and verdicts of the cluster autoscaler, newest first. Levels decide first; events only where no level exists. */
  readonly events: readonly EventView[];
  readonly now: number;
  readonly options: DetectOptions;
}

export interface DetectOptions {
  /** `resolveAfter` of the configuration. */
  readonly resolveAfterMs: number;
  /** `nodes.maintenance` of the configuration; an hour without it. */
  readonly maintenanceMs?: number;
  /** Classes that are off by default, and were enabled. */
  readonly optIn?: ReadonlySet<FailureClass>;
  /**
   * Whoever reads the signals leaves out evictions of owners that have all their replicas again. Without that only
   * evictions of bare pods are reported: an evicted pod stays in the cluster long after its replacement runs.
   */
  readonly ownedEvictions?: boolean;
}

/** What a detector found. What is left out is as for a cause that may pass, seen once. */
export interface Finding extends Pick<
  Signal,
  | 'reason'
  | 'message'
  | 'since'
  | 'level'
  | 'madeAt'
  | 'isSummary'
  | 'isLeftover'
  | 'patienceMs'
  | 'clearsAt'
  | 'container'
  | 'takesPodsAlong'
  | 'evictsPods'
  | 'nodeGroups'
> {
  /** Without it, `since`. */
  readonly lastSeenAt?: number;
  readonly occurrences?: number;
  readonly immediate?: boolean;
  readonly sharedCause?: Signal['sharedCause'] | undefined;
  readonly saidAlike?: Signal['saidAlike'] | undefined;
  readonly unproven?: Signal['unproven'] | undefined;
  readonly madeBy?: string | undefined;
  readonly isFinal?: boolean;
  readonly lacksNodes?: boolean;
  readonly isVolumeHeld?: boolean;
  /** The object that fails, where it is not the one that was looked at. */
  readonly regarding?: ObjectRef;
}

/**
 * How far an object is on its way out. `leaving`: being deleted, or about to be disrupted on purpose; what its
 * containers do is no failure. `failed` and `finished`: pods that will not run again.
 */
export type Stage = 'alive' | 'leaving' | 'failed' | 'finished';

/** Recognises one class of failure on one kind of object. */
export interface Detector<View extends ObjectView = ObjectView> {
  readonly kind: View['kind'];
  /** Objects that are not alive are shown to nobody who does not ask for them. */
  readonly alsoSees?: Exclude<Stage, 'alive'>;
  detect(observation: Observation<View>): readonly Finding[];
}

/** A detector and the class that it recognises. */
export interface ClassDetector {
  readonly class: DetectedClass;
  readonly detector: Detector;
}

/** What ended longer ago wakes nobody. */
const LEFTOVER_MS = DAY;

/** Whether something that ended then is a leftover. */
export function leftover(endedAt: number, now: number): { readonly isLeftover?: true } {
  return endedAt < now - LEFTOVER_MS ? { isLeftover: true } : {};
}
