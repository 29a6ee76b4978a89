import type { FailureClass, Signal } from '../domain/failure.ts';
import type { EventView, ObjectView, ViewKind } from '../domain/views.ts';

/** Everything a detector may look at. Same observation, same signals: nothing is remembered between looks. */
export interface Observation<View extends ObjectView = ObjectView> {
  readonly view: View;
  /** Warning events about this object, newest first. Levels decide first; events only where no level exists. */
  readonly events: readonly EventView[];
  readonly now: number;
  readonly options: DetectOptions;
}

export interface DetectOptions {
  /** How long a workload must look well before it counts as recovered. */
  readonly recoveryQuietMs: number;
}

/** Recognises one class of failure on one kind of object. */
export interface Detector<View extends ObjectView = ObjectView> {
  readonly class: FailureClass;
  readonly kind: View['kind'];
  detect(observation: Observation<View>): readonly Signal[];
}

/** A detector whatever its kind, as the list of all detectors holds it. */
export interface AnyDetector {
  readonly class: FailureClass;
  readonly kind: ViewKind;
  detect(observation: Observation<never>): readonly Signal[];
}
