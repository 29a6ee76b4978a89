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
import { maskSpans, type SpanRule } from './span.ts';
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
function settle(texts: readonly string[], { rules, maxLineLength, mask }: LineStreamDeps): readonly string[] {
  const lines = texts.map((text): Line => ({ before: '', reading: readLine(text) }));
  const steps: ((reading: Reading) => string)[] = [
    ...rules.raw.map(
      (rule) =>
        ({ raw }: Reading) =>
          rule(raw, mask),
    ),
    ...rules.read.map((rule) => (reading: Reading) => {
      const spans = rule(reading);
      return spans.length === 0 ? reading.raw : maskSpans(reading, spans, mask);
    }),
    ({ raw }) => capLine(raw, maxLineLength),
  ];
  let moving = lines;
  for (let round = 0; round < maxReadings && moving.length > 0; round += 1) {
    for (const line of moving) line.before = line.reading.raw;
    for (const step of steps) for (const line of moving) apply(line, step, mask);
    moving = moving.filter(({ before, reading: { raw } }) => raw !== before && raw !== withheldLine);
  }
  for (const line of moving) apply(line, () => withheldLine, mask);
  return lines.map(({ reading: { raw } }) => raw);
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

function settleAll(texts: readonly string[], deps: LineStreamDeps): readonly string[] {
  const chunks = Array.from({ length: Math.ceil(texts.length / chunkLength) }, (_, at) =>
    texts.slice(at * chunkLength, (at + 1) * chunkLength),
  );
  return chunks.flatMap((chunk) => settle(chunk, deps));
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

  function maskAcross(texts: readonly string[]): string[] {
    const readings = texts.map(readLine);
    const spans = spansAcrossLines([...context, ...readings]);
    const offset = context.length;
    context = [...context, ...readings].slice(-contextLength);
    return readings.map((reading, at) => maskSpans(reading, spans.get(at + offset) ?? [], mask));
  }

  // What one line gave away is masked in all of them.
  function finish(texts: readonly string[]): readonly string[] {
    const settled = settleAll(maskAcross(texts).map(columns), { ...deps, mask });
    const changed = new Map<number, string>();
    for (const [at, text] of settled.entries()) {
      const reading = readLine(text);
      const spans = known.rule(reading);
      if (spans.length > 0) changed.set(at, maskSpans(reading, spans, mask));
    }
    const again = settleAll([...changed.values()], { ...deps, mask });
    const lines = [...settled];
    for (const [order, at] of [...changed.keys()].entries()) lines[at] = again[order] ?? withheldLine;
    return lines;
  }

  const read = (lines: readonly string[]): string[] =>
    lines.flatMap((line) => keys.push(normaliseLine(capLine(line, deps.maxLineLength))));
  return {
    push: (lines) => finish(read(lines)),
    end: () => finish(keys.end()),
    all: (lines) => finish([...read(lines), ...keys.end()]),
  };
}
