import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ItemSplitter } from '../../../src/kube/reflector/item-splitter.ts';
import { arraysAt } from '../../../src/kube/reflector/json-scan.ts';
import { LineSplitter } from '../../../src/kube/connection/line-splitter.ts';
import { compareVersions } from '../../../src/lib/resource-version.ts';
import type { Change } from '../../../src/kube/reflector/index.ts';
import { createKubeConnection } from '../../../src/kube/connection/index.ts';
import { createFakeClock, settle } from '../../support/fake-clock.ts';
import { createModelServer, disturbances } from './support/model-server.ts';
import type { ModelServer } from './support/model-server.ts';
import { closeWorlds, createWorld } from './support/world.ts';
import type { PodView, World } from './support/world.ts';

afterEach(closeWorlds);

/** Cuts bytes at these places, modulo their length. */
function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  const edges = [0, ...cuts, bytes.length];
  return edges.slice(1).map((edge, n) => bytes.subarray(edges[n], edge));
}

const places = fc.array(fc.nat(100_000), { maxLength: 40 });
const anyText = fc.string({ unit: 'binary', maxLength: 30 });
const troublesome = fc.constantFrom(
  '\\',
  '"',
  '\\"',
  '{',
  '}',
  '[',
  ']',
  '"items":[{',
  '日本',
  '🚀',
  '\u2028',
  '\\\\"',
);
const text = fc.array(fc.oneof(anyText, troublesome), { maxLength: 6 }).map((parts) => parts.join(''));
/** No backslash: V8's JSON.parse (seen in Node 24.21) takes the key `"\""` for `"\\"` where the object before had that one. */
const keyText = text.map((key) => key.replaceAll('\\', '/'));

describe('line splitter', () => {
  test('any lines, cut anywhere: arrive whole and in order; what follows the last newline is dropped', () => {
    fc.assert(
      fc.property(fc.array(text), text, places, (lines, rest, cuts) => {
        const clean = lines.map((line) => line.replaceAll('\n', ''));
        const bytes = Buffer.from(clean.map((line) => `${line}\n`).join('') + rest.replaceAll('\n', ''));
        const seen: string[] = [];
        const splitter = new LineSplitter({
          maxBytes: 1_000_000,
          onLine: (line) => seen.push(line.toString()),
          onOversize: () => seen.push('oversize'),
        });
        for (const chunk of cutAt(bytes, cuts)) splitter.push(chunk);
        expect(seen).toEqual(
          Buffer.from(clean.filter((line) => line !== '').join('\n'))
            .toString()
            .split('\n')
            .filter((line) => line !== ''),
        );
      }),
    );
  });

  test('any bytes: nothing is thrown, nothing longer than the bound is handed out', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), places, (bytes, cuts) => {
        let longest = 0;
        const splitter = new LineSplitter({
          maxBytes: 50,
          onLine: (line) => (longest = Math.max(longest, line.length)),
          onOversize: () => undefined,
        });
        for (const chunk of cutAt(Buffer.from(bytes), cuts)) splitter.push(chunk);
        expect(longest).toBeLessThanOrEqual(50);
      }),
    );
  });
});

