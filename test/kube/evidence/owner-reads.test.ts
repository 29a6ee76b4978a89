import { describe, expect, test } from '@jest/globals';
import type { ObjectRef } from '../../../src/domain/failure.ts';
import { findPod, readBetween } from '../../../src/kube/evidence/pod.ts';
import { refOfPod } from '../../../src/kube/evidence/owner.ts';
import type { EvidenceReader } from '../../../src/kube/evidence/evidence-reader.ts';
import { readRollout } from '../../../src/kube/evidence/rollout.ts';

const at = (minute: number): string => `2026-11-23T03:${String(minute).padStart(2, '0')}:00Z`;
const owner = (kind: string, name = 'web', uid = 'o'): ObjectRef => ({
  apiVersion: 'apps/v1',
  kind,
  namespace: 'shop',
  name,
  uid,
});
const ownedBy = (kind: string, name: string, uid: string) => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid, controller: true }],
});

/** Answers by the end of the path; everything else does not exist. */
function answering(answers: Readonly<Record<string, object | readonly object[]>>): {
  readonly reader: EvidenceReader;
  readonly asked: readonly string[];
} {
  const asked: string[] = [];
  const answer = (path: string): unknown => {
    const end = path.split('/').slice(-1)[0] ?? '';
    asked.push(end);
    return answers[end];
  };
  const reader = {
    object: async (_field: string, path: string) => answer(path),
    list: async (_field: string, path: string) => answer(path) ?? [],
  } as unknown as EvidenceReader;
  return { reader, asked };
}

describe('the revisions of a workload', () => {
  const object = { metadata: {}, spec: { selector: { matchLabels: { app: 'web' } } } };
  const set = (revision: string, more: object = {}, meta: object = {}, uid = 'o') => ({
    metadata: {
      name: `web-${revision}`,
      uid: `u-${revision}`,
      creationTimestamp: at(Number(revision)),
      annotations: { 'deployment.kubernetes.io/revision': revision },
      ...ownedBy('Deployment', 'web', uid),
      ...meta,
    },
    ...more,
  });

  test('are ordered by number, and those of others are left out', async () => {
    const sets = [
      set('2'),
      set('10', { spec: { replicas: 3 }, status: { replicas: 2, readyReplicas: 1 } }),
      set('11', {}, {}, 'other'),
      set('9', { status: { replicas: 1 } }),
      set('8', { status: { replicas: 4 } }),
      set('1'),
    ];
    const { reader } = answering({ replicasets: sets });
    const rollout = await readRollout(reader, owner('Deployment'), object);
    expect(rollout?.facts).toMatchObject({
      revision: '10',
      changedAt: at(10),
      previousRevision: '9',
      previousChangedAt: at(9),
      changes: [],
    });
    expect(rollout?.facts.revisions).toEqual([
      { name: 'web-10', revision: '10', createdAt: at(10), isCurrent: true, wanted: 3, pods: 2, ready: 1 },
      { name: 'web-9', revision: '9', createdAt: at(9), isCurrent: false, wanted: 1, pods: 1, ready: 0 },
      { name: 'web-8', revision: '8', createdAt: at(8), isCurrent: false, wanted: 1, pods: 4, ready: 0 },
    ]);
    expect(rollout?.replicaSet).toEqual({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      namespace: 'shop',
      name: 'web-10',
      uid: 'u-10',
    });
  });

  test('of which six at most are told', async () => {
    const sets = Array.from({ length: 9 }, (_, n) => set(String(n + 1), { status: { replicas: 1 } }));
    const { reader } = answering({ replicasets: sets });
    expect((await readRollout(reader, owner('Deployment'), object))?.facts.revisions).toHaveLength(6);
  });

  test('of which the first has nothing before it, and one that was rolled back to no time', async () => {
    const rolledBack = {
      annotations: {
        'deployment.kubernetes.io/revision': '3',
        'deployment.kubernetes.io/revision-history': '1',
      },
    };
    const { reader } = answering({ replicasets: [set('3', {}, rolledBack)] });
    const rollout = await readRollout(reader, owner('Deployment'), object);
    expect(rollout?.facts).toEqual({
      revision: '3',
      changes: [],
      revisions: [
        { name: 'web-3', revision: '3', createdAt: at(3), isCurrent: true, wanted: 1, pods: 0, ready: 0 },
      ],
    });
  });

  test('without a number come last', async () => {
    const revision = (name: string, number?: number) => ({
      metadata: { name, ...ownedBy('StatefulSet', 'web', 'o') },
      ...(number === undefined ? {} : { revision: number }),
    });
    const { reader } = answering({ controllerrevisions: [revision('web-a'), revision('web-b', 1)] });
    const status = { updateRevision: 'web-b', updatedReplicas: 2 } as unknown as object;
    const rollout = await readRollout(reader, owner('StatefulSet'), { ...object, status });
    expect(rollout?.facts.revisions).toEqual([
      { name: 'web-b', revision: '1', isCurrent: true, pods: 2 },
      { name: 'web-a', revision: '0', isCurrent: false },
    ]);
    expect(rollout?.replicaSet).toBeUndefined();
  });

  test('are told with the cause of the change: of the revision, else of the owner', async () => {
    const cause = { annotations: { 'kubernetes.io/change-cause': 'by the owner' } };
    const { reader } = answering({ replicasets: [set('1')] });
    expect(
      (await readRollout(reader, owner('Deployment'), { ...object, metadata: cause }))?.facts.changeCause,
    ).toBe('by the owner');
  });

  test.each([
    ['Job', object],
    ['Deployment', undefined],
    ['Deployment', object],
  ])('of kind %s and object %j may not be there', async (kind, given) => {
    expect(await readRollout(answering({}).reader, owner(kind), given)).toBeUndefined();
  });
});

