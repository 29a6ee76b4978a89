import { describe, expect, test } from '@jest/globals';
import { MINUTE } from '../../src/domain/clock.ts';
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

  test('metrics that were missing for a while do not count', () => {
    expect(signalsOf({ ...noMetrics, firstAt: ago(10) })).toEqual([]);
  });
});
