import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Evidence } from '../../../src/domain/environment.ts';
import type { ObjectRef } from '../../../src/domain/failure.ts';
import type { EvidenceTarget } from '../../../src/domain/ports.ts';
import { applyCheckout, applyEvent, createScene, ownedBy } from './scene.ts';
import type { Scene } from './scene.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

let scene: Scene;
let checkout: Record<'deployment' | 'replicaSet' | 'pod', ObjectRef>;
let target: EvidenceTarget;

beforeEach(async () => {
  scene = await createScene();
  checkout = applyCheckout(scene);
  const { deployment, pod, replicaSet } = checkout;
  target = { owner: deployment, pod, container: 'app', classes: ['crash'] };
  applyEvent(scene, pod, 5);
  applyEvent(scene, replicaSet, 6);
  applyEvent(scene, deployment, 7);
  scene.sandbox.setLogs(['shop', 'checkout-2-x', 'app'], { previous: 'fatal\n', current: 'starting\n' });
});
afterEach(() => scene.close());

/** Paths that were asked for meanwhile, without queries, in the order of their names. */
async function asked(work: () => Promise<unknown>): Promise<readonly string[]> {
  const before = scene.sandbox.requests.length;
  await work();
  return scene.sandbox.requests
    .slice(before)
    .map(({ path }) => path.split('?')[0] ?? '')
    .toSorted();
}

const SHOP = '/api/v1/namespaces/shop';
const POD = `${SHOP}/pods/checkout-2-x`;
const EVENTS = '/apis/events.k8s.io/v1/namespaces/shop/events';
const LATER = [
  '/api/v1/nodes/node-1',
  '/apis/apps/v1/namespaces/shop/deployments/checkout',
  '/apis/apps/v1/namespaces/shop/replicasets',
  EVENTS,
  '/apis/policy/v1/namespaces/shop/poddisruptionbudgets',
];

describe('a crash loop', () => {
  test('costs seven requests: two when it is first seen, five when its incident opens', async () => {
    const reader = scene.reader();
    expect(await asked(() => reader.early(target))).toEqual([POD, `${POD}/log`]);
    const early = await reader.early(target);
    expect(await asked(() => reader.evidence(target, undefined, early))).toEqual(LATER);
  });

  test('shows the same as if all were read when it opens', async () => {
    const reader = scene.reader({ clock: createFakeClock() });
    const early = await reader.early(target);
    expect(await reader.evidence(target, undefined, early)).toEqual(await reader.evidence(target));
  });

  test('keeps what was read early of a pod that is gone when it opens', async () => {
    const reader = scene.reader();
    const early = await reader.early(target);
    scene.sandbox.objects.delete({ kind: 'Pod', namespace: 'shop', name: 'checkout-2-x' });
    const evidence = await reader.evidence(target, undefined, early);
    expect(evidence).toMatchObject({ pod: { name: 'checkout-2-x' }, omitted: [] });
    expect(evidence.logs.map(({ lines }) => lines)).toEqual([['fatal']]);
    expect(evidence.secretValues).toContain('correct-horse');
  });

  test('costs two for a comment', async () => {
    const reader = scene.reader();
    const paths = await asked(() => reader.secretValues(target));
    expect(paths).toEqual([POD, '/apis/apps/v1/namespaces/shop/deployments/checkout']);
    expect(await reader.secretValues(target)).toEqual(['correct-horse']);
  });

  test('costs none for a comment where the same pod was read early', async () => {
    const reader = scene.reader();
    const early = await reader.early(target);
    const another = { ...target, pod: { ...checkout.pod, uid: 'another' } };
    expect(await asked(() => reader.secretValues(target, undefined, early))).toEqual([]);
    expect(await reader.secretValues(target, undefined, early)).toEqual(['correct-horse']);
    expect(await asked(() => reader.secretValues(another, undefined, early))).toHaveLength(2);
  });
});

describe('what was read early is read again', () => {
  const again = [POD, `${POD}/log`];

  test('after a minute', async () => {
    const clock = createFakeClock();
    const reader = scene.reader({ clock });
    const early = await reader.early(target);
    await clock.advance(60_000);
    expect(await asked(() => reader.evidence(target, undefined, early))).toEqual(LATER);
    await clock.advance(1);
    expect(await asked(() => reader.evidence(target, undefined, early))).toEqual(
      [...again, ...LATER].toSorted(),
    );
  });

  test('where there was no log yet', async () => {
    const reader = scene.reader();
    scene.sandbox.failNext({ path: '/log' }, 500);
    const early = await reader.early(target);
    const evidence = await reader.evidence(target, undefined, early);
    expect(evidence).toMatchObject({ omitted: [], logs: [{ lines: ['fatal'] }] });
  });

  test('where another pod shows the failure by now', async () => {
    const reader = scene.reader();
    const early = await reader.early({ ...target, pod: { ...checkout.pod, name: 'gone', uid: 'gone' } });
    expect(await asked(() => reader.evidence(target, undefined, early))).toEqual(
      expect.arrayContaining(again),
    );
  });

  test('but not where logs are not to be read', async () => {
    const reader = scene.reader({}, { logsEnabled: false });
    const early = await reader.early(target);
    expect(await asked(() => reader.evidence(target, undefined, early))).toEqual(LATER);
  });
});

