import { afterEach, describe, expect, test } from '@jest/globals';
import { PauseDetector } from '../../src/watch/supervision.ts';
import { watchedResources, Watches, type WatchesDeps } from '../../src/watch/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { createSwitchboard } from './switchboard.ts';
import type { Switchboard } from './switchboard.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

let watches: Watches | undefined;

afterEach(() => watches?.stop());

interface Stage {
  readonly api: Switchboard;
  readonly clock: FakeClock;
  readonly watches: Watches;
  /** What was said of freshness. */
  readonly told: readonly unknown[];
}

interface Options extends Partial<WatchesDeps> {
  readonly broken?: readonly (readonly [string, Parameters<Switchboard['set']>[1]])[];
  readonly namespaces?: readonly string[];
}

/** Watches of the whole agent under a clock of their own. */
async function openStage({ broken = [], namespaces = [], ...deps }: Options = {}): Promise<Stage> {
  const clock = createFakeClock();
  const api = createSwitchboard(clock);
  for (const [part, how] of broken) api.set(part, how);
  const told: unknown[] = [];
  const started = new Watches({
    connection: api.connection,
    clock,
    random: () => 0.5,
    resources: watchedResources({ incidentNamespace: 'home', namespaces }),
    isRequired: ({ name }) => name === 'incidents' || name === 'pods',
    onChange: () => undefined,
    observer: (event, { name }) => {
      if (event.kind === 'stale') told.push([name, event.reason]);
      if (event.kind === 'current') told.push([name, 'current']);
    },
    ...deps,
  });
  watches = started;
  await clock.advance(3 * SECOND);
  return { api, clock, watches: started, told };
}

// kubernetes-client/java#2151: of many informers one stopped, and everything looked well.
test('one kind that is not current is told, once, and so is its return; the others stay current', async () => {
  const { api, clock, watches: running, told } = await openStage();
  expect(running.freshness('Pod', 'shop')).toBeDefined();
  api.set('/deployments', 503);
  api.cut('/deployments');
  await clock.advance(9 * SECOND);
  expect(running.freshness('Deployment', 'shop')).toBeUndefined();
  expect(running.freshness('Pod', 'shop')).toBeDefined();
  expect([told, running.stale()]).toEqual([[], []]);
  await clock.advance(5 * MINUTE);
  expect(told).toEqual([['deployments', 'server-error']]);
  expect(running.stale()).toEqual([expect.objectContaining({ reason: 'server-error', since: 3 * SECOND })]);
  const from = clock.monotonic();
  api.set('/deployments', 'works');
  await clock.advance(2 * MINUTE);
  expect(told).toEqual([
    ['deployments', 'server-error'],
    ['deployments', 'current'],
  ]);
  expect(running.freshness('Deployment')?.since).toBeGreaterThan(from);
  expect(running.freshness('Pod')?.since).toBe(SECOND);
});

test('a connection that is cut and resumed is no news', async () => {
  const { api, clock, watches: running, told } = await openStage();
  api.cut('/');
  await clock.advance(20 * SECOND);
  expect(told).toEqual([]);
  expect(running.handles.every(({ status }) => status.isCurrent)).toBe(true);
});

test('in hours without failure everything stays current, and nothing is listed again', async () => {
  const { clock, watches: running, told } = await openStage();
  for (let minutes = 0; minutes < 120; minutes += 1) {
    await clock.advance(MINUTE);
    expect(running.handles.filter(({ status }) => !status.isCurrent)).toEqual([]);
  }
  expect(told).toEqual([]);
  expect(running.freshness('Pod')?.since).toBe(SECOND);
  expect(running.handles.map(({ status }) => status.relists)).toEqual(
    running.handles.map(() => ({ start: 1 })),
  );
});

// kubernetes/client-go#755: bytes are swallowed, and the connection stays open.
test('a proxy that swallows bytes: not current after a minute and a half', async () => {
  const { api, clock, watches: running } = await openStage();
  await clock.advance(2 * MINUTE);
  api.set('/pods', 'silent');
  await clock.advance(95 * SECOND);
  expect(running.freshness('Pod')).toBeUndefined();
  expect(running.freshness('Node')).toBeDefined();
});

test('a proxy that closes watches before they can prove anything: short ones can', async () => {
  const { clock, watches: running } = await openStage({ broken: [['/events', 'closes early']] });
  const ends: number[] = [];
  for (let minutes = 0; minutes < 10; minutes += 1) {
    await clock.advance(MINUTE);
    ends.push(
      running.handles.filter(({ resource, status }) => resource.kind === 'Event' && status.isCurrent).length,
    );
  }
  expect(ends.filter((count) => count === 3).length).toBeGreaterThan(6);
  expect(running.handles.flatMap(({ status }) => Object.keys(status.relists))).toEqual(
    running.handles.map(() => 'start'),
  );
});

test('a proof that is asked for is there within two seconds, and asked for once in ten', async () => {
  const { api, clock, watches: running } = await openStage();
  await clock.advance(2 * MINUTE + 30 * SECOND);
  const askedAt = clock.monotonic();
  const before = api.opened.length;
  for (let n = 0; n < 5; n += 1) {
    running.prove(['Pod', 'Deployment'], 'shop');
    await clock.advance(400);
  }
  for (const kind of ['Pod', 'Deployment'] as const)
    expect(running.freshness(kind, 'shop')?.provenAt).toBeGreaterThanOrEqual(askedAt);
  expect(running.freshness('Node')?.provenAt).toBeLessThan(askedAt);
  expect(api.opened.slice(before).sort()).toEqual(['/api/v1/pods 3', '/apis/apps/v1/deployments 3']);
});

