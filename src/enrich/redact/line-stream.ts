import { callArguments } from './calls.ts';
import { createEncodedRule } from './encoded.ts';
import { KnownValues } from './exact.ts';
import { fieldValues } from './fields.ts';
import { spansAcrossLines } from './lines.ts';
import { countingMask, maskSpans, nothing, type RuleName, type SpanRule } from './marker.ts';
import { capLine, normaliseLine } from './normalise.ts';
import { personalRules } from './personal.ts';
import { commandLines, knownFormats, urlPasswords } from './known-formats.ts';
import { PrivateKeyFilter } from './private-key.ts';
import { readLine, type Reading, readAgain } from './reading.ts';
import { ColumnMask, secretManifests, sqlValues } from './records.ts';
import { settle, type Passage } from './settle.ts';
import { vendorTokens } from './vendor-tokens.ts';

const plainRules: readonly SpanRule[] = [
  urlPasswords,
  commandLines,
  sqlValues,
  fieldValues,
  callArguments,
  vendorTokens,
  knownFormats,
  secretManifests,
];

/** Rules that every text goes through; the options decide about the others. */
export const structuralRules: readonly SpanRule[] = [...plainRules, createEncodedRule(plainRules)];

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

  constructor({ rules, maxLineLength, outcomes }: Omit<Passage, 'mask'>) {
    const mask = countingMask(this.counts, (secret, rule) => {
      if (!personalRules.has(rule)) this.found.add(secret);
      if (!ownWords.has(rule)) this.#known.add(secret);
    });
    this.#passage = { rules, maxLineLength, mask, outcomes };
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
