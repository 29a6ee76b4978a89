import { beforeEach, describe, expect, test } from '@jest/globals';
import { incidentKey } from '../../src/correlate/index.ts';
import { MINUTE, type Now } from '../../src/domain/clock.ts';
import {
  type EventView,
  type ObjectView,
  type PodView,
  refOf,
  type ReplicaSetView,
} from '../../src/domain/views.ts';
import { ClusterIndex } from '../../src/observe/cluster-index.ts';
import { ObjectObserver } from '../../src/observe/object-observer.ts';
import {
  anIncident,
  aPod,
  aWorkload,
  checkout,
  CLUSTER,
  current,
  KEY,
  NOW,
  nowAt,
  options,
  ownedBy,
  CachedCorrelator,
} from '../correlate/fixtures.ts';

const terminated = { exitCode: 3, reason: 'Error', startedAt: NOW - 3_000, finishedAt: NOW - 1_000 };
const container = { name: 'app', role: 'app', restartCount: 0, ready: true, runningSince: NOW } as const;
const crashing = {
  restartPolicy: 'Always',
  conditions: [],
  containers: [{ name: 'app', role: 'app', restartCount: 4, ready: false, terminated }],
} as const satisfies PodView['detail'];
const replicaSet: ReplicaSetView = {
  kind: 'ReplicaSet',
  apiVersion: 'apps/v1',
  namespace: 'shop',
  name: 'checkout-7d9f8b6c5',
  uid: 'rs-1',
  createdAt: NOW,
  ...ownedBy(aWorkload()),
};
const pod = aPod('checkout-7d9f8b6c5-a', { detail: crashing, ...ownedBy(replicaSet) });

let index: ClusterIndex;
let correlator: CachedCorrelator;
let touched: string[];
let kept: string[];
/** Owners that were asked for, and whether they can be waited for. */
let asked: string[];
let isReadable: boolean;
let observer: ObjectObserver;

function observe(rules: Partial<ConstructorParameters<typeof ObjectObserver>[0]['rules']> = {}): void {
  index = new ClusterIndex((owner) => correlator.hasUnresolved(incidentKey(CLUSTER, owner)));
  correlator = new CachedCorrelator();
  [touched, kept, asked, isReadable] = [[], [], [], true];
  observer = new ObjectObserver({
    index,
    correlator,
    clusterKey: CLUSTER,
    owners: {
      ask: ({ name }) => isReadable && asked.push(name) > 0,
      refresh: () => undefined,
    },
    rules: { excludeNamespaces: [], disabledClasses: new Set(), ...rules },
    detectOptions: { resolveAfterMs: options.resolveAfterMs },
    queue: { enqueue: (key) => touched.push(key) },
    forMs: options.forMs,
    report: {
      suppressed: (by, failureClass) => kept.push(`${by} ${failureClass}`),
      detectorFailed: () => undefined,
    },
  });
  for (const view of [aWorkload(), replicaSet, pod]) index.upsert(view);
}
beforeEach(() => observe());

function namesAt(key: string): readonly string[] {
  return (
    correlator.findings(key, nowAt(NOW), { health: () => ({ state: 'ready' }), freshnessOf: current })
      ?.affected ?? []
  );
}

test('the correlator holds a failing pod under its root owner, until it is well', () => {
  observer.look(pod, nowAt(NOW));
  expect(namesAt(KEY)).toEqual([pod.name]);
  expect(touched).toEqual([KEY]);
  observer.look(aPod(pod.name, ownedBy(replicaSet)), nowAt(NOW));
  expect(namesAt(KEY)).toEqual([]);
});

test('a failing pod tells when its revision was made, where that is known', () => {
  const revisedAtOf = (): readonly (number | undefined)[] =>
    correlator
      .findings(KEY, nowAt(NOW), { health: () => ({ state: 'ready' }), freshnessOf: current })
      ?.signals.map(({ revisedAt }) => revisedAt) ?? [];
  observer.look(pod, nowAt(NOW));
  expect(revisedAtOf()).toEqual([NOW]);
  index.remove(replicaSet);
  observer.look(pod, nowAt(NOW));
  expect(revisedAtOf()).toEqual([undefined]);
});

