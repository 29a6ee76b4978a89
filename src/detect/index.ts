import type { Signal } from '../domain/failure.ts';
import type { ObjectView, PodView } from '../domain/views.ts';
import { config } from './config.ts';
import { crash } from './crash.ts';
import { create } from './create.ts';
import type { AnyDetector, Observation, Stage } from './detector.ts';
import { event } from './event.ts';
import { eviction } from './eviction.ts';
import { image } from './image.ts';
import { cronJob, job } from './job.ts';
import { node } from './node.ts';
import { probe } from './probe.ts';
import { rollout } from './rollout.ts';
import { scheduling } from './scheduling.ts';
import { start } from './start.ts';
import { storage } from './storage.ts';
import { terminating } from './terminating.ts';

export { type Unready, unreadyOf } from './unready.ts';
export type { AnyDetector, DetectOptions, Observation } from './detector.ts';

/** Every detector, most causal class first. A new one is a file of its own and one entry here. */
export const detectors: readonly AnyDetector[] = [
  node,
  storage,
  ...create,
  image,
  config,
  scheduling,
  job,
  cronJob,
  crash,
  start,
  probe,
  ...rollout,
  eviction,
  ...event,
  ...terminating,
];

/** What `detect` found, and which detectors failed at it: one that throws is skipped, the others still speak. */
export interface Detection {
  readonly signals: readonly Signal[];
  readonly failures: readonly { readonly detector: string; readonly error: unknown }[];
}

/** All signals of one object as it stands. Objects on their way out and finished pods give none by default. */
export function detect(observation: Observation, using: readonly AnyDetector[] = detectors): Detection {
  const signals: Signal[] = [];
  const failures: { detector: string; error: unknown }[] = [];
  const stage = stageOf(observation.view);
  for (const detector of using) {
    if (!isMeant(detector, stage, observation)) continue;
    try {
      signals.push(...detector.detect(observation as Observation<never>));
    } catch (error) {
      failures.push({ detector: detector.class, error });
    }
  }
  return { signals, failures };
}

function isMeant(detector: AnyDetector, stage: Stage, { view, options }: Observation): boolean {
  if (detector.kind !== view.kind) return false;
  if (detector.isOptIn === true && options.optIn?.has(detector.class) !== true) return false;
  return stage === 'alive' || detector.alsoSees === stage;
}

/** A pod being deleted ends its containers on purpose; a finished one has nothing left to fail. */
function stageOf(view: ObjectView): Stage {
  if (view.deletedAt !== undefined) return 'leaving';
  return view.kind === 'Pod' ? podStage(view) : 'alive';
}

function podStage({ phase, detail }: PodView): Stage {
  if (phase === 'Failed') return 'failed';
  if (phase === 'Succeeded') return 'finished';
  // Drained, preempted or moved by a taint: the deletion follows. One that never comes takes the condition back.
  const isDisrupted = detail?.conditions.some(
    (condition) => condition.type === 'DisruptionTarget' && condition.status === 'True',
  );
  return isDisrupted === true ? 'leaving' : 'alive';
}
