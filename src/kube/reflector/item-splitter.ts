import { Accumulator } from '../connection/line-splitter.ts';
import {
  type ArrayPositions,
  BRACE_BIT,
  CLOSE_BRACE,
  closingQuote,
  noteBracket,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './json-scan.ts';

/** The envelope is the list without its items: a few hundred bytes, with a long continue token a few thousand. */
const MAX_ENVELOPE_BYTES = 1_024 * 1_024;

/** Depth of nesting at which the list's own fields, its items and the items' content stand. */
const IN_ROOT = 1;
const IN_ITEMS = 2;
/** An item's metadata, spec or status. */
const IN_SECTION = 4;

export interface ItemSplitterOptions {
  /** Longer items are skipped. */
  readonly maxBytes: number;
  /** A whole item, and the arrays that stand in its sections; valid during the call only. */
  readonly onItem: (item: Buffer, arrays: ArrayPositions) => void;
  /** An item was longer than `maxBytes`; `head` is how it begins. */
  readonly onOversize: (head: Buffer) => void;
  /** The array of items begins; `envelope` is what stood before it, closed so that it parses. */
  readonly onItemsStart?: (envelope: string) => void;
}

/**
 * Finds the elements of the root object's `items` array in a JSON text that arrives in pieces, without parsing it:
 * counts braces and brackets outside strings. Objects elsewhere (a list's metadata may hold some) belong to the envelope.
 */
export class ItemSplitter {
  readonly #options: ItemSplitterOptions;
  readonly #envelope = new Accumulator(MAX_ENVELOPE_BYTES);
  readonly #item: Accumulator;
  /** Of the item, by positions in it. */
  readonly #arrays: number[] = [];
  #chunk: Buffer = Buffer.alloc(0);
  /** Where in the chunk the bytes begin that no piece has taken yet. */
  #from = 0;
  #depth = 0;
  #inItems = false;
  #inString = false;
  /** The string so far ends in a backslash that escapes the next byte. */
  #escaped = false;
  #closed = false;

  constructor(options: ItemSplitterOptions) {
    this.#options = options;
    this.#item = new Accumulator(options.maxBytes);
  }

  push(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#from = 0;
    let at = this.#inString ? this.#resumeString() : 0;
    while (at < chunk.length && !this.#closed) at = this.#advance(at);
    if (!this.#closed) this.#take(chunk.length);
  }

  /** The list without its items, once the root object has closed; undefined before. */
  envelope(): string | undefined {
    return this.#closed && !this.#envelope.overflowed ? textOf(this.#envelope) : undefined;
  }

  /**
   * Goes on to the next brace or bracket that begins or ends the list, its items or one item, and handles it; returns the position after it,
   * or the chunk's end. One plain loop over local variables: it sees every byte of every list.
   */
  #advance(start: number): number {
    const chunk = this.#chunk;
    let depth = this.#depth;
    for (let at = start; at < chunk.length; at += 1) {
      const byte = chunk[at] as number;
      const shape = byte | BRACE_BIT;
      if (byte === QUOTE) {
        const end = closingQuote(chunk, at + 1);
        this.#endString(end);
        at = end;
      } else if (shape === OPEN_BRACE) {
        if (depth <= IN_ITEMS) return this.#handle(at, depth, byte);
        if (depth === IN_SECTION) this.#noteInItem(at, byte);
        depth += 1;
      } else if (shape === CLOSE_BRACE) {
        if (depth <= IN_ITEMS + 1) return this.#handle(at, depth, byte);
        depth -= 1;
        if (depth === IN_SECTION) this.#noteInItem(at, byte);
      }
    }
    this.#depth = depth;
    return chunk.length;
  }

  #endString(end: number): void {
    this.#inString = end >= this.#chunk.length;
    this.#escaped = end > this.#chunk.length;
  }

  #noteInItem(at: number, byte: number): void {
    noteBracket(this.#arrays, byte, this.#item.size + at - this.#from);
  }

  #handle(at: number, depth: number, byte: number): number {
    this.#depth = depth;
    if ((byte | BRACE_BIT) === OPEN_BRACE) this.#open(at, byte);
    else this.#close(at);
    return at + 1;
  }

  /** The chunk begins inside a string; returns the position after that string, or the chunk's end. */
  #resumeString(): number {
    const { length } = this.#chunk;
    if (length === 0) return 0;
    const end = closingQuote(this.#chunk, this.#escaped ? 1 : 0);
    this.#endString(end);
    return Math.min(end + 1, length);
  }

  #open(at: number, byte: number): void {
    if (this.#depth === IN_ROOT && byte === OPEN_BRACKET) {
      this.#take(at + 1);
      this.#inItems = endsWithItemsKey(this.#envelope);
      if (this.#inItems) this.#options.onItemsStart?.(`${textOf(this.#envelope)}]}`);
    } else if (this.#inItems && this.#depth === IN_ITEMS) {
      this.#take(at);
      this.#arrays.length = 0;
    }
    this.#depth += 1;
  }

  #close(at: number): void {
    if (this.#inItems && this.#depth === IN_ITEMS + 1) {
      this.#take(at + 1);
      this.#finishItem();
    } else if (this.#inItems && this.#depth === IN_ITEMS) {
      this.#take(at);
      this.#inItems = false;
    }
    this.#depth -= 1;
    if (this.#depth > 0) return;
    this.#take(at + 1);
    this.#closed = true;
  }

  /** Gives the bytes up to `to` to whom they belong. Between items there are only commas and white space: nobody's. */
  #take(to: number): void {
    const bytes = this.#chunk.subarray(this.#from, to);
    if (!this.#inItems) this.#envelope.add(bytes);
    else if (this.#depth > IN_ITEMS) this.#item.add(bytes);
    this.#from = to;
  }

  #finishItem(): void {
    const item = this.#item;
    if (item.overflowed) this.#options.onOversize(item.bytes());
    else this.#options.onItem(item.bytes(), this.#arrays);
    item.clear();
  }
}

function endsWithItemsKey(envelope: Accumulator): boolean {
  return /"items"\s*:\s*\[$/.test(envelope.bytes().subarray(-64).toString('latin1'));
}

function textOf(envelope: Accumulator): string {
  return envelope.bytes().toString('utf8');
}
