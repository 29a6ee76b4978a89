import { callArguments } from './calls.ts';
import { createEncodedRule } from './encoded.ts';
import { createKnownValues } from './exact.ts';
import { fieldValues } from './fields.ts';
import { spansAcrossLines } from './lines.ts';
import { withheldLine, withheldRule, type LineRule, type Mask } from './marker.ts';
import { capLine, normaliseLine } from './normalise.ts';
import { placeSecrets } from './place-rows.ts';
import { commandLines } from './program-rows.ts';
import { personalRules } from './personal.ts';
import { createPrivateKeyFilter } from './private-key.ts';
import { readLine, type Reading } from './reading.ts';
import { maskSpans, nothing, type SpanRule } from './span.ts';
import { createColumnRule, secretManifests, sqlValues } from './records.ts';
import { urlPasswords } from './url-password.ts';
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

/** Redacts a text line by line, with bounded memory. */
export interface LineStream {
  /** The redacted lines that are ready; a line may be held back until it is clear whether it belongs to a key. */
  readonly push: (lines: readonly string[]) => readonly string[];
  readonly end: () => readonly string[];
  /** A whole text at once, instead of `push` and `end`: what a line says of a far earlier one is then known, too. */
  readonly all: (lines: readonly string[]) => readonly string[];
}

/** What a stream needs. */
export interface LineStreamDeps {
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
function settle(
  readings: readonly Reading[],
  { rules, maxLineLength, mask }: LineStreamDeps,
): readonly Reading[] {
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

function settleAll(readings: readonly Reading[], deps: LineStreamDeps): readonly Reading[] {
  const chunks = Array.from({ length: Math.ceil(readings.length / chunkLength) }, (_, at) =>
    readings.slice(at * chunkLength, (at + 1) * chunkLength),
  );
  return chunks.flatMap((chunk) => settle(chunk, deps));
}

// The same reading when the line is the same.
function readAgain(reading: Reading, raw: string): Reading {
  return raw === reading.raw ? reading : readLine(raw);
}

/** Creates a stream for one text. */
export function createLineStream(deps: LineStreamDeps): LineStream {
  const known = createKnownValues();
  const mask: Mask = (rule, secret) => {
    if (secret !== undefined && !ownWords.has(rule)) known.add(secret);
    return deps.mask(rule, secret);
  };
  const keys = createPrivateKeyFilter(mask);
  const columns = createColumnRule(mask);
  let context: readonly Reading[] = [];

  function maskAcross(texts: readonly string[]): Reading[] {
    const readings = texts.map(readLine);
    const spans = spansAcrossLines([...context, ...readings]);
    const offset = context.length;
    context = [...context, ...readings].slice(-contextLength);
    return readings.map((reading, at) =>
      readAgain(reading, maskSpans(reading, spans.get(at + offset) ?? nothing, mask)),
    );
  }

  // What one line gave away is masked in all of them.
  function finish(texts: readonly string[]): readonly string[] {
    const across = maskAcross(texts).map((reading) => readAgain(reading, columns(reading.raw)));
    const settled = [...settleAll(across, { ...deps, mask })];
    const changed: number[] = [];
    for (const [at, reading] of settled.entries()) {
      const spans = known.rule(reading);
      if (spans.length > 0) changed.push(at);
      settled[at] = readAgain(reading, maskSpans(reading, spans, mask));
    }
    const again = settleAll(
      changed.map((at) => settled[at] as Reading),
      { ...deps, mask },
    );
    for (const [order, at] of changed.entries()) settled[at] = again[order] as Reading;
    return settled.map(({ raw }) => raw);
  }

  const read = (lines: readonly string[]): string[] =>
    lines.flatMap((line) => keys.push(normaliseLine(capLine(line, deps.maxLineLength))));
  return {
    push: (lines) => finish(read(lines)),
    end: () => finish(keys.end()),
    all: (lines) => finish([...read(lines), ...keys.end()]),
  };
}
