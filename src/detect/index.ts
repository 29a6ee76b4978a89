import type { Signal } from '../domain/failure.ts';
import type { ObjectView } from '../domain/views.ts';
import { crash } from './crash.ts';
import type { AnyDetector, Observation } from './detector.ts';

export type { AnyDetector, DetectOptions, Observation } from './detector.ts';

/** Every detector. A new one is a file of its own and one entry here. */
export const detectors: readonly AnyDetector[] = [crash];

/** What `detect` found, and which detectors failed at it: one that throws is skipped, the others still speak. */
export interface Detection {
  readonly signals: readonly Signal[];
  readonly failures: readonly { readonly detector: string; readonly error: unknown }[];
}

/** All signals of one object as it stands. Objects on their way out and finished pods give none. */
export function detect(observation: Observation, using: readonly AnyDetector[] = detectors): Detection {
  const signals: Signal[] = [];
  const failures: { detector: string; error: unknown }[] = [];
  if (isLeaving(observation.view)) return { signals, failures };
  for (const detector of using) {
    if (detector.kind !== observation.view.kind) continue;
    try {
      signals.push(...detector.detect(observation as Observation<never>));
    } catch (error) {
      failures.push({ detector: detector.class, error });
    }
  }
  return { signals, failures };
}

/** A pod being deleted ends its containers on purpose; a finished one has nothing left to fail. */
function isLeaving(view: ObjectView): boolean {
  if (view.deletedAt !== undefined) return true;
  return view.kind === 'Pod' && (view.phase === 'Succeeded' || view.phase === 'Failed');
}
