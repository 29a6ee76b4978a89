import { afterEach, describe, expect, test } from '@jest/globals';
import { closeWorlds, createWorld, pod, projectPod } from './support/world.ts';
import type { Change } from '../../../src/kube/reflector/index.ts';
import type { PodView } from './support/world.ts';

afterEach(closeWorlds);

describe('handlers and projections', () => {
  test('F-37 a handler that throws: is counted, the version moves, and the object is offered again with growing pauses', async () => {
    const told: string[] = [];
    let failuresLeft = 2;
    const world = await createWorld({
      onChange: (change: Change<PodView>) => {
        told.push(`${change.kind} ${change.view.name}@${change.view.version}`);
        if (change.view.name === 'bad' && failuresLeft-- > 0) throw new Error('no');
      },
    });
    const stream = await world.sync([]);
    stream.event('ADDED', pod('bad', 150));
    stream.event('ADDED', pod('good', 151));
    await world.until(() => world.reflector.status.lastVersion === '151');
    expect(world.reflector.status).toMatchObject({ handlerErrors: 1, pendingOffers: 1, objects: 2 });
    await world.clock.advance(1_500);
    expect(world.reflector.status).toMatchObject({ handlerErrors: 2, pendingOffers: 1 });
    await world.clock.advance(1_500);
    expect(world.reflector.status.pendingOffers).toBe(1);
    await world.clock.advance(1_500);
    expect(told).toEqual(['upsert bad@150', 'upsert good@151', 'upsert bad@150', 'upsert bad@150']);
    expect(world.reflector.status.pendingOffers).toBe(0);
    expect(world.events.filter(({ kind }) => kind === 'handler-failed')).toEqual([
      { kind: 'handler-failed', error: new Error('no'), count: 1 },
    ]);
    expect(world.clock.sleeping).toBe(2);
  });

  test('F-37 a change that failed and was overtaken: the handler hears the newest state, and what it last knew as previous', async () => {
    const told: Change<PodView>[] = [];
    let fails = false;
    const world = await createWorld({
      onChange: (change: Change<PodView>) => {
        if (fails) throw new Error('no');
        told.push(change);
      },
    });
    const stream = await world.sync([pod('a', 1)]);
    fails = true;
    stream.event('MODIFIED', pod('a', 150));
    await world.until(() => world.reflector.status.pendingOffers === 1);
    stream.event('MODIFIED', pod('a', 151));
    await world.until(() => world.reflector.status.handlerErrors === 2);
    fails = false;
    await world.clock.advance(1_500);
    expect(told).toHaveLength(2);
    expect(told[1]).toMatchObject({ view: { version: '151' }, previous: { version: '1' } });
  });

  test('F-37 a change of a rewritten history that failed and was overtaken: the handler still hears of that', async () => {
    const told: Change<PodView>[] = [];
    let fails = false;
    const world = await createWorld({
      onChange: (change: Change<PodView>) => {
        if (fails) throw new Error('no');
        told.push(change);
      },
    });
    const stream = await world.sync([pod('a', 1150)], '1200');
    fails = true;
    stream.bookmark('1000');
    (await world.api.next('list')).list([pod('a', 900)], { version: '1000' });
    const again = (await world.api.next('watch')).open();
    again.event('MODIFIED', pod('a', 1001));
    await world.until(() => world.reflector.status.handlerErrors === 2);
    fails = false;
    await world.clock.advance(1_500);
    expect(told.at(-1)).toMatchObject({ view: { version: '1001' }, rewritten: true });
  });

  test('F-37 a delete that failed: is told again although the object is gone', async () => {
    const told: string[] = [];
    let fails = false;
    const world = await createWorld({
      onChange: (change: Change<PodView>) => {
        if (fails) throw new Error('no');
        told.push(change.kind);
      },
    });
    const stream = await world.sync([pod('a', 1)]);
    fails = true;
    stream.event('DELETED', pod('a', 150));
    await world.until(() => world.reflector.status.pendingOffers === 1);
    fails = false;
    await world.clock.advance(1_500);
    expect(told).toEqual(['upsert', 'delete']);
  });

  test('F-37 more failures than the queue holds: everything is offered again, the queue stays bounded', async () => {
    const told = new Set<string>();
    let fails = true;
    const world = await createWorld({
      onChange: (change: Change<PodView>) => {
        if (fails) throw new Error('no');
        told.add(change.uid);
      },
    });
    const pods = Array.from({ length: 10_050 }, (_, n) => pod(`p${n}`, n + 1));
    await world.sync(pods, '20000');
    expect(world.reflector.status.pendingOffers).toBeLessThanOrEqual(10_000);
    fails = false;
    await world.clock.advance(1_500);
    expect(told.size).toBe(10_050);
    expect(world.reflector.status.pendingOffers).toBe(0);
  });

  test('F-37 a projection that throws: is counted, the view held before stays, and the next version is tried', async () => {
    const world = await createWorld({
      project: (object) => {
        const view = projectPod(object);
        if (view?.note === 'poison') throw new TypeError('unreadable');
        return view;
      },
    });
    const stream = await world.sync([pod('a', 1)]);
    stream.event('MODIFIED', pod('a', 150, { note: 'poison' }));
    await world.until(() => world.reflector.status.lastVersion === '150');
    expect(world.held()).toEqual(['a@1']);
    expect(world.reflector.status.projectionErrors).toBe(1);
    stream.error(410, 'Expired');
    (await world.api.next('list')).list([pod('a', 150, { note: 'poison' })], { version: '200' });
    const next = (await world.api.next('watch')).open();
    expect(world.held()).toEqual(['a@1']);
    next.event('MODIFIED', pod('a', 210, { note: 'good again' }));
    await world.until(() => world.held().join() === 'a@210');
  });

  test('an object that the projection does not want any more is told as deleted', async () => {
    const world = await createWorld({
      project: (object) => {
        const view = projectPod(object);
        return view?.note === 'boring' ? undefined : view;
      },
    });
    const stream = await world.sync([pod('a', 1), pod('b', 2, { note: 'boring' })]);
    expect(world.held()).toEqual(['a@1']);
    stream.event('MODIFIED', pod('a', 150, { note: 'boring' }));
    await world.until(() => world.reflector.store.size === 0);
    expect(world.changes.at(-1)).toMatchObject({ kind: 'delete', finalStateUnknown: false });
    expect(world.reflector.status.skipped).toBe(2);
  });

  test('a list after a gap offers what has changed, and nothing else', async () => {
    const world = await createWorld();
    (await world.sync([pod('same', 1), pod('changed', 2)])).error(410, 'Expired');
    (await world.api.next('list')).list([pod('same', 1), pod('changed', 150), pod('new', 160)], {
      version: '200',
    });
    await world.api.next('watch');
    expect(world.changes.slice(2)).toMatchObject([
      { view: { name: 'changed' }, previous: { version: '2' } },
      { view: { name: 'new' }, previous: undefined },
    ]);
  });
});

