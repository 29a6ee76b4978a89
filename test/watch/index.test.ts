import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createKubeConnection } from '../../src/kube/connection/index.ts';
import type { KubeConnection } from '../../src/kube/connection/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { anEvent } from '../../src/sandbox/event-objects.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { watchedResources, type WatchedView, Watches } from '../../src/watch/index.ts';
import { createFakeApi } from '../kube/reflector/support/fake-api.ts';
import type { FakeRequest } from '../kube/reflector/support/fake-api.ts';
import { connectionWith } from '../support/connection.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { aPod, crashedContainer } from './fixtures.ts';

let sandbox: Sandbox;
let connection: KubeConnection;
let watches: Watches | undefined;

beforeEach(async () => {
  sandbox = await createSandbox();
  const source = { kind: 'explicit', server: sandbox.url } as const;
  connection = await createKubeConnection(source, { clock: systemClock, version: '0.0.0' });
});

afterEach(async () => {
  await watches?.stop();
  connection.close();
  await sandbox.close();
});

async function until(condition: () => boolean): Promise<void> {
  // The bound is only there to fail with a stack instead of by jest's timeout.
  for (let turns = 0; !condition(); turns += 1) {
    if (turns > 100_000) throw new Error('never came true');
    await new Promise<void>((done) => setImmediate(done));
  }
}

function start(onChange: (view: WatchedView) => void): Watches {
  watches = new Watches({
    connection,
    clock: systemClock,
    random: () => 0,
    resources: watchedResources({ incidentNamespace: 'default' }),
    onChange: (change) => onChange(change.view),
  });
  return watches;
}

test('hands on what is there and what comes, as views', async () => {
  sandbox.objects.apply(aPod() as Parameters<Sandbox['objects']['apply']>[0]);
  const seen: WatchedView[] = [];
  const crashed = Promise.withResolvers<WatchedView>();
  const running = start((view) => {
    seen.push(view);
    if (view.kind === 'Pod' && view.detail !== undefined) crashed.resolve(view);
  });
  await running.whenSynced;
  expect(running.synced).toBe(true);
  expect(seen.filter((view) => view.kind === 'Namespace')).toHaveLength(4);
  expect(seen.filter((view) => view.kind === 'Pod')).toEqual([
    expect.not.objectContaining({ detail: expect.anything() }),
  ]);
  sandbox.objects.update({ kind: 'Pod', namespace: 'shop', name: 'checkout-7d9f8b6c5-x2x7k' }, (pod) => {
    pod['status'] = { phase: 'Running', containerStatuses: [crashedContainer] };
  });
  expect(await crashed.promise).toMatchObject({ kind: 'Pod', detail: { containers: [{ restartCount: 4 }] } });
  const pods = running.handles.find((handle) => handle.resource.name === 'pods');
  expect(pods?.store.size).toBe(1);
  expect(pods?.status.synced).toBe(true);
});

test('keeps 20 Events of an object, from the list and from the watch, and none that nobody reads', async () => {
  const pod = sandbox.objects.apply(aPod() as Parameters<Sandbox['objects']['apply']>[0]);
  const write = (n: number, reason = 'Unhealthy'): void => {
    const firstAt = Date.UTC(2026, 10, 23, 3, n);
    const event = {
      name: `e-${n}`,
      regarding: pod,
      type: 'Warning',
      reason,
      message: `${n}`,
      firstAt,
    } as const;
    sandbox.objects.apply(anEvent(event));
  };
  for (let n = 0; n < 22; n += 1) write(n);
  for (let n = 22; n < 30; n += 1) write(n, 'BackOff');
  const running = start(() => undefined);
  await running.whenSynced;
  const events = running.handles.find(({ resource }) => resource.fieldSelector === 'type=Warning');
  const notes = (): readonly number[] =>
    [...(events?.store.values() ?? [])]
      .map((view) => (view.kind === 'Event' ? Number(view.note) : -1))
      .toSorted((a, b) => a - b);
  expect(notes()).toEqual(Array.from({ length: 20 }, (_, n) => n + 2));
  expect(running.eventsDropped).toEqual({ object: 2, total: 0 });
  write(31);
  await until(() => running.eventsDropped.object === 3);
  expect(notes()).toEqual([...Array.from({ length: 19 }, (_, n) => n + 3), 31]);
});

test('says which watch makes no progress any more, and only beyond the bound', async () => {
  const clock = createFakeClock();
  // A connection that never answers and never gives up, as no connection should.
  const hanging = connectionWith(connection, { stream: () => new Promise(() => undefined) });
  const [pods] = watchedResources({ incidentNamespace: 'default' });
  if (pods === undefined) throw new Error('nothing is watched');
  const stuck = new Watches({
    connection: hanging,
    clock,
    random: () => 0,
    resources: [pods],
    onChange: () => undefined,
  });
  await clock.advance(15 * 60_000);
  expect(stuck.stalled()).toBeUndefined();
  await clock.advance(1);
  expect(stuck.stalled()).toBe('/api/v1/pods');
});

