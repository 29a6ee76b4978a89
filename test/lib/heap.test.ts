import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createHeap, type Heap } from '../../src/lib/heap.ts';

interface Value {
  readonly rank: number;
}

function aHeap(): Heap<Value> {
  return createHeap((left, right) => left.rank < right.rank);
}

/** What `action` does: a number adds a value of this rank, a negative one takes out one that is in. */
function play(actions: readonly number[]): { readonly heap: Heap<Value>; readonly model: Value[] } {
  const heap = aHeap();
  const model: Value[] = [];
  for (const action of actions) {
    if (action >= 0) {
      const value = { rank: action };
      heap.add(value);
      model.push(value);
    } else {
      const [value] = model.splice(-action % Math.max(1, model.length), 1);
      if (value !== undefined) heap.remove(value);
    }
  }
  return { heap, model };
}

describe('a heap', () => {
  test('gives in order what was added and not taken out, whatever happened', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 200 }), (actions) => {
        const { heap, model } = play(actions);
        const given: number[] = [];
        for (let next = heap.peek(); next !== undefined; next = heap.peek()) {
          given.push(next.rank);
          heap.remove(next);
        }
        expect(given).toEqual(model.map(({ rank }) => rank).toSorted((left, right) => left - right));
        expect(heap.size).toBe(0);
      }),
    );
  });

  test('holds each value once, and does not mind one that it does not have', () => {
    const heap = aHeap();
    const value = { rank: 1 };
    heap.add(value);
    heap.add(value);
    heap.remove({ rank: 1 });
    expect(heap.size).toBe(1);
    heap.remove(value);
    heap.remove(value);
    expect([heap.size, heap.peek()]).toEqual([0, undefined]);
  });
});