describe('F-38 stop', () => {
  /** Stops, lets an hour pass, and says what still happened. */
  async function stopAndListen(world: Awaited<ReturnType<typeof createWorld>>): Promise<unknown> {
    const before = { requests: world.api.log.length, changes: world.changes.length };
    await world.reflector.stop();
    const { sleeping } = world.clock;
    await world.clock.advance(3_600_000);
    return {
      sleeping,
      requests: world.api.log.length - before.requests,
      changes: world.changes.length - before.changes,
      phase: world.reflector.status.phase,
    };
  }

  const silence = { sleeping: 0, requests: 0, changes: 0, phase: 'stopped' };

  test('F-38 before the start, and start after stop', async () => {
    const world = await createWorld();
    await world.reflector.stop();
    world.reflector.start();
    expect(await stopAndListen(world)).toEqual(silence);
  });

  test('F-38 during the first delay', async () => {
    const world = await createWorld({ timings: { startSpreadMs: 2_000 } });
    world.reflector.start();
    await world.until(() => world.reflector.status.phase === 'waiting');
    expect(await stopAndListen(world)).toEqual(silence);
  });

  test('F-38 while a list waits for its headers', async () => {
    const world = await createWorld();
    world.reflector.start();
    await world.api.next('list');
    expect(await stopAndListen(world)).toEqual(silence);
  });

  test('F-38 while a page is being read', async () => {
    const world = await createWorld();
    world.reflector.start();
    const page = (await world.api.next('list')).open();
    page.raw(`{"kind":"PodList","metadata":{"resourceVersion":"1"},"items":[${JSON.stringify(pod('a', 1))},`);
    await world.until(() => world.changes.length === 1);
    expect(await stopAndListen(world)).toEqual(silence);
    await world.until(() => page.isClosed);
  });

  test('F-38 between two pages, while one is retried', async () => {
    const world = await createWorld();
    world.reflector.start();
    (await world.api.next('list')).list([pod('a', 1)], { continueToken: 'two' });
    (await world.api.next('list')).fail(503);
    await world.until(() => world.reflector.status.phase === 'waiting');
    expect(await stopAndListen(world)).toEqual(silence);
  });

  test('F-38 while a watch waits for its headers', async () => {
    const world = await createWorld();
    world.reflector.start();
    (await world.api.next('list')).list([]);
    await world.api.next('watch');
    expect(await stopAndListen(world)).toEqual(silence);
  });

  test('F-38 while a watch is open', async () => {
    const world = await createWorld();
    const stream = await world.sync([]);
    expect(await stopAndListen(world)).toEqual(silence);
    await world.until(() => stream.isClosed);
  });

  test('F-38 during a back-off', async () => {
    const world = await createWorld();
    (await world.sync([])).cut();
    await world.until(() => world.reflector.status.phase === 'waiting');
    expect(await stopAndListen(world)).toEqual(silence);
  });

  test('F-38 during a freshness check', async () => {
    const world = await createWorld({ timings: { freshnessMs: 60_000 } });
    await world.sync([]);
    await world.clock.advance(60_000);
    await world.api.next('probe');
    expect(await stopAndListen(world)).toEqual(silence);
  });

  test('F-38 from within a handler: nothing of the same chunk is told any more', async () => {
    const names: string[] = [];
    let stopped: Promise<void> | undefined;
    const world = await createWorld({
      onChange: (change: Change<PodView>) => {
        names.push(change.view.name);
        stopped = world.reflector.stop();
      },
    });
    const stream = await world.sync([]);
    stream.raw(
      ['a', 'b', 'c']
        .map((name) => `${JSON.stringify({ type: 'ADDED', object: pod(name, 150) })}\n`)
        .join(''),
    );
    await world.until(() => stopped !== undefined);
    await stopped;
    expect(names).toEqual(['a']);
  });

  test('F-38 while a change waits to be offered again', async () => {
    const world = await createWorld({
      onChange: () => {
        throw new Error('no');
      },
    });
    await world.sync([pod('a', 1)]);
    expect(await stopAndListen(world)).toEqual(silence);
    expect(world.reflector.status.handlerErrors).toBe(1);
  });
});
