import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HOUR, MINUTE, SECOND } from '../../src/domain/clock.ts';
import { type Plan, type Worker, WorkQueue, type WorkQueueOptions } from '../../src/lib/work-queue.ts';
import { createFakeClock, type FakeClock, settle } from '../support/fake-clock.ts';

type Item = { readonly urgency: number };

let clock: FakeClock;
let worked: string[];
let asked: number;
let mayWork: boolean;
/** When a key is to be planned again after its work. */
let requeueAt: Map<string, number>;
/** Keys whose work does not end before they are released. */
let held: Map<string, () => void>;
let failing: Set<string>;
let failures: string[];
let stop: AbortController;
let cut: AbortController;
let done: Promise<void> | undefined;

beforeEach(() => {
  clock = createFakeClock(0);
  worked = [];
  asked = 0;
  mayWork = true;
  requeueAt = new Map();
  held = new Map();
  failing = new Set();
  failures = [];
  stop = new AbortController();
  cut = new AbortController();
});

afterEach(async () => {
  stop.abort();
  for (const release of held.values()) release();
  await done;
  done = undefined;
});

let worker: Worker<Item>;

function createQueue({
  plan = () => ({ kind: 'work', item: { urgency: 0 }, isLimited: false }),
  ...options
}: Partial<WorkQueueOptions<Item> & Pick<Worker<Item>, 'plan'>> = {}): WorkQueue<Item> {
  worker = {
    plan,
    work: async (key) => {
      worked.push(key);
      if (key.startsWith('slow')) await new Promise<void>((resolve) => held.set(key, resolve));
      if (failing.has(key)) throw new Error(`${key} failed`);
      const at = requeueAt.get(key);
      requeueAt.delete(key);
      return at;
    },
    onFailure: (key, _error, count) => failures.push(`${key} ${count}`),
  };
  return new WorkQueue<Item>({
    clock,
    maxConcurrent: 2,
    mayWork: () => {
      asked += 1;
      return mayWork;
    },
    backoff: { initMs: 2 * SECOND, maxMs: MINUTE },
    random: () => 0,
    ...options,
  });
}

async function start(queue: WorkQueue<Item>, ...keys: readonly string[]): Promise<void> {
  done = queue.run(worker, stop.signal, cut.signal);
  for (const key of keys) queue.enqueue(key);
  await settle();
}

async function release(key: string): Promise<void> {
  held.get(key)?.();
  held.delete(key);
  await settle();
}

describe('keys', () => {
  test('are worked on once however often they were enqueued', async () => {
    const queue = createQueue();
    await start(queue, 'a', 'a');
    expect(worked).toEqual(['a']);
    queue.enqueue('b');
    await settle();
    expect(worked).toEqual(['a', 'b']);
  });

  test('are worked on again when their work asked for it, once', async () => {
    const queue = createQueue();
    requeueAt.set('a', 10 * SECOND);
    await start(queue, 'a');
    await clock.advance(10 * SECOND - 1);
    expect(worked).toEqual(['a']);
    await clock.advance(1);
    expect(worked).toEqual(['a', 'a']);
    await clock.advance(HOUR);
    expect(worked).toEqual(['a', 'a']);
  });

  test('forget the time that was asked for when they were worked on before it', async () => {
    const queue = createQueue();
    requeueAt.set('a', 10 * SECOND);
    await start(queue, 'a');
    queue.enqueue('a');
    await clock.advance(HOUR);
    expect(worked).toEqual(['a', 'a']);
  });

  test('are never worked on twice at once, and what happens meanwhile is not missed', async () => {
    const queue = createQueue();
    await start(queue, 'slow');
    queue.enqueue('slow');
    queue.enqueueWithin('slow', SECOND);
    await settle();
    expect(worked).toEqual(['slow']);
    await release('slow');
    expect(worked).toEqual(['slow', 'slow']);
  });

  test('wait for a free place', async () => {
    const queue = createQueue();
    await start(queue, 'slow 1', 'slow 2', 'c');
    expect(worked).toEqual(['slow 1', 'slow 2']);
    await release('slow 1');
    expect(worked).toEqual(['slow 1', 'slow 2', 'c']);
  });

  test('that may wait a moment are worked on once for all that was asked meanwhile', async () => {
    const queue = createQueue();
    await start(queue);
    for (const ms of [SECOND, 2 * SECOND, 500]) queue.enqueueWithin('a', ms);
    await clock.advance(499);
    expect(worked).toEqual([]);
    await clock.advance(1);
    expect(worked).toEqual(['a']);
    await clock.advance(MINUTE);
    expect(worked).toEqual(['a']);
  });
});