test('a pod that is gone takes its signals with it', () => {
  observer.look(pod, nowAt(NOW));
  observer.gone(pod, nowAt(NOW));
  expect(correlator.size).toBe(0);
});

test('healthy objects cost nothing', () => {
  observer.look(aPod('healthy', ownedBy(replicaSet)), nowAt(NOW));
  observer.look(aWorkload(), nowAt(NOW));
  expect([correlator.size, touched]).toEqual([0, []]);
});

test('a workload that changes is looked at for its recovery', () => {
  observer.look(pod, nowAt(NOW));
  touched = [];
  observer.look(aWorkload({ ready: 2 }), nowAt(NOW));
  observer.look(aWorkload({ name: 'cart', uid: 'd-2' }), nowAt(NOW));
  expect([...new Set(touched)]).toEqual([KEY]);
});

describe('an owner that falls behind what is wanted of it', () => {
  const bare = aPod('bare');
  const unready = aPod('bare', { detail: { ...crashing, containers: [{ ...container, ready: false }] } });
  test.each<[string, readonly [before: ObjectView, view: ObjectView], boolean]>([
    ['with fewer ready', [aWorkload(), aWorkload({ ready: 2, updated: 2 })], true],
    ['with even fewer ready', [aWorkload({ ready: 2 }), aWorkload({ ready: 1, updated: 1 })], true],
    ['with more ready', [aWorkload({ ready: 1 }), aWorkload({ ready: 2, updated: 2 })], false],
    ['with more wanted', [aWorkload(), aWorkload({ wanted: 5, updated: 3 })], false],
    ['with fewer wanted', [aWorkload(), aWorkload({ wanted: 1, ready: 1 })], false],
    ['as a pod of its own', [bare, unready], true],
    ['as a pod that was not ready before', [unready, unready], false],
  ])('%s', (_how, [before, view], isFall) => {
    const target = refOf(view);
    const key = incidentKey(CLUSTER, target);
    correlator.setIncident(anIncident({}, { spec: { key, target } }), nowAt(NOW));
    index.upsert(view);
    observer.look(view, nowAt(NOW + MINUTE), before);
    const decided = (afterMs: number): string | undefined =>
      correlator.decide(key, nowAt(NOW + afterMs), {
        health: () => ({ state: 'ready' }),
        freshnessOf: current,
      })?.kind;
    expect(decided(options.resolveAfterMs)).toBe(isFall ? undefined : 'recover');
    expect(decided(options.resolveAfterMs + MINUTE)).toBe('recover');
  });
});

test('an owner that had fallen behind has failed until it has caught up', () => {
  const steps = [aWorkload(), aWorkload({ ready: 1 }), aWorkload({ ready: 2 }), aWorkload(), aWorkload()];
  correlator.setIncident(anIncident(), nowAt(NOW));
  for (const [index, view] of steps.entries())
    observer.look(view, nowAt(NOW + index * MINUTE), steps[index - 1]);
  const decided = (now: Now): string | undefined =>
    correlator.decide(KEY, now, { health: () => ({ state: 'ready' }), freshnessOf: current })?.kind;
  expect(decided(nowAt(NOW + options.resolveAfterMs + 3 * MINUTE - 1))).toBeUndefined();
  expect(decided(nowAt(NOW + options.resolveAfterMs + 3 * MINUTE))).toBe('recover');
});

test('a pod whose owner turns out to be another moves to it', () => {
  const rollout = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'checkout', uid: 'r-1' };
  const other = incidentKey(CLUSTER, { ...rollout, namespace: 'shop' });
  observer.look(pod, nowAt(NOW));
  index.upsert({ ...replicaSet, owner: rollout });
  index.answer('r-1', {});
  observer.look(pod, nowAt(NOW));
  expect(namesAt(KEY)).toEqual([]);
  expect(namesAt(other)).toEqual([pod.name]);
  expect(touched).toEqual(expect.arrayContaining([KEY, other]));
});

