import { afterEach, describe, expect, test } from '@jest/globals';
import { closeWorlds, createWorld, pod } from './support/world.ts';

afterEach(closeWorlds);

describe('status codes', () => {
  test('F-29 429 on a watch with Retry-After: waits at least that long, keeps the version, lists nothing', async () => {
    const world = await createWorld();
    const stream = await world.sync([pod('a', 1)]);
    stream.bookmark('150');
    stream.end();
    await world.passPause();
    (await world.api.next('watch')).fail(429, { retryAfter: 17 });
    const pause = await world.passPause();
    expect(pause).toBeGreaterThanOrEqual(17_000);
    expect(pause).toBeLessThan(19_000);
    const again = await world.api.next('watch');
    expect(again.query.get('resourceVersion')).toBe('150');
    again.fail(429);
    const second = await world.passPause();
    expect(second).toBeGreaterThanOrEqual(1_600);
    expect(second).toBeLessThan(17_000);
    await world.api.next('watch');
    expect(world.reflector.status.relists).toEqual({ start: 1 });
  });

  test('F-29 429 on a list page: waits and asks for the same page', async () => {
    const world = await createWorld();
    world.reflector.start();
    (await world.api.next('list')).list([pod('a', 1)], { continueToken: 'two' });
    (await world.api.next('list')).fail(429, { retryAfter: 3 });
    expect(await world.passPause()).toBeGreaterThanOrEqual(3_000);
    expect((await world.api.next('list')).query.get('continue')).toBe('two');
  });

  test('F-29 Retry-After of an hour, on the first page or a later one: a minute is enough', async () => {
    const world = await createWorld();
    world.reflector.start();
    (await world.api.next('list')).fail(429, { retryAfter: 3_600 });
    expect(await world.passPause()).toBeLessThan(62_000);
    (await world.api.next('list')).list([pod('a', 1)], { continueToken: 'two' });
    (await world.api.next('list')).fail(429, { retryAfter: 3_600 });
    await world.until(() => world.reflector.status.phase === 'waiting');
    await world.clock.advance(63_000);
    expect((await world.api.next('list')).query.get('continue')).toBe('two');
  });

  test.each([500, 502, 503, 504])(
    'F-30 %p on list and watch: backs off, keeps version and store, no list',
    async (code) => {
      const world = await createWorld();
      world.reflector.start();
      (await world.api.next('list')).fail(code);
      expect(await world.passPause()).toBeGreaterThanOrEqual(800);
      (await world.api.next('list')).list([pod('a', 1)], { version: '100' });
      for (let round = 0; round < 4; round += 1) {
        const watch = await world.api.next('watch');
        expect(watch.query.get('resourceVersion')).toBe('100');
        watch.fail(code, round === 3 ? { retryAfter: 40 } : {});
        const pause = await world.passPause();
        expect(pause).toBeGreaterThanOrEqual(round === 3 ? 40_000 : 1_600 * 2 ** round);
      }
      await world.api.next('watch');
      expect(world.held()).toEqual(['a@1']);
      expect(world.api.log.filter((request) => request.kind === 'list')).toHaveLength(2);
    },
  );

  test('F-30 connection refused: backs off up to half a minute, never gives up, reports once', async () => {
    const world = await createWorld();
    (await world.sync([pod('a', 1)])).cut();
    await world.api.close();
    const pauses: number[] = [];
    for (let round = 0; round < 9; round += 1) pauses.push(await world.passPause());
    expect(pauses.at(-1)).toBeGreaterThanOrEqual(30_000);
    expect(pauses.at(-1)).toBeLessThan(60_000);
    expect(world.reflector.status).toMatchObject({ health: 'unwell', objects: 1, lastVersion: '100' });
    expect(world.events.filter((event) => event.kind === 'unwell')).toHaveLength(1);
  });

  test('F-31 401 that stays: waits from a second to half a minute', async () => {
    const world = await createWorld();
    world.reflector.start();
    const pauses: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      (await world.api.next('list')).fail(401, { reason: 'Unauthorized' });
      // The connection has tried a fresh token before it says so.
      (await world.api.next('list')).fail(401, { reason: 'Unauthorized' });
      pauses.push(await world.passPause());
    }
    expect(pauses[0]).toBeGreaterThanOrEqual(1_000);
    expect(pauses[0]).toBeLessThan(2_100);
    expect(pauses.at(-1)).toBeGreaterThanOrEqual(30_000);
    (await world.api.next('list')).list([], { version: '100' });
    await world.api.next('watch');
    expect(world.reflector.status.health).toBe('well');
  });

  test('F-33 403: three quick tries, then waits from half a minute to five, says so once, and goes on by itself when allowed', async () => {
    const world = await createWorld();
    world.reflector.start();
    const pauses: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      (await world.api.next('list')).fail(403, { reason: 'Forbidden' });
      pauses.push(await world.passPause());
      expect(world.reflector.status.health).toBe('refused');
    }
    // An API server that has just started may not know yet who is allowed what.
    for (const pause of pauses.slice(0, 3)) expect(pause).toBeLessThan(8_000);
    expect(pauses[3]).toBeGreaterThanOrEqual(30_000);
    expect(pauses[3]).toBeLessThan(61_000);
    expect(pauses.at(-1)).toBeGreaterThanOrEqual(300_000);
    expect(world.reflector.status.health).toBe('refused');
    (await world.api.next('list')).list([pod('a', 1)], { version: '100' });
    await world.api.next('watch');
    expect(world.reflector.status.health).toBe('well');
    expect(world.events.map((event) => event.kind).filter((kind) => kind.includes('well'))).toEqual([
      'unwell',
      'well',
    ]);
  });

  test('F-33 403 on one resource: the others work on', async () => {
    const refused = await createWorld({ resource: { path: '/api/v1/events', kind: 'Event' } });
    const allowed = await createWorld();
    refused.reflector.start();
    (await refused.api.next('list')).fail(403);
    const stream = await allowed.sync([]);
    stream.event('ADDED', pod('a', 150));
    await allowed.until(() => allowed.reflector.store.size === 1);
    await refused.until(() => refused.reflector.status.health === 'refused');
    expect(allowed.reflector.status.health).toBe('well');
  });

  test('F-34 404: the type is not installed; found as soon as it is', async () => {
    const world = await createWorld();
    world.reflector.start();
    (await world.api.next('list')).fail(404);
    expect(await world.passPause()).toBeGreaterThanOrEqual(30_000);
    expect(world.reflector.status.health).toBe('absent');
    (await world.api.next('list')).list([pod('a', 1)], { version: '100' });
    await world.api.next('watch');
    expect(world.held()).toEqual(['a@1']);
  });

  test('F-34 404 after a good sync: deletes are told after two confirmations, not before', async () => {
    const world = await createWorld();
    (await world.sync([pod('a', 1)])).end();
    await world.passPause();
    (await world.api.next('watch')).fail(404);
    await world.passPause();
    (await world.api.next('list')).fail(404);
    await world.passPause();
    expect(world.held()).toEqual(['a@1']);
    (await world.api.next('list')).fail(404);
    await world.passPause();
    expect(world.held()).toEqual([]);
    expect(world.changes.at(-1)).toMatchObject({ kind: 'delete', finalStateUnknown: true });
    (await world.api.next('list')).list([pod('a', 300, { uid: 'reinstalled' })], { version: '300' });
    await world.api.next('watch');
    expect(world.held()).toEqual(['a@300']);
  });

  test('F-35 405: there is no watch, so the collection is listed every minute', async () => {
    const world = await createWorld();
    world.reflector.start();
    (await world.api.next('list')).list([pod('a', 1), pod('b', 2)], { version: '100' });
    (await world.api.next('watch')).fail(405);
    (await world.api.next('list')).list([pod('a', 1), pod('b', 2)], { version: '100' });
    expect(await world.passPause()).toBe(60_000);
    (await world.api.next('list')).list([pod('b', 110)], { version: '110' });
    await world.until(() => world.held().join() === 'b@110');
  });

  test.each([406, 415])('F-35 %p: asks for plain JSON, at once', async (code) => {
    const world = await createWorld({ resource: { path: '/api/v1/pods', metadataOnly: true } });
    world.reflector.start();
    const refused = await world.api.next('list');
    expect(refused.headers.accept).toContain('as=PartialObjectMetadataList;g=meta.k8s.io;v=v1');
    refused.fail(code);
    const plain = await world.api.next('list');
    expect(plain.headers.accept).toBe('application/json');
    plain.fail(code);
    expect(await world.passPause()).toBeGreaterThanOrEqual(30_000);
  });

  test('F-35 400 on a plain watch: lists, and with patience the second time', async () => {
    const world = await createWorld();
    (await world.sync([pod('a', 1)])).end();
    await world.passPause();
    (await world.api.next('watch')).fail(400);
    (await world.api.next('list')).list([pod('a', 1)], { version: '110' });
    (await world.api.next('watch')).fail(400);
    expect(await world.passPause()).toBeGreaterThanOrEqual(800);
    await world.api.next('list');
  });

  test('requests: managedFields left out where the server can, metadata alone where that is enough, selectors passed on', async () => {
    const world = await createWorld({
      resource: { path: '/api/v1/pods', fieldSelector: 'status.phase!=Succeeded' },
    });
    world.reflector.start();
    const list = await world.api.next('list');
    expect(list.headers.accept).toBe('application/json;drop=metadata.managedFields,application/json');
    list.list([], { version: '100' });
    const watch = await world.api.next('watch');
    for (const { query } of [list, watch]) {
      expect(query.get('fieldSelector')).toBe('status.phase!=Succeeded');
    }
  });

  test('requests: managedFields are kept where the projection reads them', async () => {
    const world = await createWorld({ resource: { path: '/apis/apps/v1/deployments', managedFields: true } });
    world.reflector.start();
    expect((await world.api.next('list')).headers.accept).not.toContain('drop=');
  });
});