describe('a plan', () => {
  test('to wait is asked for again when its time has come', async () => {
    const plan = (_key: string, now: number): Plan<Item> =>
      now < MINUTE
        ? { kind: 'wait', until: MINUTE }
        : { kind: 'work', item: { urgency: 0 }, isLimited: false };
    const queue = createQueue({ plan });
    await start(queue, 'a');
    await clock.advance(MINUTE - 1);
    expect(worked).toEqual([]);
    await clock.advance(1);
    expect(worked).toEqual(['a']);
  });

  test('for nothing is asked for again when the key is enqueued', async () => {
    let plan: Plan<Item> = { kind: 'none' };
    const queue = createQueue({ plan: () => plan });
    await start(queue, 'a');
    await clock.advance(HOUR);
    expect(worked).toEqual([]);
    plan = { kind: 'work', item: { urgency: 0 }, isLimited: false };
    queue.enqueue('a');
    await settle();
    expect(worked).toEqual(['a']);
  });

  test('is asked for once more before the work starts', async () => {
    let isOver = false;
    const plan = (key: string): Plan<Item> =>
      key === 'b' && isOver ? { kind: 'none' } : { kind: 'work', item: { urgency: 0 }, isLimited: false };
    const queue = createQueue({ plan, maxConcurrent: 1 });
    await start(queue, 'slow', 'b');
    isOver = true;
    await release('slow');
    expect(worked).toEqual(['slow']);
  });
});

describe('the most urgent work', () => {
  const urgencies: Readonly<Record<string, number>> = { low: 1, high: 9, 'slow 5': 5 };
  const urgent = {
    maxConcurrent: 1,
    isMoreUrgent: (left: Item, right: Item) => left.urgency > right.urgency,
  };

  test('starts first, then what was enqueued first', async () => {
    const queue = createQueue({
      ...urgent,
      plan: (key) => ({ kind: 'work', item: { urgency: urgencies[key] ?? 1 }, isLimited: false }),
    });
    await start(queue, 'slow 5', 'low', 'other', 'high');
    await release('slow 5');
    expect(worked).toEqual(['high', 'slow 5', 'low', 'other']);
  });

  test('gives way when it turns out to have to wait', async () => {
    let plans = 0;
    const queue = createQueue({
      ...urgent,
      plan: (key) => {
        if (key === 'high' && (plans += 1) > 1) return { kind: 'wait', until: MINUTE };
        return { kind: 'work', item: { urgency: urgencies[key] ?? 1 }, isLimited: key === 'high' };
      },
    });
    await start(queue, 'high', 'low');
    expect(worked).toEqual(['low']);
  });
});

describe('limited work', () => {
  const limitedUntil = (): number => MINUTE;
  const plan = (key: string): Plan<Item> => ({
    kind: 'work',
    item: { urgency: 0 },
    isLimited: key.startsWith('limited'),
  });

  test('waits until it may start, and holds up no other', async () => {
    const queue = createQueue({ plan, limitedUntil });
    await start(queue, 'limited', 'free');
    expect(worked).toEqual(['free']);
    await clock.advance(MINUTE - 1);
    expect(worked).toEqual(['free']);
    await clock.advance(1);
    expect(worked).toEqual(['free', 'limited']);
  });

  test('goes at the pace of a rate limiter that hears of each start', async () => {
    let freeAt = 0;
    const queue = createQueue({ plan, limitedUntil: () => freeAt });
    const { work } = worker;
    worker = {
      ...worker,
      work: (...given) => {
        freeAt = clock.monotonic() + SECOND;
        return work(...given);
      },
    };
    await start(queue, 'limited 1', 'limited 2', 'limited 3');
    expect(worked).toEqual(['limited 1']);
    await clock.advance(SECOND);
    expect(worked).toEqual(['limited 1', 'limited 2']);
    await clock.advance(SECOND);
    expect(worked).toEqual(['limited 1', 'limited 2', 'limited 3']);
  });
});

