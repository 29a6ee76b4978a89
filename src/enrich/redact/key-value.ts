import { fieldNameAt, type FieldName } from './field-name.ts';
import { cookieSpan, headerSpan, type Range } from './header-value.ts';
import type { KeyKind } from './key-name.ts';
import { markerEnd, type Mask, type RuleName } from './marker.ts';
import { createQuoteTracker, readValue, type Value, type ValuePlace } from './read-value.ts';
import { tieAfter, type Tie } from './tie.ts';
import { isSecretValue } from './value-sense.ts';

// Parts of words that tell of a secret; each hit is widened to the whole identifier and judged by its words.
const stems =
  /pass|pwd|pw|psw|secret|token|key|auth|cred|cookie|sess|sig|jwt|otp|pin|cvv|cvc|psk|mnemonic|phrase|salt|hmac|bearer|senha|contrase|kennwort|wachtwoord|motdepasse|code|ticket|assertion|saml|csrf|xsrf|verifier|appid/gi;

const ruleOf: Readonly<Record<KeyKind, RuleName>> = {
  password: 'password',
  token: 'secret',
  secret: 'secret',
  weak: 'secret',
  faint: 'secret',
  digits: 'code',
  header: 'authorization',
  cookie: 'cookie',
};

function valueOf(line: string, tie: Tie, place: ValuePlace): Value {
  if (tie.until === '') return readValue(line, tie.at, place);
  const found = line.indexOf(tie.until, tie.at);
  return { start: tie.at, end: found < 0 ? line.length : found, quoted: true };
}

const fieldStart = /^[\s"'-]*$/;
// How far around a name its syntax is looked for.
const reach = 100;

// An unquoted password may hold blanks where the format ends values otherwise: at the end of the line (YAML, INI) or
// at the next semicolon (ADO.NET).
function widen(line: string, name: FieldName, value: Value): Value {
  if (value.quoted || line.charAt(value.end) !== ' ') return value;
  const before = line.slice(Math.max(0, name.start - reach), name.start);
  const semicolon = line.slice(value.end, value.end + reach).indexOf(';');
  if (before.trimEnd().endsWith(';') && semicolon >= 0) return { ...value, end: value.end + semicolon };
  // A blank before the value tells YAML and INI from a shell's environment.
  if (line.charAt(value.start - 1) !== ' ') return value;
  const rest = line.slice(value.end);
  if (name.kind !== 'password' || name.start >= reach || !fieldStart.test(before) || /[=#:]/.test(rest))
    return value;
  return { start: value.start, end: line.trimEnd().length, quoted: true };
}

// "password: x" and nothing else on the line, as configurations say it and prose does not.
function isWholeLine(line: string, name: FieldName, value: Value): boolean {
  return name.start < reach && value.end === line.length && fieldStart.test(line.slice(0, name.start));
}

function spanOf(line: string, name: FieldName, openQuoteAt: (at: number) => string): Range | undefined {
  const tie = tieAfter(line, name);
  if (tie === undefined) return undefined;
  const place = { inQuery: name.inQuery, openQuote: openQuoteAt(tie.at) };
  if (name.kind === 'header') return headerSpan(line, tie.at, place);
  const cookie = name.kind === 'cookie' ? cookieSpan(line, tie.at, place) : undefined;
  if (cookie !== undefined) return cookie;
  const value = widen(line, name, valueOf(line, tie, place));
  const text = line.slice(value.start, value.end);
  const firm = tie.firm || value.quoted || isWholeLine(line, name, value);
  return isSecretValue(name.kind, text, { ...tie, firm, quoted: value.quoted, compound: name.compound })
    ? value
    : undefined;
}

/** Masks the values of fields whose names tell of a secret, in every syntax that logs and configurations use. */
export function maskKeyValues(line: string, mask: Mask): string {
  const openQuoteAt = createQuoteTracker(line);
  let result = '';
  let done = 0;
  stems.lastIndex = 0;
  for (let hit = stems.exec(line); hit !== null; hit = stems.exec(line)) {
    const name = fieldNameAt(line, hit.index, done);
    stems.lastIndex = Math.max(name.end, hit.index + 1);
    if (!('kind' in name) || markerEnd(line, name.start - '[REDACTED:'.length) >= 0) continue;
    const span = spanOf(line, name, openQuoteAt);
    if (span === undefined) continue;
    result += line.slice(done, span.start) + mask(ruleOf[name.kind]);
    done = span.end;
    stems.lastIndex = Math.max(done, name.end);
  }
  return done === 0 ? line : result + line.slice(done);
}
