const SMALLEST_BYTES = 16 * 1_024;
/** A larger store is given back after use: objects of this size are rare. */
const KEPT_BYTES = 1_024 * 1_024;
/** How much is shown of what was too long: enough for an object's metadata. */
const HEAD_BYTES = 64 * 1_024;

/** Gathers one line or item that may arrive in any number of pieces. */
export interface Accumulator {
  add(piece: Buffer): void;
  /** What was added, or beyond the bound how it begins; valid until the next call. */
  bytes(): Buffer;
  /** Length of `bytes()`. */
  readonly size: number;
  /** More was added than the bound allows. */
  readonly overflowed: boolean;
  clear(): void;
}

/**
 * Holds at most twice `maxBytes`, however small the pieces are: they are copied together instead of kept, because each would keep the whole
 * chunk it is cut from. The usual line or item is one piece, which is handed out as it is.
 */
export function createAccumulator(maxBytes: number): Accumulator {
  const copies = createCopies();
  /** The first piece, as long as it is the only one. */
  let only: Buffer | undefined;
  let overflowed = false;

  function copyOnly(): void {
    if (only !== undefined) copies.append(only);
    only = undefined;
  }

  function overflow(piece: Buffer): void {
    copyOnly();
    copies.append(piece.subarray(0, Math.max(0, HEAD_BYTES - copies.size)));
    copies.cutTo(HEAD_BYTES);
    overflowed = true;
  }

  function add(piece: Buffer): void {
    if (overflowed || piece.length === 0) return;
    const size = only?.length ?? copies.size;
    if (size + piece.length > maxBytes) return overflow(piece);
    if (size === 0) {
      only = piece;
      return;
    }
    copyOnly();
    copies.append(piece);
  }

  return {
    add,
    bytes: () => only ?? copies.bytes(),
    get size() {
      return only?.length ?? copies.size;
    },
    get overflowed() {
      return overflowed;
    },
    clear: () => {
      copies.clear();
      only = undefined;
      overflowed = false;
    },
  };
}

interface Copies {
  append(piece: Buffer): void;
  bytes(): Buffer;
  readonly size: number;
  /** Keeps what stands first, and no room for more. */
  cutTo(bytes: number): void;
  clear(): void;
}

/** One store that doubles when it is full. */
function createCopies(): Copies {
  let store = Buffer.alloc(0);
  let size = 0;
  return {
    append: (piece) => {
      const needed = size + piece.length;
      if (needed > store.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(needed, store.length * 2, SMALLEST_BYTES));
        store.copy(larger, 0, 0, size);
        store = larger;
      }
      piece.copy(store, size);
      size = needed;
    },
    bytes: () => store.subarray(0, size),
    get size() {
      return size;
    },
    cutTo: (bytes) => {
      store = Buffer.from(store.subarray(0, Math.min(size, bytes)));
      size = store.length;
    },
    clear: () => {
      if (store.length > KEPT_BYTES) store = Buffer.alloc(0);
      size = 0;
    },
  };
}
