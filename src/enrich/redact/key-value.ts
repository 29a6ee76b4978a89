import { fieldNameAt, type FieldName } from './field-name.ts';
import { cookieSpan, headerSpan, type Range } from './header-value.ts';
import type { KeyKind } from './key-name.ts';
import { isPlaceholder, markerEnd, type Mask, type RuleName } from './marker.ts';
import { createQuoteTracker, readValue, type Value, type ValuePlace } from './read-value.ts';
import { tieAfter, type Tie } from './tie.ts';
import { isSecretValue } from './value-sense.ts';

// Parts of words that tell of a secret; each hit is widened to the whole identifier and judged by its words.
const stems =
  /pass|pwd|pw|psw|secret|token|key|auth|cred|cookie|sess|sig|jwt|otp|seed|pin|cvv|cvc|psk|mnemonic|phrase|salt|hmac|bearer|senha|contrase|kennwort|wachtwoord|code|[_-]pat\b|clave|chiave|sandi|matkhau|salasana|adgangskode|parol|heslo|lozinka|jelsz|slapta|fjalekalim|geheim|losung|honeycomb-team|sonar\.login|ticket|assertion|saml|csrf|xsrf|verifier|appid|losenord|haslo|sifre/gi;
// The same in words that are not written in ASCII; looked for only in lines that are not.
const foreignStems =
  /pass|pwd|pw|psw|secret|token|key|auth|cred|cookie|sess|sig|jwt|otp|seed|pin|cvv|cvc|psk|mnemonic|phrase|salt|hmac|bearer|senha|contrase|kennwort|wachtwoord|code|[_-]pat\b|clave|chiave|sandi|matkhau|salasana|adgangskode|parol|heslo|lozinka|jelsz|slapta|fjalekalim|geheim|losung|honeycomb-team|sonar\.login|ticket|assertion|saml|csrf|xsrf|verifier|appid|losenord|haslo|sifre|khẩu|l[öo]senord|has[lł]o|[şs]ifre|парол|лозинк|κωδικ|συνθημ|סיסמ|密[码碼]|口令|暗証|パスワード|비밀번호|암호|รหัสผ่าน|पासवर्ड/gi;
const foreign = /[\u0080-\uffff]/;

const ruleOf: Readonly<Record<KeyKind, RuleName>> = {
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

function valueOf(line: string, tie: Tie, place: ValuePlace): Value {
  if (tie.until === '') return readValue(line, tie.at, place);
  const found = line.indexOf(tie.until, tie.at);
  return { start: tie.at, end: found < 0 ? line.length : found, quoted: true };
}

const fieldStart = /^[\s"'-]*$/;
// How far around a name its syntax is looked for.
const reach = 100;

// getpass.getpass("Password: ")
const openCall = /^[A-Za-z_$][\w.$]*\(/;

// An unquoted password may hold blanks where the format ends values otherwise: at the end of the line (YAML, INI) or
// at the next semicolon (ADO.NET).
function widen(line: string, name: FieldName, value: Value): Value {
  if (value.quoted || line.charAt(value.end) !== ' ') return value;
  const read = line.slice(value.start, value.end);
  if (openCall.test(read) || isPlaceholder(read)) return value;
  const before = line.slice(Math.max(0, name.start - reach), name.start);
  const semicolon = line.slice(value.end, value.end + reach).indexOf(';');
  if (before.trimEnd().endsWith(';') && semicolon >= 0) return { ...value, end: value.end + semicolon };
  // A blank before the value tells YAML and INI from a shell's environment.
  if (line.charAt(value.start - 1) !== ' ') return value;
  if (name.kind !== 'password' || !isOnlyField(line, name, value.end)) return value;
  return { start: value.start, end: line.trimEnd().length, quoted: true };
}

// Nothing before the name and no other field or comment behind the value.
function isOnlyField(line: string, name: FieldName, from: number): boolean {
  return name.start < reach && fieldStart.test(line.slice(0, name.start)) && !/[=#:]/.test(line.slice(from));
}

// "password: x" and nothing else on the line, as configurations say it and prose does not.
function isWholeLine(line: string, name: FieldName, value: Value): boolean {
  return name.start < reach && value.end === line.length && fieldStart.test(line.slice(0, name.start));
}

// A value is judged by its beginning: one that is no secret is read again from every name in it.
const judged = 512;

function spanOf(line: string, name: FieldName, openQuoteAt: (at: number) => string): Range | undefined {
  const tie = tieAfter(line, name);
  if (tie === undefined) return undefined;
  const place = { inQuery: name.inQuery, openQuote: openQuoteAt(tie.at) };
  if (name.kind === 'header') return headerSpan(line, tie.at, place);
  const cookie = name.kind === 'cookie' ? cookieSpan(line, tie.at, place) : undefined;
  if (cookie !== undefined) return cookie;
  const read = valueOf(line, tie, place);
  const value = tie.verb ? read : widen(line, name, read);
  // 61 bytes, as Secrets are described
  if (/^\d{1,9} bytes\b/.test(line.slice(value.start, value.start + reach))) return undefined;
  const text = line.slice(value.start, Math.min(value.end, value.start + judged));
  const firm = tie.firm || value.quoted || isWholeLine(line, name, value);
  return isSecretValue(name.kind, text, { ...tie, firm, quoted: value.quoted, compound: name.compound })
    ? value
    : undefined;
}

// name = "old" -> "new", as plans of changes have it
const changeSign = /["']\s{0,2}(?:->|=>)\s{0,2}["']/y;

function replacement(line: string, from: number): Range | undefined {
  changeSign.lastIndex = from;
  const sign = changeSign.exec(line);
  if (sign === null) return undefined;
  const value = readValue(line, from + sign[0].length - 1, { inQuery: false, openQuote: '' });
  return isPlaceholder(line.slice(value.start, value.end)) ? undefined : value;
}

/** Masks the values of fields whose names tell of a secret, in every syntax that logs and configurations use. */
export function maskKeyValues(line: string, mask: Mask): string {
  const openQuoteAt = createQuoteTracker(line);
  let result = '';
  let done = 0;
  const words = foreign.test(line) ? foreignStems : stems;
  words.lastIndex = 0;
  for (let hit = words.exec(line); hit !== null; hit = words.exec(line)) {
    const name = fieldNameAt(line, hit.index, done);
    words.lastIndex = Math.max(name.end, hit.index + 1);
    if (!('kind' in name) || markerEnd(line, name.start - '[REDACTED:'.length) >= 0) continue;
    const span = spanOf(line, name, openQuoteAt);
    if (span === undefined) continue;
    result += line.slice(done, span.start) + mask(ruleOf[name.kind]);
    done = span.end;
    const next = replacement(line, done);
    if (next !== undefined) {
      result += line.slice(done, next.start) + mask(ruleOf[name.kind]);
      done = next.end;
    }
    words.lastIndex = Math.max(done, name.end);
  }
  return done === 0 ? line : result + line.slice(done);
}
