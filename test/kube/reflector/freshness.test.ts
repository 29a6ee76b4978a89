import { afterEach, describe, expect, test } from '@jest/globals';
import { FreshnessTracker, NO_PAUSE } from '../../../src/kube/reflector/freshness.ts';
import type { Pause } from '../../../src/kube/reflector/index.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import type { FakeRequest, FakeStream, World, WorldOptions } from './support/world.ts';
import { closeWorlds, createWorld, pod } from './support/world.ts';

afterEach(closeWorlds);

/*
 * The public reports that the cases are made from stand beside them. All are of the same kind: what was held grew old, and nobody said so.
 */

const SECOND = 1_000;

function secondsOf(request: FakeRequest): number {
  return Number(request.query.get('timeoutSeconds'));
}

interface Synced extends World {
  readonly stream: FakeStream;
}

/** A reflector that holds one pod, and whose watch is open. */
async function synced(options: WorldOptions = {}): Promise<Synced> {
  const world = await createWorld(options);
  const stream = await world.sync([pod('a', 90)], '100');
  return { ...world, stream };
}

async function heard(world: World, version: string): Promise<void> {
  await world.until(() => world.reflector.status.lastVersion === version);
}

/** The short watch that is opened after a failure, or when a proof is asked for; the collection was at `version` before. */
async function catchUp(world: World, version: string): Promise<FakeStream> {
  const request = await world.api.next('watch');
  expect(secondsOf(request)).toBe(3);
  const stream = request.open();
  stream.bookmark(version);
  await world.until(() => world.reflector.freshness() !== undefined);
  return stream;
}

test('is current since its list began, and every event and bookmark proves it anew', async () => {
  const world = await synced();
  const { clock, reflector, stream } = world;
  expect(reflector.freshness()).toEqual({ since: 0, provenAt: 0 });
  await clock.advance(20 * SECOND);
  stream.event('MODIFIED', pod('a', 120));
  await heard(world, '120');
  expect(reflector.freshness()).toEqual({ since: 0, provenAt: 20 * SECOND });
  await clock.advance(40 * SECOND);
  stream.bookmark('130');
  await heard(world, '130');
  expect(reflector.freshness()).toEqual({ since: 0, provenAt: 60 * SECOND });
  expect(reflector.stale()).toBeUndefined();
});

test('is not current before its first list, nor while pages are missing', async () => {
  const world = await createWorld();
  expect(world.reflector.stale()).toEqual({ since: 0, reason: 'unlisted' });
  world.reflector.start();
  (await world.api.next('list')).list([pod('a', 90)], { version: '100', continueToken: 'more' });
  const page = await world.api.next('list');
  expect(world.reflector.freshness()).toBeUndefined();
  page.list([pod('b', 91)], { version: '100' });
  await world.api.next('watch');
  expect(world.reflector.freshness()).toEqual({ since: 0, provenAt: 0 });
});

test('a watch that ends as agreed and is opened again without failure stays current', async () => {
  const world = await synced();
  const { clock, reflector, stream, api } = world;
  await clock.advance(30 * SECOND);
  stream.bookmark('150');
  await heard(world, '150');
  stream.end();
  await world.passPause();
  (await api.next('watch')).open();
  expect(reflector.freshness()).toMatchObject({ since: 0 });
});

