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
  readonly push: (line: string) => readonly string[];
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

/** Applies all rules until the line no longer changes. Whatever goes wrong, the line is withheld, never let through. */
function settle(line: string, { rules, maxLineLength, mask }: LineStreamDeps): string {
  try {
    let current = line;
    for (let reading = 0; reading < maxReadings; reading += 1) {
      if (current === withheldLine) return current;
      const redacted = rules.reduce((text, rule) => rule(text, mask), current);
      const next = capLine(redacted, maxLineLength);
      if (next === current) return current;
      current = next;
    }
  } catch {
    // Fail closed: the line is counted and withheld below.
  }
  mask(withheldRule);
  return withheldLine;
}

/** Creates a stream for one text. */
export function createLineStream(deps: LineStreamDeps): LineStream {
  const keys = createPrivateKeyFilter(deps.mask);
  const twoLines = createTwoLineRule(deps.mask);
  const columns = createColumnRule(deps.mask);
  const accounts = createAccountRule(deps.mask);
  const finish = (line: string): string => settle(columns(accounts(twoLines(line))), deps);
  return {
    push: (line) => keys.push(normaliseLine(capLine(line, deps.maxLineLength))).map(finish),
    end: () => keys.end().map(finish),
  };
}
