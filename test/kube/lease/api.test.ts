import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createKubeConnection } from '../../../src/kube/connection/index.ts';
import type { KubeConnection } from '../../../src/kube/connection/index.ts';
import { createLeaseClient } from '../../../src/kube/lease/record.ts';
import { Election } from '../../../src/kube/lease/election.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createSandbox } from '../../../src/sandbox/sandbox.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createFakeClock, settle } from '../../support/fake-clock.ts';
import { shippedDurations } from './lease-server.ts';

let sandbox: Sandbox;
let connection: KubeConnection;

beforeEach(async () => {
  sandbox = await createSandbox();
  const source = { kind: 'explicit', server: sandbox.url } as const;
  connection = await createKubeConnection(source, { clock: systemClock, version: '0.0.0' });
});

afterEach(async () => {
  connection.close();
  await sandbox.close();
});

function enter(identity: string): { started: Promise<void>; stop(): Promise<void> } {
  const started = Promise.withResolvers<void>();
  const controller = new AbortController();
  const election = new Election({
    connection,
    namespace: 'default',
    name: 'agent',
    identity,
    clock: systemClock,
    random: () => 0,
    durations: shippedDurations,
    onStarted: started.resolve,
    onStopped: () => undefined,
  });
  const ended = election.run(controller.signal);
  const stop = (): Promise<void> => {
    controller.abort();
    return ended;
  };
  return { started: started.promise, stop };
}

function requests(method: string): readonly string[] {
  return sandbox.requests.filter((request) => request.method === method).map((request) => request.path);
}

test('over HTTP: creates the Lease, and hands it over to a standby that watches the moment it is released', async () => {
  const a = enter('a');
  await a.started;
  expect(requests('POST')).toEqual(['/apis/coordination.k8s.io/v1/namespaces/default/leases']);
  const b = enter('b');
  // The standby has seen who leads when its watch stands; no look is due before the release.
  while (requests('GET').filter((path) => path.includes('watch=1')).length < 2) await settle(1);
  const releasedAt = systemClock.monotonic();
  await a.stop();
  await b.started;
  // Without the watch it would be the next look, seconds later; how busy the machine is does not matter up to there.
  expect(systemClock.monotonic() - releasedAt).toBeLessThan(4_500);
  expect(sandbox.objects.get({ kind: 'Lease', namespace: 'default', name: 'agent' })).toMatchObject({
    spec: { holderIdentity: 'b', leaseTransitions: 1, renewTime: expect.stringMatching(/\.\d{6}Z$/) },
  });
  await b.stop();
});

test('a watch of the Lease that the server never ends is cut some time after its end, for it may be dead', async () => {
  const clock = createFakeClock();
  const { promise: cut, resolve: destroy } = Promise.withResolvers<void>();
  let isCut = false;
  void cut.then(() => (isCut = true));
  const silent = {
    stream: async () => ({ status: 200, headers: {}, consume: () => cut, destroy }),
  } as unknown as KubeConnection;
  const client = createLeaseClient({ connection: silent, clock, namespace: 'default', name: 'agent' });
  const watching = client.watch(new AbortController().signal, () => undefined);
  await clock.advance(314_000);
  expect(isCut).toBe(false);
  await clock.advance(1_000);
  await watching;
});
