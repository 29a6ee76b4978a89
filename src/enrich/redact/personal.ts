import type { PersonalDataOptions } from './options.ts';
import { createShapeRule, type ShapeRow } from './rows.ts';
import { nothing, type Span, type SpanRule } from './marker.ts';

// What looks like an address but is a systemd unit, a file, a host inside the cluster or a Git remote.
const noMailDomain =
  /\.(?:service|slice|scope|mount|socket|target|timer|device|swap|path|local|internal|localdomain|lan|svc|js|ts|mjs|cjs|jsx|tsx|py|rb|go|rs|java|php|so|jar|html|css|json|yaml|yml|conf|log)$/i;
const localChar = /[\p{L}\p{N}._%+'-]/u;
const domain = /(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62})\.){1,8}\p{L}{2,24}/uy;

function localStart(line: string, at: number, from: number): number {
  let start = at;
  while (start > from && at - start < 64 && localChar.test(line.charAt(start - 1))) start -= 1;
  while (start < at && ".'-".includes(line.charAt(start))) start += 1;
  return start;
}

function emailsIn(line: string): Span[] {
  const spans: Span[] = [];
  let done = 0;
  for (let at = line.indexOf('@'); at >= 0; at = line.indexOf('@', at + 1)) {
    const start = localStart(line, at, done);
    domain.lastIndex = at + 1;
    const host = start < at ? domain.exec(line)?.[0] : undefined;
    if (host === undefined || noMailDomain.test(host) || line.slice(start, at) === 'git') continue;
    // The user of a link is no address.
    if (line.startsWith('://', start - 3)) continue;
    done = at + 1 + host.length;
    spans.push({ start, end: done, rule: 'email' });
  }
  return spans;
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits.charAt(digits.length - 1 - at));
    const doubled = at % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

// Visa, Mastercard (both series), American Express, Discover, Diners Club, JCB
const issuers =
  /^(?:4\d{15}|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|(?:6011|65\d\d|64[4-9]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|35\d{14})$/;
const cardLike = /(^|[^\w.-])(\d{4}[ -]?\d{4,6}[ -]?\d{4,5}(?:[ -]?\d{1,4})?)\b/g;

function isCard(text: string): boolean {
  const digits = text.replace(/[ -]/g, '');
  return issuers.test(digits) && passesLuhn(digits) && new Set(digits).size > 1;
}

// ISO 13616: the rearranged number, letters counted from 10, leaves 1 when divided by 97.
function isIban(text: string): boolean {
  const compact = text.replaceAll(' ', '');
  if (compact.length < 15 || compact.length > 34) return false;
  let rest = 0;
  for (const char of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(char, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

const digit = /\d/;
const ibanLike = /(^|[^A-Za-z0-9])([A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?)\b/g;
const ipLike =
  /(^|[^\w.:-])((?:\d{1,3}\.){3}\d{1,3}|(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}:){1,6}:(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,5})?)(?:\b|$)/gi;
const phoneLike =
  /(^|[^\w.+-])(\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{2,4}(?:[ .-]?\d{2,4}){1,4}|\(\d{3}\) ?\d{3}-\d{4}|\d{3}-\d{3}-\d{4})\b/g;
const ssnLike = /(^|[^\w-])((?:00[1-9]|0[1-9]\d|[1-57-8]\d\d|6[0-57-9]\d|66[0-57-9])-\d\d-\d{4})\b/g;

/** What is masked when its option is on. */
export const personalRows: readonly (ShapeRow & { rule: keyof PersonalDataOptions })[] = [
  { rule: 'iban', hint: digit, shape: ibanLike, accepts: isIban },
  { rule: 'card', hint: digit, shape: cardLike, accepts: isCard },
  { rule: 'ssn', hint: digit, shape: ssnLike },
  { rule: 'phone', hint: digit, shape: phoneLike, accepts: (text) => text.replace(/\D/g, '').length >= 8 },
  { rule: 'ip', hint: digit, shape: ipLike },
];

/** A rule that finds the kinds of personal data that are switched on. */
export function createPersonalRule(options: PersonalDataOptions): SpanRule {
  const active = createShapeRule(personalRows.filter(({ rule }) => options[rule]));
  return (reading) => {
    const emails = options.email && reading.text.includes('@') ? emailsIn(reading.text) : nothing;
    return [...emails, ...active(reading)];
  };
}

/** The rules whose findings are personal, and no secrets that anything else could be recognised by. */
export const personalRules: ReadonlySet<string> = new Set(['email', ...personalRows.map(({ rule }) => rule)]);
