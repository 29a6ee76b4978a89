import { parseArgs } from 'node:util';
import { normaliseLine } from '../../src/enrich/redact/normalise.ts';
import { defaultRedactionOptions } from '../../src/enrich/redact/options.ts';
import { createRedactor } from '../../src/enrich/redact/redactor.ts';
import { linesOf } from '../../test/corpus/breadth/kit.ts';
import { programLines } from '../../test/corpus/breadth/ordinary-programs.ts';
import { serviceLines } from '../../test/corpus/breadth/ordinary-services.ts';
import { thirdLines } from '../../test/corpus/breadth/ordinary-third.ts';
import { crossedSecrets } from '../../test/corpus/breadth/crossed.ts';
import { ordinaryLines } from '../../test/corpus/ordinary.ts';
import { createRandom, type Random } from '../../test/corpus/random.ts';
import type { BenchReport, Table } from '../lib/bench.ts';
import { quantile, round } from '../lib/statistics.ts';

/** Bytes of text in a second of one processor. */
interface Speed {
  readonly floor: readonly number[];
  readonly redaction: readonly number[];
}

/**
 * How fast texts are redacted, beside a floor that cuts the same text into lines and normalises each (which every redactor
 * has to do). Processor time, so that other programs disturb little; both in turn, in many rounds. Options, with their
 * defaults: `--megabytes 2 --rounds 9`.
 */
export function bench(args: readonly string[]): Promise<BenchReport> {
  const { values } = parseArgs({
    args: [...args],
    options: { megabytes: { type: 'string', default: '2' }, rounds: { type: 'string', default: '9' } },
  });
  const size = Number(values.megabytes) * 1_000_000;
  const texts: Readonly<Record<string, string>> = {
    'ordinary lines of common kinds': drawn(size, (random) => ordinaryLines(random)),
    'ordinary lines that speak of secrets': drawn(size, (random) =>
      [serviceLines, programLines, thirdLines].flatMap((kinds) => linesOf(kinds, random, 1_000)),
    ),
    'a secret in every line': drawn(size, (random) => crossedSecrets(random, 3_000).map(({ text }) => text)),
  };
  const table: Table = {
    title: `Megabytes in a second of processor time, median of ${values.rounds} rounds (target: 5)`,
    rows: Object.fromEntries(
      Object.entries(texts).map(([name, text]) => [name, rowOf(measure(text, Number(values.rounds)))]),
    ),
  };
  return Promise.resolve({ tables: [table], figures: table.rows });
}

/** Lines drawn anew until there are enough of them: what repeats is redacted once, and would measure nothing. */
function drawn(size: number, draw: (random: Random) => readonly string[]): string {
  const texts: string[] = [];
  for (let length = 0, seed = 1; length < size; seed += 1) {
    const text = `${draw(createRandom(seed)).join('\n')}\n`;
    texts.push(text);
    length += text.length;
  }
  return texts.join('').slice(0, size);
}

function measure(text: string, rounds: number): Speed {
  const floor = (): unknown => text.split('\n').map(normaliseLine).join('\n');
  // A redactor of its own each time: one remembers for a while what became of a line.
  const redaction = (): unknown =>
    createRedactor({ ...defaultRedactionOptions, maxTextLength: Infinity }).redactText(text).text;
  // Compiled before it is measured.
  redaction();
  const pairs = Array.from(
    { length: rounds },
    () => [speedOf(text, floor), speedOf(text, redaction)] as const,
  );
  return { floor: pairs.map(([first]) => first), redaction: pairs.map(([, second]) => second) };
}

function speedOf(text: string, work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return text.length / (user + system);
}

function rowOf({ floor, redaction }: Speed): Table['rows'][string] {
  const [least, ours] = [quantile(floor, 0.5), quantile(redaction, 0.5)];
  return {
    floorMbPerSecond: round(least),
    redactionMbPerSecond: round(ours),
    slowestRound: round(Math.min(...redaction)),
    timeOverFloor: round(least / ours),
  };
}
