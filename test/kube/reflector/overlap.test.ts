import { afterEach, describe, expect, test } from '@jest/globals';
import { closeWorlds, createWorld, pod } from './support/world.ts';
import type { World } from './support/world.ts';

afterEach(closeWorlds);

/** Two lists whose version has left the history when the watch comes: the next list runs beside its watch. */
async function outlived(before: readonly unknown[]): Promise<World> {
  const world = await createWorld();
  world.reflector.start();
  (await world.api.next('list')).list(before, { version: '100' });
  (await world.api.next('watch')).fail(410, { reason: 'Expired' });
  (await world.api.next('list')).list(before, { version: '200' });
  (await world.api.next('watch')).open().error(410, 'Expired');
  await world.passPause();
  (await world.api.next('probe')).list([], { version: '300' });
  return world;
}

describe('a list slower than the history', () => {
  test('F-15 the watch starts first and the list runs beside it', async () => {
    const world = await outlived([pod('stays', 1), pod('swept', 2), pod('deleted', 3)]);
    const { list, watch } = await world.api.nextPair();
    expect(watch.query.get('resourceVersion')).toBe('300');
    const stream = watch.open();
    const page = list.open();
    stream.event('DELETED', pod('deleted', 301));
    stream.event('ADDED', pod('born', 302));
    stream.event('MODIFIED', pod('stays', 303));
    stream.event('ADDED', pod('brief', 304));
    stream.event('DELETED', pod('brief', 305));
    await world.until(() => world.reflector.status.lastVersion === '305');
    const old = [pod('stays', 1), pod('deleted', 3), pod('brief', 304)];
    page.raw(JSON.stringify({ kind: 'PodList', metadata: { resourceVersion: '300' }, items: old }));
    page.end();
    await world.until(() => world.events.filter((event) => event.kind === 'synced').length === 3);
    expect(world.held()).toEqual(['born@302', 'stays@303']);
    expect(world.changes.filter((change) => change.kind === 'delete').map((change) => change.uid)).toEqual([
      'uid-deleted',
      'uid-brief',
      'uid-swept',
    ]);
    stream.event('ADDED', pod('later', 306));
    await world.until(() => world.reflector.store.size === 3);
    expect(world.reflector.status.lastVersion).toBe('306');
  });

  test('F-15 and F-12 a server that is behind us when the watch is to begin: is believed the third time, and taken as it is', async () => {
    const world = await outlived([pod('a', 190)]);
    const { list, watch } = await world.api.nextPair();
    list.list([pod('a', 190)], { version: '300' });
    await world.until(() => world.events.filter((event) => event.kind === 'synced').length === 3);
    watch.fail(410, { reason: 'Expired' });
    for (let round = 0; round < 3; round += 1) {
      await world.passPause();
      (await world.api.next('probe')).list([], { version: '120' });
    }
    await world.passPause();
    (await world.api.next('list')).list([pod('a', 110)], { version: '120' });
    expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('120');
    expect(world.held()).toEqual(['a@110']);
  });

  test('F-15 a failing list beside the watch is started over, and the watch with it', async () => {
    const world = await outlived([pod('a', 1)]);
    const first = await world.api.nextPair();
    const stream = first.watch.open();
    first.list.fail(403, { reason: 'Forbidden' });
    await world.until(() => stream.isClosed);
    expect(await world.passPause()).toBeLessThan(8_000);
    (await world.api.next('probe')).list([], { version: '400' });
    const second = await world.api.nextPair();
    expect(second.watch.query.get('resourceVersion')).toBe('400');
    second.watch.open();
    second.list.list([pod('a', 1), pod('b', 390)], { version: '400' });
    await world.until(() => world.held().length === 2);
  });

  test('F-15 a list that fails while no watch is open is started over, too', async () => {
    const world = await outlived([pod('a', 1)]);
    const { list, watch } = await world.api.nextPair();
    watch.cut();
    await world.until(() => world.reflector.status.phase === 'waiting');
    list.fail(500);
    // The pause after the cut watch, and that after the failed list.
    expect(await world.passPause()).toBeGreaterThanOrEqual(1_600);
    (await world.api.next('probe')).list([], { version: '400' });
    expect((await world.api.nextPair()).watch.query.get('resourceVersion')).toBe('400');
  });

  test('F-15 stopping ends the list beside the watch', async () => {
    const world = await outlived([pod('a', 1)]);
    const { list, watch } = await world.api.nextPair();
    watch.open();
    const page = list.open();
    await world.until(() => world.reflector.status.phase === 'watching');
    await world.reflector.stop();
    await world.until(() => page.isClosed);
    expect(world.clock.sleeping).toBe(0);
  });
});
