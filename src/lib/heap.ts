/** A priority queue from which anything can be taken out. All but `peek` cost the logarithm of its size. */
export interface Heap<T extends object> {
  readonly size: number;
  /** What comes before everything else. */
  readonly peek: () => T | undefined;
  /** Each value is in it once. */
  readonly add: (value: T) => void;
  /** Taking out what is not in it is no error. */
  readonly remove: (value: T) => void;
}

/** Where each value is; undefined for one that is not in the queue. */
export interface Places<T> {
  get(value: T): number | undefined;
  set(value: T, place: number): void;
  delete(value: T): void;
}

interface State<T> {
  readonly isBefore: (left: T, right: T) => boolean;
  /** The one at place n comes before those at 2n + 1 and 2n + 2. */
  readonly values: T[];
  readonly places: Places<T>;
}

/**
 * An empty queue. `isBefore` must not change its mind about values that are in it. `places`: for values that keep their place
 * themselves, which is several times as fast where they come and go all the time.
 */
export function createHeap<T extends object>(
  isBefore: (left: T, right: T) => boolean,
  places: Places<T> = new Map<T, number>(),
): Heap<T> {
  const state: State<T> = { isBefore, values: [], places };
  const { values } = state;
  return {
    get size() {
      return values.length;
    },
    peek: () => values[0],
    add: (value) => {
      if (places.get(value) === undefined) rise(state, value, values.length);
    },
    remove: (value) => {
      const place = places.get(value);
      const last = values.at(-1);
      if (place === undefined || last === undefined) return;
      values.pop();
      places.delete(value);
      // The last one fills the gap, and belongs above or below it.
      if (last !== value && rise(state, last, place) === place) sink(state, last, place);
    },
  };
}

function put<T>({ values, places }: State<T>, value: T, place: number): void {
  values[place] = value;
  places.set(value, place);
}

function rise<T>(state: State<T>, value: T, from: number): number {
  let place = from;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    const above = state.values[parent] as T;
    if (!state.isBefore(value, above)) break;
    put(state, above, place);
    place = parent;
  }
  put(state, value, place);
  return place;
}

function sink<T>(state: State<T>, value: T, from: number): void {
  let place = from;
  for (let child = firstChild(state, place); child !== undefined; child = firstChild(state, place)) {
    const below = state.values[child] as T;
    if (!state.isBefore(below, value)) break;
    put(state, below, place);
    place = child;
  }
  put(state, value, place);
}

function firstChild<T>({ values, isBefore }: State<T>, place: number): number | undefined {
  const left = 2 * place + 1;
  const right = left + 1;
  if (left >= values.length) return undefined;
  return right < values.length && isBefore(values[right] as T, values[left] as T) ? right : left;
}
