import { decodedText } from './encoded.ts';
import { kindOfName } from './key-name.ts';
import { codeName, isObject, plainLabel, plainShape, valueName } from './nearby-words.ts';
import { withoutEnd } from './scan.ts';
import {
  isCamel,
  isDigit,
  isJumbled,
  isScrambled,
  isTokenLike,
  isUuid,
  isWordAndNumber,
  looksChosen,
} from './token-shape.ts';
import { isSpoken, isStarred } from './value-sense.ts';

/** A word that may be a secret. */
export interface Candidate {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly isQuoted: boolean;
  /** How much it looks like a secret: 3 as a machine makes it, 2 by its digits alone, 1 as a person chooses it. */
  readonly strength: 1 | 2 | 3;
}

const maxCandidates = 128;
const blank = 32;
// What a character adds to a word; nothing when it ends one.
const [digit, small, capital, sign] = [1, 2, 4, 8] as const;
const kindsOf = Uint8Array.from({ length: 128 }, (_, code) => kindOf(String.fromCharCode(code)));

function kindOf(char: string): number {
  if (/\d/.test(char)) return digit;
  if (/[a-z]/.test(char)) return small;
  if (/[A-Z]/.test(char)) return capital;
  return /[\s"'`,;()[\]{}<>|\\]/.test(char) ? 0 : sign;
}

const pureHex = /^(?:0x)?(?:[0-9a-f]+|[0-9A-F]+)$/;
// Where the value of name=value begins, or -1 when the name says that it is no secret.
function valueStart(value: string, sign: number): number {
  const name = value.slice(0, sign);
  // What ends in one or two of them is base64.
  if (!/^[\w.@-]+$/.test(name) || /^[=:]=?$/.test(value.slice(sign)) || isObject(value)) return 0;
  if (/^[0-9a-f]{16,}$|^\d{6,}$/.test(name) || (isOfThreeKinds(name) && !isCamel(name))) return 0;
  return isLabel(name) || (isLone(value.slice(sign + 1)) && !plainName.test(name)) ? sign + 1 : -1;
}

function candidateAt(text: string, index: number, said: string): Candidate | undefined {
  const end = index + said.length;
  const isOpened = index > 0 && '"\'`“'.includes(text.charAt(index - 1));
  // email=?, as statements of SQL have it
  if (text.charAt(end) === '(' || said.endsWith('=?') || isStarred(said)) return undefined;
  const isClosed = isOpened && end < text.length && '"\'`”]'.includes(text.charAt(end));
  const candidate = judged(index, isClosed ? said : withoutSigns(said), isClosed);
  return candidate === undefined || isNameBefore(text.slice(end, end + 5), said, isOpened)
    ? undefined
    : candidate;
}

// The sign at the end of a sentence; that of a password stands behind a digit.
function withoutSigns(said: string): string {
  const bare = withoutEnd(said, '.:?');
  const isOfPassword = bare.endsWith('!') && isDigit(bare.charCodeAt(bare.length - 2));
  return isOfPassword ? bare : withoutEnd(bare, '.:!?');
}

function judged(index: number, value: string, isClosed: boolean): Candidate | undefined {
  const sign = value.search(/[=:]/);
  const from = sign > 0 ? valueStart(value, sign) : 0;
  const text = from > 0 ? value.slice(from) : value;
  const strength = from < 0 || text.length < 6 ? 0 : strengthOf(text);
  if (strength === 0) return undefined;
  return { start: index + from, end: index + value.length, isQuoted: isClosed && from === 0, text, strength };
}

/** Whether a word is something known that is no secret, or a label says so: an identifier, a digest, a name of program text. */
export function isNamedOtherwise(line: string, { start, end, text }: Candidate): boolean {
  // [jetty-169]: a thread
  const isThread = `${line.charAt(start - 1)}${line.charAt(end)}` === '[]' && isWordAndNumber(text);
  return isThread || isPlain(text) || isOfField(line, start, isLone(text));
}

// "name": and name="value" are names; the sign at the end of base64 has a blank or the closing quote behind it.
function isNameBefore(next: string, said: string, isOpened: boolean): boolean {
  return (
    /^["']?\s?(?:=|:\s?["'[{\d])/.test(next) || (!isOpened && said.endsWith('=') && /^["'\w]/.test(next))
  );
}

