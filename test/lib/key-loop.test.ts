import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { HOUR, SECOND } from '../../src/domain/clock.ts';
import { createKeyLoop, type KeyLoop } from '../../src/lib/key-loop.ts';
import { createFakeClock, type FakeClock, settle } from '../support/fake-clock.ts';

let clock: FakeClock;
let worked: string[];
let asked: number;
let mayWork: boolean;
let next: Map<string, number>;
let held: Map<string, () => void>;
let stop: AbortController;
let done: Promise<void> | undefined;

beforeEach(() => {
  clock = createFakeClock(0);
  worked = [];
  asked = 0;
  mayWork = true;
  next = new Map();
  held = new Map();
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  for (const release of held.values()) release();
  await done;
  done = undefined;
});

function createLoop(maxConcurrent = 2): KeyLoop {
  return createKeyLoop({
    clock,
    maxConcurrent,
    mayWork: () => {
      asked += 1;
      return mayWork;
    },
    work: async (key) => {
      worked.push(key);
      if (key.startsWith('slow')) await new Promise<void>((resolve) => held.set(key, resolve));
      const at = next.get(key);
      next.delete(key);
      return at;
    },
  });
}

async function start(loop: KeyLoop): Promise<void> {
  done = loop.run(stop.signal);
  await settle();
}

describe('keys', () => {
  test('are worked on when something happens to them, once however often it happened', async () => {
    const loop = createLoop();
    loop.touch('a');
    loop.touch('a');
    await start(loop);
    expect(worked).toEqual(['a']);
    loop.touch('b');
    await settle();
    expect(worked).toEqual(['a', 'b']);
  });

  test('are worked on again when their time comes', async () => {
    const loop = createLoop();
    next.set('a', 10 * SECOND);
    loop.touch('a');
    await start(loop);
    await clock.advance(10 * SECOND - 1);
    expect(worked).toEqual(['a']);
    await clock.advance(1);
    expect(worked).toEqual(['a', 'a']);
    await clock.advance(HOUR);
    expect(worked).toEqual(['a', 'a']);
  });

  test('have only the last time that was named', async () => {
    const loop = createLoop();
    next.set('a', 10 * SECOND);
    loop.touch('a');
    await start(loop);
    loop.touch('a');
    await clock.advance(HOUR);
    expect(worked).toEqual(['a', 'a']);
  });

  test('are never worked on twice at once, and nothing that happens meanwhile is missed', async () => {
    const loop = createLoop();
    loop.touch('slow');
    await start(loop);
    loop.touch('slow');
    await settle();
    expect(worked).toEqual(['slow']);
    held.get('slow')?.();
    await settle();
    expect(worked).toEqual(['slow', 'slow']);
  });

  test('wait for a free place', async () => {
    const loop = createLoop(2);
    for (const key of ['slow 1', 'slow 2', 'c']) loop.touch(key);
    await start(loop);
    expect(worked).toEqual(['slow 1', 'slow 2']);
    held.get('slow 1')?.();
    await settle();
    expect(worked).toEqual(['slow 1', 'slow 2', 'c']);
  });
});

describe('a loop that may not work', () => {
  test('does not work, does not spin, and goes on by itself when it may', async () => {
    const loop = createLoop();
    mayWork = false;
    loop.touch('a');
    await start(loop);
    await clock.advance(10 * SECOND);
    expect(worked).toEqual([]);
    expect(asked).toBeLessThan(20);
    mayWork = true;
    await clock.advance(SECOND);
    expect(worked).toEqual(['a']);
  });

  test('does not spin for a key whose time has come', async () => {
    const loop = createLoop();
    next.set('a', 5 * SECOND);
    loop.touch('a');
    await start(loop);
    mayWork = false;
    asked = 0;
    await clock.advance(20 * SECOND);
    expect(worked).toEqual(['a']);
    expect(asked).toBeLessThan(20);
  });
});

test('a full loop does not spin for a key whose time has come', async () => {
  const loop = createLoop(1);
  next.set('a', 5 * SECOND);
  loop.touch('a');
  await start(loop);
  loop.touch('slow');
  await settle();
  asked = 0;
  await clock.advance(20 * SECOND);
  expect(asked).toBe(0);
  expect(clock.sleeping).toBe(1);
  held.get('slow')?.();
  await settle();
  expect(worked).toEqual(['a', 'slow', 'a']);
});

test.each([-HOUR, HOUR])('a jump of the wall clock by %d ms moves no wake-up time', async (jumpMs) => {
  const loop = createLoop();
  next.set('a', 10 * SECOND);
  loop.touch('a');
  await start(loop);
  clock.jump(jumpMs);
  await clock.advance(10 * SECOND - 1);
  expect(worked).toEqual(['a']);
  await clock.advance(1);
  expect(worked).toEqual(['a', 'a']);
});

test('run ends when the last piece of work has ended', async () => {
  const loop = createLoop();
  loop.touch('slow');
  await start(loop);
  let isOver = false;
  void done?.then(() => {
    isOver = true;
  });
  stop.abort();
  loop.touch('b');
  await settle();
  expect(isOver).toBe(false);
  held.get('slow')?.();
  await settle();
  expect(isOver).toBe(true);
  expect(worked).toEqual(['slow']);
});

test('keys that were touched before the end are worked on in the next run', async () => {
  const loop = createLoop();
  await start(loop);
  stop.abort();
  await done;
  loop.touch('a');
  stop = new AbortController();
  await start(loop);
  expect(worked).toEqual(['a']);
});

describe('what may wait a moment', () => {
  test('is worked on once for all that was asked meanwhile', async () => {
    const loop = createLoop();
    await start(loop);
    for (let asks = 0; asks < 5; asks += 1) loop.touchWithin('a', SECOND);
    await settle();
    expect(worked).toEqual([]);
    await clock.advance(SECOND);
    expect(worked).toEqual(['a']);
  });

  test('is not forgotten when it is asked for during the work on it', async () => {
    const loop = createLoop();
    loop.touch('slow');
    await start(loop);
    loop.touchWithin('slow', SECOND);
    held.get('slow')?.();
    held.delete('slow');
    await settle();
    expect(worked).toEqual(['slow', 'slow']);
  });
});
