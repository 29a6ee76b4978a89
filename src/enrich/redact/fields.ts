import { eachFieldName, type FieldName } from './field-name.ts';
import { cookieSpan, headerSpan, type Range } from './header-value.ts';
import type { KeyKind } from './key-name.ts';
import { isPlaceholder, type RuleName } from './marker.ts';
import { createQuoteTracker, matchAt, readValue, type Value, type ValuePlace } from './read-value.ts';
import type { Reading } from './reading.ts';
import type { Span, SpanRule } from './span.ts';
import { tieAfter, type Tie } from './ties.ts';
import { isSecretValue, isSpoken } from './value-sense.ts';

/** The rule that masks the value under a name of a kind. */
export const ruleOf: Readonly<Record<KeyKind, RuleName>> = {
  password: 'password',
  token: 'secret',
  secret: 'secret',
  weak: 'secret',
  chosen: 'password',
  bare: 'secret',
  faint: 'secret',
  digits: 'code',
  header: 'authorization',
  cookie: 'cookie',
};

function valueOf(reading: Reading, tie: Tie, place: ValuePlace): Value {
  if (tie.until === '') return readValue(reading, tie.at, place);
  const found = reading.text.indexOf(tie.until, tie.at);
  return { start: tie.at, end: found < 0 ? reading.text.length : found, quoted: true };
}

const fieldStart = /^[\s"'+<>-]*$/;
// How far around a name its syntax is looked for.
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
  if (name.kind !== 'password' || !startsLine(text, name)) return value.end;
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
function isMessage(text: string, tie: Tie, value: Value): boolean {
  if (value.quoted || !text.startsWith(': ', tie.at - 2) || !/^[(]?[a-z]/.test(text.charAt(value.start)))
    return false;
  const said = /^[^"'`;|{}\n]{1,200}/.exec(text.slice(value.start, value.start + 200))?.[0].trim() ?? '';
  const words = said.split(' ');
  if (
    words.length < 2 ||
    !words.every((word) => /^[(]?[a-z][a-z'-]*[).,:;!?]{0,2}$|^\d{1,6}[.,]?$/.test(word))
  )
    return false;
  return words.every((word) => !/\d/.test(word)) || words.some(isSpoken);
}

// A value is judged by its beginning: one that is no secret is read again from every name in it.
const judged = 160;

// `null` for a value that says by itself that it is none.
function spanBy(reading: Reading, name: FieldName, tie: Tie, openQuote: string): Range | null | undefined {
  const { text } = reading;
  const place = { inQuery: name.inQuery, openQuote, depth: reading.depth(tie.at - 1) };
  if (name.kind === 'header') return headerSpan(reading, tie.at, place);
  const cookie = name.kind === 'cookie' ? cookieSpan(reading, tie.at, place) : undefined;
  if (cookie !== undefined) return cookie;
  const read = valueOf(reading, tie, { ...place, limit: judged });
  const value = tie.verb ? read : widen(reading, name, read);
  if (tie.firm && value.end > value.start && isPlaceholder(text.slice(value.start, value.end))) return null;
  return isRight(text, name, tie, value) ? wholeValue(reading, tie, place, value) : undefined;
}

function isRight(text: string, name: FieldName, tie: Tie, value: Value): boolean {
  // 61 bytes, as Secrets are described
  if (/^\d{1,9} bytes\b/.test(text.slice(value.start, value.start + 20)) || isMessage(text, tie, value))
    return false;
  const firm = tie.firm || value.quoted || isWholeLine(text, name, value);
  const said = text.slice(value.start, Math.min(value.end, value.start + judged));
  return isSecretValue(name.kind, said, { ...tie, firm, quoted: value.quoted, compound: name.compound });
}

function wholeValue(reading: Reading, tie: Tie, place: ValuePlace, value: Value): Range {
  return value.quoted || value.end - value.start < judged ? value : valueOf(reading, tie, place);
}

// name = "old" -> "new", as plans of changes have it
const changeSign = /["']\s{0,2}(?:->|=>|, now)\s{0,2}["']/y;

function replacement(reading: Reading, from: number): Range | undefined {
  const sign = matchAt(changeSign, reading.text, from);
  if (sign === null) return undefined;
  const place = { inQuery: false, openQuote: '', depth: 0 };
  const value = readValue(reading, from + sign[0].length - 1, place);
  return isPlaceholder(reading.text.slice(value.start, value.end)) ? undefined : value;
}

/** The values of fields whose names tell of a secret, in every syntax that logs and configurations use. */
export const fieldValues: SpanRule = (reading) => {
  const openQuoteAt = createQuoteTracker(reading);
  const spans: Span[] = [];
  eachFieldName(reading.text, (name) => {
    const span = tieAfter(reading, name, (tie) => spanBy(reading, name, tie, openQuoteAt(tie.at)));
    if (span === undefined) return 0;
    const rule = ruleOf[name.kind];
    spans.push({ ...span, rule });
    const next = replacement(reading, span.end);
    if (next !== undefined) spans.push({ ...next, rule });
    return next?.end ?? span.end;
  });
  return spans;
};