describe('the controllers between a pod and its owner', () => {
  const pod = (kind: string, name: string, uid: string) => ({
    metadata: { name: 'p', uid: 'p', ...ownedBy(kind, name, uid) },
  });
  const between = async (
    root: ObjectRef,
    of: object,
    answers: Readonly<Record<string, object>> = {},
  ): Promise<readonly [readonly string[], readonly string[]]> => {
    const { reader, asked } = answering(answers);
    return [(await readBetween(reader, root, of)).map(({ name }) => name), asked];
  };

  test('are known by their kinds where these say it all', async () => {
    expect(await between(owner('Deployment'), pod('ReplicaSet', 'rs', 'r'))).toEqual([['rs'], []]);
    expect(await between(owner('CronJob'), pod('Job', 'job', 'j'))).toEqual([['job'], []]);
    expect(await between(owner('StatefulSet'), pod('StatefulSet', 'web', 'o'))).toEqual([[], []]);
    expect(await between(owner('StatefulSet'), { metadata: {} })).toEqual([[], []]);
  });

  test('end at the owner, by uid or by kind and name', async () => {
    expect(await between(owner('StatefulSet'), pod('StatefulSet', 'web', 'made anew'))).toEqual([[], []]);
    expect(await between(owner('StatefulSet'), pod('Other', 'other', 'o'))).toEqual([[], []]);
    expect(await between(owner('StatefulSet'), pod('StatefulSet', 'other', 'x'))).toEqual([
      ['other'],
      ['other'],
    ]);
    expect((await between(owner('StatefulSet'), pod('Job', 'web', 'x')))[0]).toEqual(['web']);
  });

  test('are read one after the other, four at most', async () => {
    const sets = Object.fromEntries(
      [1, 2, 3, 4, 5, 6].map((n) => [
        `s${n}`,
        { metadata: ownedBy('StatefulSet', `s${n + 1}`, `u${n + 1}`) },
      ]),
    );
    expect(await between(owner('Shop'), pod('StatefulSet', 's1', 'u1'), sets)).toEqual([
      ['s1', 's2', 's3', 's4'],
      ['s1', 's2', 's3', 's4'],
    ]);
  });
});

test('a pod without a namespace lies in that of its owner', () => {
  const self = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'p', uid: 'u' };
  expect(refOfPod({ metadata: { name: 'p', uid: 'u' } }, 'shop')).toEqual({ self });
  expect(
    refOfPod({ metadata: { name: 'p', uid: 'u', namespace: 'a', ...ownedBy('Job', 'j', 'k') } }, 'shop'),
  ).toEqual({
    self: { ...self, namespace: 'a' },
    controller: { apiVersion: 'apps/v1', kind: 'Job', namespace: 'a', name: 'j', uid: 'k' },
  });
});

describe('the pod of an incident', () => {
  const pods = [{ metadata: { name: 'one' } }];
  const object = { spec: { selector: { matchLabels: { app: 'web' } } } };
  const named = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'named', uid: 'n' };
  const found = async (
    root: ObjectRef,
    { pod, reading, runs = [] }: { pod?: ObjectRef; reading?: object; runs?: readonly object[] },
    answers: Readonly<Record<string, object | readonly object[]>> = { pods },
  ): Promise<unknown> => {
    const target = pod === undefined ? { owner: root } : { owner: root, pod };
    const { reader } = answering(answers);
    const given = await findPod(reader, target, {
      reading: Promise.resolve(reading),
      runs: Promise.resolve(runs),
    });
    return (given?.metadata as { name?: string } | undefined)?.name;
  };

  test('is the named one, and if that is gone one of the owner', async () => {
    const both = { pods, named: { metadata: { name: 'named' } } };
    expect(await found(owner('Deployment'), { pod: named, reading: object }, both)).toBe('named');
    expect(await found(owner('Deployment'), { pod: named, reading: object })).toBe('one');
    expect(await found(owner('Deployment'), { reading: object }, both)).toBe('one');
  });

  test('of a CronJob is one of its newest run', async () => {
    expect(await found(owner('CronJob'), { runs: [object] })).toBe('one');
    expect(await found(owner('Deployment'), { runs: [object] })).toBeUndefined();
    expect(await found(owner('CronJob'), {})).toBeUndefined();
  });

  test('is the owner itself, or there is none', async () => {
    expect(await found(owner('Pod'), { reading: { metadata: { name: 'self' } } })).toBe('self');
    for (const kind of ['Node', 'Namespace', 'PersistentVolumeClaim', 'HorizontalPodAutoscaler'])
      expect(await found(owner(kind), { reading: object })).toBeUndefined();
    expect(await found(owner('Deployment'), { reading: {} })).toBeUndefined();
  });
});
