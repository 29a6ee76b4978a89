import { describe, expect, test } from '@jest/globals';
import { MINUTE } from '../../src/domain/clock.ts';
import type { EventView } from '../../src/domain/views.ts';
import { ago, aNode, anEvent, aPod, condition, running, signalOf, signalsOf } from './fixtures.ts';

const well = aPod({ containers: [running()] });

describe('event', () => {
  test('a node that ran out of memory, once', () => {
    const events = [anEvent('SystemOOM', 'victim process: java, pid: 4711')];
    expect(signalOf(aNode([]), { events })).toMatchObject({
      class: 'event',
      regarding: { kind: 'Node' },
      reason: 'SystemOOM',
      message: 'the node ran out of memory and killed a process: victim process: java, pid: 4711',
      since: ago(1),
      clearsAt: ago(1) + 15 * MINUTE,
    });
  });

  test('a pod that cannot be stopped, when it goes on', () => {
    const event = anEvent('FailedKillPod', 'x', { count: 5, firstAt: ago(11) });
    expect(signalOf(well, { events: [event] })).toMatchObject({
      class: 'event',
      since: ago(11),
      occurrences: 5,
    });
    expect(signalsOf(well, { events: [{ ...event, count: 2 }] })).toEqual([]);
    expect(signalsOf(well, { events: [{ ...event, firstAt: ago(9) }] })).toEqual([]);
  });

  test('a reason that no rule names says nothing, nor does one that another kind has a rule for', () => {
    expect(signalsOf(well, { events: [anEvent('FailedMount', 'x'), anEvent('SystemOOM', 'x')] })).toEqual([]);
  });

  test.each(['KernelDeadlock', 'ReadonlyFilesystem'])('%s, a permanent problem of a node', (type) => {
    const problem = condition(type, 'True', { reason: 'DockerHung', message: 'task docker:7 blocked' });
    expect(signalOf(aNode([problem]))).toMatchObject({ class: 'event', reason: type, since: ago(60) });
    expect(signalsOf(aNode([{ ...problem, status: 'Unknown' }]))).toEqual([]);
    expect(signalsOf(aNode([problem], { removing: true }))).toEqual([]);
  });

  test('a part of a node that the agent on it calls not ready, after some minutes', () => {
    const part = condition('NetworkingReady', 'False', { message: 'IPAMD is not running' });
    expect(signalOf(aNode([part]))).toMatchObject({
      class: 'event',
      reason: 'NetworkingReady',
      message: 'the network of the node is not ready: IPAMD is not running',
      patienceMs: 5 * MINUTE,
    });
    expect(signalsOf(aNode([{ ...part, status: 'True' }]))).toEqual([]);
    expect(signalsOf(aNode([{ ...part, status: 'Unknown' }]))).toEqual([]);
    expect(signalsOf(aNode([{ ...part, type: 'SomethingReady' }]))).toEqual([]);
    expect(signalsOf(aNode([part], { removing: true }))).toEqual([]);
  });

  const autoscaler = { kind: 'HorizontalPodAutoscaler', namespace: 'shop', name: 'checkout', uid: 'h-1' };
  const noMetrics = anEvent('FailedGetResourceMetric', 'failed to get cpu utilization', {
    regarding: autoscaler,
    count: 60,
    firstAt: ago(20),
  });

  test('about an object that is not watched is told of that object', () => {
    expect(signalOf(noMetrics)).toMatchObject({
      class: 'event',
      regarding: { apiVersion: 'autoscaling/v2', ...autoscaler },
      reason: 'FailedGetResourceMetric',
      occurrences: 60,
      clearsAt: ago(1) + 15 * MINUTE,
    });
  });

  test('about an object that is watched is told with that object, not by itself', () => {
    const regarding = { kind: 'Node', namespace: '', name: 'node-1', uid: 'n-1' };
    expect(signalsOf(anEvent('SystemOOM', 'x', { regarding }))).toEqual([]);
  });

  test('in several Events, each of which names another pod, has each occurrence once', () => {
    const said = ['a', 'b', 'c'].map((pod, n) => ({
      ...noMetrics,
      uid: `e-${pod}`,
      note: `failed to get cpu utilization of Pod ${pod}`,
      count: 4 + n,
    }));
    const told = said.flatMap((view) => signalsOf(view, { events: said }));
    expect(told.map(({ occurrences }) => occurrences)).toEqual([4, 5, 6]);
  });

  test('an autoscaler that cannot tell its pods, unless that was so for a moment', () => {
    const note = 'pods by selector app=app are controlled by multiple HPAs: [shop/app shop/keda-hpa-app]';
    const event = anEvent('AmbiguousSelector', note, {
      regarding: autoscaler,
      count: 20,
      firstAt: ago(7),
    });
    expect(signalOf(event)).toMatchObject({
      regarding: { apiVersion: 'autoscaling/v2', ...autoscaler },
      message: `the autoscaler cannot tell which pods are its own, and scales nothing: ${note}`,
    });
    expect(signalsOf({ ...event, firstAt: ago(5) })).toEqual([]);
  });

  test('metrics that were missing for a while do not count', () => {
    expect(signalsOf({ ...noMetrics, firstAt: ago(10) })).toEqual([]);
  });

  describe('a request that is missing', () => {
    const says = (pod: string, count: number): EventView =>
      anEvent(
        'FailedGetResourceMetric',
        `failed to get cpu utilization: missing request for cpu in container app of Pod ${pod}`,
        {
          uid: `e-${pod}`,
          regarding: autoscaler,
          count,
          firstAt: ago(3),
        },
      );

    test('is told after two minutes, as no time heals it', () => {
      const event = says('checkout-1', 3);
      expect(signalOf(event)).toMatchObject({
        message: 'the autoscaler cannot scale: missing request for cpu in container app of Pod checkout-1',
        since: ago(3),
      });
      expect(signalsOf({ ...event, count: 2 })).toEqual([]);
      expect(signalsOf({ ...event, firstAt: ago(2) })).toEqual([]);
    });

    test('is one failure although the controller names another pod each time', () => {
      const events = ['checkout-1', 'checkout-2', 'checkout-3'].map((pod) => says(pod, 1));
      const [first] = events;
      if (first === undefined) throw new Error('no event');
      expect(signalsOf(first)).toEqual([]);
      const told = events.map((event) => signalOf(event, { events }));
      expect(told.reduce((sum, { occurrences }) => sum + occurrences, 0)).toBe(3);
    });

    test('counts for itself: metrics that came late before it do not', () => {
      const late = anEvent('FailedGetResourceMetric', 'no metrics returned from resource metrics API', {
        uid: 'e-0',
        regarding: autoscaler,
        count: 8,
        firstAt: ago(5),
        lastAt: ago(3),
      });
      const event = { ...says('checkout-1', 1), firstAt: ago(1) };
      expect(signalsOf(event, { events: [event, late] })).toEqual([]);
    });
  });
});
