import type { Clock } from '../domain/clock.ts';
import { createWake } from './wake.ts';

export interface KeyLoopOptions {
  readonly clock: Clock;
  readonly maxConcurrent: number;
  /** Asked before each piece of work. */
  readonly mayWork: () => boolean;
  /** Does what is to be done for a key and says when it is worth another look (epoch milliseconds). Must not throw. */
  readonly work: (key: string, signal: AbortSignal) => Promise<number | undefined>;
}

/** Works on keys: those that something happened to, and those whose time has come. Never twice at once on one key. */
export interface KeyLoop {
  /** Something happened to this key. */
  readonly touch: (key: string) => void;
  /** Works until the signal is aborted; resolves when the last piece of work has ended. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

interface State {
  readonly options: KeyLoopOptions;
  readonly touched: Set<string>;
  readonly busy: Set<string>;
  readonly wakeTimes: Map<string, number>;
}

/** A loop with no keys. */
export function createKeyLoop(options: KeyLoopOptions): KeyLoop {
  const state: State = { options, touched: new Set(), busy: new Set(), wakeTimes: new Map() };
  const wake = createWake(options.clock);
  return {
    touch: (key) => {
      state.touched.add(key);
      wake.notify();
    },
    run: async (signal) => {
      const running = new Set<Promise<void>>();
      while (!signal.aborted) {
        while (running.size < options.maxConcurrent && options.mayWork()) {
          const key = takeDue(state);
          if (key === undefined) break;
          const task = workOn(state, key, signal).finally(() => {
            running.delete(task);
            wake.notify();
          });
          running.add(task);
        }
        await wake.wait(nextWake(state), signal).catch(() => undefined);
      }
      await Promise.all(running);
    },
  };
}

async function workOn({ options, busy, wakeTimes }: State, key: string, signal: AbortSignal): Promise<void> {
  busy.add(key);
  try {
    const next = await options.work(key, signal);
    if (next !== undefined) wakeTimes.set(key, next);
  } finally {
    busy.delete(key);
  }
}

/** Keys whose time has come join those that something happened to; one that is being worked on waits for its turn. */
function takeDue({ options, touched, busy, wakeTimes }: State): string | undefined {
  const now = options.clock.now();
  for (const [key, at] of wakeTimes) {
    if (at > now) continue;
    wakeTimes.delete(key);
    touched.add(key);
  }
  for (const key of touched) {
    if (busy.has(key)) continue;
    touched.delete(key);
    return key;
  }
  return undefined;
}

/** On the monotonic clock, so that a jump of the wall clock cannot end the wait far too late by itself. */
function nextWake({ options, wakeTimes }: State): number | undefined {
  if (wakeTimes.size === 0) return undefined;
  let next = Infinity;
  for (const at of wakeTimes.values()) next = Math.min(next, at);
  return options.clock.monotonic() + Math.max(0, next - options.clock.now());
}