describe('memory', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const usedBytes = async (): Promise<number> => {
    // What the first finds is given back in the background.
    collectGarbage();
    await settle();
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const nothing = (): void => undefined;
  const maxBytes = 1_000_000;
  /** Collecting the garbage of a process in which many tests have run takes seconds on a busy machine. */
  const PATIENCE_MS = 60_000;

  test.each([
    ['line', new LineSplitter({ maxBytes, onLine: nothing, onOversize: nothing }), '{"a":"'],
    ['item', new ItemSplitter({ maxBytes, onItem: nothing, onOversize: nothing }), '{"items":[{"a":"'],
    ['envelope', new ItemSplitter({ maxBytes, onItem: nothing, onOversize: nothing }), '{"metadata":{"a":"'],
  ])(
    'a %s without end, in pieces of one byte: stays within the bound',
    async (_what, splitter, start) => {
      splitter.push(Buffer.from(start));
      const before = await usedBytes();
      // Each piece is cut from a chunk of its own, as it comes from a socket: 20 MB of chunks, 20 KB of pieces.
      for (let n = 0; n < 20_000; n += 1) splitter.push(Buffer.alloc(1_000, 'x').subarray(0, 1));
      expect((await usedBytes()) - before).toBeLessThan(2 * maxBytes);
    },
    PATIENCE_MS,
  );

  test.each([
    ['line', new LineSplitter({ maxBytes, onLine: nothing, onOversize: nothing }), '{"a":"'],
    ['item', new ItemSplitter({ maxBytes, onItem: nothing, onOversize: nothing }), '{"items":[{"a":"'],
  ])(
    'a %s of ten times the bound: stays within it',
    async (_what, splitter, start) => {
      splitter.push(Buffer.from(start));
      const before = await usedBytes();
      for (let n = 0; n < 100; n += 1) splitter.push(Buffer.alloc(100_000, 'x'));
      expect((await usedBytes()) - before).toBeLessThan(2 * maxBytes);
    },
    PATIENCE_MS,
  );
});

describe('item splitter', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      text,
      tie('array'),
      tie('object'),
    ),
    array: fc.array(tie('any'), { maxLength: 4 }),
    object: fc.dictionary(fc.oneof(keyText, fc.constantFrom('items', 'metadata')), tie('any'), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  }));
  const others = fc.dictionary(
    keyText.filter((key) => key !== 'items' && key !== '__proto__'),
    value.any,
    { maxKeys: 4, noNullPrototype: true },
  );

  test('any list, cut anywhere, however written: every item once, and the envelope without them', () => {
    const spacing = fc.constantFrom(undefined, 1, '\t');
    fc.assert(
      fc.property(
        fc.tuple(others, others),
        fc.array(value.object),
        spacing,
        places,
        ([before, after], items, indent, cuts) => {
          const bytes = Buffer.from(JSON.stringify({ ...before, items, ...after }, null, indent));
          const seen: unknown[] = [];
          const splitter = new ItemSplitter({
            maxBytes: 1_000_000,
            onItem: (item) => seen.push(JSON.parse(item.toString())),
            onOversize: () => seen.push('oversize'),
          });
          for (const chunk of cutAt(bytes, cuts)) splitter.push(chunk);
          expect(seen).toEqual(JSON.parse(JSON.stringify(items)));
          const envelope = JSON.stringify(JSON.parse(splitter.envelope() ?? ''));
          expect(envelope).toBe(JSON.stringify({ ...before, items: [], ...after }));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('any list, cut anywhere: where arrays stand in the sections of each item is as one look at the whole item says', () => {
    const section = fc.dictionary(keyText, fc.oneof(value.any, value.array), { noNullPrototype: true });
    const object = fc.record(
      { metadata: section, spec: section, other: value.any },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(object), places, (items, cuts) => {
        const splitter = new ItemSplitter({
          maxBytes: 1_000_000,
          onItem: (item, arrays) => {
            expect(arrays).toEqual(arraysAt(item, 2));
            const found = Array.from({ length: arrays.length / 2 }, (_, at) =>
              item.toString('utf8', arrays[2 * at], (arrays[2 * at + 1] ?? 0) + 1),
            );
            const one = JSON.parse(item.toString()) as Record<string, unknown>;
            const expected = Object.values(one)
              .filter((part) => typeof part === 'object' && part !== null)
              .flatMap((part) => Object.values(part as object).filter((field) => Array.isArray(field)))
              .map((array) => JSON.stringify(array));
            expect(found).toEqual(expected);
          },
          onOversize: () => undefined,
        });
        for (const chunk of cutAt(Buffer.from(JSON.stringify({ items })), cuts)) splitter.push(chunk);
      }),
      { numRuns: 300 },
    );
  });

  test('a list broken off anywhere: has no envelope, and only whole items', () => {
    fc.assert(
      fc.property(fc.array(value.object, { minLength: 1 }), fc.nat(100_000), (items, at) => {
        const bytes = Buffer.from(JSON.stringify({ metadata: { resourceVersion: '1' }, items }));
        const seen: unknown[] = [];
        const splitter = new ItemSplitter({
          maxBytes: 1_000_000,
          onItem: (item) => seen.push(JSON.parse(item.toString())),
          onOversize: () => undefined,
        });
        splitter.push(bytes.subarray(0, at % bytes.length));
        expect(splitter.envelope()).toBeUndefined();
        expect(seen).toEqual(JSON.parse(JSON.stringify(items.slice(0, seen.length))));
      }),
    );
  });

  test('any bytes: nothing is thrown', () => {
    const noise = fc.array(fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '\\', 'a', ' ', '"items":['), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(noise, places, (parts, cuts) => {
        const splitter = new ItemSplitter({
          maxBytes: 40,
          onItem: () => undefined,
          onOversize: () => undefined,
        });
        for (const chunk of cutAt(Buffer.from(parts.join('')), cuts)) splitter.push(chunk);
        expect(() => splitter.envelope()).not.toThrow();
      }),
    );
  });
});

test('versions compare as the numbers that they are, of any size', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 128n }), fc.bigInt({ min: 1n, max: 2n ** 128n }), (a, b) => {
      const expected = a === b ? 0 : a < b ? -1 : 1;
      expect(Math.sign(compareVersions(String(a), String(b)))).toBe(expected);
    }),
  );
});