describe('keys of one group', () => {
  const groupOf = (key: string): string => key.split('/')[0] ?? key;

  test('are not worked on at once, others are', async () => {
    const queue = createQueue({ groupOf });
    await start(queue, 'slow/1', 'slow/2', 'b/1');
    expect(worked).toEqual(['slow/1', 'b/1']);
    await release('slow/1');
    expect(worked).toEqual(['slow/1', 'b/1', 'slow/2']);
  });
});

describe('work that fails', () => {
  test('is tried again after a wait that doubles up to a limit', async () => {
    const queue = createQueue();
    failing.add('a');
    await start(queue, 'a');
    const times: number[] = [];
    for (let ms = 0; ms < 5 * MINUTE; ms += SECOND) {
      const before = worked.length;
      await clock.advance(SECOND);
      if (worked.length > before) times.push(clock.monotonic());
    }
    const waits = times.map((at, index) => at - (times[index - 1] ?? 0));
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30, 30, 30].map((s) => s * SECOND));
    expect(failures.slice(0, 2)).toEqual(['a 1', 'a 2']);
  });

  test('is not tried before, whatever happens to its key', async () => {
    const queue = createQueue();
    failing.add('a');
    await start(queue, 'a');
    queue.enqueue('a');
    queue.enqueueWithin('a', 1);
    await clock.advance(SECOND - 1);
    expect(worked).toEqual(['a']);
    await clock.advance(1);
    expect(worked).toEqual(['a', 'a']);
  });

  test('begins with the first wait after a success', async () => {
    const queue = createQueue();
    failing.add('a');
    await start(queue, 'a');
    await clock.advance(3 * SECOND);
    failing.clear();
    await clock.advance(4 * SECOND);
    failing.add('a');
    queue.enqueue('a');
    await settle();
    expect(failures.at(-1)).toBe('a 1');
  });

  test('is forgotten when there is nothing to do for the key any more', async () => {
    failing.add('a');
    let isNeeded = true;
    const work: Plan<Item> = { kind: 'work', item: { urgency: 0 }, isLimited: false };
    const queue = createQueue({ plan: () => (isNeeded ? work : { kind: 'none' }) });
    await start(queue, 'a');
    await clock.advance(2 * SECOND);
    expect(failures).toEqual(['a 1', 'a 2']);
    isNeeded = false;
    queue.enqueue('a');
    await settle();
    isNeeded = true;
    queue.enqueue('a');
    await settle();
    expect(failures).toEqual(['a 1', 'a 2', 'a 1']);
  });

  test('is no failure when it was cut', async () => {
    const queue = createQueue();
    failing.add('slow');
    await start(queue, 'slow');
    stop.abort();
    cut.abort();
    await release('slow');
    expect(failures).toEqual([]);
  });
});

describe('a queue that may not work', () => {
  test('does not spin, and goes on by itself when it may', async () => {
    const queue = createQueue();
    mayWork = false;
    await start(queue, 'a');
    await clock.advance(10 * SECOND);
    expect(worked).toEqual([]);
    expect(asked).toBeLessThan(20);
    mayWork = true;
    await clock.advance(SECOND);
    expect(worked).toEqual(['a']);
  });

  test('does not spin when it is full', async () => {
    const queue = createQueue({ maxConcurrent: 1 });
    requeueAt.set('a', 5 * SECOND);
    await start(queue, 'a');
    queue.enqueue('slow');
    await settle();
    asked = 0;
    await clock.advance(20 * SECOND);
    expect(asked).toBe(0);
    await release('slow');
    expect(worked).toEqual(['a', 'slow', 'a']);
  });
});