describe('what the server sends', () => {
  test('F-36 a garbage line between good ones: is counted and reported once a minute, and moves nothing', async () => {
    const world = await createWorld();
    const stream = await world.sync([]);
    stream.event('ADDED', pod('a', 150));
    stream.raw('{"type":"MODIFIED","object":{broken}}\n');
    stream.event('EXPLODED', pod('x', 151));
    stream.event('ADDED', { ...(pod('y', 152) as object), kind: 'Table' });
    stream.event('ADDED', pod('b', 153));
    await world.until(() => world.reflector.store.size === 2);
    expect(world.held()).toEqual(['a@150', 'b@153']);
    expect(world.reflector.status.decodeErrors).toBe(3);
    expect(world.events.filter((event) => event.kind === 'bad-data')).toHaveLength(1);
  });

  test('F-36 more than three in one stream: resumes from the last good version, then lists', async () => {
    const world = await createWorld();
    const stream = await world.sync([]);
    stream.event('ADDED', pod('a', 150));
    stream.raw('x\n'.repeat(4));
    await world.until(() => stream.isClosed);
    expect(await world.passPause()).toBeGreaterThanOrEqual(800);
    const again = await world.api.next('watch');
    expect(again.query.get('resourceVersion')).toBe('150');
    again.open().raw('x\n'.repeat(4));
    await world.passPause();
    (await world.api.next('list')).list([pod('a', 150)], { version: '160' });
    await world.api.next('watch');
  });

  test('F-36 a proxy page instead of a list: nothing is deleted, the list is asked for again', async () => {
    const world = await createWorld();
    (await world.sync([pod('a', 1)])).error(410, 'Expired');
    for (const page of ['<html>please log in</html>', '{}', '{"metadata":{"resourceVersion":"500"}}', '']) {
      const response = (await world.api.next('list')).open();
      response.raw(page);
      response.end();
      await world.passPause();
    }
    await world.api.next('list');
    expect(world.held()).toEqual(['a@1']);
  });
});