describe('an owner of which nothing is known', () => {
  const rollout = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'checkout', uid: 'r-1' };
  const named = incidentKey(CLUSTER, { ...rollout, namespace: 'shop' });
  const app = { apiVersion: 'apps.example.org/v1', kind: 'Shop', name: 'web', uid: 'a-1' };
  const above = incidentKey(CLUSTER, { ...app, namespace: 'shop' });
  beforeEach(() => {
    index.upsert({ ...replicaSet, owner: rollout });
  });

  test('is asked for, and nothing is told under a key that may be wrong', () => {
    observer.look(pod, nowAt(NOW));
    expect([asked, correlator.size]).toEqual([['checkout'], 0]);
    index.answer('r-1', { owner: app });
    observer.look(pod, nowAt(NOW));
    expect([asked, correlator.size]).toEqual([['checkout', 'web'], 0]);
    index.answer('a-1', {});
    observer.look(pod, nowAt(NOW));
    expect([asked.length, namesAt(above)]).toEqual([2, [pod.name]]);
  });

  test('is named by its reference where it cannot be read, and stays so', () => {
    index.answer('r-1', { asNamed: true });
    observer.look(pod, nowAt(NOW));
    expect([asked, namesAt(named)]).toEqual([[], [pod.name]]);
  });

  test('is not looked beyond while an incident of its own stands: the process before could not read it', () => {
    const incident = anIncident({}, { spec: { key: named, target: { ...rollout, namespace: 'shop' } } });
    index.answer('r-1', { owner: app });
    index.answer('a-1', {});
    correlator.setIncident(incident, nowAt(NOW));
    observer.look(pod, nowAt(NOW));
    expect([namesAt(named), correlator.has(above)]).toEqual([[pod.name], false]);
    correlator.setIncident({ ...incident, status: { ...incident.status, recoveredAt: NOW } }, nowAt(NOW));
    observer.look(pod, nowAt(NOW));
    expect([namesAt(named), namesAt(above)]).toEqual([[], [pod.name]]);
  });

  test('is named by its reference where it cannot be waited for', () => {
    isReadable = false;
    observer.look(pod, nowAt(NOW));
    expect(namesAt(named)).toEqual([pod.name]);
  });

  test('is not asked for by what does not fail, or is kept back whoever owns it', () => {
    observer.look(aPod('healthy', ownedBy(replicaSet)), nowAt(NOW));
    observe({ excludeNamespaces: ['shop'] });
    index.upsert({ ...replicaSet, owner: rollout });
    observer.look(pod, nowAt(NOW));
    expect([asked, kept]).toEqual([[], ['namespaceExcluded crash']]);
  });

  test('decides by its own labels, not by those of the pod', () => {
    observer.look({ ...pod, unselected: true }, nowAt(NOW));
    expect([asked, kept]).toEqual([['checkout'], []]);
    index.answer('r-1', {});
    observer.look({ ...pod, unselected: true }, nowAt(NOW));
    expect(namesAt(named)).toEqual([pod.name]);
    index.answer('r-1', { unselected: true });
    observer.look(pod, nowAt(NOW));
    expect([kept, correlator.size]).toEqual([['workloadNotSelected crash'], 0]);
  });

  test('keeps the incident from recovery that its name points to, and quiet counts from when that is over', () => {
    const later = (afterMs: number): Now => nowAt(NOW + afterMs);
    const decided = (now: Now): string | undefined =>
      correlator.decide(KEY, now, { health: () => ({ state: 'ready' }), freshnessOf: current })?.kind;
    const quietMs = options.resolveAfterMs;
    index.remove({ ...replicaSet, owner: rollout });
    correlator.setIncident(anIncident(), later(0));
    observer.look({ ...pod, ...ownedBy({ ...replicaSet, uid: 'rs-2' }) }, later(MINUTE));
    expect([asked, namesAt(KEY)]).toEqual([[replicaSet.name], []]);
    expect(decided(later(2 * quietMs))).toBeUndefined();
    observer.gone(pod, later(3 * quietMs));
    expect(decided(later(4 * quietMs - 1))).toBeUndefined();
    expect(decided(later(4 * quietMs))).toBe('recover');
  });

  test('leaves what the correlator holds as it is until it is known', () => {
    index.upsert(replicaSet);
    observer.look(pod, nowAt(NOW));
    index.upsert({ ...replicaSet, owner: rollout });
    observer.look(pod, nowAt(NOW));
    expect(namesAt(KEY)).toEqual([pod.name]);
  });
});

