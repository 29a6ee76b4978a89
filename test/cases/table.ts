import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withPart } from '../../scripts/rendered-part.ts';
import { type Case, knownFailures, readCases } from './case.ts';

/** Where the table of what has been reported stands. */
export const DOCUMENT = join(import.meta.dirname, '../../docs/detectors.md');

/** What the kinds of cases are about. */
export const kinds: Readonly<Record<string, string>> = {
  1: 'a node writes times of another clock',
  2: 'a pod that ran cannot start again',
  3: 'a workload lacks what it wants, and nobody says so',
  4: 'a failure that comes and goes, or moves from pod to pod',
  5: 'restarts: what is a loop, and what is not',
  6: 'what may pass is not taken for final',
  7: 'what follows from another failure',
  8: 'a cause that several workloads share',
  9: 'what a lost node takes along',
  10: 'owners with a name made up each time',
  11: 'gone as soon as it has failed',
  12: 'what failed long before the agent came',
  13: 'Events in the words of those who wrap them, and whose probe it is',
  14: 'nodes that are cordoned, come and go',
  15: 'held on purpose',
  16: 'CronJobs',
  17: 'logs, exit codes and names in the text',
  18: 'Events about what is well or leaving',
  control: 'what has always been right',
};

/** The document with the table as it is now. */
export async function withTable(text: string): Promise<string> {
  return await withPart({ file: DOCUMENT, text }, 'test/cases', rows());
}

function rows(): readonly string[] {
  const cases = readCases();
  return [
    '| kind | what | cases | of them silent | told wrong now |',
    '| ---- | ---- | ----- | -------------- | ---------------- |',
    ...Object.entries(kinds).map(([kind, words]) =>
      row(
        kind,
        words,
        cases.filter((one) => String(one.kind) === kind),
      ),
    ),
    row('', 'all', cases),
  ];
}

function row(kind: string, words: string, cases: readonly Case[]): string {
  const silent = cases.filter(({ expect }) => expect.tickets === 0).length;
  const wrong = cases.filter(({ id }) => knownFailures.has(id)).length;
  return `| ${kind} | ${words} | ${cases.length} | ${silent} | ${wrong} |`;
}

if (process.argv[1] === import.meta.filename) {
  await writeFile(DOCUMENT, await withTable(await readFile(DOCUMENT, 'utf8')));
}