test('nothing is read early of an owner without a pod that is named', async () => {
  expect(
    await asked(() => scene.reader().early({ owner: checkout.deployment, classes: ['rollout'] })),
  ).toEqual([]);
});

test('the pod of a Job that has failed is read early, as its Job takes it along', async () => {
  const owner = scene.apply({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'import', namespace: 'shop' },
    spec: { selector: { matchLabels: { 'job-name': 'import' } } },
    status: {},
  });
  const terminated = { exitCode: 3, containerID: 'containerd://1' };
  scene.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'import-x',
      namespace: 'shop',
      labels: { 'job-name': 'import' },
      ownerReferences: [ownedBy(owner)],
    },
    spec: { containers: [{ name: 'app', image: 'a' }], nodeName: 'node-1' },
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'app', restartCount: 2, state: { terminated } }],
    },
  });
  scene.sandbox.setLogs(['shop', 'import-x', 'app'], { current: 'no space left\n' });
  const reader = scene.reader();
  const job: EvidenceTarget = { owner, classes: ['job'] };
  const early = await reader.early(job);
  scene.sandbox.objects.delete({ kind: 'Pod', namespace: 'shop', name: 'import-x' });
  let evidence: Evidence | undefined;
  const paths = await asked(async () => {
    evidence = await reader.evidence(job, undefined, early);
  });
  expect(paths).toEqual(['/api/v1/nodes/node-1', '/apis/batch/v1/namespaces/shop/jobs/import', EVENTS]);
  expect(evidence).toMatchObject({ pod: { name: 'import-x' }, logs: [{ lines: ['no space left'] }] });
});

test('the values of secrets are those of the template where the pod is gone', async () => {
  scene.sandbox.objects.delete({ kind: 'Pod', namespace: 'shop', name: 'checkout-2-x' });
  expect(await scene.reader().secretValues(target)).toEqual(['correct-horse']);
  expect(await scene.reader().secretValues({ owner: checkout.deployment })).toEqual(['correct-horse']);
});

describe('Events', () => {
  test('of a namespace with many are asked for by object, at once the next time', async () => {
    for (let n = 0; n < 200; n += 1)
      applyEvent(scene, { ...checkout.pod, name: `other-${n}`, uid: `o-${n}` }, 1);
    const reader = scene.reader();
    const events = async (): Promise<number> =>
      (await asked(() => reader.evidence(target))).filter((path) => path === EVENTS).length;
    const { events: found } = await reader.evidence(target);
    expect(found.map(({ object }) => object)).toEqual([
      'Deployment/checkout',
      'ReplicaSet/checkout-2',
      'Pod/checkout-2-x',
    ]);
    expect(await events()).toBe(3);
    expect(
      (await asked(() => scene.reader().evidence(target))).filter((path) => path === EVENTS),
    ).toHaveLength(4);
  });
});

describe('equal reads at the same time', () => {
  test('are sent once', async () => {
    const reader = scene.reader();
    const paths = await asked(() => Promise.all([reader.evidence(target), reader.evidence(target)]));
    expect(paths.filter((path) => !path.endsWith('/log'))).toEqual([POD, ...LATER].toSorted());
  });

  test('do not end for one because another was told to stop', async () => {
    const reader = scene.reader();
    const stopping = new AbortController();
    const stopped = reader.evidence(target, stopping.signal);
    const other = reader.evidence(target);
    stopping.abort(new Error('stopping'));
    await expect(stopped).rejects.toThrow('stopping');
    expect(await other).toMatchObject({ pod: { name: 'checkout-2-x' }, omitted: [] });
  });
});

describe('the runs of a CronJob', () => {
  function applyJobs(count: number): ObjectRef {
    const cronJob = scene.apply({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'zz-report', namespace: 'shop' },
      spec: { schedule: '0 3 * * *' },
      status: {},
    });
    const job = (name: string, more: object): void => {
      scene.apply({
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name, namespace: 'shop', ...more },
        spec: {},
        status: {},
      });
    };
    for (let n = 0; n < count; n += 1) job(`aa-import-${n}`, {});
    job('zz-report-1', { ownerReferences: [ownedBy(cronJob)] });
    return cronJob;
  }

  test('are found among more Jobs than one list has', async () => {
    const owner = applyJobs(250);
    const { cronJob, omitted } = await scene.evidence({ owner, classes: ['job'] });
    expect(cronJob?.runs.map(({ name }) => name)).toEqual(['zz-report-1']);
    expect(omitted).toEqual([]);
  });

  test('are said to be looked for among the first thousand only', async () => {
    const owner = applyJobs(1_002);
    const { cronJob, omitted } = await scene.evidence({ owner, classes: ['job'] });
    expect(cronJob?.runs).toEqual([]);
    expect(omitted).toEqual([
      {
        field: 'cronJob.runs',
        reason:
          'the first 1000 of 1003 Jobs of the namespace were looked through, by name: others of its runs may be there',
      },
    ]);
  });
});
