import { Accumulator } from './accumulator.ts';

const NEWLINE = 0x0a;

export interface LineSplitterOptions {
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
