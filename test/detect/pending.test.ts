import { describe, expect, test } from '@jest/globals';
import { MINUTE } from '../../src/domain/clock.ts';
import type { EventReason } from '../../src/domain/events.ts';
import {
  ago,
  anEvent,
  aPending,
  aPod,
  aRun,
  classesOf,
  condition,
  jobOwner,
  running,
  signalOf,
  signalsOf,
  waiting,
} from './fixtures.ts';

/** Pods that have not started: exactly one of storage, config, scheduling and start speaks for each. */

const creating = waiting('ContainerCreating');
const podInfo = { since: ago(6) };

function unscheduled(message: string, more: object = {}) {
  const scheduled = condition('PodScheduled', 'False', {
    reason: 'Unschedulable',
    message,
    ...podInfo,
    ...more,
  });
  const { node: _node, ...view } = aPending([]);
  return { ...view, detail: { restartPolicy: 'Always', conditions: [scheduled], containers: [] } };
}

describe('start', () => {
  test('with its sandbox there may take as long as a large image', () => {
    const prepared = condition('PodReadyToStartContainers', 'True', podInfo);
    const view = aPending([creating]);
    const conditions = [...(view.detail?.conditions ?? []), prepared];
    expect(signalOf({ ...view, detail: { ...view.detail!, conditions } })).toMatchObject({
      class: 'start',
      patienceMs: 10 * MINUTE,
    });
  });

  test('a pod of which nobody has written anything, and one of which somebody has', () => {
    const view = aPending([]);
    const mirror = { ...view, detail: { ...view.detail!, conditions: [] } };
    expect(signalOf(mirror)).toMatchObject({
      class: 'start',
      message: 'the pod has a node, and the kubelet there has reported nothing of it',
      since: mirror.createdAt,
    });
    expect(signalOf(view).message).toBe('the pod has a node but does not start');
  });

  test('a container that is being created for ever', () => {
    expect(signalOf(aPending([creating]))).toMatchObject({
      class: 'start',
      reason: 'ContainerCreating',
      message: 'the pod has a node but does not start',
      since: ago(60),
      immediate: false,
    });
  });

  test('a sandbox that cannot be made, in the words of its event', () => {
    const event = anEvent(
      'FailedCreatePodSandBox',
      'Failed to create pod sandbox: plugin type="bridge" failed:\n no addresses',
    );
    expect(signalOf(aPending([creating]), { events: [event] })).toMatchObject({
      class: 'start',
      reason: 'FailedCreatePodSandBox',
      message: 'the pod has a node but does not start: plugin type="bridge" failed: no addresses',
      lastSeenAt: ago(1),
    });
  });

  test('a kubelet that has not even listed the containers', () => {
    expect(classesOf(aPending([]))).toEqual(['start']);
  });

  test('counts from when the pod could start: after its node, its init containers, its last run', () => {
    const init = waiting('Completed', undefined, { role: 'init', name: 'migrate' });
    const { waiting: _waiting, ...done } = { ...init, terminated: aRun({ exitCode: 0, finishedAt: ago(7) }) };
    expect(signalOf(aPending([done, waiting('PodInitializing')])).since).toBe(ago(7));
  });

  test('a sidecar that runs does not hide that nothing else does', () => {
    expect(classesOf(aPending([running({ role: 'sidecar', name: 'proxy' }), creating]))).toEqual(['start']);
  });

  test('an init container at work is a start, however long it takes', () => {
    const migrate = running({ role: 'init', name: 'migrate', ready: false });
    expect(signalsOf(aPending([migrate, waiting('PodInitializing')]))).toEqual([]);
  });

  test('a debug container is no part of it', () => {
    expect(classesOf(aPending([creating, running({ role: 'ephemeral' })]))).toEqual(['start']);
  });

  test('a pod of a Job can hang like any other: its Job does not notice', () => {
    expect(classesOf(aPending([creating], { owner: jobOwner }))).toEqual(['start']);
  });
});