/** The words of a text that look like secrets, and do not stand where something else does. */
export function candidatesIn(text: string): Candidate[] {
  const found: Candidate[] = [];
  let start = 0;
  let kinds = 0;
  for (let at = 0; at <= text.length && found.length < maxCandidates; at += 1) {
    const code = at < text.length ? text.charCodeAt(at) : blank;
    const kind = code < 128 ? (kindsOf[code] as number) : sign;
    kinds |= kind;
    if (kind > 0) continue;
    const candidate = mayBeSecret(kinds, at - start)
      ? candidateAt(text, start, text.slice(start, at))
      : undefined;
    if (candidate !== undefined) found.push(candidate);
    start = at + 1;
    kinds = 0;
  }
  return found;
}

// What has neither digits nor letters of both cases is no candidate.
function mayBeSecret(kinds: number, length: number): boolean {
  // A row of digits and signs is a number, a date or an address, or a long number in hexadecimal digits.
  if ((kinds & (small | capital)) === 0 && length < 32) return false;
  const isOfBothCases = (kinds & capital) > 0 && (kinds & small) > 0;
  return length >= 6 && ((kinds & digit) > 0 || (isOfBothCases && (length >= 14 || (kinds & sign) > 0)));
}

// So many in a row are a token even under a name that says nothing, unless it says something else.
function isLone(text: string): boolean {
  return /^[A-Za-z\d]{30,128}$/.test(text) && isOfThreeKinds(text);
}

const plainName =
  /(?:id|token|hash|sum|digest|tag|cursor|integrity|fingerprint|version|sha\d*|md5|data|image|node|host|cluster|key|name|path|url|query|nonce|state)$/i;

// The name of a field says whether its value may be the secret that is spoken of: trace_id=… may not.
function isLabel(name: string): boolean {
  return kindOfName(name) !== undefined || valueName.test(name);
}

