import { describe, expect, test } from '@jest/globals';
import type { Environment } from '../../../src/domain/environment.ts';
import { headline } from '../../../src/tickets/render/headline.ts';
import type { Story } from '../../../src/tickets/render/story.ts';
import { storyOf } from './hostile.ts';

const base = storyOf('web');
const { rollout: _rollout, ...whole } = base.environment;

function lineOf(change: Partial<Environment>, more: Partial<Story> = {}): string {
  return headline({ ...base, ...more, environment: { ...whole, ...change } });
}

function owned(kind: string, more: Partial<Environment['owner']> = {}): Partial<Environment> {
  const { replicas: _replicas, ...owner } = whole.owner;
  return { owner: { ...owner, kind, ...more } };
}

const revisions = (ready: number, old: number) => ({
  rollout: {
    changes: [],
    revisions: [
      { name: 'web-2', revision: '2', isCurrent: true, wanted: 3, pods: 1, ready },
      { name: 'web-1', revision: '1', isCurrent: false, pods: old, ready: old },
    ],
  },
});

describe('the first line says whether it serves', () => {
  test.each([
    [0, 1, 'Not serving: Deployment `shop/web` has 0 of 1 replica ready, for 2 min'],
    [0, 3, 'Not serving: Deployment `shop/web` has 0 of 3 replicas ready, for 2 min'],
    [2, 3, 'Degraded: Deployment `shop/web` has 2 of 3 replicas ready, for 2 min'],
    [3, 3, 'Still serving: Deployment `shop/web` has 3 of 3 replicas ready, for 2 min'],
  ])('%d of %d', (ready, wanted, line) => {
    expect(lineOf(owned('Deployment', { replicas: { ready, wanted } }))).toBe(line);
  });

  test('by the revision before', () => {
    const of = (ready: number, now: number, old: number): string =>
      lineOf({ ...owned('Deployment', { replicas: { ready, wanted: 3 } }), ...revisions(now, old) });
    expect(of(3, 0, 3)).toContain(
      'Still serving: Deployment `shop/web` has 3 of 3 replicas ready, all of the revision before',
    );
    expect(of(2, 1, 1)).toContain('2 of 3 replicas ready, 1 of them of the revision before');
    expect(of(2, 2, 0)).toContain('2 of 3 replicas ready, for 2 min');
  });

  test.each([
    ['Pod', 'Not serving: Pod `shop/web`, for 2 min'],
    ['PersistentVolumeClaim', 'Not usable: PersistentVolumeClaim `shop/web`, for 2 min'],
    ['HorizontalPodAutoscaler', 'Not scaling: HorizontalPodAutoscaler `shop/web`, for 2 min'],
    ['Database', 'Failing: `Database` `shop/web`, for 2 min'],
  ])('of a %s, which counts no replicas', (kind, line) => {
    expect(lineOf(owned(kind))).toBe(line);
  });

  test('of a Job, what it has done', () => {
    const job = { name: 'web', active: 0, succeeded: 1, failed: 4, completions: 3 };
    expect(lineOf({ ...owned('Job'), job })).toBe(
      'Failed: Job `shop/web` has 1 of 3 completions, 4 pods failed, for 2 min',
    );
    const incident = { ...whole.incident, reason: 'PodDoesNotEnd' };
    expect(lineOf({ ...owned('Job'), incident, job })).toMatch(
      /^Not done: Job `shop\/web` has 1 of 3 completions/,
    );
  });

  test('of a node, whether it is ready and what runs on it', () => {
    const node = {
      name: 'web',
      conditions: [{ type: 'Ready', status: 'Unknown' }],
      capacity: {},
      allocatable: {},
      taints: [],
      pods: { count: 38, failingCount: 2, failing: [] },
    };
    expect(lineOf({ ...owned('Node', { namespace: '' }), node })).toBe(
      'Not ready: Node `web` with 38 pods, 2 of which fail, for 2 min',
    );
    // Evicted pods are listed for long, and are none of those that the node has.
    const evicting = { ...node, pods: { count: 3, failingCount: 5, failedCount: 4, failing: [] } };
    expect(lineOf({ ...owned('Node', { namespace: '' }), node: evicting })).toBe(
      'Not ready: Node `web` with 3 pods, 1 of which fails, and 4 that have failed, for 2 min',
    );
    const pressed = { ...node, conditions: [{ type: 'Ready', status: 'True' }] };
    expect(lineOf({ ...owned('Node', { namespace: '' }), node: pressed })).toContain(
      'Under pressure: Node `web` with',
    );
  });
});

describe('restarts', () => {
  const crash = (restartCount: number, occurrences: number): Partial<Environment> => {
    const [container] = whole.containers;
    const { pod } = whole;
    if (container === undefined || pod === undefined) throw new Error('no container');
    return {
      incident: { ...whole.incident, class: 'crash', occurrences },
      containers: [{ ...container, restartCount }],
      pod: { ...pod, createdAt: '2026-11-23T02:42:45Z' },
    };
  };

  test('are told with the time in which they happened', () => {
    expect(lineOf(crash(7, 7))).toMatch(/, for 2 min; 7 restarts in 30 min$/);
  });

  test('are told without it where other pods have restarted as well', () => {
    expect(lineOf(crash(2, 5))).toMatch(/; 5 restarts$/);
  });

  test('are no matter of other classes', () => {
    expect(lineOf({ ...crash(7, 7), incident: { ...whole.incident, class: 'image' } })).not.toContain(
      'restart',
    );
  });
});

test('a request by hand says who asked, not how it does', () => {
  expect(lineOf({}, { trigger: 'manual' })).toBe('A person asked for this ticket on Deployment `shop/web`');
});
