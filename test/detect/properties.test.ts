import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HOUR } from '../../src/domain/clock.ts';
import { detect, detectors, type Observation } from '../../src/detect/index.ts';
import { type FailureClass, failureClasses } from '../../src/domain/failure-classes.ts';
import type { Signal } from '../../src/domain/failure.ts';
import type {
  Condition,
  ContainerView,
  EventView,
  ObjectView,
  PodDetail,
  PodView,
  Termination,
} from '../../src/domain/views.ts';
import { ago, options, running } from './fixtures.ts';

/** Words that mean something to a detector, and some that mean nothing to anybody. */
const reasons = fc.oneof(
  fc.constantFrom(
    'Unschedulable',
    'SchedulingGated',
    'CrashLoopBackOff',
    'ErrImagePull',
    'ImagePullBackOff',
    'InvalidImageName',
    'CreateContainerConfigError',
    'RunContainerError',
    'StartError',
    'OOMKilled',
    'Completed',
    'ContainerCreating',
    'PodInitializing',
    'Evicted',
    'Preempting',
    'FailedCreate',
    'FailedMount',
    'FailedAttachVolume',
    'Failed',
    'Unhealthy',
    'TriggeredScaleUp',
    'NotTriggerScaleUp',
    'FailedKillPod',
    'SystemOOM',
    'FailedGetResourceMetric',
    'ProgressDeadlineExceeded',
    'BackoffLimitExceeded',
    'constructor',
    '__proto__',
    '',
  ),
  fc.string({ maxLength: 20 }),
);
const texts = fc.oneof(
  fc.constantFrom(
    'Back-off pulling image "a:1"',
    'Failed to pull image "a:1": not found',
    'secret "a" not found',
    '0/1 nodes are available: persistentvolumeclaim "a" not found',
    'exec: "a": executable file not found in $PATH',
  ),
  fc.string({ unit: 'binary', maxLength: 400 }),
);
const times = fc.integer({ min: 0, max: ago(-60) });
const counts = fc.nat({ max: 1_000 });

const conditions: fc.Arbitrary<readonly Condition[]> = fc.array(
  fc.record(
    {
      type: fc.constantFrom(
        'PodScheduled',
        'Initialized',
        'Ready',
        'ContainersReady',
        'DisruptionTarget',
        'Progressing',
        'ReplicaFailure',
        'DiskPressure',
        'MemoryPressure',
        'KernelDeadlock',
        'constructor',
      ),
      status: fc.constantFrom('True', 'False', 'Unknown'),
      reason: reasons,
      message: texts,
      since: times,
    },
    { requiredKeys: ['type', 'status', 'since'] },
  ),
  { maxLength: 6 },
);

const terminations: fc.Arbitrary<Termination> = fc.record(
  {
    exitCode: fc.constantFrom(-1, 0, 1, 128, 137, 143, 255),
    signal: fc.integer({ min: 1, max: 64 }),
    reason: reasons,
    message: texts,
    startedAt: times,
    finishedAt: times,
  },
  { requiredKeys: ['exitCode'] },
);

const containers: fc.Arbitrary<ContainerView> = fc.record(
  {
    name: fc.constantFrom('app', 'proxy', ''),
    role: fc.constantFrom('app', 'init', 'sidecar', 'ephemeral'),
    restartCount: counts,
    ready: fc.boolean(),
    started: fc.boolean(),
    waiting: fc.record({ reason: reasons, message: texts }, { requiredKeys: ['reason'] }),
    runningSince: times,
    terminated: terminations,
    lastTerminated: terminations,
  },
  { requiredKeys: ['name', 'role', 'restartCount', 'ready'] },
);

const details: fc.Arbitrary<PodDetail> = fc.record(
  {
    reason: reasons,
    message: texts,
    restartPolicy: fc.constantFrom('Always', 'OnFailure', 'Never'),
    conditions,
    containers: fc.array(containers, { maxLength: 4 }),
  },
  { requiredKeys: ['restartPolicy', 'conditions', 'containers'] },
);

const owners = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constantFrom('ReplicaSet', 'Job', 'CronJob', 'Node', 'Deployment', 'Database'),
  name: fc.constant('owner'),
  uid: fc.constant('o-1'),
});

const required = {
  apiVersion: fc.constant('v1'),
  uid: fc.constant('u-1'),
  namespace: fc.constant('shop'),
  name: fc.constant('x'),
  createdAt: times,
};
const maybe = { deletedAt: times, owner: owners };
const own = Object.keys(required);

/** A view of one kind: what every view has, and what this kind has more, `always` or sometimes. */
function views<Kind extends string>(
  kind: Kind,
  always: Record<string, fc.Arbitrary<unknown>>,
  sometimes: Record<string, fc.Arbitrary<unknown>> = {},
): fc.Arbitrary<ObjectView> {
  const model: Record<string, fc.Arbitrary<unknown>> = {
    kind: fc.constant(kind),
    ...required,
    ...always,
    ...maybe,
    ...sometimes,
  };
  const requiredKeys = ['kind', ...own, ...Object.keys(always)];
  return fc.record(model, { requiredKeys }) as fc.Arbitrary<unknown> as fc.Arbitrary<ObjectView>;
}