test('a ReplicaSet that is gone is still the link between its pods and their owner', () => {
  const foreign = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'web', uid: 'r-2' };
  const owned = { ...replicaSet, owner: foreign };
  index.upsert(owned);
  index.answer('r-2', {});
  index.remove(owned);
  observer.look(pod, nowAt(NOW));
  expect([asked, namesAt(incidentKey(CLUSTER, { ...foreign, namespace: 'shop' }))]).toEqual([[], [pod.name]]);
});

describe('what is kept back', () => {
  test('is told once for each object, and again when it has been well in between', () => {
    observe({ excludeNamespaces: ['shop'] });
    for (let look = 0; look < 3; look += 1) observer.look(pod, nowAt(NOW));
    expect(kept).toEqual(['namespaceExcluded crash']);
    observer.look(aPod(pod.name, ownedBy(replicaSet)), nowAt(NOW));
    observer.look(pod, nowAt(NOW));
    expect(kept).toHaveLength(2);
    observer.gone(pod, nowAt(NOW));
    observer.look(pod, nowAt(NOW));
    expect(kept).toHaveLength(3);
    expect(correlator.size).toBe(0);
  });

  test('counts classes that are switched off', () => {
    observe({ disabledClasses: new Set(['crash'] as const) });
    observer.look(pod, nowAt(NOW));
    expect([kept, correlator.size]).toEqual([['classDisabled crash'], 0]);
  });

  test('is counted by what keeps it back at the moment', () => {
    observe({ excludeNamespaces: ['shop'] });
    observer.look(pod, nowAt(NOW));
    observer.look({ ...pod, uid: 'p-2' }, nowAt(NOW));
    observer.look({ ...pod, uid: 'p-3' }, nowAt(NOW));
    observer.look(aPod(pod.name, { ...ownedBy(replicaSet), uid: 'p-3' }), nowAt(NOW));
    expect(observer.suppressed(NOW)).toEqual(new Map([['namespaceExcluded', 2]]));
  });

  test('by `for` of its class is in the correlator all the same, until that is over', () => {
    const message = 'failed to pull image "shop/app:1": dial tcp: connection refused';
    const waiting = { reason: 'ErrImagePull', message };
    const container = { name: 'app', role: 'app', restartCount: 0, ready: false, waiting } as const;
    const pulling: PodView = {
      ...pod,
      phase: 'Pending',
      createdAt: NOW,
      detail: { restartPolicy: 'Always', conditions: [], containers: [container] },
    };
    observer.look(pulling, nowAt(NOW));
    observer.look(pulling, nowAt(NOW + MINUTE));
    expect([kept, namesAt(KEY)]).toEqual([['for image'], [pod.name]]);
    expect(observer.suppressed(NOW + MINUTE)).toEqual(new Map([['for', 1]]));
    expect(observer.suppressed(NOW + 5 * MINUTE)).toEqual(new Map());
  });

  test('leaves the correlator when the annotation comes, and returns when it goes', () => {
    observer.look(pod, nowAt(NOW));
    index.upsert(aWorkload({ ignored: true }));
    observer.look(pod, nowAt(NOW));
    expect([kept, correlator.size]).toEqual([['ignored crash'], 0]);
    index.upsert(aWorkload());
    observer.look(pod, nowAt(NOW));
    expect(namesAt(KEY)).toEqual([pod.name]);
  });
});

test('an Event about a kind that is not watched stands for the object that it names', () => {
  const regarding = { kind: 'PersistentVolumeClaim', namespace: 'shop', name: 'data', uid: 'c-1' };
  const event: EventView = {
    kind: 'Event',
    apiVersion: 'events.k8s.io/v1',
    namespace: 'shop',
    name: 'data.1',
    uid: 'e-1',
    createdAt: NOW,
    regarding,
    reason: 'ProvisioningFailed',
    note: 'no quota',
    count: 9,
    firstAt: NOW - 20 * MINUTE,
    lastAt: NOW,
  };
  const key = incidentKey(CLUSTER, { ...checkout, ...regarding, apiVersion: 'v1' });
  index.upsert(event);
  observer.look(event, nowAt(NOW));
  expect(namesAt(key)).toEqual(['data']);
  observer.gone(event, nowAt(NOW));
  expect(namesAt(key)).toEqual([]);
});
