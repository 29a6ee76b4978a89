import type { FailureClass, Signal } from '../domain/failure.ts';
import type { EventView, ObjectView, ViewKind } from '../domain/views.ts';

/** Everything a detector may look at. Same observation, same signals: nothing is remembered between looks. */
export interface Observation<View extends ObjectView = ObjectView> {
  readonly view: View;
  /** Warnings about this object and verdicts of the cluster autoscaler, newest first. Levels decide first; events only where no level exists. */
  readonly events: readonly EventView[];
  readonly now: number;
  readonly options: DetectOptions;
}

export interface DetectOptions {
  /** How long a workload must look well before it counts as recovered. */
  readonly recoveryQuietMs: number;
  /** So long a node may be down in somebody's hands; an hour without it. */
  readonly maintenanceMs?: number;
  /** Classes that are off unless somebody asks for them, and that somebody asked for. */
  readonly optIn?: ReadonlySet<FailureClass>;
  /**
   * Whoever reads the signals leaves out evictions of owners that have all their replicas again. Without that only
   * evictions of bare pods are told: an evicted pod stays in the cluster long after its replacement runs.
   */
  readonly ownedEvictions?: boolean;
}

/**
 * How far an object is on its way out. `leaving`: being deleted, or about to be disrupted on purpose; what its
 * containers do is no failure. `failed` and `finished`: pods that will not run again.
 */
export type Stage = 'alive' | 'leaving' | 'failed' | 'finished';

/** Recognises one class of failure on one kind of object. */
export interface Detector<View extends ObjectView = ObjectView> {
  readonly class: FailureClass;
  readonly kind: View['kind'];
  /** Objects that are not alive are shown to nobody who does not ask for them. */
  readonly alsoSees?: Exclude<Stage, 'alive'>;
  /** Off unless `options.optIn` has its class. */
  readonly isOptIn?: true;
  detect(observation: Observation<View>): readonly Signal[];
}

/** A detector whatever its kind, as the list of all detectors holds it. */
export interface AnyDetector {
  readonly class: FailureClass;
  readonly kind: ViewKind;
  readonly alsoSees?: Exclude<Stage, 'alive'>;
  readonly isOptIn?: true;
  detect(observation: Observation<never>): readonly Signal[];
}