type Command = (server: ModelServer, world: World) => Promise<void> | void;

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const put: fc.Arbitrary<Command> = name.map((which) => (server) => server.put(which));
const remove: fc.Arbitrary<Command> = name.map((which) => (server) => server.remove(which));
const recreate: fc.Arbitrary<Command> = name.map((which) => (server) => {
  server.remove(which);
  server.put(which);
});
const compact: fc.Arbitrary<Command> = fc.constant((server) => server.compact());
const bookmark: fc.Arbitrary<Command> = fc.constant((server) => server.bookmark());
const disturb: fc.Arbitrary<Command> = fc
  .constantFrom(...disturbances)
  .map((how) => (server) => server.disturb(how));
const failNext: fc.Arbitrary<Command> = fc
  .array(fc.constantFrom(0, 200, 400, 401, 403, 404, 406, 410, 422, 429, 500, 503, 504), {
    minLength: 1,
    maxLength: 4,
  })
  .map((codes) => (server) => server.failNext(...codes));
/** Lets I/O happen until this is true, or long enough: a server that is healthy answers sooner. */
async function soon(condition: () => boolean): Promise<void> {
  for (let turns = 0; turns < 1_000 && !condition(); turns += 1) await settle(1);
}

/** Twice in a row the watch comes too late: the next list runs beside its watch, and takes its time. */
const outrun: fc.Arbitrary<Command> = fc.constant(async (server, world) => {
  server.heal();
  await soon(() => server.watching > 0);
  server.outrunNext(1);
  server.disturb('error-410');
  await soon(() => world.reflector.status.phase === 'waiting');
  server.slowDown();
  await world.clock.advance(2_000);
  // The probe that finds where the watch begins.
  await soon(() => server.waitingPages > 0);
  server.tick();
  await soon(() => server.waitingPages > 0 && server.watching > 0);
});
const slowDown: fc.Arbitrary<Command> = fc.constant((server) => server.slowDown());
const speedUp: fc.Arbitrary<Command> = fc.constant((server) => server.heal());
const lag: fc.Arbitrary<Command> = fc.constant((server) => server.lagNext());
const backUp: fc.Arbitrary<Command> = fc.constant((server) => server.backUp());
/**
 * An object changes first, so that there is one that the restored server has older or not at all, and not again until the agent has looked
 * twice: what is beyond that cannot be seen (docs/watch.md). The others may change at once, beyond the old version.
 */
