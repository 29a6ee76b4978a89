import { isUnlikeWords } from './candidates.ts';
import { isPlaceholder, nothing, type RuleName, type Span, type SpanRule } from './marker.ts';
import { withoutEnd, WordFinder } from './scan.ts';
import {
  isJumbled,
  isPassphrase,
  isPasswordLike,
  isScrambled,
  isSetting,
  isTokenLike,
  isUuid,
  isWordAndNumber,
  looksChosen,
} from './token-shape.ts';
import { isSpoken } from './value-sense.ts';

/** A secret that a regular expression can tell. */
export interface ShapeRow {
  readonly rule: RuleName;
  /** Spares most lines the expression: an expression of its own, or texts (in lower case) of which one must stand there. */
  readonly hint: RegExp | readonly string[];
  /** Global. Group 1 is kept, group 2 is the secret, group 3 (if there is one) is kept. No look-around. */
  readonly shape: RegExp;
  /** A line in which this stands is left alone. */
  readonly unless?: RegExp | undefined;
  /** A last look at the secret; without it every match counts. */
  readonly accepts?: ((secret: string) => boolean) | undefined;
}

function lastPart(token: string): string {
  return token.slice(token.search(/[_-][^_-]*$/) + 1);
}

// Letters of both cases and digits, as base62 has them; identifiers are shorter, names and digests have one case.
function isWellMixed(text: string): boolean {
  return [/[A-Z].*[A-Z]/, /[a-z].*[a-z]/, /\d.*\d/].every((two) => two.test(text)) && isTokenLike(text, 30);
}

/** Whether a text is base64 of printable Latin-1 (with the NUL and SOH that SASL puts between its parts) and holds a colon. */
function isUserAndPassword(text: string): boolean {
  const encoded = withoutEnd(text, '=').replaceAll('-', '+').replaceAll('_', '/');
  if (text.length < 4 || encoded.length % 4 === 1 || !/^[A-Za-z0-9+/]*$/.test(encoded)) return false;
  const plain = atob(encoded);
  const isPrintable = (code: number): boolean => code <= 1 || (code >= 0x20 && code <= 0x7e) || code >= 0xa0;
  return plain.includes(':') && Array.from(plain).every((char) => isPrintable(char.charCodeAt(0)));
}

function isBearer(text: string): boolean {
  if (isSpoken(text)) return false;
  if (isTokenLike(text, 8) || (text.length >= 24 && /[A-Z0-9]/.test(text))) return true;
  return text.length >= 16 && /^[A-Za-z]*[0-9][A-Za-z0-9]*$/.test(text);
}

