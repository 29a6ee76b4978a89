import { createAccountRule } from './accounts.ts';
import { maskArguments } from './call-arguments.ts';
import { maskCommandLines } from './command-line.ts';
import { createColumnRule } from './columns.ts';
import { createEncodedRule } from './encoded.ts';
import { maskKeyValues } from './key-value.ts';
import { withheldLine, withheldRule, type LineRule, type Mask } from './marker.ts';
import { capLine, normaliseLine } from './normalise.ts';
import { createPrivateKeyFilter } from './private-key.ts';
import { maskShapes } from './shapes.ts';
import { maskKnownPlaces } from './known-places.ts';
import { maskSqlValues } from './sql-values.ts';
import { createTwoLineRule } from './two-lines.ts';
import { maskUrlPasswords } from './url-password.ts';
import { maskVendorShapes } from './vendor-shapes.ts';
import { maskVendorTokens } from './vendor-tokens.ts';

const plainRules: readonly LineRule[] = [
  maskUrlPasswords,
  maskCommandLines,
  maskSqlValues,
  maskKeyValues,
  maskShapes,
  maskArguments,
  maskKnownPlaces,
  maskVendorTokens,
  maskVendorShapes,
];

/** Rules that every text goes through; the options decide about the others. */
export const structuralRules: readonly LineRule[] = [...plainRules, createEncodedRule(plainRules)];

/** Redacts a text line by line, with bounded memory. */
export interface LineStream {
  /** The redacted lines that are ready; a line may be held back until it is clear whether it belongs to a key. */
  readonly push: (lines: readonly string[]) => readonly string[];
  readonly end: () => readonly string[];
}

/** What a stream needs. */
export interface LineStreamDeps {
  readonly rules: readonly LineRule[];
  readonly maxLineLength: number;
  readonly mask: Mask;
}

// A line that a rule changed is read again, because a marker can bring to light what it had hidden. Almost always the
// second reading changes nothing; a line that has not come to rest after this many is withheld.
const maxReadings = 4;

/** A line on its way through the rules. */
interface Read {
  /** As it was before this reading. */
  before: string;
  text: string;
}

// Whatever goes wrong, the line is withheld, never let through.
function apply(rule: LineRule, line: Read, mask: Mask): void {
  if (line.text === withheldLine) return;
  try {
    line.text = rule(line.text, mask);
  } catch {
    mask(withheldRule);
    line.text = withheldLine;
  }
}

/**
 * Applies all rules until no line changes any more. Rule by rule and not line by line: that is faster by a third, because the
 * expressions of one rule stay in the processor's cache.
 */
function settle(texts: readonly string[], { rules, maxLineLength, mask }: LineStreamDeps): readonly string[] {
  const lines = texts.map((text): Read => ({ before: '', text }));
  let moving = lines;
  for (let reading = 0; reading < maxReadings && moving.length > 0; reading += 1) {
    for (const line of moving) line.before = line.text;
    for (const rule of rules) for (const line of moving) apply(rule, line, mask);
    for (const line of moving) line.text = capLine(line.text, maxLineLength);
    moving = moving.filter(({ before, text }) => text !== before && text !== withheldLine);
  }
  for (const line of moving) {
    mask(withheldRule);
    line.text = withheldLine;
  }
  return lines.map(({ text }) => text);
}

/** Creates a stream for one text. */
export function createLineStream(deps: LineStreamDeps): LineStream {
  const keys = createPrivateKeyFilter(deps.mask);
  const twoLines = createTwoLineRule(deps.mask);
  const columns = createColumnRule(deps.mask);
  const accounts = createAccountRule(deps.mask);
  const finish = (lines: readonly string[]): readonly string[] =>
    settle(
      lines.map((line) => columns(accounts(twoLines(line)))),
      deps,
    );
  return {
    push: (lines) =>
      finish(lines.flatMap((line) => keys.push(normaliseLine(capLine(line, deps.maxLineLength))))),
    end: () => finish(keys.end()),
  };
}