test('the least current of several collections speaks for a kind', async () => {
  const { api, clock, watches: running } = await openStage({ namespaces: ['shop', 'bank'] });
  await clock.advance(2 * MINUTE);
  api.set('/namespaces/bank/pods', 500);
  api.cut('/namespaces/bank/pods');
  await clock.advance(MINUTE);
  expect(running.freshness('Pod', 'shop')).toMatchObject({ since: SECOND });
  expect([running.freshness('Pod', 'bank'), running.freshness('Pod')]).toEqual([undefined, undefined]);
  api.set('/namespaces/bank/pods', 'works');
  await clock.advance(MINUTE);
  expect(running.freshness('Pod')).toEqual({
    since: running.freshness('Pod', 'bank')?.since,
    provenAt: Math.min(...['shop', 'bank'].map((name) => running.freshness('Pod', name)?.provenAt ?? 0)),
  });
});

// rancher/rancher#46267, argoproj/argo-workflows#11075, kluctl/template-controller#19: one kind that cannot be listed, and nothing ever begins.
describe('a kind that cannot be listed at the start', () => {
  test.each(['/cronjobs', '/events', '/nodes', '/deployments'])(
    '%s: is done without after two minutes',
    async (part) => {
      const { api, clock, watches: running } = await openStage({ broken: [[part, 500]] });
      await clock.advance(2 * MINUTE - 5 * SECOND);
      expect(running.synced).toBe(false);
      await clock.advance(6 * SECOND);
      expect(running.synced).toBe(true);
      const missing = running.handles.filter(({ status }) => !status.synced);
      expect(missing.every(({ resource }) => resource.path.includes(part))).toBe(true);
      for (const { resource } of missing) expect(running.freshness(resource.kind)).toBeUndefined();
      expect(running.freshness('Pod')).toBeDefined();
      api.set(part, 'works');
      await clock.advance(2 * MINUTE);
      expect(running.handles.every(({ status }) => status.isCurrent)).toBe(true);
    },
  );

  test('one that never answers at all is done without, too', async () => {
    const { clock, watches: running } = await openStage({ broken: [['/cronjobs', 'hangs']] });
    await clock.advance(2 * MINUTE);
    expect(running.synced).toBe(true);
  });

  test.each(['/pods', '/incidents'])('%s: is waited for as long as it takes', async (part) => {
    const { api, clock, watches: running } = await openStage({ broken: [[part, 500]] });
    await clock.advance(20 * MINUTE);
    expect(running.synced).toBe(false);
    expect(running.stale().map(({ resource, reason }) => [resource.path.includes(part), reason])).toEqual([
      [true, 'server-error'],
    ]);
    api.set(part, 'works');
    await clock.advance(MINUTE);
    expect(running.synced).toBe(true);
  });
});

test('rights that are given later: all watches of the namespace take them up when one is allowed, the others do not', async () => {
  let turn = 0;
  // Each waits for a time of its own.
  const random = (): number => (turn += 0.37) % 1;
  const namespaces = ['shop', 'bank'];
  const {
    api,
    clock,
    watches: running,
  } = await openStage({ namespaces, random, broken: [['/namespaces/', 403]] });
  await clock.advance(30 * MINUTE);
  api.set('/namespaces/shop/', 'works');
  api.set('/namespaces/home/', 'works');
  const isAllowed = (): boolean =>
    running.handles.some(({ status, resource }) => resource.namespace === 'shop' && status.synced);
  while (!isAllowed()) await clock.advance(SECOND);
  await clock.advance(SECOND);
  const synced = running.handles
    .filter(({ status }) => status.synced)
    .map(({ resource }) => resource.namespace ?? '');
  expect(synced.filter((namespace) => namespace === 'shop')).toHaveLength(10);
  expect(synced).not.toContain('bank');
});

describe('a process that stood still', () => {
  test.each([
    ['the event loop did not run', (clock: FakeClock) => clock.stall(20 * SECOND)],
    [
      'the whole machine slept, and its monotonic clock with it',
      (clock: FakeClock) => clock.jump(20 * SECOND),
    ],
  ])('%s: nothing is current until proven anew, which is at once', async (_what, stand) => {
    const { clock, watches: running } = await openStage();
    await clock.advance(2 * MINUTE);
    stand(clock);
    expect(running.freshness('Pod')).toBeUndefined();
    const resumedAt = clock.monotonic();
    await clock.advance(4 * SECOND);
    expect(running.freshness('Pod')?.provenAt).toBeGreaterThanOrEqual(resumedAt + SECOND);
    expect(running.freshness('Pod')?.since).toBeGreaterThan(resumedAt);
    expect(running.handles.every(({ status }) => status.isCurrent)).toBe(true);
  });

  test('whoever asks first learns of it, and a second of delay is none', () => {
    let [monotonic, wall] = [0, 0];
    const pauses = new PauseDetector({ clock: { monotonic: () => monotonic }, wallNow: () => wall });
    [monotonic, wall] = [4_000, 4_000];
    expect(pauses.last().lengthMs).toBe(0);
    [monotonic, wall] = [11_000, 11_000];
    expect(pauses.last()).toEqual({ resumedAt: 11_000, lengthMs: 7_000 });
    wall -= 60_000;
    expect(pauses.last().resumedAt).toBe(11_000);
    wall += 90_000;
    expect(pauses.last()).toEqual({ resumedAt: 11_000, lengthMs: 90_000 });
  });
});
