import { type DetectedClass, classDefinitions, detectedClasses } from '../domain/failure-classes.ts';
import type { Signal } from '../domain/failure.ts';
import { type ObjectView, type PodView, refOf } from '../domain/views.ts';
import { config } from './config.ts';
import { crash } from './crash.ts';
import { create } from './create.ts';
import type { ClassDetector, Detector, Finding, Observation, Stage } from './detector.ts';
import { event } from './event.ts';
import { eviction } from './eviction.ts';
import { image } from './image.ts';
import { cronJob, endlessPod, job } from './job.ts';
import { node } from './node.ts';
import { probe } from './probe.ts';
import { rollout } from './rollout.ts';
import { scheduling } from './scheduling.ts';
import { start } from './start.ts';
import { storage } from './storage.ts';
import { terminating } from './terminating.ts';

export { unreadyOf } from './pod.ts';
export type { ClassDetector, DetectOptions, Observation } from './detector.ts';

/** The detectors of each class. */
const detectorsOf = {
  node: [node],
  storage: [storage],
  create,
  image: [image],
  config: [config],
  scheduling: [scheduling],
  job: [job, cronJob, endlessPod],
  crash: [crash],
  start: [start],
  probe: [probe],
  rollout,
  eviction: [eviction],
  event,
  terminating,
} satisfies Readonly<Record<DetectedClass, readonly Detector[]>>;

/** Every detector, most causal class first. */
export const detectors: readonly ClassDetector[] = detectedClasses.flatMap((name) =>
  detectorsOf[name].map((detector) => ({ class: name, detector })),
);

/** What `detect` found, and which detectors threw: they are skipped, the others count. */
export interface Detection {
  readonly signals: readonly Signal[];
  readonly failures: readonly { readonly detector: string; readonly error: unknown }[];
}

/** All signals of one object as it is now. Objects on their way out and finished pods give none by default. */
export function detect(observation: Observation, using: readonly ClassDetector[] = detectors): Detection {
  const signals: Signal[] = [];
  const failures: { detector: string; error: unknown }[] = [];
  const { view } = observation;
  const stage = stageOf(view);
  for (const one of using) {
    if (!isMeant(one, stage, observation)) continue;
    try {
      const findings = one.detector.detect(observation);
      signals.push(...findings.map((finding) => signalOf(one.class, view, finding)));
    } catch (error) {
      failures.push({ detector: one.class, error });
    }
  }
  return { signals, failures };
}

function isMeant(one: ClassDetector, stage: Stage, { view, options }: Observation): boolean {
  const { class: failureClass, detector } = one;
  if (detector.kind !== view.kind) return false;
  if (classDefinitions[failureClass].isOptIn && options.optIn?.has(failureClass) !== true) return false;
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

/** The signal for a finding about the object behind a view. */
function signalOf(failureClass: DetectedClass, view: ObjectView, finding: Finding): Signal {
  const { lastSeenAt = finding.since, occurrences = 1, immediate = false, ...more } = finding;
  // An object fails no earlier than it is there: a time before that is of another clock. An Event may be made anew for what was long before.
  const since = view.kind === 'Event' ? finding.since : Math.max(finding.since, view.createdAt);
  return {
    class: failureClass,
    regarding: refOf(view),
    ...withoutAbsent(more),
    since,
    lastSeenAt: Math.max(since, lastSeenAt),
    occurrences: Math.max(1, occurrences),
    immediate,
    ...(view.kind === 'Pod' && view.node !== undefined ? { node: view.node } : {}),
  };
}

type Present<T> = { readonly [K in keyof T]: Exclude<T[K], false | undefined> };

/** What is so: what is not, or not known, is left out. */
function withoutAbsent<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== false),
  ) as Present<T>;
}
