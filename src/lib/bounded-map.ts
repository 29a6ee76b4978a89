/** A map that holds at most `max` entries: the one that was set longest ago makes room for a new one. */
export class BoundedMap<K, V> {
  readonly #max: number;
  readonly #entries = new Map<K, V>();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  has(key: K): boolean {
    return this.#entries.has(key);
  }

  /** Sets a value; the key counts as new. Returns the key that had to make room, if one had. */
  set(key: K, value: V): K | undefined {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#max) return undefined;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
    return oldest;
  }

  delete(key: K): boolean {
    return this.#entries.delete(key);
  }

  /** Those set longest ago first. */
  entries(): IterableIterator<[K, V]> {
    return this.#entries.entries();
  }
}

/** Returns an equal string, the same instance for equal arguments as long as it is remembered. */
type Intern = (text: string) => string;

/** Namespaces, nodes, owners, images and reasons of a very large cluster fit; one entry costs about 100 bytes. */
const MAX_ENTRIES = 50_000;

/** Makes equal strings share their memory: thousands of pods name the same few namespaces, nodes and images. */
export function createInterner(maxStrings = MAX_ENTRIES): Intern {
  const pool = createPool<string>(maxStrings);
  return (text) => pool(text, text);
}

/**
 * Makes values of the same key share their memory: the first one is given for all. Remembers at most `maxEntries`: those that were not
 * asked for again while half as many others came are forgotten, which costs sharing but never correctness.
 */
export function createPool<T>(maxEntries = MAX_ENTRIES): (key: string, value: T) => T {
  const halfFull = Math.max(1, Math.floor(maxEntries / 2));
  let young = new Map<string, T>();
  let old = new Map<string, T>();
  return (key, value) => {
    const same = young.get(key);
    if (same !== undefined) return same;
    const found = old.get(key) ?? value;
    if (young.size >= halfFull) [young, old] = [new Map(), young];
    young.set(key, found);
    return found;
  };
}