describe('storage', () => {
  test.each<[EventReason, string, string]>([
    ['FailedMount', 'Unable to attach or mount volumes: timed out', 'a volume of the pod cannot be mounted'],
    ['FailedAttachVolume', 'Multi-Attach error for volume "pvc-1"', 'a volume of the pod cannot be attached'],
  ])('%s', (reason, note, words) => {
    expect(signalOf(aPending([creating]), { events: [anEvent(reason, note)] })).toMatchObject({
      class: 'storage',
      reason,
      message: `${words}: ${note}`,
      since: ago(60),
      lastSeenAt: ago(1),
    });
  });

  test.each([
    '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: not helpful',
    '0/1 nodes are available: persistentvolumeclaim "data" not found.',
    '0/3 nodes are available: 3 node(s) had volume node affinity conflict.',
    "0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind.",
  ])('an unbound or lost claim: %s', (message) => {
    expect(signalOf(unscheduled(message))).toMatchObject({
      class: 'storage',
      reason: 'Unschedulable',
      since: ago(6),
    });
  });

  test('an old event about a mount that has succeeded since says nothing', () => {
    const old = anEvent('FailedMount', 'object not registered', { firstAt: ago(60), lastAt: ago(60) });
    const migrated = {
      ...running({ role: 'init', name: 'migrate' }),
      terminated: aRun({ exitCode: 0, finishedAt: ago(9) }),
    };
    expect(classesOf(aPending([migrated, waiting('PodInitializing')]), { events: [old] })).toEqual(['start']);
  });

  test('an event from before the volumes and the sandbox were there says nothing', () => {
    const old = anEvent('FailedMount', 'failed to sync configmap cache', {
      firstAt: ago(59),
      lastAt: ago(59),
    });
    const pod = aPending([creating]);
    const conditions = [
      ...(pod.detail?.conditions ?? []),
      condition('PodReadyToStartContainers', 'True', { since: ago(50) }),
    ];
    const prepared = aPod({ containers: [creating], conditions }, { phase: 'Pending' });
    expect(signalOf(pod, { events: [old] })).toMatchObject({ class: 'storage' });
    expect(signalOf(prepared, { events: [old] })).toMatchObject({
      class: 'start',
      reason: 'ContainerCreating',
      message: 'the pod has a node but does not start',
      since: ago(50),
    });
  });

  test('an event about a pod that runs says nothing', () => {
    const events = [anEvent('FailedMount', 'timed out')];
    expect(signalsOf(aPod({ containers: [running()] }), { events })).toEqual([]);
  });
});

describe('a mounted Secret or ConfigMap that is missing is config', () => {
  test.each([
    'secret "checkout-tls" not found',
    'configmap "checkout" not found',
    'references non-existent secret key: tls.crt',
  ])('%s', (cause) => {
    const note = `MountVolume.SetUp failed for volume "conf" : ${cause}`;
    const found = signalOf(aPending([creating]), { events: [anEvent('FailedMount', note)] });
    expect(found).toMatchObject({ class: 'config', reason: 'FailedMount', immediate: false });
    expect(found.message).toBe(`the pod mounts what does not exist: ${cause}`);
  });
});

