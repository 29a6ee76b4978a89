import { createHeap } from '../../src/lib/heap.ts';

/** Virtual time. Whatever happens in a simulation is an action at a moment; between two actions all promises settle. */
export interface Scheduler {
  /** Milliseconds since the beginning. */
  readonly now: () => number;
  /** Runs `action` after `delayMs`; returns what takes it back. */
  readonly after: (delayMs: number, action: () => void) => () => void;
  /** Runs everything up to this moment. Throws when there is more than `maxActions` to do: something runs hot. */
  readonly runUntil: (time: number, maxActions: number) => Promise<void>;
}

interface Entry {
  readonly time: number;
  readonly order: number;
  readonly action: () => void;
}

/** Time that stands at zero. Actions of the same moment run in the order in which they were asked for. */
export function createScheduler(): Scheduler {
  const heap = createHeap<Entry>(isBefore);
  let now = 0;
  let order = 0;

  return {
    now: () => now,
    after: (delayMs, action) => {
      order += 1;
      // Whole milliseconds, as timers have them: between two numbers that round to one, nobody would get on.
      const entry: Entry = { time: now + Math.max(0, Math.ceil(delayMs)), order, action };
      heap.add(entry);
      return () => heap.remove(entry);
    },
    runUntil: async (time, maxActions) => {
      let actions = 0;
      for (let next = heap.peek(); next !== undefined && next.time <= time; next = heap.peek()) {
        heap.remove(next);
        actions += 1;
        if (actions > maxActions) throw new Error(`more than ${maxActions} actions: something runs hot`);
        now = next.time;
        next.action();
        await promisesSettled();
      }
      now = time;
    },
  };
}

/** A macrotask begins only when no promise reaction is left, so what runs in between depends on nothing but the code. */
function promisesSettled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function isBefore(left: Entry, right: Entry): boolean {
  return left.time < right.time || (left.time === right.time && left.order < right.order);
}