// kubernetes/kube-state-metrics#694: after an outage of the API, weeks-old objects were served as if they were there.
describe('failure ends it at once, and it begins anew when it is over', () => {
  const opening = [500, 503, 504, 429, 401, 403, 404] as const;

  test.each(opening)('%i as the answer to a watch', async (code) => {
    const world = await synced();
    const { clock, reflector, stream, api } = world;
    await clock.advance(2 * SECOND);
    stream.end();
    await world.passPause();
    (await api.next('watch')).fail(code);
    // The connection itself tries once more with a fresh token.
    if (code === 401) (await api.next('watch')).fail(code);
    await world.until(() => reflector.stale() !== undefined);
    expect(reflector.freshness()).toBeUndefined();
    const lostAt = clock.monotonic();
    for (let tries = 0; clock.monotonic() < lostAt + 6 * SECOND; tries += 1) {
      expect(reflector.stale()?.since).toBe(lostAt);
      await world.passPause();
      const again = await nextOf(world);
      if (clock.monotonic() < lostAt + 6 * SECOND) {
        again.fail(code);
        if (code === 401) (await nextOf(world)).fail(code);
        await world.until(() => reflector.status.phase === 'waiting');
      } else if (again.kind === 'list') again.list([pod('a', 90)], { version: '100' });
      else again.open().bookmark('100');
    }
    await world.until(() => reflector.freshness() !== undefined);
    expect(reflector.freshness()?.since).toBeGreaterThan(lostAt + 5 * SECOND);
  });

  test('a connection that is cut, for as long as nothing answers', async () => {
    const world = await synced();
    const { clock, reflector, stream, api } = world;
    await clock.advance(10 * SECOND);
    stream.cut();
    await world.until(() => reflector.freshness() === undefined);
    expect(reflector.stale()).toEqual({ since: 10 * SECOND, reason: 'transport' });
    for (let tries = 0; tries < 6; tries += 1) {
      await world.passPause();
      (await api.next('watch')).cut();
      await world.until(() => reflector.status.phase === 'waiting');
    }
    expect(reflector.stale()).toEqual({ since: 10 * SECOND, reason: 'transport' });
    await world.passPause();
    const resumedAt = clock.monotonic();
    await catchUp(world, '100');
    expect(reflector.freshness()).toEqual({ since: resumedAt, provenAt: resumedAt });
  });

  test('one that is cut and resumed within seconds is a gap in which nothing is lost', async () => {
    const world = await synced();
    const { reflector, stream } = world;
    stream.cut();
    await world.passPause();
    expect(reflector.freshness()).toBeUndefined();
    await catchUp(world, '100');
    expect(reflector.freshness()).toMatchObject({ since: 0 });
  });

  test('an ERROR event, and the list that follows it', async () => {
    const world = await synced();
    const { clock, reflector, stream, api } = world;
    await clock.advance(2 * SECOND);
    stream.error(410, 'Expired');
    const list = await api.next('list');
    expect(reflector.freshness()).toBeUndefined();
    await clock.advance(7 * SECOND);
    list.list([pod('a', 90)], { version: '300' });
    await api.next('watch');
    // It shows what was so when it began, which was at once.
    expect(reflector.freshness()).toEqual({ since: 0, provenAt: 2 * SECOND });
  });

  test('a list long after the last proof: what came and went in between is not in it', async () => {
    const world = await synced();
    const { clock, reflector, stream, api } = world;
    await clock.advance(10 * SECOND);
    stream.error(410, 'Expired');
    const list = await api.next('list');
    await clock.advance(7 * SECOND);
    list.list([pod('a', 90)], { version: '300' });
    await api.next('watch');
    // Nobody knows at which moment between its request and its answer it was made.
    expect(reflector.freshness()).toEqual({ since: 17 * SECOND, provenAt: 10 * SECOND });
  });
});

/** The next request, a list or a watch. */
async function nextOf(world: World): Promise<FakeRequest> {
  await world.until(() => world.api.waiting > 0);
  const { log, waiting } = world.api;
  return world.api.next(log[log.length - waiting]?.kind ?? 'watch');
}

test('a proof that is older than the last failure does not count: a list that ran while the watch broke', () => {
  const clock = createFakeClock();
  const timings = { silenceMs: 90 * SECOND, gapMs: 5 * SECOND, pauseGraceMs: SECOND };
  const tracker = new FreshnessTracker({ clock, timings, lastPause: () => NO_PAUSE });
  tracker.proven(0);
  tracker.lost('transport');
  tracker.proven(-1);
  expect(tracker.current()).toBeUndefined();
  tracker.proven(0);
  expect(tracker.current()).toEqual({ since: 0, provenAt: 0 });
});

