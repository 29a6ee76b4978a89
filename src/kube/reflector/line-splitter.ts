import { createAccumulator } from './accumulator.ts';

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
  const line = createAccumulator(options.maxBytes);

  function endLine(): void {
    if (line.overflowed) options.onOversize();
    else if (line.bytes().length > 0) options.onLine(line.bytes());
    line.clear();
  }

  function push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      line.add(chunk.subarray(start, end));
      endLine();
      start = end + 1;
    }
    line.add(chunk.subarray(start));
  }

  return { push };
}