const restore: fc.Arbitrary<Command> = fc
  .tuple(name, fc.array(fc.constantFrom('x', 'y', 'z'), { maxLength: 12 }))
  .map(([witness, others]) => async (server, world) => {
    server.heal();
    await soon(() => server.watching > 0);
    server.put(witness);
    const isSeen = (): boolean => world.reflector.status.lastVersion === server.version;
    await soon(isSeen);
    // A watch may be silent, and the change not seen.
    const changed = isSeen() ? others : [];
    server.restore();
    for (const other of changed) server.put(other);
    for (let turns = 0; turns < 250; turns += 1) await world.clock.advance(3_000);
  });
const pass: fc.Arbitrary<Command> = fc.nat(40_000).map((ms) => async (_server, world) => {
  await world.clock.advance(ms);
});
const history = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: put },
    { weight: 3, arbitrary: remove },
    { weight: 2, arbitrary: recreate },
    { weight: 2, arbitrary: compact },
    { weight: 2, arbitrary: bookmark },
    { weight: 4, arbitrary: disturb },
    { weight: 2, arbitrary: failNext },
    { weight: 2, arbitrary: lag },
    { weight: 2, arbitrary: outrun },
    { weight: 2, arbitrary: slowDown },
    { weight: 2, arbitrary: speedUp },
    { weight: 1, arbitrary: backUp },
    { weight: 1, arbitrary: restore },
    { weight: 5, arbitrary: pass },
  ),
  { minLength: 5, maxLength: 80, size: 'max' },
);

/** What a handler that keeps books would believe, and whether each `previous` was what it believed. */
function createBooks(): {
  onChange: (change: Change<PodView>) => void;
  believed: () => string[];
  lies: string[];
} {
  const known = new Map<string, PodView>();
  const lies: string[] = [];
  return {
    lies,
    believed: () => [...known.values()].map((view) => `${view.name}@${view.version}`).sort(),
    onChange: (change) => {
      const before = known.get(change.uid);
      if (change.kind === 'delete') {
        if (before === undefined) lies.push(`${change.uid} deleted but never told`);
        known.delete(change.uid);
        return;
      }
      const namesakes = [...known].filter(
        ([uid, { name }]) => name === change.view.name && uid !== change.uid,
      );
      if (namesakes.length > 0) lies.push(`${change.uid} told beside ${namesakes[0]?.[0]}`);
      if (change.previous !== before) lies.push(`${change.uid} had another previous`);
      known.set(change.uid, change.view);
    },
  };
}

/** More of them, for a longer search: `PROPERTY_RUNS=1000`. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 40);

/** Lets a reflector follow a server to which these commands happen; in the end everybody must know the same. */
async function expectEqualEnd(commands: readonly Command[]): Promise<void> {
  const server = await createModelServer();
  const clock = createFakeClock();
  const books = createBooks();
  const source = { kind: 'explicit', server: server.url } as const;
  const connection = await createKubeConnection(source, { clock, version: '1' });
  const timings = { pageLimit: 2, freshnessMs: 300_000 };
  const world = await createWorld({ clock, connection, onChange: books.onChange, timings });
  try {
    world.reflector.start();
    for (const command of commands) {
      await command(server, { ...world, clock });
      server.tick();
      await settle(20);
    }
    server.heal();
    const isEqual = (): boolean => world.held().join() === server.state().join();
    for (let minutes = 0; minutes < 60 && !(isEqual() && world.reflector.status.synced); minutes += 1) {
      for (let turns = 0; turns < 20; turns += 1) await clock.advance(3_000);
    }
    expect(world.held()).toEqual(server.state());
    expect(books.believed()).toEqual(server.state());
    expect(books.lies).toEqual([]);
    expect(world.reflector.status).toMatchObject({ synced: true, pendingOffers: 0 });
  } finally {
    await closeWorlds();
    await server.close();
  }
}