test('what a resumed watch brings first is of the past: it proves nothing before it has caught up', async () => {
  const world = await synced();
  const { clock, reflector, stream, api } = world;
  api.looks = null;
  stream.cut();
  await world.passPause();
  (await api.next('look')).list([pod('a', 90)], { version: '500' });
  const askedAt = clock.monotonic();
  const resumed = (await api.next('watch')).open();
  await clock.advance(SECOND);
  resumed.event('MODIFIED', pod('a', 200));
  await heard(world, '200');
  resumed.bookmark('499');
  await heard(world, '499');
  expect(reflector.freshness()).toBeUndefined();
  resumed.bookmark('500');
  await heard(world, '500');
  expect(reflector.freshness()).toEqual({ since: 0, provenAt: askedAt });
});

test('the same holds for one that the server accepts late, however long ago the collection was asked for', async () => {
  const world = await synced();
  const { clock, reflector, stream, api } = world;
  api.looks = null;
  await clock.advance(2 * SECOND);
  stream.end();
  await world.passPause();
  (await api.next('look')).list([pod('a', 90)], { version: '500' });
  const request = await api.next('watch');
  await clock.advance(20 * SECOND);
  const resumed = request.open();
  await clock.advance(SECOND);
  resumed.event('MODIFIED', pod('a', 200));
  await heard(world, '200');
  expect(reflector.freshness()).toEqual({ since: 0, provenAt: 0 });
});

// kubernetes/client-go#755 and #856, kubernetes-sigs/external-dns#1458: the connection stays open and brings nothing any more.
describe('silence', () => {
  test('beyond the bound is not current, and what comes afterwards begins anew', async () => {
    const world = await synced();
    const { clock, reflector, stream } = world;
    stream.bookmark('150');
    await heard(world, '150');
    await clock.advance(90 * SECOND);
    expect(reflector.freshness()).toEqual({ since: 0, provenAt: 0 });
    await clock.advance(1);
    expect(reflector.freshness()).toBeUndefined();
    expect(reflector.stale()).toEqual({ since: 90 * SECOND, reason: 'silent' });
    stream.bookmark('151');
    await heard(world, '151');
    expect(reflector.freshness()).toEqual({ since: 90 * SECOND + 1, provenAt: 90 * SECOND + 1 });
  });

  // derailed/k9s#4186: a proxy that passes events and drops bookmarks.
  test('of a collection that gets no bookmarks: each minute the proper end of a watch is the proof', async () => {
    const world = await synced({ timings: { plainWatchMs: 60 * SECOND } });
    const { clock, reflector, api } = world;
    let { stream } = world;
    for (let minutes = 0; minutes < 5; minutes += 1) {
      await clock.advance(60 * SECOND);
      stream.end();
      await world.passPause();
      const request = await api.next('watch');
      expect(secondsOf(request)).toBe(60);
      stream = request.open();
      await world.until(() => reflector.status.phase === 'watching');
      expect(reflector.freshness()?.since).toBe(0);
      expect(reflector.status.lastProvenAgeMs).toBeLessThan(3 * SECOND);
    }
    expect(reflector.status).toMatchObject({ relists: { start: 1 }, health: 'well' });
  });

  test('an end before its time is no proof: whatever stands between may have closed it', async () => {
    const world = await synced({ timings: { plainWatchMs: 60 * SECOND } });
    const { clock, reflector, stream, api } = world;
    api.looks = null;
    await clock.advance(50 * SECOND);
    stream.end();
    await world.passPause();
    (await api.next('look')).list([pod('a', 90)], { version: '200' });
    (await api.next('watch')).open();
    await world.until(() => reflector.status.phase === 'watching');
    expect(reflector.freshness()).toEqual({ since: 0, provenAt: 0 });
  });
});

