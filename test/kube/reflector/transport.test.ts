import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createFakeClock } from '../../support/fake-clock.ts';
import { closeWorlds, createWorld, pod } from './support/world.ts';

afterEach(closeWorlds);

const line = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;

describe('transport', () => {
  test('F-17 the server ends the watch as agreed: resumes at once, no error, no list', async () => {
    const world = await createWorld();
    const stream = await world.sync([pod('a', 1)]);
    await world.clock.advance(1_000);
    stream.bookmark('150');
    stream.end();
    expect(await world.passPause()).toBeLessThanOrEqual(1_000);
    expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('150');
    expect(world.reflector.status).toMatchObject({
      reconnects: { closed: 1 },
      relists: { start: 1 },
      health: 'well',
    });
  });

  test('F-18 the server never ends the watch: it is cut 15 s after its time', async () => {
    const world = await createWorld();
    const stream = await world.sync([pod('a', 1)]);
    stream.bookmark('150');
    await world.until(() => world.reflector.status.lastVersion === '150');
    await world.clock.advance(464_800);
    expect(stream.isClosed).toBe(false);
    await world.clock.advance(300);
    await world.until(() => stream.isClosed);
    await world.passPause();
    expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('150');
    expect(world.reflector.status.reconnects).toEqual({ overdue: 1 });
  });

  test('F-19 connection reset in the middle of a line: backs off and resumes, no list', async () => {
    const world = await createWorld();
    const stream = await world.sync([pod('a', 1)]);
    stream.event('ADDED', pod('b', 150));
    stream.raw('{"type":"ADDED","obj');
    await world.until(() => world.reflector.store.size === 2);
    stream.cut();
    expect(await world.passPause()).toBeGreaterThanOrEqual(800);
    expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('150');
    expect(world.reflector.status).toMatchObject({ reconnects: { transport: 1 }, relists: { start: 1 } });
  });

  test('F-20 half a line at the end: is dropped, the version does not move, the event comes again', async () => {
    const world = await createWorld();
    const stream = await world.sync([pod('a', 1)]);
    const whole = line('ADDED', pod('b', 160));
    stream.event('MODIFIED', pod('a', 150));
    stream.raw(whole.slice(0, 60));
    stream.end();
    await world.passPause();
    const again = await world.api.next('watch');
    expect(again.query.get('resourceVersion')).toBe('150');
    again.open().raw(whole);
    await world.until(() => world.reflector.store.size === 2);
    expect(world.reflector.status.decodeErrors).toBe(0);
  });

  test.each(['日本', '🚀 lift-off'])(
    'F-21 %s cut in the middle of a character: arrives whole',
    async (note) => {
      const world = await createWorld();
      const stream = await world.sync([]);
      const bytes = Buffer.from(line('ADDED', pod('a', 150, { note })));
      const cut = bytes.indexOf(Buffer.from(note)) + 1;
      stream.raw(bytes.subarray(0, cut));
      await world.until(() => world.reflector.status.lastByteAgeMs !== undefined);
      await world.clock.advance(10);
      stream.raw(bytes.subarray(cut));
      await world.until(() => world.changes.length === 1);
      expect(world.changes[0]?.view.note).toBe(note);
    },
  );

  test('F-22 U+2028, U+2029 and a raw carriage return between tokens: cut no line', async () => {
    const world = await createWorld();
    const stream = await world.sync([]);
    const note = 'one\u2028two\u2029three';
    stream.raw(line('ADDED', pod('a', 150, { note })).replace('{"type"', '{\r"type"'));
    stream.event('ADDED', pod('b', 151));
    await world.until(() => world.changes.length === 2);
    expect(world.changes[0]?.view.note).toBe(note);
    expect(world.reflector.status.decodeErrors).toBe(0);
  });

  test('F-23 a line beyond the limit: is skipped and counted, the next one arrives, nothing loops', async () => {
    const world = await createWorld({ timings: { maxLineBytes: 100_000 } });
    const stream = await world.sync([]);
    stream.raw(line('ADDED', pod('huge', 150, { note: 'x'.repeat(300_000) })));
    stream.event('ADDED', pod('small', 151));
    await world.until(() => world.changes.length === 1);
    stream.end();
    await world.passPause();
    expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('151');
    expect(world.held()).toEqual(['small@151']);
    expect(world.reflector.status.oversize).toBe(1);
  });

  test('F-23 an item beyond the limit: is skipped, and what is held of it is not taken for deleted', async () => {
    const world = await createWorld({ timings: { maxLineBytes: 100_000 } });
    const stream = await world.sync([pod('grows', 1), pod('goes', 2)]);
    stream.error(410, 'Expired');
    const huge = pod('grows', 190, { note: 'x'.repeat(300_000) });
    (await world.api.next('list')).list([huge, pod('small', 180)], { version: '200' });
    await world.api.next('watch');
    expect(world.held()).toEqual(['grows@1', 'small@180']);
  });

  test('F-23 an unreadable item of unknown name: nothing is taken for deleted', async () => {
    const world = await createWorld();
    (await world.sync([pod('a', 1), pod('b', 2)])).error(410, 'Expired');
    const page = (await world.api.next('list')).open();
    page.raw(
      `{"kind":"PodList","metadata":{"resourceVersion":"200"},"items":[{"metadata":{]},${JSON.stringify(pod('b', 2))}]}`,
    );
    page.end();
    await world.api.next('watch');
    expect(world.held()).toEqual(['a@1', 'b@2']);
    expect(world.reflector.status.decodeErrors).toBe(1);
  });

  test('F-24 several gzip members, one for each flush: every event arrives as it is sent', async () => {
    const world = await createWorld();
    world.reflector.start();
    const list = await world.api.next('list');
    expect(list.headers['accept-encoding']).toBe('identity');
    const page = list.open({ 'content-encoding': 'gzip' });
    page.raw(gzipSync('{"kind":"PodList","metadata":{"resourceVersion":"100"},'));
    page.raw(gzipSync('"items":[]}'));
    page.end();
    const stream = (await world.api.next('watch')).open({ 'content-encoding': 'gzip' });
    stream.raw(gzipSync(line('ADDED', pod('a', 150))));
    await world.until(() => world.changes.length === 1);
    stream.raw(gzipSync(line('ADDED', pod('b', 151))));
    await world.until(() => world.changes.length === 2);
    expect(world.held()).toEqual(['a@150', 'b@151']);
  });

  test('F-25 a burst while we are slow, then a silent close: nothing is lost, the version is that of the last merge', async () => {
    const merged: string[] = [];
    const world = await createWorld({
      onChange: (change) => {
        // The version may not run ahead of what the store holds.
        merged.push(world.reflector.status.lastVersion ?? '');
        void change;
      },
    });
    const stream = await world.sync([]);
    for (let n = 0; n < 4_000; n += 1) stream.event('ADDED', pod(`p${n % 50}`, 1_000 + n));
    stream.end();
    await world.passPause();
    expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('4999');
    expect(world.reflector.store.size).toBe(50);
    expect(merged.slice(0, 3)).toEqual(['100', '1000', '1001']);
  });

  test('F-27 watches that close at once without a word: each waits longer than the last', async () => {
    const world = await createWorld();
    (await world.sync([pod('a', 1)])).end();
    const pauses: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      pauses.push(await world.passPause());
      (await world.api.next('watch')).open().end();
    }
    expect(pauses.every((pause, n) => n === 0 || pause > (pauses[n - 1] ?? 0) || pause >= 30_000)).toBe(true);
    expect(world.reflector.status.health).toBe('unwell');
    expect(world.events.filter((event) => event.kind === 'unwell')).toHaveLength(1);
  });

  test('F-28 an API server going down: every watch has a connection of its own, Retry-After is kept, the version lives on', async () => {
    const world = await createWorld();
    const stream = await world.sync([pod('a', 1)]);
    stream.bookmark('150');
    stream.end();
    await world.passPause();
    const refused = await world.api.next('watch');
    refused.fail(429, { retryAfter: 5 });
    expect(await world.passPause()).toBeGreaterThanOrEqual(5_000);
    const other = await world.api.next('watch');
    expect(other.query.get('resourceVersion')).toBe('150');
    const ports = world.api.log
      .filter((request) => request.kind === 'watch')
      .map((request) => request.clientPort);
    expect(new Set(ports).size).toBe(3);
    expect(world.reflector.status.relists).toEqual({ start: 1 });
  });

  test('F-39 our own wall clock jumps by hours: no watch is cut and no wait is skipped', async () => {
    const world = await createWorld();
    const stream = await world.sync([]);
    stream.bookmark('101');
    stream.bookmark('102');
    await world.until(() => world.reflector.status.lastVersion === '102');
    world.clock.jump(5 * 3_600_000);
    await world.clock.advance(1_000);
    world.clock.jump(-10 * 3_600_000);
    await world.clock.advance(1_000);
    expect(stream.isClosed).toBe(false);
    expect(world.reflector.status).toMatchObject({ lastByteAgeMs: 2_000, lastStepAgeMs: 2_000 });
    stream.cut();
    expect(await world.passPause()).toBeGreaterThanOrEqual(800);
  });

  test('F-40 the event loop stood still: bytes that wait are read before a watch is called dead', async () => {
    const clock = createFakeClock();
    let lostMs = 0;
    const world = await createWorld({
      clock: { ...clock, monotonic: () => clock.monotonic() + lostMs },
    });
    world.reflector.start();
    (await world.api.next('list')).list([], { version: '100' });
    const stream = (await world.api.next('watch')).open();
    stream.bookmark('101');
    stream.bookmark('102');
    await world.until(() => world.reflector.status.lastVersion === '102');
    await clock.advance(140_000);
    // The loop stands still for 40 s: the watchdog wakes late, and before the socket is read.
    lostMs += 40_000;
    await clock.advance(10_000);
    stream.bookmark('103');
    await world.until(() => world.reflector.status.lastVersion === '103');
    await clock.advance(100_000);
    expect(stream.isClosed).toBe(false);
    expect(world.reflector.status.reconnects).toEqual({});
  });

  test('F-13 no byte for 150 s after bookmarks had come: the watch is dead', async () => {
    const world = await createWorld();
    const stream = await world.sync([pod('a', 1)]);
    stream.bookmark('101');
    stream.bookmark('102');
    await world.until(() => world.reflector.status.lastVersion === '102');
    await world.clock.advance(149_800);
    expect(stream.isClosed).toBe(false);
    await world.clock.advance(300);
    await world.until(() => stream.isClosed);
    await world.passPause();
    expect((await world.api.next('watch')).query.get('resourceVersion')).toBe('102');
    expect(world.reflector.status.reconnects).toEqual({ stalled: 1 });
  });

  test('F-13 silence on a resource without bookmarks: means nothing', async () => {
    const world = await createWorld();
    const stream = await world.sync([]);
    stream.bookmark('101');
    await world.until(() => world.reflector.status.lastVersion === '101');
    await world.clock.advance(300_000);
    expect(stream.isClosed).toBe(false);
  });

  test('F-13 a list page that stalls: is given up and asked for again', async () => {
    const world = await createWorld();
    world.reflector.start();
    (await world.api.next('list')).list([pod('a', 1)], { version: '100', continueToken: 'two' });
    const page = (await world.api.next('list')).open();
    page.raw('{"kind":"PodList","metadata":{"resourceVersion":"100"},');
    await world.until(() => world.reflector.status.lastByteAgeMs === 0);
    await world.clock.advance(61_000);
    await world.until(() => page.isClosed);
    await world.passPause();
    const again = await world.api.next('list');
    expect(again.query.get('continue')).toBe('two');
    again.list([pod('b', 2)], { version: '100' });
    await world.api.next('watch');
    expect(world.held()).toEqual(['a@1', 'b@2']);
  });
});
