const NEWLINE = 0x0a;

export interface LineSplitterOptions {
  /** Longer lines are skipped, not kept. */
  readonly maxBytes: number;
  /** A whole line without its newline; valid during the call only. Empty lines are left out. */
  readonly onLine: (line: Buffer) => void;
  /** A line was longer than `maxBytes`. */
  readonly onOversize: () => void;
}

export interface LineSplitter {
  push(chunk: Buffer): void;
}

/**
 * Cuts a watch stream at byte 0x0A and nowhere else: U+2028 and carriage returns may stand inside a JSON string, and a
 * character may be split over two chunks. What follows the last newline when the stream ends is dropped.
 */
export function createLineSplitter(options: LineSplitterOptions): LineSplitter {
  let kept: Buffer[] = [];
  let keptBytes = 0;
  let skipping = false;

  function keep(piece: Buffer): void {
    if (skipping || piece.length === 0) return;
    if (keptBytes + piece.length > options.maxBytes) {
      skipping = true;
      forget();
      return;
    }
    kept.push(piece);
    keptBytes += piece.length;
  }

  function forget(): void {
    kept = [];
    keptBytes = 0;
  }

  function endLine(): void {
    const wasOversize = skipping;
    const line = kept.length === 1 ? kept[0] : Buffer.concat(kept, keptBytes);
    skipping = false;
    forget();
    if (wasOversize) options.onOversize();
    else if (line !== undefined && line.length > 0) options.onLine(line);
  }

  function push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      keep(chunk.subarray(start, end));
      endLine();
      start = end + 1;
    }
    keep(chunk.subarray(start));
  }

  return { push };
}
