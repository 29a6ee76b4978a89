import { afterEach, describe, expect, test } from '@jest/globals';
import { watchedResources } from '../../../src/watch/index.ts';
import { statusOf } from './support/fake-api.ts';
import type { FakeRequest, World } from './support/world.ts';
import { closeWorlds, createWorld, pod } from './support/world.ts';

afterEach(closeWorlds);

describe('a reflector on a healthy server', () => {
  test('lists in pages, watches from the version of the first, and follows events', async () => {
    const world = await createWorld();
    world.reflector.start();
    const first = await world.api.next('list');
    expect(first.query.get('limit')).toBe('500');
    expect(first.query.has('resourceVersion')).toBe(false);
    first.list([pod('a', 1)], { version: '100', continueToken: 'next' });
    const second = await world.api.next('list');
    expect(second.query.get('continue')).toBe('next');
    expect(second.query.has('resourceVersion')).toBe(false);
    second.list([pod('b', 2)], { version: '100' });
    const watch = await world.api.next('watch');
    expect(watch.query.get('resourceVersion')).toBe('100');
    expect(watch.query.get('allowWatchBookmarks')).toBe('true');
    expect(Number(watch.query.get('timeoutSeconds'))).toBe(450);
    const stream = watch.open();
    stream.event('ADDED', pod('c', 101));
    stream.event('MODIFIED', pod('a', 102));
    stream.event('DELETED', pod('b', 103));
    await world.until(() => world.reflector.status.lastVersion === '103');
    expect(world.held()).toEqual(['a@102', 'c@101']);
    expect(world.changes.map(({ kind, view }) => `${kind} ${view.name}@${view.version}`)).toEqual([
      'upsert a@1',
      'upsert b@2',
      'upsert c@101',
      'upsert a@102',
      'delete b@103',
    ]);
    expect(world.reflector.status).toMatchObject({
      synced: true,
      health: 'well',
      objects: 2,
      phase: 'watching',
    });
  });
});