// Two of three: a digit, letters of both cases, a sign that names do not have
function isStrong(text: string): boolean {
  const kinds = [/\d/.test(text), /[A-Z]/.test(text) && /[a-z]/.test(text), /[!#$%^&*@~?+]/.test(text)];
  return kinds.filter(Boolean).length >= 2;
}

// What a row may ask of a secret, by name.
const checks: Readonly<Record<string, (text: string) => boolean>> = {
  // Ports and paths stand behind the same letters.
  argument: (text) => !/^(?:[\d.]{1,15}:)?\d{1,5}(?:[-:]\d{1,5}){0,3}(?:\/(?:tcp|udp|sctp))?$|^\//.test(text),
  unspoken: (text) => !isSpoken(text),
  chosen: (text) => (isPasswordLike(text) || looksChosen(text)) && !isSpoken(text),
  password: (text) => isPasswordLike(text) || looksChosen(text) || isPassphrase(text),
  secret: (text) =>
    !isSetting(text) &&
    (isTokenLike(text, 8) ||
      isPasswordLike(text) ||
      looksChosen(text) ||
      isPassphrase(text) ||
      isScrambled(text)),
  strong: (text) =>
    !isSpoken(text) &&
    ((isPasswordLike(text) && isStrong(text)) ||
      isWordAndNumber(text) ||
      (isJumbled(text) && !text.includes('@'))),
  // KafkaBroker1, TLSv1.3
  'no-name': (text) => checks['strong']?.(text) === true && !/^[A-Za-z]+\d{1,2}$|^TLSv/.test(text),
  'no-hash': (text) => checks['secret']?.(text) === true && !/password|hash/i.test(text),
  // git@host:group/name.git
  'no-repository': (text) => checks['chosen']?.(text) === true && !/^[\w.-]+(?:\/[\w.-]+)+\.git$/.test(text),
  'with-digit': (text) => /\d/.test(text) && isPasswordLike(text),
  'no-number': (text) => !/^[\d.]+$/.test(text),
  'no-mechanism': (text) => !isSpoken(text) && !/^(?:PLAIN|AMQPLAIN|LOGIN|TLS|SSL)$/.test(text),
  'no-result': (text) => !isSpoken(text) && !/^[(\d]/.test(text),
  // image:tag@sha256:… and package:version@registry are no credentials.
  'no-version': (text) => !/^v?\d+(?:\.\d+)+/.test(text) && (isPasswordLike(text) || isWordAndNumber(text)),
  token20: (text) => isTokenLike(text, 20),
  mixed20: (text) => text.length >= 20 && (isTokenLike(text, 20) || isScrambled(text)) && /[A-Z]/.test(text),
  'token-or-uuid': (text) => isTokenLike(text, 20) || isUuid(text.slice(-36)),
  // A publishable key is no secret.
  'typed-token': (text) => !text.startsWith('pk_') && isTokenLike(lastPart(text), 16),
  'prefixed-token': (text) => isWellMixed(lastPart(text)),
  uuid: isUuid,
  'mixed-or-hex': (text) => isTokenLike(text, 20) || /^[0-9a-f]{24,}$/.test(text),
  distinct: (text) => isUnlikeWords(text) || isTokenLike(text, 12) || /^[a-z]{4,20}\d{3,4}$/.test(text),
  unlike: (text) => isTokenLike(text, 16) || isUnlikeWords(text),
  // Credentials, or the part of them that was shown
  basic: (text) => isUserAndPassword(text) || (text.length >= 16 && isTokenLike(text, 12)),
  bearer: isBearer,
};

// A value on a command line, quoted or not: behind an option, glued to it, or behind a user's name.
const options: Readonly<Record<string, (flags: string, sign: string) => string>> = {
  separated: (flags) =>
    String.raw`((?:^|[\s"'\[,])(?:${flags})(?:["'],? ?["']|\s{1,4}["']?|=["']?))([^\s"'\-][^\s"']*)`,
  glued: (flags) => String.raw`((?:^|[\s"'\[,])${flags}["']?)([^\s"'=,-][^\s"']*)`,
  user: (flags, sign) =>
    String.raw`((?:^|[\s"'\[,])(?:${flags})(?:["'],? ?["']|\s{0,4}["']?|=["']?)[^\s"'\[${sign}]{0,128}["']?${sign}["']?)([^\s"']+)`,
};

function expressionOf(text: string): RegExp {
  const option = /^(separated|glued|user)(.?)(?:secret)?\((.*)\)$/.exec(text);
  if (option !== null)
    return new RegExp(options[option[1] ?? '']?.(option[3] ?? '', option[2] ?? '') ?? '', 'g');
  const end = text.lastIndexOf('/');
  return new RegExp(text.slice(1, end), text.slice(end + 1));
}

function hintOf(text: string): RegExp | readonly string[] {
  return text.startsWith('/') ? expressionOf(text) : text.replaceAll('·', ' ').split(',');
}

/**
 * Rows of a table (`secret-formats.json`), in columns with two blanks between them: the rule (left out when `rule` is given for all), what
 * must stand in the line (texts with commas between, `·` being a blank, or an expression) and after `!` what must not, the
 * check of the secret, the expression, and after `#` what it is about.
 */
export function readRows(lines: readonly string[], rule?: RuleName, check = ''): ShapeRow[] {
  return lines.map((line) => {
    const columns = line.split('  ');
    const [name = '', hint = '', asked = '', shape = ''] = rule === undefined ? columns : [rule, ...columns];
    const [needs = '', ...unless] = hint.startsWith('/') ? [hint] : hint.split('!');
    const accepts = checks[asked === '-' ? check : asked];
    return {
      rule: name,
      hint: hintOf(needs),
      shape: expressionOf(shape),
      unless: unless.map(expressionOf)[0],
      accepts,
    };
  });
}

// Groups 1 and 2 of every match, the second being the secret. Behind one that is none the search goes on where it began.
function spansOf(text: string, { rule, shape, accepts }: ShapeRow): Span[] {
  const spans: Span[] = [];
  shape.lastIndex = 0;
  for (let match = shape.exec(text); match !== null; match = shape.exec(text)) {
    const start = match.index + (match[1] ?? '').length;
    const secret = match[2] ?? '';
    if (!isPlaceholder(secret) && accepts?.(secret) !== false)
      spans.push({ start, end: start + secret.length, rule });
    else shape.lastIndex = Math.max(start, match.index + 1);
  }
  return spans;
}

// Formats that are known by their shape alone have so many characters in a row, and typed tokens so many.
const longRun = 24;
const typedRun = 20;

/** A rule that finds every secret which one of the rows tells. */
export function createShapeRule(rows: readonly ShapeRow[]): SpanRule {
  const rowsOf = new Map<string, number[]>();
  for (const [order, { hint }] of rows.entries())
    for (const word of hint instanceof RegExp ? [] : hint)
      rowsOf.set(word, [...(rowsOf.get(word) ?? []), order]);
  const finder = new WordFinder(rowsOf.keys());
  const shown = rows.filter(({ hint }) => hint instanceof RegExp);
  const usual = shown.filter(({ rule }) => !rule.endsWith('-token'));
  // When a row was last found, by the number of the line.
  const lastFound = new Uint32Array(rows.length);
  let line = 0;
  return ({ text, lower, longestRun }) => {
    const found: ShapeRow[] = [];
    line = (line + 1) >>> 0;
    if (rowsOf.size > 0)
      finder.each(lower, (word) => {
        for (const order of rowsOf.get(word) ?? []) {
          if (lastFound[order] === line) continue;
          lastFound[order] = line;
          const row = rows[order] as ShapeRow;
          if (longestRun >= typedRun || row.rule !== 'typed-token') found.push(row);
        }
      });
    for (const row of longestRun < longRun ? usual : shown)
      if (row.hint instanceof RegExp && row.hint.test(text)) found.push(row);
    return found.length === 0
      ? nothing
      : found.flatMap((row) => (row.unless?.test(text) === true ? [] : spansOf(text, row)));
  };
}