test('does not wait for what it has no right to', async () => {
  sandbox.failNext({ path: '/apis/batch/v1/cronjobs' }, { status: 403, times: 100 });
  const running = start(() => undefined);
  await running.whenSynced;
  const cronJobs = running.handles.find((handle) => handle.resource.name === 'cronjobs');
  expect(cronJobs?.status).toMatchObject({ synced: false, health: 'refused' });
  expect(running.freshness('CronJob', 'shop')).toBeUndefined();
  expect(running.freshness('Job', 'shop')).toBeDefined();
  expect(running.freshness('Node', '')).toBeDefined();
});

test('begins at once when what it has no right to is the last that it hears of', async () => {
  const { promise: othersAreListed, resolve } = Promise.withResolvers<void>();
  const late: KubeConnection = {
    ...connection,
    stream: async (request) => {
      if (request.path === '/apis/batch/v1/cronjobs') await othersAreListed;
      return connection.stream(request);
    },
  };
  sandbox.failNext({ path: '/apis/batch/v1/cronjobs' }, { status: 403, times: 100 });
  const running = new Watches({
    connection: late,
    // Its time stands still, so that no look of every second finds out later.
    clock: createFakeClock(),
    random: () => 0,
    resources: watchedResources({ incidentNamespace: 'default' }),
    onChange: () => undefined,
  });
  watches = running;
  const cronJobs = running.handles.find((handle) => handle.resource.name === 'cronjobs');
  await until(() => running.handles.every((handle) => handle === cronJobs || handle.status.synced));
  expect(running.synced).toBe(false);
  resolve();
  await until(() => cronJobs?.status.health === 'refused');
  expect(running.synced).toBe(true);
  await running.whenSynced;
});

test('waits for what is required, and says that it cannot be reached', async () => {
  const clock = createFakeClock();
  sandbox.failNext({ path: '/apis/batch/v1/cronjobs' }, { status: 404, times: 1 });
  const running = new Watches({
    connection,
    clock,
    random: () => 0,
    resources: watchedResources({ incidentNamespace: 'default' }),
    isRequired: ({ name }) => name === 'cronjobs',
    onChange: () => undefined,
  });
  watches = running;
  const cronJobs = running.handles.find((handle) => handle.resource.name === 'cronjobs');
  await until(() => cronJobs?.status.health === 'absent');
  await until(() => running.handles.every((handle) => handle === cronJobs || handle.status.synced));
  expect([running.synced, running.outOfReach()?.resource.name]).toEqual([false, 'cronjobs']);
  await clock.advance(60_000);
  await running.whenSynced;
  expect([running.synced, running.outOfReach()]).toEqual([true, undefined]);
});

test('sees nothing beyond the namespaces that it watches', async () => {
  watches = new Watches({
    connection,
    clock: systemClock,
    random: () => 0,
    resources: watchedResources({ incidentNamespace: 'default', namespaces: ['shop', 'bank'] }),
    onChange: () => undefined,
  });
  expect(watches.freshness('Pod', 'shop')).toBeUndefined();
  await watches.whenSynced;
  const sees = (kind: 'Pod' | 'Node', namespace?: string) =>
    watches?.freshness(kind, namespace) !== undefined;
  expect([sees('Pod', 'shop'), sees('Pod', 'bank'), sees('Pod')]).toEqual([true, true, true]);
  expect([sees('Pod', 'other'), sees('Pod', ''), sees('Node', '')]).toEqual([false, false, false]);
});

test('one collection that went back in history: all are listed anew', async () => {
  const api = await createFakeApi();
  const source = { kind: 'explicit', server: api.url } as const;
  const other = await createKubeConnection(source, { clock: systemClock, version: '1' });
  const resources = watchedResources({ incidentNamespace: 'default' });
  const two = new Watches({
    connection: other,
    clock: createFakeClock(),
    random: () => 0,
    resources: resources.filter(({ name }) => name === 'pods' || name === 'nodes'),
    onChange: () => undefined,
  });
  const lists = async (): Promise<FakeRequest[]> => [await api.next('list'), await api.next('list')];
  for (const list of await lists()) list.list([], { version: '1200' });
  const [watch] = [await api.next('watch'), await api.next('watch')].map((request) => request.open());
  watch?.bookmark('1000');
  expect((await lists()).map(({ path }) => path).sort()).toEqual(['/api/v1/nodes', '/api/v1/pods']);
  const reasons = two.handles.flatMap(({ status }) => Object.keys(status.relists));
  expect(reasons.sort()).toEqual(['regressed', 'regressed-elsewhere', 'start', 'start']);
  await two.stop();
  other.close();
  await api.close();
});
