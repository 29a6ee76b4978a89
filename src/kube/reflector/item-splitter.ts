import { type Accumulator, createAccumulator } from './accumulator.ts';
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

export interface ItemSplitter {
  push(chunk: Buffer): void;
  /** The list without its items, once the root object has closed; undefined before. */
  envelope(): string | undefined;
}

/** Where a scan stands. */
interface Scan {
  readonly options: ItemSplitterOptions;
  readonly envelope: Accumulator;
  readonly item: Accumulator;
  /** Of the item, by positions in it. */
  readonly arrays: number[];
  chunk: Buffer;
  /** Where in `chunk` the bytes begin that no piece has taken yet. */
  from: number;
  depth: number;
  inItems: boolean;
  inString: boolean;
  /** The string so far ends in a backslash that escapes the next byte. */
  escaped: boolean;
  closed: boolean;
}

/**
 * Finds the elements of the root object's `items` array in a JSON text that arrives in pieces, without parsing it:
 * counts braces and brackets outside strings. Objects elsewhere (a list's metadata may hold some) belong to the envelope.
 */
export function createItemSplitter(options: ItemSplitterOptions): ItemSplitter {
  const envelope = createAccumulator(MAX_ENVELOPE_BYTES);
  const scan: Scan = {
    options,
    envelope,
    item: createAccumulator(options.maxBytes),
    arrays: [],
    chunk: Buffer.alloc(0),
    from: 0,
    depth: 0,
    inItems: false,
    inString: false,
    escaped: false,
    closed: false,
  };
  return {
    push: (chunk) => push(scan, chunk),
    envelope: () => (scan.closed && !envelope.overflowed ? textOf(envelope) : undefined),
  };
}

function push(scan: Scan, chunk: Buffer): void {
  scan.chunk = chunk;
  scan.from = 0;
  let at = scan.inString ? resumeString(scan) : 0;
  while (at < chunk.length && !scan.closed) at = advance(scan, at);
  if (!scan.closed) take(scan, chunk.length);
}

/**
 * Goes on to the next brace or bracket that begins or ends the list, its items or one item, and handles it; returns the position after it,
 * or the chunk's end. One plain loop over local variables: it sees every byte of every list.
 */
function advance(scan: Scan, start: number): number {
  const { chunk } = scan;
  let { depth } = scan;
  for (let at = start; at < chunk.length; at += 1) {
    const byte = chunk[at] as number;
    const shape = byte | BRACE_BIT;
    if (byte === QUOTE) {
      const end = closingQuote(chunk, at + 1);
      scan.inString = end >= chunk.length;
      scan.escaped = end > chunk.length;
      at = end;
    } else if (shape === OPEN_BRACE) {
      if (depth <= IN_ITEMS) return handle(scan, at, { depth, byte });
      if (depth === IN_SECTION) noteInItem(scan, at, byte);
      depth += 1;
    } else if (shape === CLOSE_BRACE) {
      if (depth <= IN_ITEMS + 1) return handle(scan, at, { depth, byte });
      depth -= 1;
      if (depth === IN_SECTION) noteInItem(scan, at, byte);
    }
  }
  scan.depth = depth;
  return chunk.length;
}

function noteInItem({ arrays, item, from }: Scan, at: number, byte: number): void {
  noteBracket(arrays, byte, item.size + at - from);
}

function handle(scan: Scan, at: number, { depth, byte }: { depth: number; byte: number }): number {
  scan.depth = depth;
  if ((byte | BRACE_BIT) === OPEN_BRACE) open(scan, at, byte);
  else close(scan, at);
  return at + 1;
}

/** The chunk begins inside a string; returns the position after that string, or the chunk's end. */
function resumeString(scan: Scan): number {
  const { chunk } = scan;
  if (chunk.length === 0) return 0;
  const end = closingQuote(chunk, scan.escaped ? 1 : 0);
  scan.inString = end >= chunk.length;
  scan.escaped = end > chunk.length;
  return Math.min(end + 1, chunk.length);
}

function open(scan: Scan, at: number, byte: number): void {
  if (scan.depth === IN_ROOT && byte === OPEN_BRACKET) {
    take(scan, at + 1);
    scan.inItems = endsWithItemsKey(scan.envelope);
    if (scan.inItems) scan.options.onItemsStart?.(`${textOf(scan.envelope)}]}`);
  } else if (scan.inItems && scan.depth === IN_ITEMS) {
    take(scan, at);
    scan.arrays.length = 0;
  }
  scan.depth += 1;
}

function close(scan: Scan, at: number): void {
  if (scan.inItems && scan.depth === IN_ITEMS + 1) {
    take(scan, at + 1);
    finishItem(scan);
  } else if (scan.inItems && scan.depth === IN_ITEMS) {
    take(scan, at);
    scan.inItems = false;
  }
  scan.depth -= 1;
  if (scan.depth > 0) return;
  take(scan, at + 1);
  scan.closed = true;
}

/** Gives the bytes up to `to` to whom they belong. Between items there are only commas and white space: nobody's. */
function take(scan: Scan, to: number): void {
  const bytes = scan.chunk.subarray(scan.from, to);
  if (!scan.inItems) scan.envelope.add(bytes);
  else if (scan.depth > IN_ITEMS) scan.item.add(bytes);
  scan.from = to;
}

function finishItem({ item, arrays, options }: Scan): void {
  if (item.overflowed) options.onOversize(item.bytes());
  else options.onItem(item.bytes(), arrays);
  item.clear();
}

function endsWithItemsKey(envelope: Accumulator): boolean {
  return /"items"\s*:\s*\[$/.test(envelope.bytes().subarray(-64).toString('latin1'));
}

function textOf(envelope: Accumulator): string {
  return envelope.bytes().toString('utf8');
}
