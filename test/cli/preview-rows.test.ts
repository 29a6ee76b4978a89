import { beforeEach, describe, expect, test } from '@jest/globals';
import { heldRows } from '../../src/cli/preview-held.ts';
import { missingOwners, previewRows, refusedAnnotations, type Row } from '../../src/cli/preview-rows.ts';
import { type ConfigInput, parseConfig } from '../../src/config/index.ts';
import { MINUTE } from '../../src/domain/clock.ts';
import type { ContainerView, EventView, PodView } from '../../src/domain/views.ts';
import { ClusterIndex } from '../../src/observe/cluster-index.ts';
import { stageSettings } from '../../src/agent/stage-settings.ts';
import { aPod, aWorkload, NOW, ownedBy } from '../correlate/fixtures.ts';

let index: ClusterIndex;
beforeEach(() => {
  index = new ClusterIndex();
  index.upsert(aWorkload());
});

function rows(config: ConfigInput = {}): readonly Row[] {
  const settings = stageSettings(parseConfig(config, 'test'), { namespace: 'agent', name: 'agent' });
  return previewRows(index, settings, NOW).map(({ row }) => row);
}

const rollout = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'web', uid: 'r-1' };

function aPodWith(name: string, container: Partial<ContainerView>, change: Partial<PodView> = {}): PodView {
  const whole = { name: 'app', role: 'app', restartCount: 0, ready: false, ...container } as const;
  return {
    ...aPod(name, { ...ownedBy(aWorkload()), createdAt: NOW - 2 * MINUTE, ...change }),
    detail: { restartPolicy: 'Always', conditions: [], containers: [whole] },
  };
}

const terminated = { exitCode: 3, reason: 'Error', startedAt: NOW - 3_000, finishedAt: NOW - 1_000 };
const crashing = (name: string): PodView => aPodWith(name, { restartCount: 4, terminated });
const refused = {
  reason: 'ErrImagePull',
  message: 'failed to pull image "a:1": dial tcp: connection refused',
};

describe('what somebody holds back on purpose', () => {
  const scheduled = (reason: string, message: string) => ({
    type: 'PodScheduled',
    status: 'False',
    reason,
    message,
    since: NOW - MINUTE,
  });
  function waiting(name: string, detail: Partial<NonNullable<PodView['detail']>>): void {
    const pod = aPodWith(name, {}, { phase: 'Pending' });
    index.upsert({ ...pod, detail: { restartPolicy: 'Always', containers: [], conditions: [], ...detail } });
  }
  const gated = [scheduled('SchedulingGated', 'Scheduling is blocked due to non-empty scheduling gates')];

  test('is named with the gates and the number of pods, and is no failure', () => {
    waiting('checkout-a', { conditions: gated, gates: ['kueue.x-k8s.io/admission'] });
    waiting('checkout-b', { conditions: gated, gates: ['kueue.x-k8s.io/admission', 'example.com/quota'] });
    expect(rows()).toEqual([]);
    expect(heldRows(index).map(({ row }) => row)).toEqual([
      {
        workload: 'Deployment shop/checkout',
        class: '-',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
        affected: 2,
        verdict: 'held on purpose: 2 pods wait behind gates example.com/quota, kueue.x-k8s.io/admission',
      },
    ]);
  });

  test('is named for a queue as well, and not for places that are kept free', () => {
    waiting('checkout-a', {
      conditions: [scheduled('Unschedulable', 'pod group is not ready, 3 minAvailable')],
    });
    waiting('checkout-b', { conditions: gated, givesWay: true });
    expect(heldRows(index).map(({ row }) => row.verdict)).toEqual([
      'held on purpose: 1 pod waits for a gang or a queue',
    ]);
  });

  test('is not what no node takes', () => {
    waiting('checkout-a', {
      conditions: [scheduled('Unschedulable', '0/3 nodes are available: 3 Insufficient cpu.')],
    });
    expect(heldRows(index)).toEqual([]);
  });
});

