import { nothing, type RuleName, type Span, type SpanRule, vendorSuffix } from './marker.ts';
import { characterSet, isMember, type CharacterSet } from './scan.ts';
import tables from './secret-formats.json' with { type: 'json' };

/** One format. */
interface VendorRow {
  /** As it appears in the marker. */
  readonly rule: RuleName;
  readonly prefixes: readonly string[];
  readonly alphabet: CharacterSet;
  /** Fewest and most characters after the prefix. */
  readonly min: number;
  readonly max: number;
}

const alphabets: Readonly<Record<string, CharacterSet>> = {
  hex: characterSet('a-fA-F0-9'),
  upper: characterSet('A-Z0-9'),
  alnum: characterSet('A-Za-z0-9'),
  word: characterSet('A-Za-z0-9_-'),
  dashed: characterSet('A-Za-z0-9_-'),
  dotted: characterSet('A-Za-z0-9_.~-'),
  dollar: characterSet('A-Za-z0-9$'),
  base64: characterSet('A-Za-z0-9+/=_.-'),
  link: characterSet('A-Za-z0-9+/=_.@%-'),
};

function readRows(line: string): VendorRow[] {
  const [vendor = '', ...columns] = line.trim().split('  ');
  const rule =
    vendor === 'private-key' ? vendor : `${vendor.toLowerCase().replace(/[^a-z0-9]+/g, '-')}${vendorSuffix}`;
  return Array.from({ length: columns.length / 3 }, (_, at) => {
    const [prefixes = '', name = '', size = ''] = columns.slice(at * 3);
    const [min = 0, max = Infinity] = size.split('-').map(Number);
    const alphabet = alphabets[name];
    if (alphabet === undefined) throw new Error(`${vendor}: no alphabet is called ${name}`);
    return { rule, prefixes: prefixes.split(' '), alphabet, min, max };
  });
}

/**
 * Documented token formats that begin with a fixed prefix, a line for each vendor: the prefixes, which characters follow, and how
 * many at least (or at least and at most, where the prefix alone is too weak to tell). Checksums are left alone on purpose: a
 * token that was cut or mistyped is still mostly a secret. Formats that the rows `typed-token` and `prefixed-token` catch whole
 * have none here.
 */
export const vendorRows: readonly VendorRow[] = tables.vendors.flatMap(readRows);

interface Entry {
  readonly prefix: string;
  readonly row: VendorRow;
}

// Prefixes by the codes of their first two characters, longest first.
const index = new Map<number, Entry[]>();
for (const row of vendorRows) {
  for (const prefix of row.prefixes) {
    const pair = prefix.charCodeAt(0) * 128 + prefix.charCodeAt(1);
    index.set(
      pair,
      [...(index.get(pair) ?? []), { prefix, row }].sort(
        (one, other) => other.prefix.length - one.prefix.length,
      ),
    );
  }
}
// This spares almost every position the look into the index.
const pairs = new Uint8Array(128 * 128);
for (const pair of index.keys()) pairs[pair] = 1;

const backslash = 92;
const percent = 37;
const letterOrDigit = characterSet('A-Za-z0-9');

// A token begins where a word does, also right after an escaped line end (\n) or a percent escape (%3D).
function beginsWord(line: string, at: number): boolean {
  if (!isMember(letterOrDigit, line.charCodeAt(at - 1))) return true;
  if (line.charCodeAt(at - 2) === backslash) return 'ntr'.includes(line.charAt(at - 1));
  return line.charCodeAt(at - 3) === percent;
}

function runEnd(line: string, from: number, allowed: CharacterSet): number {
  let at = from;
  while (at < line.length && isMember(allowed, line.charCodeAt(at))) at += 1;
  // A full stop at the end belongs to the sentence.
  while (at > from && line.charAt(at - 1) === '.') at -= 1;
  return at;
}

function tokenEnd(line: string, at: number, entry: Entry): number {
  const { prefix, row } = entry;
  if (!line.startsWith(prefix, at)) return -1;
  const end = runEnd(line, at + prefix.length, row.alphabet);
  const size = end - at - prefix.length;
  if (size < row.min || size > row.max) return -1;
  // A bounded format is bounded by the word, too; a weak prefix before a plain word is no token.
  if (row.max !== Infinity && isMember(letterOrDigit, line.charCodeAt(end))) return -1;
  // All lower-case letters are a word, not a token.
  return /[0-9A-Z]/.test(line.slice(at + prefix.length, end)) ? end : -1;
}

function tokenAt(line: string, at: number): { end: number; rule: RuleName } | undefined {
  if (!beginsWord(line, at)) return undefined;
  for (const entry of index.get(line.charCodeAt(at) * 128 + line.charCodeAt(at + 1)) ?? []) {
    const end = tokenEnd(line, at, entry);
    if (end >= 0) return { end, rule: entry.row.rule };
  }
  return undefined;
}

// Each format has so many characters in a row.
const shortest = 16;

/** Tokens with a vendor's fixed prefix, in one pass over the line. */
export const vendorTokens: SpanRule = ({ text: line, longestRun }) => {
  if (longestRun < shortest) return nothing;
  const spans: Span[] = [];
  let next = line.charCodeAt(0);
  for (let at = 0; at < line.length; at += 1) {
    const code = next;
    next = line.charCodeAt(at + 1);
    const token = code < 128 && next < 128 && pairs[code * 128 + next] === 1 ? tokenAt(line, at) : undefined;
    if (token === undefined) continue;
    spans.push({ start: at, end: token.end, rule: token.rule });
    at = token.end - 1;
    next = line.charCodeAt(token.end);
  }
  return spans;
};
