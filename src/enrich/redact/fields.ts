import { eachFieldName, type FieldName } from './field-name.ts';
import { vocabulary, type KeyKind } from './key-name.ts';
import { blankMarkers, isPlaceholder, nothing, type RuleName, type Span, type SpanRule } from './marker.ts';
import { createQuoteTracker, matchAt, readValue, type Value, type ValuePlace } from './read-value.ts';
import type { Reading } from './reading.ts';
import { syntaxAfter, type FieldSyntax } from './field-syntaxes.ts';
import { isTokenLike } from './token-shape.ts';
import { isSecretValue, isSpoken } from './value-sense.ts';

/** A stretch of a line. */
interface Range {
  readonly start: number;
  readonly end: number;
}

const schemed = /^([A-Za-z][A-Za-z0-9-]{1,30})(?:[ \t]{1,8}|%20|\+|=)/;

/** The whole of a header's value: to its closing quote or bracket, else to the end of the line. */
function headerText(reading: Reading, at: number, place: ValuePlace): Range {
  const { text: line } = reading;
  const value = readValue(reading, at, place);
  if (value.quoted) return value;
  const stops = [line.length];
  if (place.openQuote !== '') stops.push(line.indexOf(place.openQuote, value.start));
  // The bracket of a printed list ([Bearer x]); the one of a marker does not close it.
  if (value.start > at) stops.push(blankMarkers(line).indexOf(']', value.start));
  stops.push(line.indexOf('\n', value.start));
  let end = Math.min(...stops.filter((stop) => stop >= 0));
  while (end > value.start && ' \t\r\\'.includes(line.charAt(end - 1))) end -= 1;
  return { start: value.start, end };
}

function wordEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && !' \t\r\n,;"\''.includes(text.charAt(at))) at += 1;
  return at;
}

// A value without a known scheme: the credentials are the first word, or the second behind a scheme of its own.
function schemeless(text: string, first: Range): Range | undefined {
  const end = wordEnd(text, first.end + 1);
  if (isTokenLike(text.slice(first.end + 1, end), 12)) return { start: 0, end };
  return isTokenLike(text.slice(0, first.end), 8) || first.end >= 24 ? first : undefined;
}

// The part of an Authorization value that is secret, as offsets into `text`.
function credentialsIn(text: string): Range | undefined {
  const scheme = schemed.exec(text);
  const name = scheme?.[1]?.toLowerCase() ?? '';
  const after = scheme?.[0].length ?? 0;
  if (vocabulary.listSchemes.has(name)) return { start: after, end: text.length };
  const start = vocabulary.wordSchemes.has(name) ? after : 0;
  const range = { start, end: wordEnd(text, start) };
  if (isSpoken(text.slice(start, range.end))) return undefined;
  return start > 0 ? range : schemeless(text, range);
}

/** The secret part of the value of an `Authorization` header that begins at `at`. */
function headerSpan(reading: Reading, at: number, place: ValuePlace): Range | undefined {
  const { text: line } = reading;
  const range = headerText(reading, at, place);
  const found = credentialsIn(line.slice(range.start, range.end));
  if (found === undefined) return undefined;
  const span = { start: range.start + found.start, end: range.start + found.end };
  return isPlaceholder(line.slice(span.start, span.end)) ? undefined : span;
}

// theme=dark; lang=en-GB; Path=/
function isTrivial(text: string): boolean {
  return /^(?:theme|lang|locale|language|currency|timezone|consent|mode)=[\w-]{1,16}(?:; ?(?:Path|Max-Age|Expires|Domain|SameSite|Secure|HttpOnly)(?:=[^;]{0,60})?)*$/i.test(
    text,
  );
}

// What a server says of its cookie, and what is no secret.
const attributes =
  /(?:; ?(?:Path|Max-Age|Expires|Domain|SameSite|Secure|HttpOnly|Priority|Partitioned)(?:=[^;=]{0,60})?){1,10};?$/i;

