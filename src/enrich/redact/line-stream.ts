import { callArguments } from './calls.ts';
import { createEncodedRule } from './encoded.ts';
import { KnownValues } from './exact.ts';
import { fieldValues } from './fields.ts';
import { spansAcrossLines } from './lines.ts';
import {
  countingMask,
  type LineRule,
  type Mask,
  maskSpans,
  nothing,
  type RuleName,
  type SpanRule,
  withheldLine,
  withheldRule,
} from './marker.ts';
import { capLine, normaliseLine } from './normalise.ts';
import { placeSecrets, urlPasswords } from './places.ts';
import { commandLines } from './places.ts';
import { personalRules } from './personal.ts';
import { PrivateKeyFilter } from './private-key.ts';
import { readLine, type Reading } from './reading.ts';
import { ColumnMask, secretManifests, sqlValues } from './records.ts';
import { vendorTokens } from './vendor-tokens.ts';

const plainRules: readonly SpanRule[] = [
  urlPasswords,
  commandLines,
  sqlValues,
  fieldValues,
  callArguments,
  vendorTokens,
  placeSecrets,
  secretManifests,
];

/** Rules that every text goes through; the options decide about the others. */
export const structuralRules: readonly SpanRule[] = [...plainRules, createEncodedRule(plainRules)];

/** Rules in the order in which they run: those that look at a line as it stands, and those that read it. */
export interface Rules {
  readonly raw: readonly LineRule[];
  readonly read: readonly SpanRule[];
}

/** What the lines of a text go through. */
interface Passage {
  readonly rules: Rules;
  readonly maxLineLength: number;
  readonly mask: Mask;
}

// A line that a rule changed is read again, because a marker can bring to light what it had hidden. Almost always the
// second reading changes nothing; a line that has not come to rest after this many is withheld.
const maxReadings = 4;

/** A line on its way through the rules. */
interface Line {
  /** As it was before this reading. */
  before: string;
  reading: Reading;
}

// Whatever goes wrong, the line is withheld, never let through.
function apply(line: Line, change: (reading: Reading) => string, mask: Mask): void {
  const { raw } = line.reading;
  if (raw === withheldLine) return;
  let changed = withheldLine;
  try {
    changed = change(line.reading);
  } catch {
    mask(withheldRule);
  }
  if (changed !== raw) line.reading = readLine(changed);
}

/**
 * Applies all rules until no line changes any more. Rule by rule and not line by line: that is faster by a third, because the
 * expressions of one rule stay in the processor's cache.
 */
function settle(readings: readonly Reading[], { rules, maxLineLength, mask }: Passage): readonly Reading[] {
  const lines = readings.map((reading): Line => ({ before: '', reading }));
  const steps: ((reading: Reading) => string)[] = [
    ...rules.raw.map(
      (rule) =>
        ({ raw }: Reading) =>
          rule(raw, mask),
    ),
    ...rules.read.map((rule) => (reading: Reading) => maskSpans(reading, rule(reading), mask)),
    ({ raw }) => capLine(raw, maxLineLength),
  ];
  let moving = lines;
  for (let round = 0; round < maxReadings && moving.length > 0; round += 1) {
    for (const line of moving) line.before = line.reading.raw;
    for (const step of steps) for (const line of moving) apply(line, step, mask);
    moving = moving.filter(({ before, reading: { raw } }) => raw !== before && raw !== withheldLine);
  }
  for (const line of moving) apply(line, () => withheldLine, mask);
  return lines.map(({ reading }) => reading);
}

// Rules whose findings are not taken for secrets elsewhere.
const ownWords: ReadonlySet<string> = new Set([
  ...personalRules,
  'known-value',
  'encoded-secret',
  'private-key',
]);
const contextLength = 3;

// So many lines go through the rules together; more would not be faster.
const chunkLength = 256;

function settleAll(readings: readonly Reading[], deps: Passage): readonly Reading[] {
  const chunks = Array.from({ length: Math.ceil(readings.length / chunkLength) }, (_, at) =>
    readings.slice(at * chunkLength, (at + 1) * chunkLength),
  );
  return chunks.flatMap((chunk) => settle(chunk, deps));
}

// The same reading when the line is the same.
function readAgain(reading: Reading, raw: string): Reading {
  return raw === reading.raw ? reading : readLine(raw);
}

/** Redacts one text line by line, with bounded memory, and counts what it masks. */
export class LineStream {
  readonly counts = new Map<RuleName, number>();
  /** What was secret, personal data aside. */
  readonly found = new Set<string>();
  readonly #passage: Passage;
  readonly #known = new KnownValues();
  readonly #keys: PrivateKeyFilter;
  readonly #columns: ColumnMask;
  #context: readonly Reading[] = [];

  constructor({ rules, maxLineLength }: Omit<Passage, 'mask'>) {
    const mask = countingMask(this.counts, (secret, rule) => {
      if (!personalRules.has(rule)) this.found.add(secret);
      if (!ownWords.has(rule)) this.#known.add(secret);
    });
    this.#passage = { rules, maxLineLength, mask };
    this.#keys = new PrivateKeyFilter(mask);
    this.#columns = new ColumnMask(mask);
  }

  /** The redacted lines that are ready; a line may be held back until it is clear whether it belongs to a key. */
  push(lines: readonly string[]): readonly string[] {
    return this.#finish(this.#read(lines));
  }

  /** The lines that were held back. */
  end(): readonly string[] {
    return this.#finish(this.#keys.end());
  }

  /** A whole text at once, instead of `push` and `end`: what a line says of a far earlier one is then known, too. */
  all(lines: readonly string[]): readonly string[] {
    return this.#finish([...this.#read(lines), ...this.#keys.end()]);
  }

  #read(lines: readonly string[]): string[] {
    const { maxLineLength } = this.#passage;
    return lines.flatMap((line) => this.#keys.push(normaliseLine(capLine(line, maxLineLength))));
  }

  #maskAcross(texts: readonly string[]): Reading[] {
    const readings = texts.map(readLine);
    const spans = spansAcrossLines([...this.#context, ...readings]);
    const offset = this.#context.length;
    this.#context = [...this.#context, ...readings].slice(-contextLength);
    return readings.map((reading, at) =>
      readAgain(reading, maskSpans(reading, spans.get(at + offset) ?? nothing, this.#passage.mask)),
    );
  }

  // What one line gave away is masked in all of them.
  #finish(texts: readonly string[]): readonly string[] {
    const across = this.#maskAcross(texts).map((line) => readAgain(line, this.#columns.apply(line.raw)));
    const settled = [...settleAll(across, this.#passage)];
    const changed: number[] = [];
    for (const [at, reading] of settled.entries()) {
      const spans = this.#known.spansIn(reading);
      if (spans.length > 0) changed.push(at);
      settled[at] = readAgain(reading, maskSpans(reading, spans, this.#passage.mask));
    }
    const again = settleAll(
      changed.map((at) => settled[at] as Reading),
      this.#passage,
    );
    for (const [order, at] of changed.entries()) settled[at] = again[order] as Reading;
    return settled.map(({ raw }) => raw);
  }
}