describe('resource versions and history', () => {
  test.each([
    [410, 'Expired'],
    [410, 'Gone'],
    [410, ''],
    [500, 'Expired'],
  ])(
    'F-01 410 as HTTP status (%p %p): keeps the store, lists again, resumes from the new version',
    async (code, reason) => {
      const world = await createWorld();
      const stream = await world.sync([pod('a', 1)]);
      stream.end();
      await world.passPause();
      (await world.api.next('watch')).fail(code, { reason });
      const list = await world.api.next('list');
      expect(world.held()).toEqual(['a@1']);
      list.list([pod('a', 1), pod('b', 180)], { version: '200' });
      expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('200');
      expect(world.reflector.status.relists).toEqual({ start: 1, expired: 1 });
    },
  );

  test('F-02 410 as ERROR event: lists again at once although the server keeps the connection open', async () => {
    const world = await createWorld();
    const stream = await world.sync([pod('a', 1)]);
    const error = { type: 'ERROR', object: statusOf(410, { reason: 'Expired' }) };
    const ghost = { type: 'ADDED', object: pod('ghost', 150) };
    stream.raw(`${JSON.stringify(error)}\n${JSON.stringify(ghost)}\n`);
    const from = world.clock.monotonic();
    (await world.api.next('list')).list([pod('a', 1)], { version: '200' });
    expect(world.clock.monotonic() - from).toBe(0);
    await world.until(() => stream.isClosed);
    expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('200');
    expect(world.changes).toHaveLength(1);
  });

  test('F-03 ERROR event 500: resumes from the last version, and lists after the second in a row', async () => {
    const world = await createWorld();
    const stream = await world.sync([pod('a', 1)]);
    stream.error(500, 'InternalError');
    expect(await world.passPause()).toBeGreaterThanOrEqual(800);
    const second = await world.api.next('watch');
    expect(second.query.get('resourceVersion')).toBe('100');
    second.open().error(504, 'Timeout');
    await world.passPause();
    (await world.api.next('list')).list([pod('a', 1)], { version: '110' });
    expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('110');
  });

  test('F-03 ERROR event StoreReadError: lists at once, and with patience when it comes again', async () => {
    const world = await createWorld();
    (await world.sync([pod('a', 1)])).error(500, 'StoreReadError');
    (await world.api.next('list')).list([pod('a', 1)], { version: '110' });
    (await world.api.next('watch')).open().error(500, 'StoreReadError');
    expect(await world.passPause()).toBeGreaterThanOrEqual(800);
    (await world.api.next('list')).list([], { version: '120' });
    await world.until(() => world.held().length === 0);
  });

  test('F-04 continue token expired: starts over from page one, the second time without pages', async () => {
    const world = await createWorld();
    world.reflector.start();
    (await world.api.next('list')).list([pod('a', 1), pod('gone', 2)], {
      version: '10',
      continueToken: 't1',
    });
    (await world.api.next('list')).fail(410, { reason: 'Expired' });
    const again = await world.api.next('list');
    expect(again.query.has('continue')).toBe(false);
    expect(again.query.get('limit')).toBe('500');
    again.list([pod('a', 1)], { version: '20', continueToken: 't2' });
    (await world.api.next('list')).fail(410, { reason: 'Expired' });
    const whole = await world.api.next('list');
    expect(whole.query.has('limit')).toBe(false);
    whole.list([pod('a', 1), pod('b', 3)], { version: '30' });
    expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('30');
    expect(world.held()).toEqual(['a@1', 'b@3']);
  });

  test('F-04 continue token expired for ever: backs off instead of listing in a hot loop', async () => {
    const world = await createWorld();
    world.reflector.start();
    for (let round = 0; round < 2; round += 1) {
      (await world.api.next('list')).list([], { continueToken: 't' });
      (await world.api.next('list')).fail(410, { reason: 'Expired' });
    }
    (await world.api.next('list')).fail(410, { reason: 'Expired' });
    expect(await world.passPause()).toBeGreaterThanOrEqual(800);
    expect((await world.api.next('list')).query.get('limit')).toBe('500');
  });

  test('F-05 version too large: waits a second and keeps the version; lists without version the second time', async () => {
    // Nearly no jitter: it must not be what makes the wait long enough.
    const world = await createWorld({ random: () => 0.01 });
    (await world.sync([pod('a', 1)])).end();
    await world.passPause();
    const tooLarge = { reason: 'Timeout', causes: [{ reason: 'ResourceVersionTooLarge' }] };
    (await world.api.next('watch')).fail(504, tooLarge);
    expect(await world.passPause()).toBeGreaterThanOrEqual(1_000);
    const again = await world.api.next('watch');
    expect(again.query.get('resourceVersion')).toBe('100');
    again.fail(504, { message: 'Too large resource version: 100, current: 90' });
    expect(await world.passPause()).toBeGreaterThanOrEqual(1_000);
    const list = await world.api.next('list');
    expect(list.query.has('resourceVersion')).toBe(false);
    list.fail(504, tooLarge);
    expect(await world.passPause()).toBeGreaterThanOrEqual(1_000);
    (await world.api.next('list')).list([pod('a', 1)], { version: '120' });
    expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('120');
  });

  test('F-06 event without metadata: is counted, and the next watch carries the old version', async () => {
    const world = await createWorld();
    const stream = await world.sync([pod('a', 1)]);
    stream.event('MODIFIED', { kind: 'Pod' });
    stream.event('MODIFIED', { kind: 'Pod', metadata: { name: 'a', uid: 'uid-a', resourceVersion: '' } });
    stream.event('BOOKMARK', { kind: 'Pod', metadata: { resourceVersion: '0' } });
    stream.end();
    await world.passPause();
    expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('100');
    expect(world.reflector.status.decodeErrors).toBe(3);
  });

  test.each(['', '0', undefined])(
    'F-06 list with version %p: never starts a watch from it',
    async (version) => {
      const world = await createWorld();
      world.reflector.start();
      const list = (await world.api.next('list')).open();
      list.raw(JSON.stringify({ kind: 'PodList', metadata: { resourceVersion: version }, items: [] }));
      list.end();
      expect(await world.passPause()).toBeGreaterThanOrEqual(800);
      (await world.api.next('list')).list([], { version: '7' });
      expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('7');
    },
  );

  test('F-07 bookmark: moves the version and is never stored', async () => {
    const world = await createWorld();
    const stream = await world.sync([pod('a', 1)]);
    stream.bookmark('199');
    stream.end();
    await world.passPause();
    const next = await world.api.next('watch');
    expect(next.query.get('resourceVersion')).toBe('199');
    expect(next.query.get('allowWatchBookmarks')).toBe('true');
    expect(world.held()).toEqual(['a@1']);
  });

  test('F-08 older and repeated events: change nothing, also beyond 2^53', async () => {
    const world = await createWorld();
    const stream = await world.sync([pod('a', '9007199254740993')], '9007199254740993');
    stream.event('MODIFIED', pod('a', '9007199254740993', { note: 'repeated' }));
    stream.event('MODIFIED', pod('a', '9007199254740992', { note: 'older' }));
    stream.event('DELETED', pod('a', '9007199254740992'));
    stream.event('MODIFIED', pod('a', '10000000000000000', { note: 'newer' }));
    await world.until(() => world.reflector.status.lastVersion === '10000000000000000');
    expect(world.changes.map((change) => change.view.note)).toEqual(['', 'newer']);
    expect(world.api.log.filter((request) => request.kind === 'list')).toHaveLength(1);
  });

  test('F-08 events that a list was ahead of: change nothing', async () => {
    const world = await createWorld();
    const stream = await world.sync([pod('a', 112)], '100');
    stream.event('MODIFIED', pod('a', 110, { note: 'older' }));
    stream.event('DELETED', pod('a', 111));
    stream.event('MODIFIED', pod('a', 113, { note: 'newer' }));
    await world.until(() => world.reflector.status.lastVersion === '113');
    expect(world.changes.map((change) => change.view.note)).toEqual(['', 'newer']);
  });

  test('F-09 deleted while nobody watched: told as a delete with unknown final state', async () => {
    const world = await createWorld();
    (await world.sync([pod('a', 1), pod('b', 2)])).error(410, 'Expired');
    (await world.api.next('list')).list([pod('a', 1)], { version: '200' });
    await world.api.next('watch');
    expect(world.changes.slice(2)).toEqual([
      { kind: 'delete', uid: 'uid-b', view: { name: 'b', version: '2', note: '' }, finalStateUnknown: true },
    ]);
  });

  test('F-09 deleted under our eyes: told as a delete with the final state', async () => {
    const world = await createWorld();
    (await world.sync([pod('a', 1)])).event('DELETED', pod('a', 150, { note: 'last words' }));
    await world.until(() => world.changes.length === 2);
    expect(world.changes[1]).toEqual({
      kind: 'delete',
      uid: 'uid-a',
      view: { name: 'a', version: '150', note: 'last words' },
      finalStateUnknown: false,
    });
  });

  test('F-09 aborted list: deletes nothing', async () => {
    const world = await createWorld();
    (await world.sync([pod('a', 1), pod('b', 2)])).error(410, 'Expired');
    const broken = (await world.api.next('list')).open();
    broken.raw('{"kind":"PodList","metadata":{"resourceVersion":"200"},"items":[');
    broken.end();
    await world.passPause();
    const list = await world.api.next('list');
    expect(world.held()).toEqual(['a@1', 'b@2']);
    list.list([pod('a', 1), pod('b', 2)], { version: '200' });
    await world.api.next('watch');
    expect(world.changes).toHaveLength(2);
  });

  test('F-10 same name, other uid: the old object is deleted before the new one is added', async () => {
    const world = await createWorld();
    const stream = await world.sync([pod('db-0', 1, { uid: 'old' }), pod('db-1', 2, { uid: 'older' })]);
    stream.event('ADDED', pod('db-1', 150, { uid: 'newer' }));
    stream.error(410, 'Expired');
    const now = [pod('db-0', 180, { uid: 'new' }), pod('db-1', 150, { uid: 'newer' })];
    (await world.api.next('list')).list(now, { version: '200' });
    await world.api.next('watch');
    expect(world.changes.slice(2).map((change) => `${change.kind} ${change.uid}`)).toEqual([
      'delete older',
      'upsert newer',
      'delete old',
      'upsert new',
    ]);
    expect(world.changes.at(-1)).toMatchObject({ previous: undefined });
  });

  test('F-10 same name, other uid: a late event of the old object does not bring it back', async () => {
    const world = await createWorld();
    const stream = await world.sync([pod('db-0', 150, { uid: 'new' })], '100');
    stream.event('MODIFIED', pod('db-0', 120, { uid: 'old' }));
    stream.event('MODIFIED', pod('db-0', 160, { uid: 'new' }));
    await world.until(() => world.held()[0] === 'db-0@160');
    expect(world.changes.map((change) => `${change.kind} ${change.uid}`)).toEqual([
      'upsert new',
      'upsert new',
    ]);
  });

  test('F-11 lived only in a gap: the pod is out of sight, its Events are watched as well and are not', async () => {
    const warnings = watchedResources({ incidentNamespace: 'default' }).find(
      ({ fieldSelector }) => fieldSelector === 'type=Warning',
    );
    if (warnings === undefined) throw new Error('nobody watches Warning Events');
    const world = await createWorld({ resource: warnings });
    (await world.sync([])).error(410, 'Expired');
    const event = {
      ...(pod('crashed.17f', 150, { note: 'Back-off restarting failed container' }) as object),
      kind: 'Event',
    };
    (await world.api.next('list')).list([event], { version: '200', kind: 'EventList' });
    await world.api.next('watch');
    expect(world.changes).toMatchObject([
      { kind: 'upsert', view: { note: 'Back-off restarting failed container' } },
    ]);
  });

  test('F-12 bookmark below our version: everything is listed again and taken as it is', async () => {
    const world = await createWorld();
    const stream = await world.sync([pod('a', 1150), pod('lost', 1160)], '1200');
    stream.bookmark('1000');
    (await world.api.next('list')).list([pod('a', 900, { note: 'restored' })], { version: '1000' });
    expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('1000');
    expect(world.held()).toEqual(['a@900']);
    expect(world.changes.at(-1)).toMatchObject({ kind: 'delete', view: { name: 'lost' } });
    // Handlers that know of higher versions, from elsewhere as well, are told that those are void.
    expect(world.changes.map((change) => change.kind === 'upsert' && change.rewritten)).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });

  test('F-12 news below our version: everything is listed again', async () => {
    const world = await createWorld();
    (await world.sync([pod('a', 1150)], '1200')).event('ADDED', pod('new', 1001));
    (await world.api.next('list')).list([pod('new', 1001)], { version: '1002' });
    expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('1002');
    expect(world.held()).toEqual(['new@1001']);
  });

  describe('F-12 a restored server that is beyond our version again', () => {
    /** Cuts the watch; the test answers the look that comes before the next one. */
    async function cutAndLook(pods: readonly unknown[]): Promise<{ world: World; look: FakeRequest }> {
      const world = await createWorld();
      const stream = await world.sync(pods, '1200');
      world.api.looks = null;
      stream.cut();
      await world.passPause();
      return { world, look: await world.api.next('look') };
    }

    test('the newest object that we know is older there: everything is listed again and taken as it is', async () => {
      const { world, look } = await cutAndLook([pod('a', 700), pod('b', 1150), pod('undead', 800)]);
      expect(look.path).toBe('/api/v1/namespaces/shop/pods');
      expect(look.query.get('fieldSelector')).toBe('metadata.name=b');
      expect(look.query.get('limit')).toBe('1');
      look.list([pod('b', 900)], { version: '1300' });
      const now = [pod('a', 700), pod('b', 900, { note: 'restored' }), pod('missed', 1100)];
      (await world.api.next('list')).list(now, { version: '1300' });
      expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('1300');
      expect(world.held()).toEqual(['a@700', 'b@900', 'missed@1100']);
      expect(world.reflector.status.relists).toEqual({ start: 1, regressed: 1 });
    });

    test.each([
      ['gone', []],
      ['replaced under its name', [pod('b', 1250, { uid: 'other' })]],
    ])('it is %s: one list tells whether it was deleted', async (_how, found) => {
      const { world, look } = await cutAndLook([pod('a', 700), pod('b', 1150)]);
      look.list(found, { version: '1300' });
      (await world.api.next('list')).list([pod('a', 700), ...found], { version: '1300' });
      await world.api.next('watch');
      expect(world.changes.map((change) => change.kind === 'upsert' && change.rewritten)).not.toContain(true);
      expect(world.reflector.status.relists).toEqual({ start: 1, unproven: 1 });
    });

    test('it is gone, and the list has another that is older than we know it: the list is believed', async () => {
      const { world, look } = await cutAndLook([pod('a', 1100), pod('b', 1150)]);
      look.list([], { version: '1300' });
      (await world.api.next('list')).list([pod('a', 700)], { version: '1300' });
      await world.passPause();
      (await world.api.next('list')).list([pod('a', 700)], { version: '1300' });
      await world.api.next('watch');
      expect(world.held()).toEqual(['a@700']);
      expect(world.reflector.status.relists).toEqual({ start: 1, unproven: 1, regressed: 1 });
    });

    test('it is as we know it: the watch goes on', async () => {
      const { world, look } = await cutAndLook([pod('a', 700), pod('b', 1150)]);
      look.list([pod('b', 1150)], { version: '1300' });
      expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('1200');
      expect(world.reflector.status.relists).toEqual({ start: 1 });
    });

    test('the look fails: it is made again, and no watch is opened before it has succeeded', async () => {
      const { world, look } = await cutAndLook([pod('b', 1150)]);
      look.fail(503);
      await world.passPause();
      (await world.api.next('look')).list([pod('b', 900)], { version: '1300' });
      await world.api.next('list');
      expect(world.api.log.filter(({ kind }) => kind === 'watch')).toHaveLength(1);
    });

    test('the history is too short, and the list has an object that is older than we know it', async () => {
      const world = await createWorld();
      (await world.sync([pod('a', 1150)], '1200')).error(410, 'Expired');
      (await world.api.next('list')).list([pod('a', 900)], { version: '1300' });
      await world.passPause();
      (await world.api.next('list')).list([pod('a', 900)], { version: '1300' });
      await world.api.next('watch');
      expect(world.held()).toEqual(['a@900']);
    });

    test('a selector, and an object in no namespace', async () => {
      const resource = {
        path: '/api/v1/nodes',
        fieldSelector: 'spec.unschedulable=false',
      };
      const world = await createWorld({ resource });
      const stream = await world.sync([pod('one', 1150, { namespace: '' })], '1200');
      world.api.looks = null;
      stream.cut();
      await world.passPause();
      const look = await world.api.next('look');
      expect(look.path).toBe('/api/v1/nodes');
      expect(look.query.get('fieldSelector')).toBe('metadata.name=one,spec.unschedulable=false');
    });

    const born = (name: string, version: number, createdAt: string): unknown => {
      const { metadata, ...rest } = pod(name, version) as { metadata: object };
      return { ...rest, metadata: { ...metadata, creationTimestamp: createdAt } };
    };

    test('in which nothing differs but deletions, which are undone: one of them shows it', async () => {
      const world = await createWorld();
      const stream = await world.sync([pod('a', 700), pod('old', 701), pod('young', 702)], '1200');
      stream.event('DELETED', born('old', 1201, '2026-01-01T00:00:00Z'));
      stream.event('DELETED', born('young', 1202, '2026-11-01T00:00:00Z'));
      await world.until(() => world.reflector.status.lastVersion === '1202');
      world.api.looks = null;
      stream.cut();
      await world.passPause();
      (await world.api.next('look')).list([pod('a', 700)], { version: '1300' });
      const first = await world.api.next('look');
      expect(first.query.get('fieldSelector')).toBe('metadata.name=young');
      first.list([], { version: '1300' });
      (await world.api.next('look')).list([pod('old', 701)], { version: '1300' });
      (await world.api.next('list')).list([pod('a', 700), pod('old', 701)], { version: '1301' });
      await world.api.next('watch');
      expect(world.held()).toEqual(['a@700', 'old@701']);
      expect(world.reflector.status.relists).toEqual({ start: 1, regressed: 1 });
    });

    test('an object of the same name with another uid is no deletion undone', async () => {
      const world = await createWorld();
      const stream = await world.sync([pod('a', 700), pod('db-0', 701)], '1200');
      stream.event('DELETED', born('db-0', 1201, '2026-01-01T00:00:00Z'));
      await world.until(() => world.reflector.status.lastVersion === '1201');
      world.api.looks = null;
      stream.cut();
      await world.passPause();
      (await world.api.next('look')).list([pod('a', 700)], { version: '1300' });
      (await world.api.next('look')).list([pod('db-0', 1250, { uid: 'another' })], { version: '1300' });
      expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('1201');
    });

    test('after a watch that ended as agreed deletions are not asked about', async () => {
      const world = await createWorld();
      const stream = await world.sync([pod('a', 700), pod('b', 701)], '1200');
      stream.event('DELETED', born('b', 1201, '2026-01-01T00:00:00Z'));
      await world.until(() => world.reflector.status.lastVersion === '1201');
      await world.clock.advance(2_000);
      world.api.looks = null;
      stream.end();
      await world.passPause();
      (await world.api.next('look')).list([pod('a', 700)], { version: '1300' });
      expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('1201');
    });

    test('another collection has shown it: an open watch is given up, and the list believed', async () => {
      const world = await createWorld();
      const stream = await world.sync([pod('a', 700)], '1200');
      world.reflector.forceRelist();
      world.reflector.forceRelist();
      await world.until(() => stream.isClosed);
      const now = [pod('a', 700), pod('undead', 800)];
      (await world.api.next('list')).list(now, { version: '1300' });
      await world.api.next('watch');
      expect(world.held()).toEqual(['a@700', 'undead@800']);
      expect(world.reflector.status.relists).toEqual({ start: 1, 'regressed-elsewhere': 1 });
    });

    test('another collection has shown it between two watches: no watch is opened before the list', async () => {
      const world = await createWorld();
      (await world.sync([pod('a', 1150)], '1200')).cut();
      await world.until(() => world.reflector.status.phase === 'waiting');
      world.reflector.forceRelist();
      await world.passPause();
      (await world.api.next('list')).list([pod('a', 700)], { version: '1300' });
      await world.api.next('watch');
      expect(world.held()).toEqual(['a@700']);
    });
  });

  test('F-12 silent watch after a restore: the freshness check finds the server behind us', async () => {
    const world = await createWorld({ timings: { freshnessMs: 300_000 } });
    world.api.looks = null;
    await world.sync([pod('a', 1150)], '1200');
    await world.clock.advance(300_000);
    (await world.api.next('look')).list([], { version: '1000' });
    (await world.api.next('list')).list([pod('a', 900)], { version: '1000' });
    expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('1000');
    expect(world.held()).toEqual(['a@900']);
  });

  test('F-13 open but stalled: two checks behind without a byte in between end the watch, which resumes', async () => {
    const world = await createWorld({ timings: { freshnessMs: 100_000 } });
    world.api.looks = null;
    const stream = await world.sync([pod('a', 1)]);
    await world.clock.advance(100_000);
    (await world.api.next('look')).list([], { version: '150' });
    await world.until(() => world.api.waiting === 0);
    await world.clock.advance(100_000);
    (await world.api.next('look')).list([], { version: '160' });
    await world.until(() => stream.isClosed);
    world.api.looks = 'as told';
    await world.passPause();
    expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('100');
    expect(world.reflector.status.reconnects).toEqual({ stalled: 1 });
  });

  test('F-13 behind but alive: a byte between two checks clears the suspicion', async () => {
    const world = await createWorld({ timings: { freshnessMs: 100_000 } });
    world.api.looks = null;
    const stream = await world.sync([pod('a', 1)]);
    for (const version of ['150', '250', '350']) {
      await world.clock.advance(100_000);
      (await world.api.next('look')).list([], { version });
      stream.bookmark(`${Number(version) - 10}`);
      await world.until(() => world.reflector.status.lastVersion === `${Number(version) - 10}`);
    }
    expect(stream.isClosed).toBe(false);
  });

  test('F-14 stale list: is refused before it brings anything back', async () => {
    const world = await createWorld();
    const stream = await world.sync([pod('a', 1), pod('b', 2)]);
    stream.event('DELETED', pod('b', 150));
    stream.event('MODIFIED', pod('a', 151));
    stream.error(410, 'Expired');
    (await world.api.next('list')).list([pod('a', 1), pod('b', 2)], { version: '120' });
    await world.passPause();
    const second = await world.api.next('list');
    expect(world.held()).toEqual(['a@151']);
    second.list([pod('a', 151)], { version: '160' });
    expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('160');
    expect(
      world.changes.filter((change) => change.kind === 'upsert' && change.view.name === 'b'),
    ).toHaveLength(1);
  });

  test('F-14 stale list that stays: is the truth of a restored server after three times', async () => {
    const world = await createWorld();
    (await world.sync([pod('a', 90), pod('b', 95)])).error(410, 'Expired');
    for (let round = 0; round < 3; round += 1) {
      (await world.api.next('list')).list([pod('a', 40)], { version: '50' });
      await world.passPause();
    }
    (await world.api.next('list')).list([pod('a', 40)], { version: '50' });
    expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('50');
    expect(world.held()).toEqual(['a@40']);
  });
});