describe('preview', () => {
  test('tells what is filed now, once for each owner', () => {
    for (const name of ['checkout-a', 'checkout-b']) index.upsert(crashing(name));
    expect(rows()).toEqual([
      {
        workload: 'Deployment shop/checkout',
        class: 'crash',
        message: 'container app exits with code 3 (Error)',
        affected: 2,
        verdict: 'files now',
      },
    ]);
    expect(rows({ mode: 'observe' })[0]?.verdict).toBe('is observed, not filed');
  });

  test('tells what a silence keeps back, why, and how long it still does', () => {
    index.upsert(crashing('checkout-a'));
    const silences = [{ reason: 'new database', until: new Date(NOW + 185 * MINUTE).toISOString() }];
    expect(rows({ silences })[0]).toMatchObject({
      verdict: 'suppressed: silenced (silences: new database), 3 h 5 min left',
      rule: 'silenced',
      waitSeconds: 11_100,
    });
    index.upsert(aWorkload({ ignoreUntil: new Date(NOW + 40 * MINUTE).toISOString() }));
    expect(rows()[0]).toMatchObject({
      verdict: 'suppressed: ignoredUntil (annotation support.ankra.app/ignore-until), 40 min left',
      waitSeconds: 2_400,
    });
    expect(refusedAnnotations(index, NOW)).toEqual([]);
    index.upsert(aWorkload({ ignoreUntil: '18:00' }));
    expect(rows()[0]?.verdict).toBe('files now');
    expect(refusedAnnotations(index, NOW)).toEqual([
      expect.stringMatching(/^Deployment shop\/checkout: support.ankra.app\/ignore-until is not a time/),
    ]);
  });

  test('tells what waits, for which class, and how long it still does', () => {
    index.upsert(aPodWith('checkout-a', { waiting: refused }, { phase: 'Pending' }));
    expect(rows()[0]).toMatchObject({
      class: 'image',
      verdict: 'waits 3 min: classes.image.for is 5 min',
      rule: 'for',
      waitSeconds: 180,
    });
    expect(rows({ classes: { image: { for: '150s' } } })[0]).toMatchObject({ waitSeconds: 30 });
  });

  test.each([
    [{ watch: { excludeNamespaces: ['sh*'] } }, 'namespaceExcluded', 'watch.excludeNamespaces'],
    [{ watch: { includeNamespaces: ['team-*'] } }, 'namespaceNotIncluded', 'watch.includeNamespaces'],
    [{ classes: { crash: { enabled: false } } }, 'classDisabled', 'classes.crash.enabled'],
  ])('says what is suppressed, by which rule, and where that is written: %j', (config, rule, place) => {
    for (const name of ['checkout-a', 'checkout-b']) index.upsert(crashing(name));
    const verdict = `suppressed: ${rule} (${place})`;
    expect(rows(config)).toMatchObject([
      { workload: 'Deployment shop/checkout', affected: 2, rule, verdict },
    ]);
  });

  test('tells of evictions only while the owner lacks replicas, as the agent does', () => {
    const detail = { restartPolicy: 'Always', reason: 'Evicted', conditions: [], containers: [] };
    index.upsert({ ...aPod('checkout-a', { ...ownedBy(aWorkload()), phase: 'Failed' }), detail });
    expect(rows()).toEqual([]);
    index.upsert(aWorkload({ ready: 1 }));
    expect(rows()).toMatchObject([{ class: 'eviction' }]);
  });

  test('tells what only an Event says of a kind that is not watched', () => {
    const event: EventView = {
      kind: 'Event',
      apiVersion: 'events.k8s.io/v1',
      namespace: 'shop',
      name: 'data.1',
      uid: 'e-1',
      createdAt: NOW,
      regarding: { kind: 'PersistentVolumeClaim', namespace: 'shop', name: 'data', uid: 'c-1' },
      reason: 'ProvisioningFailed',
      note: 'no quota',
      count: 9,
      firstAt: NOW - 20 * MINUTE,
      lastAt: NOW,
    };
    index.upsert(event);
    expect(rows()).toMatchObject([{ workload: 'PersistentVolumeClaim shop/data', verdict: 'files now' }]);
  });

  test('tells classes that are off by default only when they are on', () => {
    index.upsert(aPod('checkout-a', { deletedAt: NOW - 40 * MINUTE, deletionDueAt: NOW - 31 * MINUTE }));
    expect(rows()).toEqual([]);
    expect(rows({ classes: { terminating: { enabled: true } } })).toMatchObject([{ class: 'terminating' }]);
  });

  test('tells for whom the incident of a common cause would speak', () => {
    const waiting = { reason: 'CreateContainerConfigError', message: 'secret "db" not found' };
    for (const name of ['a', 'b']) {
      const { owner: _owner, ...bare } = aPodWith(name, { waiting }, { phase: 'Pending' });
      index.upsert(bare);
    }
    const verdict = 'is covered by the incident of Secret shop/db (shared)';
    expect(rows()).toMatchObject([
      { workload: 'Pod shop/a', verdict },
      { workload: 'Pod shop/b', verdict },
      { workload: 'Secret shop/db', affected: 2, verdict: 'files now' },
    ]);
  });

  test('knows which owners it has to read before, each of them once', () => {
    for (const name of ['web-a', 'web-b'])
      index.upsert(aPodWith(name, { restartCount: 4, terminated }, { owner: rollout }));
    const settings = stageSettings(parseConfig({}, 'test'), { namespace: 'agent', name: 'agent' });
    const missing = missingOwners(index, settings, NOW);
    expect([...missing.keys()]).toEqual([rollout]);
    index.answer('r-1', { owner: { ...rollout, kind: 'Shop', name: 'shop', uid: 's-1' } });
    expect([...missingOwners(index, settings, NOW).keys()]).toMatchObject([{ kind: 'Shop' }]);
    index.answer('s-1', {});
    expect(missingOwners(index, settings, NOW).size).toBe(0);
    expect(rows()).toMatchObject([{ workload: 'Shop shop/shop', affected: 2 }]);
  });
});