test('a jump of the wall clock changes no wait', async () => {
  const queue = createQueue();
  requeueAt.set('a', 10 * SECOND);
  await start(queue, 'a');
  clock.jump(-HOUR);
  await clock.advance(10 * SECOND);
  expect(worked).toEqual(['a', 'a']);
});

test('run ends when the last piece of work has ended', async () => {
  const queue = createQueue();
  await start(queue, 'slow');
  let isOver = false;
  void done?.then(() => {
    isOver = true;
  });
  stop.abort();
  queue.enqueue('b');
  await settle();
  expect(isOver).toBe(false);
  await release('slow');
  expect(isOver).toBe(true);
  expect(worked).toEqual(['slow']);
});

test('a queue that does not run keeps nothing, and forgets what it had when it ends', async () => {
  const queue = createQueue();
  queue.enqueue('a');
  queue.enqueueWithin('b', SECOND);
  requeueAt.set('c', MINUTE);
  failing.add('d');
  await start(queue, 'c', 'd');
  expect(worked).toEqual(['c', 'd']);
  stop.abort();
  await done;
  queue.enqueue('a');
  stop = new AbortController();
  await start(queue);
  await clock.advance(HOUR);
  expect(worked).toEqual(['c', 'd']);
  queue.enqueue('d');
  await settle();
  expect(failures).toEqual(['d 1', 'd 1']);
});

/** What is done to a queue at random times. */
const actions = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    kind: fc.constantFrom('enqueue', 'enqueueWithin', 'fail', 'succeed', 'advance', 'end'),
    ms: fc.integer({ min: 0, max: 5 * SECOND }),
  }),
  { maxLength: 60 },
);

test('whatever happens, no group is worked on twice at once, and no key that was enqueued is missed', async () => {
  await fc.assert(
    fc.asyncProperty(actions, async (steps) => {
      const time = createFakeClock(0);
      const busy = new Set<string>();
      const ends: (() => void)[] = [];
      const unfinished = new Set<string>();
      const bad = new Set<string>();
      const ending = new AbortController();
      const queue = new WorkQueue<undefined>({
        clock: time,
        maxConcurrent: 2,
        mayWork: () => true,
        groupOf: (key) => (key === 'd' ? 'c' : key),
        backoff: { initMs: SECOND, maxMs: 4 * SECOND },
        random: () => 0.5,
      });
      const tried: Worker<undefined> = {
        plan: () => ({ kind: 'work', item: undefined, isLimited: false }),
        work: async (key) => {
          const group = key === 'd' ? 'c' : key;
          if (busy.has(group)) throw new Error(`${group} is worked on twice`);
          busy.add(group);
          unfinished.delete(key);
          await new Promise<void>((resolve) => ends.push(resolve));
          busy.delete(group);
          if (!bad.has(key)) return undefined;
          unfinished.add(key);
          throw new Error('failed');
        },
        onFailure: (_key, error) => {
          if (!(error instanceof Error) || error.message !== 'failed') throw error;
        },
      };
      const act = {
        enqueue: (key: string) => queue.enqueue(key),
        enqueueWithin: (key: string, ms: number) => queue.enqueueWithin(key, ms),
        fail: (key: string) => bad.add(key),
        succeed: (key: string) => bad.delete(key),
        advance: (_key: string, ms: number) => time.advance(ms),
        end: () => ends.shift()?.(),
      };
      const running = queue.run(tried, ending.signal);
      for (const { key, kind, ms } of steps) {
        if (kind.startsWith('enqueue')) unfinished.add(key);
        await act[kind](key, ms);
        await settle(1);
      }
      bad.clear();
      for (let round = 0; round < 20; round += 1) {
        while (ends.length > 0) ends.shift()?.();
        await time.advance(SECOND);
      }
      expect([...unfinished]).toEqual([]);
      ending.abort();
      await running;
    }),
    { numRuns: 100 },
  );
});