/** Whenever the collection is called current, all that was written before its proof is held. */
async function expectSoundFreshness(commands: readonly Command[]): Promise<number> {
  const server = await createModelServer();
  const clock = createFakeClock();
  const source = { kind: 'explicit', server: server.url } as const;
  const connection = await createKubeConnection(source, { clock, version: '1' });
  // However slow the server is: nothing counts as caught up because of the time that has passed.
  const timings = { pageLimit: 2, freshnessMs: 300_000, plainWatchMs: 60_000, longProofWatchMs: 1e9 };
  const world = await createWorld({ clock, connection, timings });
  const written: { readonly at: number; readonly version: bigint }[] = [];
  let proofs = 0;
  let wasCurrent = false;
  const check = (): void => {
    written.push({ at: clock.monotonic(), version: BigInt(server.version) });
    const freshness = world.reflector.freshness();
    // What an open watch delivers late is taken for what it is at that moment (docs/watch.md).
    const isLate = wasCurrent && server.waitingLines > 0;
    wasCurrent = freshness !== undefined;
    if (freshness === undefined || isLate) return;
    proofs += 1;
    expect(Math.max(freshness.since, freshness.provenAt)).toBeLessThanOrEqual(clock.monotonic());
    const before = written.findLast(({ at }) => at < freshness.provenAt)?.version ?? 0n;
    expect(BigInt(world.reflector.status.lastVersion ?? 0)).toBeGreaterThanOrEqual(before);
  };
  try {
    world.reflector.start();
    for (const command of commands) {
      await command(server, { ...world, clock });
      server.tick();
      await settle(20);
      check();
      await clock.advance(700);
      check();
    }
    return proofs;
  } finally {
    await closeWorlds();
    await server.close();
  }
}

const trickle: fc.Arbitrary<Command> = fc.constant((server) => server.trickle());
const askForProof: fc.Arbitrary<Command> = fc.constant((_server, world) => world.reflector.prove());

/** Several at once, which the watch has brought before the next page comes. */
const changes: fc.Arbitrary<Command> = fc
  .array(fc.oneof(put, put, remove, recreate), { minLength: 1, maxLength: 3 })
  .map((parts) => async (server, world) => {
    for (const part of parts) await part(server, world);
    await soon(() => world.reflector.status.lastVersion === server.version);
  });

describe('reflector', () => {
  test(
    'any legal history with any faults: ends equal to the server, and whoever only listened knows the same',
    async () => {
      const property = fc.asyncProperty(history, expectEqualEnd);
      await fc.assert(property, { numRuns: RUNS });
    },
    RUNS * 1_500,
  );

  test(
    'any faults but a rewritten history: what is called current holds everything that was written before its proof',
    async () => {
      let proofs = 0;
      const commands = fc.array(
        fc.oneof(
          { weight: 6, arbitrary: put },
          { weight: 3, arbitrary: remove },
          { weight: 2, arbitrary: bookmark },
          { weight: 5, arbitrary: disturb },
          { weight: 3, arbitrary: failNext },
          { weight: 2, arbitrary: speedUp },
          { weight: 3, arbitrary: askForProof },
          { weight: 3, arbitrary: trickle },
          { weight: 5, arbitrary: pass },
        ),
        { minLength: 5, maxLength: 60, size: 'max' },
      );
      const property = fc.asyncProperty(commands, async (some) => {
        proofs += await expectSoundFreshness(some);
      });
      await fc.assert(property, { numRuns: RUNS });
      expect(proofs).toBeGreaterThan(RUNS);
    },
    RUNS * 1_500,
  );

  test(
    'a list that runs beside its watch, and any changes meanwhile: ends equal, too',
    async () => {
      const many = fc.array(changes, { minLength: 2, maxLength: 4 });
      const property = fc.asyncProperty(many, outrun, many, (before, beside, meanwhile) =>
        expectEqualEnd([...before, beside, ...meanwhile]),
      );
      await fc.assert(property, { numRuns: RUNS * 2 });
    },
    RUNS * 1_500,
  );
});
