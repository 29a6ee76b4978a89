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
  action: (() => void) | undefined;
}

/** Time that stands at zero. Actions of the same moment run in the order in which they were asked for. */
export function createScheduler(): Scheduler {
  const heap: Entry[] = [];
  let now = 0;
  let order = 0;

  return {
    now: () => now,
    after: (delayMs, action) => {
      order += 1;
      const entry: Entry = { time: now + Math.max(0, delayMs), order, action };
      push(heap, entry);
      return () => {
        entry.action = undefined;
      };
    },
    runUntil: async (time, maxActions) => {
      let actions = 0;
      for (let next = heap[0]; next !== undefined && next.time <= time; next = heap[0]) {
        pop(heap);
        if (next.action === undefined) continue;
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

function push(heap: Entry[], entry: Entry): void {
  let index = heap.length;
  heap.push(entry);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent] as Entry;
    if (!isBefore(entry, above)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop() as Entry;
  if (heap.length === 0) return;
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    if (left >= heap.length) break;
    const right = left + 1;
    const child = right < heap.length && isBefore(heap[right] as Entry, heap[left] as Entry) ? right : left;
    if (!isBefore(heap[child] as Entry, last)) break;
    heap[index] = heap[child] as Entry;
    index = child;
  }
  heap[index] = last;
}
