import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { failureClasses } from '../../../src/domain/failure-classes.ts';
import type { ObjectRef } from '../../../src/domain/failure.ts';
import type { KubeConnection, KubeRequest } from '../../../src/kube/connection/index.ts';
import { createClusterReader } from '../../../src/kube/evidence/cluster-reader.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { applyCheckout, createScene, ownedBy } from './scene.ts';
import type { Scene } from './scene.ts';

let scene: Scene;

beforeEach(async () => {
  scene = await createScene();
});
afterEach(() => scene.close());

const MIB = 1_024 * 1_024;
const clusterWide = ['Node', 'Namespace'];

/** One owner of each sort, and a pod for which no node has room. */
function applyOwners(): readonly { readonly owner: ObjectRef; readonly pod?: ObjectRef }[] {
  const apply = (apiVersion: string, kind: string, spec: object, more: object = {}): ObjectRef =>
    scene.apply({
      apiVersion,
      kind,
      metadata: {
        name: kind.toLowerCase(),
        ...(clusterWide.includes(kind) ? {} : { namespace: 'shop' }),
        ...more,
      },
      spec,
    });
  const { deployment, pod } = applyCheckout(scene);
  const statefulSet = apply('apps/v1', 'StatefulSet', { selector: { matchLabels: { app: 'checkout' } } });
  const message = '0/1 nodes are available: 1 Insufficient cpu.';
  const waiting = scene.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'waiting', namespace: 'shop', ownerReferences: [ownedBy(statefulSet)] },
    spec: { containers: [] },
    status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', message }] },
  });
  scene.apply({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv' }, spec: {} });
  return [
    { owner: deployment, pod },
    { owner: deployment },
    { owner: statefulSet, pod: waiting },
    { owner: apply('v1', 'Node', {}) },
    { owner: apply('v1', 'Namespace', {}) },
    { owner: apply('v1', 'PersistentVolumeClaim', { volumeName: 'pv' }) },
    { owner: apply('batch/v1', 'CronJob', { jobTemplate: { spec: {} } }) },
    { owner: apply('batch/v1', 'Job', {}) },
  ];
}

/** A line for a request: what it may bring at most. Names of objects and what is selected are left out. */
function boundOf({ path, query = {}, maxBytes = Infinity, timeoutMs = Infinity }: KubeRequest): string {
  const place = path.replace(/namespaces\/[^/]+\//, '').replace(/\/(?:v1|api|apis)(?=\/)/g, '');
  const { limit, tailLines, limitBytes, resourceVersion } = query;
  const bounds = Object.entries({ limit, tailLines, limitBytes, resourceVersion }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${String(value)}`],
  );
  return [place, ...bounds, `${maxBytes / MIB} MiB`, `${timeoutMs / 1_000} s`].join(' ');
}

async function requestsOfAll(): Promise<readonly KubeRequest[]> {
  const requests: KubeRequest[] = [];
  const noting =
    <T>(read: (request: KubeRequest) => Promise<T>) =>
    (request: KubeRequest): Promise<T> => {
      requests.push(request);
      return read(request);
    };
  const given = scene.connection;
  const json = noting((request) => given.json(request)) as KubeConnection['json'];
  const connection = { ...given, json, text: noting((request) => given.text(request)) };
  const options = { logsEnabled: true, logLines: 50, logBytes: 16_384, events: 20 };
  const reader = createClusterReader({ connection, clock: systemClock, options });
  // Where no pod can be made, none is looked for.
  const others = failureClasses.filter((name) => name !== 'create');
  for (const target of applyOwners())
    for (const classes of [failureClasses, others]) await reader.evidence({ ...target, classes });
  return requests;
}

test('whatever is read, there is an end to it', async () => {
  const all = [...new Set((await requestsOfAll()).map(boundOf))];
  expect(all.filter((line) => !/ \d+ MiB 5 s$/.test(line))).toEqual([]);
  const lists = all.filter((line) => line.includes('='));
  expect(all.filter((line) => !lists.includes(line) && !line.endsWith(' 4 MiB 5 s'))).toEqual([]);
  expect(lists.toSorted()).toEqual([
    '/apps/controllerrevisions limit=50 4 MiB 5 s',
    '/apps/replicasets limit=50 4 MiB 5 s',
    '/batch/jobs limit=100 4 MiB 5 s',
    '/events.k8s.io/events limit=200 4 MiB 5 s',
    '/events.k8s.io/events limit=500 4 MiB 5 s',
    '/limitranges limit=20 4 MiB 5 s',
    '/nodes limit=100 8 MiB 5 s',
    '/pods limit=100 4 MiB 5 s',
    '/pods limit=250 4 MiB 5 s',
    '/pods limit=500 8 MiB 5 s',
    // The API server's cache, which knows no limit, has the pods of a node: there are a few hundred at most.
    '/pods resourceVersion=0 4 MiB 5 s',
    '/pods/checkout-2-x/log tailLines=50 limitBytes=131072 4 MiB 5 s',
    '/policy/poddisruptionbudgets limit=100 4 MiB 5 s',
    '/resourcequotas limit=20 4 MiB 5 s',
    '/storage.k8s.io/volumeattachments limit=500 4 MiB 5 s',
  ]);
});
