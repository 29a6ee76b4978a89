import { isPlaceholder, nothing, type Span, type SpanRule } from './marker.ts';
import type { Reading } from './reading.ts';
import { createShapeRule, readRows } from './rows.ts';
import tables from './secret-formats.json' with { type: 'json' };
import { isScrambled, isTokenLike, isUuid } from './token-shape.ts';

/**
 * Secrets that their shape or their place alone tells: tokens of authentication, statements of SQL, password hashes, files and
 * directives of programs, links, one-time codes, formats of vendors without a fixed prefix.
 */
export const formatRows = readRows(tables.formats);

/** The rule of these rows. */
export const knownFormats = createShapeRule(formatRows);

/** Options that carry a secret under a name that tells nothing; from the manuals of the programs. */
export const programRows = readRows(tables.programs, 'command-line', 'argument');

// What every row needs: an option, or one of a few words; cheaper to look for than the programs' names.
const anyOption =
  /[\s"'[,]-{1,2}[A-Za-z]|AUTH|CONFIG|passw|_user|adduser|login|auth|unseal|expdp|impdp|sqlldr|sqlplus|rman|\/p:|\/user:|\/rp|alias|superuser|pass:|--stdin|kinit|ejabberdctl/;
const anyProgram = new RegExp(
  programRows.flatMap(({ hint }) => (hint instanceof RegExp ? hint.source : hint)).join('|'),
  'i',
);
const programs = createShapeRule(programRows);

/** Secrets in the options of well-known programs (`mysql -pX`, `curl -u user:X`, `redis-cli -a X`). */
export const commandLines: SpanRule = (reading) =>
  anyOption.test(reading.text) && anyProgram.test(reading.text) ? programs(reading) : nothing;

const rule = 'url-password';
const endsLink = /[\s"'`<>\\|]|%22/;

// From the character after "://" to the end of the link, or to the scheme of the next one in a list. A blank in percent-encoding
// (the line end behind a token that was read from a file) ends no link.
function linkFrom({ text: line, depth }: Reading, start: number): string {
  const next = line.indexOf('://', start);
  const text = next < 0 ? line.slice(start) : line.slice(start, next);
  let end = text.search(endsLink);
  while (end >= 0 && depth(start + end) > 8 && /\s/.test(text.charAt(end))) {
    const more = text.slice(end + 1).search(endsLink);
    end = more < 0 ? more : end + 1 + more;
  }
  return end < 0 ? text : text.slice(0, end);
}

// Offset of the "@" that ends the user information, or -1. A password may hold "/", "?" and "#" that should have been
// encoded: then the text before the first "/" is no host with a port.
function userInfoEnd(link: string): number {
  const slash = link.search(/[/?#]/);
  const authority = slash < 0 ? link : link.slice(0, slash);
  const at = authority.lastIndexOf('@');
  if (at >= 0 || slash < 0) return at;
  const colon = authority.indexOf(':');
  if (colon < 0 || /^\d{0,5}$/.test(authority.slice(colon + 1)) || authority.includes('[')) return -1;
  return link.lastIndexOf('@');
}

function isLoneToken(text: string): boolean {
  if (isTokenLike(text) || isUuid(text) || /^[0-9a-f]{32}$/i.test(text)) return true;
  return text.length >= 20 && isScrambled(text);
}

// Offsets of the secret part of the user information: what follows the colon, or a token in the place of the user, or both.
function secretPart(info: string): { start: number; end: number } | undefined {
  const colon = info.indexOf(':');
  const text = info.slice(colon + 1);
  const isUserToken = text === 'x-oauth-basic' || isLoneToken(info.slice(0, Math.max(colon, 0)));
  const hasPassword = text !== 'x-oauth-basic' && !isPlaceholder(text) && (colon >= 0 || isLoneToken(text));
  if (!isUserToken && !hasPassword) return undefined;
  return { start: isUserToken ? 0 : colon + 1, end: hasPassword ? info.length : colon };
}

// Signs that are encoded deeper than the link belong to its parts.
function withoutDeeper(reading: Reading, from: number, text: string): string {
  if (reading.raw === reading.text) return text;
  const base = reading.depth(from - 1);
  return Array.from({ length: text.length }, (_, at) =>
    reading.depth(from + at) > base ? 'x' : text.charAt(at),
  ).join('');
}

function linkSpans(reading: Reading): Span[] {
  const line = reading.text;
  const spans: Span[] = [];
  for (let sign = line.indexOf('://'); sign >= 0; sign = line.indexOf('://', sign + 3)) {
    const link = withoutDeeper(reading, sign + 3, linkFrom(reading, sign + 3));
    const end = userInfoEnd(link);
    const part = end > 0 ? secretPart(link.slice(0, end)) : undefined;
    if (part !== undefined) spans.push({ start: sign + 3 + part.start, end: sign + 3 + part.end, rule });
  }
  return spans;
}

/** The passwords of links (`scheme://user:password@host`). */
export const urlPasswords: SpanRule = (reading) =>
  reading.text.includes('://') ? linkSpans(reading) : nothing;
