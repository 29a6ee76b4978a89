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
