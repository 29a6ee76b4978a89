const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** The envelope is the list without its items: a few hundred bytes, with a long continue token a few thousand. */
const MAX_ENVELOPE_BYTES = 1_024 * 1_024;
/** How much of an item that is too long is shown: enough for its metadata. */
const HEAD_BYTES = 64 * 1_024;

/** Depth of nesting at which the list's own fields, its items and the items' content stand. */
const IN_ROOT = 1;
const IN_ITEMS = 2;

export interface ItemSplitterOptions {
  /** Longer items are skipped. */
  readonly maxBytes: number;
  /** A whole item; valid during the call only. */
  readonly onItem: (item: Buffer) => void;
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

/**
 * Finds the elements of the root object's `items` array in a JSON text that arrives in pieces, without parsing it: counts braces and
 * brackets outside strings. Objects elsewhere (a list's metadata may hold some) belong to the envelope.
 */
export function createItemSplitter(options: ItemSplitterOptions): ItemSplitter {
  const envelope = createPieces(MAX_ENVELOPE_BYTES);
  const item = createPieces(options.maxBytes);
  let depth = 0;
  let inItems = false;
  let inString = false;
  /** The string so far ends in an odd number of backslashes, so that the next byte is escaped. */
  let escaped = false;
  let closed = false;
  let chunk: Buffer = Buffer.alloc(0);
  /** Where in `chunk` the bytes begin that no piece has taken yet. */
  let from = 0;

  function take(to: number): void {
    const bytes = chunk.subarray(from, to);
    if (!inItems) envelope.add(bytes);
    else if (depth > IN_ITEMS) item.add(bytes);
    // Between items there are only commas and white space.
    from = to;
  }

  function opened(at: number, byte: number): void {
    if (depth === IN_ROOT && byte === OPEN_BRACKET) {
      take(at + 1);
      inItems = endsWithItemsKey(envelope.tail());
      if (inItems) options.onItemsStart?.(`${envelope.text()}]}`);
    } else if (inItems && depth === IN_ITEMS) {
      take(at);
    }
    depth += 1;
  }

  function closedAt(at: number): void {
    if (inItems && depth === IN_ITEMS + 1) {
      take(at + 1);
      finishItem();
    } else if (inItems && depth === IN_ITEMS) {
      take(at);
      inItems = false;
    }
    depth -= 1;
    if (depth > 0) return;
    take(at + 1);
    closed = true;
  }

  function finishItem(): void {
    if (item.overflowed()) options.onOversize(item.head());
    else options.onItem(item.bytes());
    item.clear();
  }

  function push(next: Buffer): void {
    chunk = next;
    from = 0;
    let at = 0;
    while (at < chunk.length && !closed) at = inString ? skipString(at) : step(at);
    if (!closed) take(chunk.length);
  }

  /** Looks at one byte outside strings; returns the next position. */
  function step(at: number): number {
    const byte = chunk[at];
    if (byte === QUOTE) inString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) opened(at, byte);
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) closedAt(at);
    return at + 1;
  }

  /** Jumps to the end of a string; returns the position after it, or the chunk's end. */
  function skipString(start: number): number {
    const at = escaped ? start + 1 : start;
    escaped = false;
    const quote = chunk.indexOf(QUOTE, at);
    const end = quote === -1 ? chunk.length : quote;
    let backslashes = 0;
    while (end - backslashes > at && chunk[end - backslashes - 1] === BACKSLASH) backslashes += 1;
    const isEscaped = backslashes % 2 === 1;
    if (quote === -1) {
      escaped = isEscaped;
      return chunk.length;
    }
    inString = isEscaped;
    return quote + 1;
  }

  return { push, envelope: () => (closed && !envelope.overflowed() ? envelope.text() : undefined) };
}

function endsWithItemsKey(tail: string): boolean {
  return /"items"\s*:\s*\[$/.test(tail);
}

interface Pieces {
  add(bytes: Buffer): void;
  bytes(): Buffer;
  text(): string;
  tail(): string;
  head(): Buffer;
  overflowed(): boolean;
  clear(): void;
}

/** Bytes that arrive in pieces, up to a bound; beyond it only the head is kept. */
function createPieces(maxBytes: number): Pieces {
  let pieces: Buffer[] = [];
  let size = 0;
  let overflow = false;

  function bytes(): Buffer {
    return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
  }

  return {
    add: (piece) => {
      if (overflow || piece.length === 0) return;
      size += piece.length;
      overflow = size > maxBytes;
      if (overflow) pieces = [Buffer.from(bytes().subarray(0, HEAD_BYTES))];
      else pieces.push(piece);
    },
    bytes,
    text: () => bytes().toString('utf8'),
    tail: () => bytes().subarray(-64).toString('latin1'),
    head: () => bytes().subarray(0, HEAD_BYTES),
    overflowed: () => overflow,
    clear: () => {
      pieces = [];
      size = 0;
      overflow = false;
    },
  };
}