describe('scheduling', () => {
  const full = '0/3 nodes are available: 3 Insufficient cpu.';
  const verdict = (reasons: string) => anEvent('NotTriggerScaleUp', `pod didn't trigger scale-up${reasons}`);
  const declined = verdict(": 2 node(s) didn't match Pod's node affinity/selector");
  const triggered = anEvent('TriggeredScaleUp', 'pod triggered scale-up: [{a 1->2 (max: 5)}]', {
    lastAt: ago(2),
  });

  test('what the scheduler says about preemption is left to the environment', () => {
    const message = `${full} no new claims to deallocate, preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.`;
    expect(signalOf(unscheduled(message)).message).toBe(`no node takes the pod: ${full}`);
  });

  test('no node takes the pod', () => {
    expect(signalOf(unscheduled(full))).toMatchObject({
      class: 'scheduling',
      reason: 'Unschedulable',
      message: `no node takes the pod: ${full}`,
      since: ago(6),
      immediate: false,
    });
  });

  test('an autoscaler that cannot help speaks at once', () => {
    expect(signalOf(unscheduled(full), { events: [declined] })).toMatchObject({ immediate: true });
  });

  test.each([
    ': 1 max node group size reached',
    ': 2 in backoff after failed scale-up',
    ': 1 not ready for scale-up',
    ': 1 max cluster cpu, memory limit reached',
    " (it wouldn't fit if a new node is added): 1 max limit reached",
    ': 3 node(s) had untolerated taint {dedicated: gpu}, 1 max node group size reached',
    ': 1 something of a later release',
    ':',
  ])('an autoscaler that may help later has the hold%s', (reasons) => {
    const found = signalOf(unscheduled(full), { events: [verdict(reasons)] });
    expect(found).toMatchObject({ immediate: false, since: ago(6) });
    expect(found.message).toContain('does not add one now');
  });

  test.each([
    ': 3 Insufficient cpu, 1 node(s) had untolerated taint {dedicated: gpu, more}',
    " (it wouldn't fit if a new node is added): 1 node(s) didn't match node selector",
  ])('no group has such nodes%s', (reasons) => {
    expect(signalOf(unscheduled(full), { events: [verdict(reasons)] }).immediate).toBe(true);
  });

  test('an autoscaler that adds a node has 15 minutes, the hold of 5 among them', () => {
    const found = signalOf(unscheduled(full), { events: [triggered] });
    expect(found).toMatchObject({ immediate: false, since: ago(6), lastSeenAt: ago(2) });
    expect(found.since + (found.patienceMs ?? 0)).toBe(ago(2) + 10 * MINUTE);
    expect(found.message).toContain('added some at 2026-11-23 02:58:00 UTC');
  });

  test('its newest word counts', () => {
    expect(signalOf(unscheduled(full), { events: [declined, triggered] }).immediate).toBe(true);
    expect(signalOf(unscheduled(full), { events: [triggered, declined] }).immediate).toBe(false);
  });

  test('what it said of an earlier wait does not', () => {
    const old = { ...declined, firstAt: ago(30), lastAt: ago(30) };
    expect(signalOf(unscheduled(full), { events: [old] }).immediate).toBe(false);
  });

  test('volumes of other nodes are not to blame where this one is full', () => {
    const mixed = '0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had volume node affinity conflict.';
    expect(classesOf(unscheduled(mixed))).toEqual(['scheduling']);
  });

  test('a scheduling gate holds the pod back on purpose', () => {
    expect(signalsOf(unscheduled('', { reason: 'SchedulingGated' }))).toEqual([]);
  });

  test.each([
    '3/3 tasks in gang unschedulable: pod group is not ready, 3 Pending, 3 minAvailable; Pending: 3 Undetermined',
    '0/1 nodes are available: pre-filter pod a cannot find enough sibling pods, current pods number: 1, minMember of group: 4.',
    "application 'spark-1' is waiting in queue 'root.batch'",
  ])('a gang or a queue holds the pod back on purpose: %s', (message) => {
    expect(signalsOf(unscheduled(message))).toEqual([]);
  });

  test('a pod that gives way to all others waits for room that nobody needs', () => {
    const pod = unscheduled(full);
    expect(signalsOf(pod)).toHaveLength(1);
    const detail = pod.detail === undefined ? undefined : { ...pod.detail, givesWay: true as const };
    expect(signalsOf({ ...pod, ...(detail === undefined ? {} : { detail }) })).toEqual([]);
  });

  test('a pod that no scheduler looks at', () => {
    const { node: _node, ...view } = aPending([]);
    const forgotten = { ...view, detail: { restartPolicy: 'Always', conditions: [], containers: [] } };
    expect(signalOf(forgotten)).toMatchObject({
      class: 'scheduling',
      message: 'no scheduler has placed the pod',
      since: ago(60),
    });
    const misspelt = { ...forgotten, detail: { ...forgotten.detail, scheduler: 'vocalno' } };
    expect(signalOf(misspelt).message).toBe(
      'no scheduler has placed the pod, which asks for one called vocalno',
    );
  });
});
