import { describe, expect, test } from '@jest/globals';
import type { ContainerView } from '../../src/domain/views.ts';
import { ago, anEvent, aPod, condition, jobOwner, running, signalOf, signalsOf } from './fixtures.ts';

const failed = anEvent('Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503', {
  count: 80,
  firstAt: ago(11),
});
const unready = running({ ready: false });

function podWith(container: ContainerView, ready = 'False') {
  return aPod({ conditions: [condition('Ready', ready, { since: ago(12) })], containers: [container] });
}

test('a container that runs and whose probe fails', () => {
  expect(signalOf(podWith(unready), { events: [failed] })).toMatchObject({
    class: 'probe',
    reason: 'Unhealthy',
    message:
      'container app runs but is not ready: Readiness probe failed: HTTP probe failed with statuscode: 503',
    since: ago(11),
    lastSeenAt: ago(1),
    occurrences: 80,
    immediate: false,
  });
});

test('counts from when the pod was last ready, if the probe has failed before', () => {
  const before = { ...failed, firstAt: ago(300) };
  expect(signalOf(podWith(unready), { events: [before] }).since).toBe(ago(12));
});

test('sums up what the probe has said in other words', () => {
  const other = anEvent('Unhealthy', 'Readiness probe failed: timeout', { firstAt: ago(3), count: 2 });
  expect(signalOf(podWith(unready), { events: [other, failed] })).toMatchObject({
    message: 'container app runs but is not ready: Readiness probe failed: timeout',
    since: ago(11),
    occurrences: 82,
  });
});

test('a sidecar that is not ready keeps its pod from being so', () => {
  expect(signalOf(podWith({ ...unready, role: 'sidecar' }), { events: [failed] }).container?.role).toBe(
    'sidecar',
  );
});

test('of two that are not ready only the one is told whose probe has failed', () => {
  const pod = aPod({
    conditions: [condition('Ready', 'False', { since: ago(12) })],
    containers: [unready, { ...unready, name: 'proxy' }],
  });
  expect(signalOf(pod, { events: [{ ...failed, container: 'proxy' }] }).container?.name).toBe('proxy');
  expect(signalsOf(pod, { events: [failed] })).toHaveLength(2);
});

test('fails no longer than its pod is there, whatever the clock of the node says', () => {
  const early = { ...failed, firstAt: ago(600) };
  const pod = aPod({
    conditions: [condition('Ready', 'False', { since: ago(600) })],
    containers: [running({ ready: false, runningSince: ago(600) })],
  });
  expect(signalOf(pod, { events: [early] }).since).toBe(pod.createdAt);
});

describe('says nothing', () => {
  test('without a failed probe: it may be within its initial delay', () => {
    expect(signalsOf(podWith(unready))).toEqual([]);
    expect(signalsOf(podWith(unready), { events: [anEvent('FailedMount', 'x')] })).toEqual([]);
  });

  test('when the probe failed before this run only', () => {
    const look = { events: [{ ...failed, lastAt: ago(30) }] };
    expect(signalsOf(podWith({ ...unready, runningSince: ago(20) }), look)).toEqual([]);
  });

  test('when a slow start has just come through, and readiness was not asked for yet', () => {
    const startup = { ...failed, note: 'Startup probe failed: connection refused' };
    expect(signalsOf(podWith(unready), { events: [startup] })).toEqual([]);
  });

  const silent: readonly (readonly [string, ContainerView])[] = [
    ['while a startup probe is not through', { ...unready, started: false }],
    ['of an init container', { ...unready, role: 'init' }],
    ['of a debug container', { ...unready, role: 'ephemeral' }],
    ['of a container that is ready', running()],
    ['of a container that does not run', { name: 'app', role: 'app', restartCount: 0, ready: false }],
  ];
  test.each(silent)('%s', (_, container) => {
    expect(signalsOf(podWith(container), { events: [failed] })).toEqual([]);
  });

  test('of a pod that is ready', () => {
    expect(signalsOf(podWith(unready, 'True'), { events: [failed] })).toEqual([]);
  });

  test('of a pod that is still Pending', () => {
    expect(signalsOf({ ...podWith(unready), phase: 'Pending' }, { events: [failed] })).toEqual([]);
  });

  test('of a pod of a Job', () => {
    expect(signalsOf({ ...podWith(unready), owner: jobOwner }, { events: [failed] })).toEqual([]);
  });
});