const pods = views(
  'Pod',
  { phase: fc.constantFrom('Pending', 'Running', 'Failed', 'Succeeded', 'Unknown') },
  { node: fc.constant('node-1'), detail: details, deletionDueAt: times },
);
const eventViews = views('Event', {
  regarding: fc.record({
    kind: fc.constantFrom('Pod', 'Node', 'HorizontalPodAutoscaler', 'PersistentVolumeClaim'),
    namespace: fc.constant('shop'),
    name: fc.constant('x'),
    uid: fc.constant('u-1'),
  }),
  reason: reasons,
  note: texts,
  count: counts,
  firstAt: times,
  lastAt: times,
}) as fc.Arbitrary<EventView>;
const runs = fc.record(
  {
    schedule: fc.oneof(fc.constantFrom('* * * * *', '0 6 * * 1-5', '@daily'), fc.string({ maxLength: 30 })),
    lastRunAt: times,
    lastSuccessAt: times,
    specChangedAt: times,
    active: fc.nat({ max: 2 }),
  },
  { requiredKeys: ['schedule', 'lastRunAt', 'active'] },
);
const workload = { wanted: counts, ready: counts, updated: counts, observed: fc.boolean(), conditions };
const objects = fc.oneof(
  { arbitrary: pods, weight: 5 },
  ...(['Deployment', 'StatefulSet', 'DaemonSet'] as const).map((kind) =>
    views(kind, workload, { progressedAt: times }),
  ),
  views('ReplicaSet', {}),
  views('Namespace', {}),
  views('Job', { complete: fc.boolean() }, { failed: conditions.map((some) => some[0]) }),
  views('CronJob', { suspended: fc.boolean() }, { unsuccessful: runs }),
  views('Node', { conditions, unschedulable: fc.boolean() }, { removing: fc.constant(true) }),
  eventViews,
);

const everything: fc.Arbitrary<Observation> = fc.record({
  view: objects,
  events: fc.array(eventViews, { maxLength: 4 }),
  now: times,
  options: fc.record(
    {
      resolveAfterMs: fc.integer({ min: 1, max: 3_600_000 }),
      ownedEvictions: fc.boolean(),
      optIn: fc.constant<ReadonlySet<FailureClass>>(new Set(['terminating'])),
    },
    { requiredKeys: ['resolveAfterMs'] },
  ),
}) as fc.Arbitrary<Observation>;

describe('whatever a view says', () => {
  test('no detector throws, and every signal is whole', () => {
    let signals = 0;
    fc.assert(
      fc.property(everything, (observation) => {
        const found = detect(observation);
        expect(found.failures).toEqual([]);
        for (const signal of found.signals) {
          signals += 1;
          expect(failureClasses).toContain(signal.class);
          expect(signal.message).toMatch(/^\S.*\S$/);
          expect(signal.occurrences).toBeGreaterThanOrEqual(1);
          expect(Number.isFinite(signal.since + signal.lastSeenAt + (signal.clearsAt ?? 0))).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
    expect(signals).toBeGreaterThan(100);
  });

  test('the same observation gives the same signals, and is left as it was', () => {
    fc.assert(
      fc.property(everything, (observation) => {
        const before = structuredClone(observation);
        const [first, second] = [detect(observation), detect(observation)];
        expect(second).toEqual(first);
        expect(observation).toEqual(before);
      }),
    );
  });

  /** A pod that is to go and cannot be stopped, and a Job that had failed before it was to go. */
  const isTold = (
    { class: name, reason, since, isFinal, patienceMs = 0 }: Signal,
    deletedAt: number,
  ): boolean =>
    reason === 'FailedKillPod' ||
    (isFinal === true && since <= deletedAt) ||
    (name === 'node' && patienceMs >= HOUR);

  test('what is being deleted gives none, unless it cannot be stopped or had ended before, or is a node that stays', () => {
    fc.assert(
      fc.property(everything, times, (observation, deletedAt) => {
        const view = { ...observation.view, deletedAt, deletionDueAt: deletedAt };
        const { signals } = detect({ ...observation, view, options });
        expect(signals.filter((signal) => !isTold(signal, Math.max(deletedAt, view.createdAt)))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  test('a pod that has Succeeded gives none', () => {
    fc.assert(
      fc.property(everything, pods, (observation, pod) => {
        const view = { ...pod, phase: 'Succeeded' } as PodView;
        const { signals } = detect({ ...observation, view, options });
        expect(signals.filter(({ reason }) => reason !== 'FailedKillPod')).toEqual([]);
      }),
    );
  });
});

describe('a healthy pod gives none, whatever was said about it', () => {
  // An event of a rule speaks for itself.
  const levels = detectors.filter((detector) => detector.class !== 'event');

  test('with a detail and without', () => {
    const ready = ['PodScheduled', 'Initialized', 'Ready', 'ContainersReady'].map((type) => ({
      type,
      status: 'True',
      since: ago(60),
    }));
    const healthy = fc.record({
      restarts: fc.nat({ max: 2 }),
      hasDetail: fc.boolean(),
    });
    fc.assert(
      fc.property(everything, healthy, (observation, { restarts, hasDetail }) => {
        const detail = {
          restartPolicy: 'Always',
          conditions: ready,
          containers: [running({ restartCount: restarts })],
        };
        const view: PodView = {
          kind: 'Pod',
          apiVersion: 'v1',
          uid: 'u-1',
          namespace: 'shop',
          name: 'x',
          createdAt: ago(60),
          node: 'node-1',
          phase: 'Running',
          ...(hasDetail ? { detail } : {}),
        };
        expect(detect({ ...observation, view }, levels).signals).toEqual([]);
      }),
    );
  });
});