// invalid API key in request: x, token mismatch: expected x
const secretIn =
  /\b(?:key|token|password|secret) (?:in [a-z]{3,12}: |mismatch[:,]? (?:expected|want) )["'`]?$/i;
// What such a label ends with: a blank or >, else a sign that assigns.
const labelEnd = /[\s>:=]["'[(]{0,2}$/;

function isOfField(text: string, at: number, isOne: boolean): boolean {
  if (!labelEnd.test(text.slice(Math.max(0, at - 3), at))) return false;
  const before = text.slice(Math.max(0, at - 80), at);
  if (plainLabel.test(before) && !secretIn.test(before)) return true;
  const name = nameAtEnd(before);
  return name !== undefined && !isLabel(name) && !(isOne && !plainName.test(name));
}

function nameAtEnd(before: string): string | undefined {
  if (!/[:=]\s?["'[(]{0,2}$/.test(before.slice(-4))) return undefined;
  const [, name = /([A-Za-z]\w{0,30}-[\w-]{1,60}): $/.exec(before)?.[1]] =
    /([A-Za-z][\w.-]{0,60})(?:["']\s?:\s?|["']?\s?=\s?|:)["'[(]{0,2}$/.exec(before) ?? [];
  return name;
}

function isPlain(text: string): boolean {
  return (
    ((plainShape.test(text) || isObject(text)) && !isLongBase64(text)) ||
    (codeName.test(text) && !/\.\d{3}|^\d/.test(text) && !text.split('.').some(isTokenPart)) ||
    isSpoken(text) ||
    (/^[A-Za-z_.:-]+\d{0,2}$/.test(text) && kindOfName(text) !== undefined)
  );
}

// May begin as a path does.
function isLongBase64(text: string): boolean {
  return /^[A-Za-z\d+/]{32,}={0,2}$/.test(text) && isTokenLike(text, 20) && isWholeToken(text);
}

function isTokenPart(part: string): boolean {
  if (isOfThreeKinds(part) && part.length >= 7 && !isCamel(part)) return true;
  return /\d/.test(part) && (isScrambled(part) || (/^[\w-]+$/.test(part) && isTokenLike(part, 20)));
}

function isChosen(text: string): boolean {
  if (/^[A-Z]*[a-z]*(?:-[A-Z]*[a-z]*)+$/.test(text)) return false;
  return looksChosen(text);
}

// 2026-11-30T18:00:00Z, 18:00:00.123: what most lines begin with
const time = /^\d{2,4}[-:]\d\d[-:]\d\d(?:[T.,]|$)/;

function strengthOf(text: string): 0 | 1 | 2 | 3 {
  if (time.test(text)) return 0;
  if (pureHex.test(text) || isUuid(text)) return text.length >= 32 ? 2 : 0;
  if (isTokenLike(text, 16) || isScrambled(text)) return 3;
  return isChosen(text) ? 1 : 0;
}

/** Whether it is one token, and no path, host, image or piece of program text: none of its parts is a word. */
export function isWholeToken(text: string): boolean {
  const parts = text.split(/[./]/);
  if (/[:@*{}$%#]/.test(text) || parts.some((part) => /^[A-Z]?[a-z]{3,}$/.test(part))) return false;
  return !text.includes('.') || text.split('.').some((part) => isTokenLike(part, 20));
}

/** Whether letters of both cases stand with digits or signs, as in no name of program text. */
export function isUnlikeNames(text: string): boolean {
  const isMixed = isOfThreeKinds(text) || (/[a-z][A-Z]/.test(text) && /[!#$^&*~?+]/.test(text));
  if (
    !isMixed ||
    !/^[\w!#$%^&*@~?+.-]+$/.test(text) ||
    (/^[\w.-]+$/.test(text) && isCamel(text.replace(/[_.-]/g, '')))
  )
    return false;
  return isWholeToken(text.replace(/[@#$%*.]/g, '-'));
}

/** Whether no name, host or number looks so: letters of both cases with digits, or a sign that names do not have. */
export function isUnlikeWords(text: string): boolean {
  if (text.length < 8) return false;
  return (
    isUnlikeNames(text) || /^[a-z]{4,}[#!*^~+]\d{2,4}$/i.test(text) || (isJumbled(text) && isWholeToken(text))
  );
}

// SSH's public keys, content identifiers, and the beginnings of what is encoded
const knownRun = /^(?:AAAA|Qm|eyJ|LS0t|MI)/;

/** Whether it is so many letters of both cases and digits in a row that nothing but a token is made so, with nothing near it that tells. */
export function isLoneToken(line: string, { text, strength, start, end }: Candidate): boolean {
  return (
    strength === 3 &&
    !isWholeLine(line, start, end) &&
    isLone(text) &&
    [/[A-Z].*[A-Z].*[A-Z]/, /[a-z].*[a-z].*[a-z]/, text.length < 36 ? /\d.*\d.*\d/ : /\d/].every((kind) =>
      kind.test(text),
    ) &&
    !knownRun.test(text) &&
    decodedText(text) === undefined
  );
}

// As the lines of a certificate stand there.
function isWholeLine(line: string, start: number, end: number): boolean {
  return (
    /(?:^|\n)\s{0,40}$/.test(line.slice(Math.max(0, start - 41), start)) &&
    /^\s{0,8}(?:\n|$)/.test(line.slice(end, end + 9))
  );
}

/** Whether there are capitals, small letters and digits. */
export function isOfThreeKinds(text: string): boolean {
  return [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(text));
}

/** Whether it is a long number in hexadecimal digits. */
export function isLongDigits({ text, strength }: Candidate): boolean {
  return strength === 2 && !isUuid(text);
}