/** The value of a `Cookie` or `Set-Cookie` header that begins at `at`. */
function cookieSpan(reading: Reading, at: number, place: ValuePlace): Range | undefined {
  const { text: line } = reading;
  const range = headerText(reading, at, place);
  const text = line.slice(range.start, range.end);
  const equals = text.indexOf('=');
  const isCookie = equals > 0 && !/[\s:{]/.test(text.slice(0, equals)) && !isPlaceholder(text);
  if (!isCookie || isTrivial(text)) return undefined;
  return { start: range.start, end: range.end - (attributes.exec(text)?.[0].length ?? 0) };
}

const rules: Partial<Readonly<Record<KeyKind, RuleName>>> = {
  password: 'password',
  chosen: 'password',
  digits: 'code',
  header: 'authorization',
  cookie: 'cookie',
};

/** The rule that masks the value under a name of a kind. */
export function ruleOf(kind: KeyKind): RuleName {
  return rules[kind] ?? 'secret';
}

function valueOf(reading: Reading, syntax: FieldSyntax, place: ValuePlace): Value {
  if (syntax.until === '') return readValue(reading, syntax.at, place);
  const found = reading.text.indexOf(syntax.until, syntax.at);
  return { start: syntax.at, end: found < 0 ? reading.text.length : found, quoted: true };
}

const fieldStart = /^[\s"'+<>-]*$/;
const reach = 100;
// getpass.getpass("Password: ")
const openCall = /^[A-Za-z_$][\w.$]*\(/;

function startsLine(text: string, name: FieldName): boolean {
  return name.start < reach && fieldStart.test(text.slice(0, name.start));
}

// Where an unquoted value ends that may hold blanks: behind a name in capitals the plain words of a line of variables, else
// at the end of the line (YAML, INI) or at the next semicolon (ADO.NET).
function wideEnd(text: string, name: FieldName, value: Value): number {
  const rest = text.slice(value.end, value.end + 512);
  const semicolon = rest.slice(0, reach).indexOf(';');
  if (semicolon >= 0 && /;\s*$/.test(text.slice(Math.max(0, name.start - reach), name.start)))
    return value.end + semicolon;
  if (name.kind !== 'password' || !startsLine(text, name) || text.charAt(name.start) === '-')
    return value.end;
  // A blank before the value tells YAML and INI from a shell's environment.
  const isWide =
    text.charAt(value.start - 1) === ' ' ? !/[=#:]/.test(rest) : isPhrase(text.slice(value.start));
  return isWide ? text.trimEnd().length : value.end;
}

// DB_PASSWORD=three plain words, as files of variables have it
function isPhrase(text: string): boolean {
  return /^[a-z]{1,20}(?: [A-Za-z\d]{1,20}){1,11}\s{0,8}$/.test(text);
}

function widen({ text }: Reading, name: FieldName, value: Value): Value {
  if (value.quoted || text.charAt(value.end) !== ' ') return value;
  const read = text.slice(value.start, value.end);
  if (openCall.test(read) || isPlaceholder(read)) return value;
  const end = wideEnd(text, name, value);
  return { start: value.start, end, quoted: end > value.end && !/;/.test(text.charAt(end)) };
}

// "password: x" and nothing else on the line, as configurations say it and prose does not.
function isWholeLine(text: string, name: FieldName, value: Value): boolean {
  return value.end === text.length && startsLine(text, name);
}

// "DB_PASSWORD: unbound variable": two plain words or more behind the colon are a message.
function isMessage(text: string, syntax: FieldSyntax, value: Value): boolean {
  if (value.start !== syntax.at || !text.startsWith(': ', syntax.at - 2)) return false;
  if (progress.test(text.slice(value.start, value.start + 60))) return true;
  if (!/^[(]?[a-z]/.test(text.charAt(value.start))) return false;
  const said = /^[^"'`;|{}\n]{1,200}/.exec(text.slice(value.start, value.start + 200))?.[0].trim() ?? '';
  const all = said.split(' ');
  if (all.length < 2 || !all.every((word) => messageWord.test(word))) return false;
  return all.every((word) => !/^\d/.test(word)) || all.some(isSpoken);
}

// random_password.db: Still creating...
const progress = /^[A-Z][a-z]{3,20}(?: [a-z]{2,20}|\.{3})(?:\.{3}| [a-z]{2,20} |$)/;
const messageWord = /^[(]?(?:[a-z][a-z'-]*|base64|utf-?8|sha\d{1,3}|md5|x509)[).,:;!?]{0,2}$|^\d{1,6}[.,]?$/;

// A value is judged by its beginning: one that is no secret is read again from every name in it.
const judged = 96;

// `null` for a value that says by itself that it is none.
function spanBy(
  reading: Reading,
  name: FieldName,
  syntax: FieldSyntax,
  openQuote: string,
): Range | null | undefined {
  const { text } = reading;
  const place = { inQuery: name.inQuery, openQuote, depth: reading.depth(syntax.at - 1) };
  if (name.kind === 'header') return headerSpan(reading, syntax.at, place);
  const cookie = name.kind === 'cookie' ? cookieSpan(reading, syntax.at, place) : undefined;
  if (cookie !== undefined) return cookie;
  const read = valueOf(reading, syntax, { ...place, limit: judged });
  const value = syntax.verb ? read : widen(reading, name, read);
  if (syntax.firm && value.end > value.start && isPlaceholder(text.slice(value.start, value.end)))
    return null;
  return isRight(text, name, syntax, value) ? wholeValue(reading, syntax, place, value) : undefined;
}

function isRight(text: string, name: FieldName, syntax: FieldSyntax, value: Value): boolean {
  // 61 bytes, as Secrets are described
  if (/^\d{1,9} bytes\b/.test(text.slice(value.start, value.start + 20)) || isMessage(text, syntax, value))
    return false;
  if (isExample(text, name, value)) return false;
  const firm = syntax.firm || value.quoted || isWholeLine(text, name, value);
  const said = text.slice(value.start, Math.min(value.end, value.start + judged));
  return isSecretValue(name.kind, said, { ...syntax, firm, quoted: value.quoted, compound: name.compound });
}

// For example, "-e POSTGRES_PASSWORD=password", as the image of PostgreSQL says it
function isExample(text: string, name: FieldName, value: Value): boolean {
  return (
    /\b(?:for example|e\.g\.),? \S{0,4} ?$/i.test(text.slice(Math.max(0, name.start - 24), name.start)) &&
    /^(?:my)?(?:secret)?(?:password|secret)$/i.test(text.slice(value.start, value.end))
  );
}

function wholeValue(reading: Reading, syntax: FieldSyntax, place: ValuePlace, value: Value): Range {
  return value.quoted || value.end - value.start < judged ? value : valueOf(reading, syntax, place);
}

// name = "old" -> "new", as plans of changes have it; names: ["a", "b"]
const changeSign = /["']\s{0,2}(?:->|=>|, now)\s{0,2}["']/y;
const listSign = /["'],\s{0,4}["']/y;

function replacement(reading: Reading, name: FieldName, from: number): Range | undefined {
  const isList = /^["']?\s?[:=]\s?\[/.test(reading.text.slice(name.end, name.end + 8));
  const sign =
    matchAt(changeSign, reading.text, from) ?? (isList ? matchAt(listSign, reading.text, from) : null);
  if (sign === null) return undefined;
  const place = { inQuery: false, openQuote: '', depth: 0 };
  const value = readValue(reading, from + sign[0].length - 1, place);
  return isPlaceholder(reading.text.slice(value.start, value.end)) ? undefined : value;
}

/** The values of fields whose names tell of a secret, in every syntax that logs and configurations use. */
export const fieldValues: SpanRule = (reading) => {
  if (reading.stems.length === 0) return nothing;
  const openQuoteAt = createQuoteTracker(reading);
  const spans: Span[] = [];
  eachFieldName(reading, (name) => {
    const span = syntaxAfter(reading, name, (syntax) =>
      spanBy(reading, name, syntax, openQuoteAt(syntax.at)),
    );
    if (span === undefined) return 0;
    const rule = ruleOf(name.kind);
    spans.push({ ...span, rule });
    let { end } = span;
    for (
      let next = replacement(reading, name, end);
      next !== undefined;
      next = replacement(reading, name, end)
    ) {
      spans.push({ ...next, rule });
      end = next.end;
    }
    return end;
  });
  return spans;
};
