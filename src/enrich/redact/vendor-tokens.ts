import type { Mask, RuleName } from './marker.ts';
import type { Alphabet, VendorRow } from './vendor-row.ts';
import { characterSet, isMember, type CharacterSet } from './runs.ts';
import { vendorRows } from './vendor-table.ts';

const alphabets: Readonly<Record<Alphabet, string>> = {
  hex: 'a-fA-F0-9',
  upper: 'A-Z0-9',
  alnum: 'A-Za-z0-9',
  word: 'A-Za-z0-9_-',
  dashed: 'A-Za-z0-9_-',
  dotted: 'A-Za-z0-9_.~-',
  dollar: 'A-Za-z0-9$',
  base64: 'A-Za-z0-9+/=_.-',
  link: 'A-Za-z0-9+/=_.@%-',
};

const sets = Object.fromEntries(
  Object.entries(alphabets).map(([name, characters]) => [name, characterSet(characters)]),
) as Record<Alphabet, CharacterSet>;

interface Entry {
  readonly prefix: string;
  readonly row: VendorRow;
}

// Prefixes by the code of their first character, longest first.
function indexRows(rows: readonly VendorRow[]): readonly (readonly Entry[] | undefined)[] {
  const index: Entry[][] = [];
  for (const row of rows) {
    for (const prefix of row.prefixes) (index[prefix.charCodeAt(0)] ??= []).push({ prefix, row });
  }
  for (const entries of index) entries?.sort((one, other) => other.prefix.length - one.prefix.length);
  return index;
}

const index = indexRows(vendorRows);

// Which two characters a prefix may begin with; this spares almost every position the look into the index.
const pairs = new Uint8Array(128 * 128);
for (const { prefix } of index.flatMap((entries) => entries ?? [])) {
  pairs[prefix.charCodeAt(0) * 128 + prefix.charCodeAt(1)] = 1;
}

const backslash = 92;
const percent = 37;
const letterOrDigit = characterSet('A-Za-z0-9');

// A token begins where a word does, also right after an escaped line end (\n) or a percent escape (%3D).
function beginsWord(line: string, at: number): boolean {
  if (!isMember(letterOrDigit, line.charCodeAt(at - 1))) return true;
  if (line.charCodeAt(at - 2) === backslash) return 'ntr'.includes(line.charAt(at - 1));
  return line.charCodeAt(at - 3) === percent;
}

function runEnd(line: string, from: number, alphabet: Alphabet): number {
  const allowed = sets[alphabet];
  let at = from;
  while (at < line.length && isMember(allowed, line.charCodeAt(at))) at += 1;
  // A full stop, a hyphen or an underscore at the end belongs to the sentence.
  while (at > from && '.-_'.includes(line.charAt(at - 1))) at -= 1;
  return at;
}

function tokenEnd(line: string, at: number, entry: Entry): number {
  const { prefix, row } = entry;
  if (!line.startsWith(prefix, at)) return -1;
  const end = runEnd(line, at + prefix.length, row.alphabet);
  const size = end - at - prefix.length;
  if (size < row.min || size > (row.max ?? Infinity)) return -1;
  // A bounded format is bounded by the word, too; a weak prefix before a plain word is no token.
  if (row.max !== undefined && isMember(letterOrDigit, line.charCodeAt(end))) return -1;
  // All lower-case letters are a word, not a token.
  return /[0-9A-Z]/.test(line.slice(at + prefix.length, end)) ? end : -1;
}

function tokenAt(line: string, at: number): { end: number; rule: RuleName } | undefined {
  if (!beginsWord(line, at)) return undefined;
  for (const entry of index[line.charCodeAt(at)] ?? []) {
    const end = tokenEnd(line, at, entry);
    if (end >= 0) return { end, rule: entry.row.rule };
  }
  return undefined;
}

/** Masks tokens with a vendor's fixed prefix, in one pass over the line. */
export function maskVendorTokens(line: string, mask: Mask): string {
  let result = '';
  let done = 0;
  let next = line.charCodeAt(0);
  for (let at = 0; at < line.length; at += 1) {
    const code = next;
    next = line.charCodeAt(at + 1);
    const token = code < 128 && next < 128 && pairs[code * 128 + next] === 1 ? tokenAt(line, at) : undefined;
    if (token === undefined) continue;
    result += line.slice(done, at) + mask(token.rule);
    done = token.end;
    at = token.end - 1;
    next = line.charCodeAt(token.end);
  }
  return done === 0 ? line : result + line.slice(done);
}
