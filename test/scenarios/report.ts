import { availableParallelism, cpus, release } from 'node:os';

/** One row of the table. */
export interface Row {
  readonly scenario: string;
  readonly ideal: string;
  readonly ours: string;
  readonly isRight: boolean;
  /** Seconds from the failure to the first POST, where there is one. */
  readonly firstAfterSeconds?: number;
  readonly note?: string;
}

/** Where and when it was run. */
export interface Circumstances {
  readonly startedAt: string;
  readonly kubernetes: string;
  readonly node: string;
  readonly processors: string;
  readonly system: string;
  readonly windowSeconds: number;
}

export function circumstances(kubernetes: string, windowSeconds: number): Circumstances {
  return {
    startedAt: new Date().toISOString(),
    kubernetes,
    node: process.version,
    processors: `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}`,
    system: `Linux ${release()}`,
    windowSeconds,
  };
}

/** A table for people. */
export function asText(rows: readonly Row[], run: Circumstances): string {
  const cells = [
    ['SCENARIO', 'IDEAL', 'OURS', 'FIRST AFTER', ''],
    ...rows.map(({ scenario, ideal, ours, isRight, firstAfterSeconds, note }) => [
      scenario,
      ideal,
      ours,
      firstAfterSeconds === undefined ? '' : `${firstAfterSeconds} s`,
      [isRight ? '' : 'WRONG', note ?? ''].filter((word) => word !== '').join(' '),
    ]),
  ];
  const widths =
    cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  const { startedAt, kubernetes, node, processors, system, windowSeconds } = run;
  const where = `${startedAt}, Kubernetes ${kubernetes}, Node ${node}, ${processors}, ${system}, window ${windowSeconds} s`;
  return `${where}\n${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}
