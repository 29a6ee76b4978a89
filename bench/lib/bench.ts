/** One table of a report. Values are numbers or words, columns the same in each row. */
export interface Table {
  readonly title: string;
  readonly rows: Readonly<Record<string, Readonly<Record<string, number | string>>>>;
}

/** What a bench has found. */
export interface BenchReport {
  readonly tables: readonly Table[];
  /** The figures under lasting names, for `--json`. */
  readonly figures: unknown;
}

/**
 * A bench: `bench/<name>/index.ts` exports it as `bench`. `args` are the words of the command line that are its own. It
 * writes to standard error only, and leaves nothing running.
 */
export type Bench = (args: readonly string[]) => Promise<BenchReport>;
