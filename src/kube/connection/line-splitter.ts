const NEWLINE = 0x0a;

interface LineSplitterOptions {
  /** Longer lines are skipped, not kept. */
  readonly maxBytes: number;
  /** A whole line without its newline; valid during the call only. Empty lines are left out. */
  readonly onLine: (line: Buffer) => void;
  /** A line was longer than `maxBytes`. */
  readonly onOversize: () => void;
}

/**
 * Cuts a watch stream at byte 0x0A and nowhere else: U+2028 and carriage returns may stand inside a JSON string, and a
 * character may be split over two chunks. What follows the last newline when the stream ends is dropped.
 */
export class LineSplitter {
  readonly #options: LineSplitterOptions;
  readonly #line: Accumulator;

  constructor(options: LineSplitterOptions) {
    this.#options = options;
    this.#line = new Accumulator(options.maxBytes);
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#line.add(chunk.subarray(start, end));
      this.#endLine();
      start = end + 1;
    }
    this.#line.add(chunk.subarray(start));
  }

  #endLine(): void {
    const line = this.#line;
    if (line.overflowed) this.#options.onOversize();
    else if (line.size > 0) this.#options.onLine(line.bytes());
    line.clear();
  }
}

const SMALLEST_BYTES = 16 * 1_024;
/** A larger buffer is given back after use: objects of this size are rare. */
const KEPT_BYTES = 1_024 * 1_024;
/** How much is shown of what was too long: enough for an object's metadata. */
const HEAD_BYTES = 64 * 1_024;

/**
 * Gathers one line or item that may arrive in any number of pieces. Holds at most twice `maxBytes`, however small the pieces are: they are
 * copied together instead of kept, because each would keep the whole chunk it is cut from. The usual line or item is one piece, which is
 * handed out as it is.
 */
export class Accumulator {
  readonly #maxBytes: number;
  /** The first piece, as long as it is the only one. */
  #only: Buffer | undefined;
  /** The pieces, copied together; doubles when it is full. */
  #copies = Buffer.alloc(0);
  #copied = 0;
  #overflowed = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** More was added than the bound allows. */
  get overflowed(): boolean {
    return this.#overflowed;
  }

  /** Length of `bytes()`. */
  get size(): number {
    return this.#only?.length ?? this.#copied;
  }

  /** What was added, or beyond the bound how it begins; valid until the next call. */
  bytes(): Buffer {
    return this.#only ?? this.#copies.subarray(0, this.#copied);
  }

  add(piece: Buffer): void {
    if (this.#overflowed || piece.length === 0) return;
    const { size } = this;
    if (size + piece.length > this.#maxBytes) return this.#overflow(piece);
    if (size === 0) {
      this.#only = piece;
      return;
    }
    this.#copyOnly();
    this.#append(piece);
  }

  clear(): void {
    if (this.#copies.length > KEPT_BYTES) this.#copies = Buffer.alloc(0);
    this.#copied = 0;
    this.#only = undefined;
    this.#overflowed = false;
  }

  /** Keeps the head, and no room for more. */
  #overflow(piece: Buffer): void {
    this.#copyOnly();
    this.#append(piece.subarray(0, Math.max(0, HEAD_BYTES - this.#copied)));
    this.#copies = Buffer.from(this.#copies.subarray(0, Math.min(this.#copied, HEAD_BYTES)));
    this.#copied = this.#copies.length;
    this.#overflowed = true;
  }

  #copyOnly(): void {
    if (this.#only !== undefined) this.#append(this.#only);
    this.#only = undefined;
  }

  #append(piece: Buffer): void {
    const needed = this.#copied + piece.length;
    if (needed > this.#copies.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#copies.length * 2, SMALLEST_BYTES));
      this.#copies.copy(larger, 0, 0, this.#copied);
      this.#copies = larger;
    }
    piece.copy(this.#copies, this.#copied);
    this.#copied = needed;
  }
}