describe('a proof that is asked for', () => {
  test('comes from a watch of three seconds, whose bookmark is as new as the collection', async () => {
    const world = await synced();
    const { clock, reflector, stream, api } = world;
    api.looks = null;
    await clock.advance(30 * SECOND);
    reflector.prove();
    await world.until(() => stream.isClosed);
    await clock.advance(0);
    (await api.next('look')).list([pod('a', 90)], { version: '200' });
    const request = await api.next('watch');
    expect([secondsOf(request), request.query.get('resourceVersion')]).toEqual([3, '100']);
    const short = request.open();
    await clock.advance(SECOND);
    short.bookmark('199');
    await heard(world, '199');
    short.bookmark('201');
    await heard(world, '201');
    await clock.advance(2 * SECOND);
    short.end();
    await world.passPause();
    expect(reflector.status.reconnects).toEqual({ proof: 1, closed: 1 });
    expect(reflector.freshness()?.since).toBe(0);
  });

  test('is there at once when nothing has changed: the collection is where we are', async () => {
    const world = await synced();
    await world.clock.advance(30 * SECOND);
    world.reflector.prove();
    (await world.api.next('watch')).open();
    await world.until(() => world.reflector.freshness()?.provenAt !== 0);
    expect(world.reflector.freshness()).toEqual({ since: 0, provenAt: 30 * SECOND });
  });

  test('is not looked for more often than every ten seconds', async () => {
    const world = await synced();
    const { clock, reflector, api } = world;
    await clock.advance(30 * SECOND);
    reflector.prove();
    const first = (await api.next('watch')).open();
    await world.until(() => reflector.status.phase === 'watching');
    reflector.prove();
    await clock.advance(9 * SECOND);
    reflector.prove();
    expect(first.isClosed).toBe(false);
    await clock.advance(SECOND);
    reflector.prove();
    await world.until(() => first.isClosed);
  });

  // kubernetes/kubernetes#97294 and #107133: an API server whose cache is behind etcd goes on sending bookmarks.
  test('is not the bookmark of a cache that is behind: a longer watch, and then a list, has to give it', async () => {
    const world = await synced();
    const { clock, reflector, stream, api } = world;
    api.looks = null;
    stream.bookmark('110');
    await heard(world, '110');
    await clock.advance(30 * SECOND);
    reflector.prove();
    for (const seconds of [3, 12]) {
      await clock.advance(0);
      (await api.next('look')).list([pod('a', 90)], { version: '200' });
      const request = await api.next('watch');
      expect(secondsOf(request)).toBe(seconds);
      const short = request.open();
      await clock.advance(seconds * SECOND);
      short.bookmark('110');
      await world.until(() => reflector.status.lastBookmarkAgeMs === 0);
      short.end();
    }
    await clock.advance(0);
    const listedAt = clock.monotonic();
    (await api.next('list')).list([pod('a', 90), pod('b', 150)], { version: '201' });
    await world.until(() => reflector.store.size === 2);
    expect(reflector.freshness()?.provenAt).toBe(listedAt);
  });
});

// opensandbox-group/OpenSandbox#1534: frozen for six hours after the control plane had gone, and `has_synced` all the time.
test('a server that is gone without a word: not current after a minute and a half, whatever was synced before', async () => {
  const world = await synced();
  await world.clock.advance(91 * SECOND);
  expect(world.reflector.status).toMatchObject({ synced: true, isCurrent: false });
});

describe('a process that stood still', () => {
  test('is not current until proven anew; what waits in the socket is no proof', async () => {
    let pause: Pause = { resumedAt: -Infinity, lengthMs: 0 };
    const world = await synced({ lastPause: () => pause });
    const { clock, reflector, stream } = world;
    await clock.advance(30 * SECOND);
    pause = { resumedAt: clock.monotonic(), lengthMs: 20 * SECOND };
    expect(reflector.freshness()).toBeUndefined();
    expect(reflector.stale()).toEqual({ since: 30 * SECOND, reason: 'paused' });
    stream.event('MODIFIED', pod('a', 120));
    await heard(world, '120');
    expect(reflector.freshness()).toBeUndefined();
    await clock.advance(SECOND);
    reflector.prove();
    await catchUp(world, '120');
    expect(reflector.freshness()).toEqual({ since: 31 * SECOND, provenAt: 31 * SECOND });
  });
});

