import { type Clock, SECOND } from '../domain/clock.ts';
import { createHeap, type Heap } from './heap.ts';
import { createWake } from './wake.ts';

/** Keys that may not be worked on now are offered again after this long. */
const RECHECK_MS = SECOND;

export interface KeyLoopOptions {
  readonly clock: Clock;
  readonly maxConcurrent: number;
  /** Asked before each piece of work. */
  readonly mayWork: () => boolean;
  /** Does what is to be done for a key and says when it is worth another look (monotonic milliseconds). Must not throw. */
  readonly work: (key: string, signal: AbortSignal) => Promise<number | undefined>;
}

/** Works on keys: those that something happened to, and those whose time has come. Never twice at once on one key. */
export interface KeyLoop {
  /** Something happened to this key. */
  readonly touch: (key: string) => void;
  /** The same, where it is enough to look within `ms`, however often that is asked for until then. */
  readonly touchWithin: (key: string, ms: number) => void;
  /** Works until the signal is aborted; resolves when the last piece of work has ended. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** When a key is to be looked at, in monotonic milliseconds. */
interface WakeTime {
  readonly key: string;
  readonly at: number;
}

interface State {
  readonly options: KeyLoopOptions;
  readonly touched: Set<string>;
  readonly busy: Set<string>;
  readonly wakeTimes: Map<string, WakeTime>;
  /** The same, the earliest first: with thousands of keys nobody looks through all of them for each piece of work. */
  readonly queue: Heap<WakeTime>;
}

/** A loop with no keys. */
export function createKeyLoop(options: KeyLoopOptions): KeyLoop {
  const state: State = {
    options,
    touched: new Set(),
    busy: new Set(),
    wakeTimes: new Map(),
    queue: createHeap((left, right) => left.at < right.at),
  };
  const wake = createWake(options.clock);

  /** Starts as much as may run at once. Returns when to look again (monotonic), unless something happens before. */
  function startWork(running: Set<Promise<void>>, signal: AbortSignal): number | undefined {
    const nextAt = collectDue(state);
    while (running.size < options.maxConcurrent) {
      const key = nextKey(state);
      if (key === undefined) return nextAt;
      if (!options.mayWork()) return options.clock.monotonic() + RECHECK_MS;
      state.touched.delete(key);
      const task = workOn(state, key, signal).finally(() => {
        running.delete(task);
        wake.notify();
      });
      running.add(task);
    }
    return undefined;
  }

  return {
    touch: (key) => {
      state.touched.add(key);
      wake.notify();
    },
    touchWithin: (key, ms) => {
      const at = options.clock.monotonic() + ms;
      // What is worked on says at its end when it is to be looked at again, and would forget this.
      if (state.busy.has(key)) state.touched.add(key);
      else setWakeTime(state, key, Math.min(at, state.wakeTimes.get(key)?.at ?? at));
      wake.notify();
    },
    run: async (signal) => {
      const running = new Set<Promise<void>>();
      while (!signal.aborted) {
        const until = startWork(running, signal);
        await wake.wait(until, signal).catch(() => undefined);
      }
      await Promise.all(running);
    },
  };
}

async function workOn(state: State, key: string, signal: AbortSignal): Promise<void> {
  const { options, busy } = state;
  busy.add(key);
  try {
    setWakeTime(state, key, await options.work(key, signal));
  } finally {
    busy.delete(key);
  }
}

function setWakeTime({ wakeTimes, queue }: State, key: string, at: number | undefined): void {
  const before = wakeTimes.get(key);
  if (before !== undefined) queue.remove(before);
  wakeTimes.delete(key);
  if (at === undefined) return;
  const wakeTime = { key, at };
  wakeTimes.set(key, wakeTime);
  queue.add(wakeTime);
}

/** Keys whose time has come join those that something happened to. Returns when the next one comes (monotonic milliseconds). */
function collectDue(state: State): number | undefined {
  const { options, touched, queue } = state;
  const now = options.clock.monotonic();
  for (let next = queue.peek(); next !== undefined && next.at <= now; next = queue.peek()) {
    setWakeTime(state, next.key, undefined);
    touched.add(next.key);
  }
  return queue.peek()?.at;
}

/** One that is being worked on waits for its turn. */
function nextKey({ touched, busy }: State): string | undefined {
  for (const key of touched) if (!busy.has(key)) return key;
  return undefined;
}
