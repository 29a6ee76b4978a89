import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { SECOND } from '../../src/domain/clock.ts';
import { aNode } from '../../src/sandbox/node-objects.ts';
import { deploy } from './shop.ts';
import { openStage, type TestStage, until } from './stage.ts';

// Real waits on a machine that may be busy: each has a deadline of its own.
jest.setTimeout(60_000);

let stage: TestStage;
beforeEach(async () => {
  stage = await openStage();
  stage.sandbox.objects.apply(aNode('node-1', Date.now()));
});
afterEach(() => stage.close());

/** What the agent has read of the cluster since request number `from`: neither its watches nor what it keeps itself. */
function reads(from: number): readonly string[] {
  return stage.sandbox.requests
    .slice(from)
    .filter(({ method, path }) => method === 'GET' && !OWN.test(path) && !isWatching(path))
    .map(({ path }) => path.split('?')[0] ?? '')
    .toSorted();
}

const OWN = /\/leases|\/incidents|\/version|kube-system/;

function isWatching(path: string): boolean {
  const { pathname, searchParams } = new URL(path, 'http://sandbox');
  // A watch that is opened again, also for a proof, asks for one object by its name.
  const isProof = searchParams.get('fieldSelector')?.startsWith('metadata.name=') === true;
  return (
    isProof ||
    searchParams.has('watch') ||
    !pathname.includes('/namespaces/') === !pathname.includes('/nodes/')
  );
}

test.each([1, 4])(
  'a crash loop of %i pods costs seven reads of the cluster until it is filed, and two when it comes again',
  async (pods) => {
    const workload = deploy(stage.sandbox, 'checkout', pods);
    await stage.start('agent-1', { groupWait: '1s' });
    await until('a leader', () => stage.sandbox.objects.list({ kind: 'Lease' }).length > 0);
    const opening = stage.sandbox.requests.length;
    workload.crash();
    await until('a ticket', () => stage.tickets().length === 1);
    await until('it is filed', () => stage.incidents()[0]?.status['phase'] === 'Filed');
    const pod = '/api/v1/namespaces/shop/pods/checkout-7d9f8b6c5-pod0';
    const deployment = '/apis/apps/v1/namespaces/shop/deployments/checkout';
    expect(reads(opening)).toEqual(
      [
        pod,
        `${pod}/log`,
        '/api/v1/nodes/node-1',
        deployment,
        '/apis/apps/v1/namespaces/shop/replicasets',
        '/apis/events.k8s.io/v1/namespaces/shop/events',
        '/apis/policy/v1/namespaces/shop/poddisruptionbudgets',
      ].toSorted(),
    );
    workload.run();
    await until('it has recovered', () => stage.incidents()[0]?.status['phase'] === 'Recovered', 30 * SECOND);
    await until('a word on it', () => stage.tickets()[0]?.comments.length === 1);
    const coming = stage.sandbox.requests.length;
    workload.crash();
    await until('another', () => stage.tickets()[0]?.comments.length === 2, 30 * SECOND);
    // For a new ticket, had a person closed this one.
    expect(reads(coming)).toEqual([pod, `${pod}/log`]);
  },
);

test('a comment on what has grown costs two reads', async () => {
  const workload = deploy(stage.sandbox, 'checkout', 6);
  await stage.start('agent-1', { groupWait: '1s' });
  workload.crash(1);
  await until('it is filed', () => stage.incidents()[0]?.status['phase'] === 'Filed');
  const before = stage.sandbox.requests.length;
  workload.crash();
  await until('a word on it', () => stage.tickets()[0]?.comments.length === 1, 30 * SECOND);
  expect(reads(before)).toEqual([
    '/api/v1/namespaces/shop/pods/checkout-7d9f8b6c5-pod0',
    '/apis/apps/v1/namespaces/shop/deployments/checkout',
  ]);
});