describe('what cannot be read', () => {
  const broken = '{"type":"MODIFIED","object":{broken}}\n';

  test('a line of a watch: nobody knows what it would have changed, until a list shows it', async () => {
    const world = await synced({ timings: { freshnessMs: 300 * SECOND } });
    const { clock, reflector, stream, api } = world;
    stream.raw(broken);
    stream.bookmark('150');
    await heard(world, '150');
    expect([reflector.freshness(), reflector.freshness('shop')]).toEqual([undefined, undefined]);
    expect(reflector.stale()).toEqual({ since: 0, reason: 'unreadable-object' });
    await clock.advance(120 * SECOND);
    stream.bookmark('151');
    await heard(world, '151');
    await clock.advance(120 * SECOND);
    stream.bookmark('152');
    await heard(world, '152');
    await clock.advance(60 * SECOND);
    (await api.next('list')).list([pod('a', 140)], { version: '160' });
    await api.next('watch');
    expect(reflector.freshness()).toMatchObject({ since: 300 * SECOND });
  });

  test('an object at which the projection fails: its namespace alone is not known, until it can be read', async () => {
    const world = await createWorld({
      project: (object) => {
        const { metadata } = object as { metadata: { name: string; annotations: { note: string } } };
        if (metadata.annotations.note === 'corrupt') throw new Error('corrupt');
        return { name: metadata.name, version: '', note: '' };
      },
    });
    const { clock, reflector } = world;
    const stream = await world.sync(
      [pod('a', 90), pod('b', 91, { namespace: 'bank', note: 'corrupt' })],
      '100',
    );
    expect(reflector.freshness('shop')).toBeDefined();
    expect([reflector.freshness('bank'), reflector.freshness()]).toEqual([undefined, undefined]);
    expect(reflector.stale()).toBeUndefined();
    await clock.advance(5 * SECOND);
    stream.event('MODIFIED', pod('b', 120, { namespace: 'bank' }));
    await heard(world, '120');
    expect(reflector.freshness('bank')).toEqual({ since: 5 * SECOND, provenAt: 5 * SECOND });
    stream.event('MODIFIED', pod('b', 130, { namespace: 'bank', note: 'corrupt' }));
    await heard(world, '130');
    expect(reflector.freshness('bank')).toBeUndefined();
    stream.event('DELETED', pod('b', 131, { namespace: 'bank', note: 'corrupt' }));
    await heard(world, '131');
    expect(reflector.freshness('bank')).toBeDefined();
  });

  test('an item of a list that cannot be told apart: the kind is not known', async () => {
    const world = await createWorld();
    world.reflector.start();
    const page = (await world.api.next('list')).open();
    page.raw('{"kind":"PodList","metadata":{"resourceVersion":"200"},"items":[{"metadata":{]}]}');
    page.end();
    await world.api.next('watch');
    expect(world.reflector.status).toMatchObject({ synced: true, isCurrent: false });
    expect(world.reflector.freshness('shop')).toBeUndefined();
  });

  test('a change that the handler has not taken is not known to whoever decides', async () => {
    let isBroken = true;
    const world = await createWorld({
      onChange: () => {
        if (isBroken) throw new Error('broken');
      },
    });
    await world.sync([pod('a', 90)], '100');
    expect(world.reflector.freshness()).toBeUndefined();
    isBroken = false;
    await world.clock.advance(2 * SECOND);
    expect(world.reflector.freshness()).toBeDefined();
  });
});

// fabric8io/kubernetes-client#6379: an exception in the reflector's own code ended it, and nobody was told.
test('a reflector that ends by a defect says so', async () => {
  const failures: unknown[] = [];
  const defect = new Error('a defect');
  const world = await createWorld({
    onFailed: (error) => void failures.push(error),
    random: () => {
      throw defect;
    },
  });
  world.reflector.start();
  await world.until(() => failures.length === 2);
  expect(failures).toEqual([defect, defect]);
});

// argoproj/argo-cd#9339: a gateway in between restarted; the watches were opened again, and what was missing stayed so.
test('a gateway that restarts again and again: never called current in between, and current when it stays', async () => {
  const world = await synced();
  const { reflector, api } = world;
  let { stream } = world;
  for (let restarts = 0; restarts < 3; restarts += 1) {
    stream.cut();
    await world.passPause();
    stream = (await api.next('watch')).open();
    stream.event('MODIFIED', pod('a', 110 + restarts));
    await heard(world, String(110 + restarts));
  }
  expect(reflector.freshness()).toBeDefined();
  expect(reflector.status.relists).toEqual({ start: 1 });
});
