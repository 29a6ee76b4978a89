import { kindOfName, type KeyKind } from './key-name.ts';
import { blankMarkers } from './marker.ts';
import {
  authWord,
  codeName,
  cryptic,
  cue,
  determiner,
  entity,
  labelHint,
  objectId,
  plainLabel,
  plainShapes,
  refusal,
  secretWord,
  valueLabel,
  valueName,
} from './nearby-words.ts';
import { readValue } from './read-value.ts';
import type { Reading } from './reading.ts';
import { withoutEnd } from './runs.ts';
import { nothing, type Span, type SpanRule } from './span.ts';
import { isIdentifier, isPasswordLike, isScrambled, isTokenLike, isUuid } from './token-shape.ts';
import { isSecretValue, isSpoken } from './value-sense.ts';

/** A word that tells of a secret, by itself or as part of a name; `auth` tells only that somebody was let in or refused. */
interface Telling {
  readonly start: number;
  readonly end: number;
  readonly kind: KeyKind | 'auth';
}

/** A word that may be a secret. */
interface Candidate {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly isQuoted: boolean;
  /** How much it looks like a secret: 3 as a machine makes it, 2 by its digits alone, 1 as a person chooses it. */
  readonly strength: 1 | 2 | 3;
}

const identifier = /[\w.:-]/;
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
// A member that names a field by its place in a document
const pointer = /(?:path|pointer|field|property|loc)["']?\s?[:=]\s?["']?[#\w/.~-]{0,100}$/i;
const reach = 64;
const farReach = 160;

function widened(text: string, from: number, to: number): readonly [start: number, end: number] {
  let [start, end] = [from, to];
  while (start > 0 && from - start < 60 && identifier.test(text.charAt(start - 1))) start -= 1;
  while (end < text.length && end - to < 60 && identifier.test(text.charAt(end))) end += 1;
  return [start, end];
}

// A word of a path or link is not spoken about, nor is checksum/secret, which makes pods restart with their Secret.
function isOfPath(text: string, start: number, at: number): boolean {
  if (text.startsWith('checksum/', at - 9)) return true;
  return text.charAt(start - 1) === '/' && !pointer.test(text.slice(Math.max(0, start - 120), start));
}

function kindNear(text: string, name: string, said: string): KeyKind | undefined {
  const kind = kindOfName(name.includes(' ') ? name : name.replace(/^.*[:/]/, '')) ?? kindOfName(said);
  const isLonger = name.length > said.length;
  if (isLonger && kindOfName(name) === undefined && !name.includes(':')) return undefined;
  return kind === 'bare' && isLonger && !cryptic.test(text) ? undefined : kind;
}

// "tenant key" tells what "key" alone does not, and "cache key" that none is meant.
function qualified(text: string, at: number, said: string): string | undefined {
  if (!/^keys?$/i.test(said)) return said;
  const before = /[A-Za-z]{2,20} $/.exec(text.slice(Math.max(0, at - 21), at))?.[0].trim() ?? '';
  if (before === '' || determiner.test(before)) return said;
  return kindOfName(`${before} ${said}`) === undefined ? undefined : `${before} ${said}`;
}

function tellingAt(text: string, at: number, said: string): Telling | undefined {
  const [start, end] = widened(text, at, at + said.length);
  if (isOfPath(text, start, at)) return undefined;
  // What a file of passwords holds is told by its name, too.
  const name = withoutEnd(text.slice(start, end), '.:-_').replace(/[-_](?:file|path)$/, '');
  const whole = name === said ? qualified(text, at, said) : name;
  const kind = whole === undefined ? undefined : kindNear(text, whole, said);
  return kind === undefined ? undefined : { start, end, kind };
}

function tellingIn(text: string): Telling[] {
  const secrets = Array.from(text.matchAll(secretWord))
    .slice(0, 32)
    .map(({ 0: said, index }) => tellingAt(text, index, said))
    .filter((telling) => telling !== undefined);
  const auths = Array.from(text.matchAll(authWord))
    .slice(0, 32)
    .map(({ 0: said, index }): Telling => ({ start: index, end: index + said.length, kind: 'auth' }));
  return [...secrets, ...auths].sort((one, other) => one.start - other.start);
}

// Where the value of name=value begins, or -1 when the name says that it is no secret.
function valueStart(value: string): number {
  const sign = value.search(/[=:]/);
  const name = value.slice(0, Math.max(0, sign));
  if (!/^[\w.@-]+$/.test(name) || sign === value.length - 1 || objectId.test(value)) return 0;
  if (/^[0-9a-f]{16,}$|^\d{6,}$/.test(name) || (isOfThreeKinds(name) && !isCamel(name))) return 0;
  return isLabel(name) ? sign + 1 : -1;
}

function candidateAt(text: string, index: number, said: string): Candidate | undefined {
  const isOpened = index > 0 && '"\'`“'.includes(text.charAt(index - 1));
  const next = text.slice(index + said.length, index + said.length + 5);
  if (isNameBefore(next, said, isOpened)) return undefined;
  const isClosed = isOpened && /^["'`”\]]/.test(next);
  const value = withoutEnd(said, isClosed ? '' : '.:!?');
  const from = valueStart(value);
  if (from < 0 || value.length - from < 6) return undefined;
  const shown = value.slice(from);
  const strength = strengthOf(shown);
  const start = index + from;
  if (strength === 0 || isPlain(shown) || isOfField(text, start)) return undefined;
  return { start, end: index + value.length, text: shown, isQuoted: isClosed && from === 0, strength };
}

// "name": and name="value" are names; the sign at the end of base64 has a blank or the closing quote behind it.
function isNameBefore(next: string, said: string, isOpened: boolean): boolean {
  return (
    /^["']?\s?(?:=|:\s?["'[{\d])/.test(next) || (!isOpened && said.endsWith('=') && /^["'\w]/.test(next))
  );
}

function candidatesIn(text: string): Candidate[] {
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
  const isOfBothCases = (kinds & capital) > 0 && (kinds & small) > 0;
  return length >= 6 && ((kinds & digit) > 0 || (isOfBothCases && (length >= 14 || (kinds & sign) > 0)));
}

// The name of a field says whether its value may be the secret that is spoken of: trace_id=… may not.
function isLabel(name: string): boolean {
  return kindOfName(name) !== undefined || valueName.test(name);
}

function isOfField(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 80), at);
  if (plainLabel.test(before)) return true;
  const [, name = /([A-Za-z]\w{0,30}-[\w-]{1,60}): $/.exec(before)?.[1]] =
    /([A-Za-z][\w.-]{0,60})(?:["']\s?:\s?|["']?\s?=\s?|:)["'[(]{0,2}$/.exec(before) ?? [];
  return name !== undefined && !isLabel(name);
}

function isPlain(text: string): boolean {
  return (
    plainShapes.some((shape) => shape.test(text)) ||
    (codeName.test(text) && !text.split('.').some(isTokenPart)) ||
    isSpoken(text) ||
    (/^[A-Za-z_.:-]+\d{0,2}$/.test(text) && kindOfName(text) !== undefined)
  );
}

function isTokenPart(part: string): boolean {
  return /\d/.test(part) && (isScrambled(part) || (/^[\w-]+$/.test(part) && isTokenLike(part, 20)));
}

// kadima-326, but no year
const wordAndNumber = /^[a-z]{4,20}[-_.](?:\d{3}|[013-9]\d{3}|\d{5,6})$/;

function isChosen(text: string): boolean {
  return (isPasswordLike(text) && !isIdentifier(text)) || wordAndNumber.test(text);
}

function strengthOf(text: string): 0 | 1 | 2 | 3 {
  if (pureHex.test(text) || isUuid(text)) return text.length >= 32 ? 2 : 0;
  if (isTokenLike(text, 16) || isScrambled(text)) return 3;
  return isChosen(text) ? 1 : 0;
}

// Whether nothing but words and signs of a sentence stand between the two, and few.
function isNextTo(gap: string, words = 2): boolean {
  return gap.length <= 24 && !/[=;{}]/.test(gap) && gap.trim().split(/\s+/).length <= words;
}

function gapBetween(line: string, candidate: Candidate, telling: Telling): string {
  const isBefore = telling.end <= candidate.start;
  return isBefore ? line.slice(telling.end, candidate.start) : line.slice(candidate.end, telling.start);
}

function isTold(line: string, candidate: Candidate, telling: Telling, isRefused: boolean): boolean {
  const gap = gapBetween(line, candidate, telling);
  if (gap.length > (isRefused ? farReach : reach)) return false;
  const isStrong = candidate.strength === 3 && candidate.text.length >= 20;
  if (telling.kind === 'auth')
    return (
      (isStrong && isWholeToken(candidate.text)) ||
      isStrongPassword(candidate.text) ||
      (candidate.isQuoted &&
        candidate.text.length >= 8 &&
        gap.length <= reach &&
        isUnlikeNames(candidate.text)) ||
      (isRefused && isLongDigits(candidate) && gap.length <= 48)
    );
  if (telling.kind === 'bare' || telling.kind === 'faint')
    return isStrong
      ? isRefused || gap.length <= 3
      : isLongDigits(candidate) && (gap.length <= 3 || (telling.kind === 'faint' && isNextTo(gap, 3)));
  return isStrong
    ? isRefused || isNextTo(gap) || telling.end <= candidate.start
    : isCued(line, candidate, gap, isRefused);
}

// One token, and no path, host, image or piece of program text: none of its parts is a word.
function isWholeToken(text: string): boolean {
  const parts = text.split(/[./]/);
  if (/[:@*{}$%#]/.test(text) || parts.some((part) => /^[A-Z]?[a-z]{3,}$/.test(part))) return false;
  return !text.includes('.') || text.split('.').some((part) => isTokenLike(part, 20));
}

// Letters of both cases with digits or signs, and no names of program text
function isUnlikeNames(text: string): boolean {
  const isMixed = isOfThreeKinds(text) || (/[a-z][A-Z]/.test(text) && /[!#$^&*~?+]/.test(text));
  if (
    !isMixed ||
    !/^[\w!#$%^&*@~?+.-]+$/.test(text) ||
    (/^[\w.-]+$/.test(text) && isCamel(text.replace(/[_.-]/g, '')))
  )
    return false;
  return isWholeToken(text.replace(/[@#$%*.]/g, '-'));
}

function isOfThreeKinds(text: string): boolean {
  return [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(text));
}

// Letters of both cases, digits, and a sign among them that names, paths and numbers do not have.
function isStrongPassword(text: string): boolean {
  return (
    text.length >= 10 &&
    text.length <= 32 &&
    /^[A-Za-z\d]+[!#^?~]/.test(text) &&
    [/[a-z]/, /[A-Z]/, /\d.*\d/].every((kind) => kind.test(text))
  );
}

function isLongDigits({ text, strength }: Candidate): boolean {
  return strength === 2 && !isUuid(text);
}

// user "x", pod x, secret "x": what such a word names is no secret. The name of a Secret is made of small letters, digits,
// points and hyphens.
function isNamedEntity(upTo: string, name: string): boolean {
  if (!entity.test(upTo) || /\b(?:shared|client|webhook|session|signing|app|rpc) secret ["'`(]?$/.test(upTo))
    return false;
  return !/\bsecret ["'`(]?$/.test(upTo) || (/^[a-z0-9.-]+$/.test(name) && !/^[0-9a-f]{24,}$/.test(name));
}

// What looks less like a secret has to be shown as the value that was refused, or to stand right beside the word.
function isCued(line: string, candidate: Candidate, gap: string, isRefused: boolean): boolean {
  const upTo = line.slice(Math.max(0, candidate.start - 40), candidate.start);
  if (isNamedEntity(upTo, candidate.text)) return false;
  const isShown = candidate.isQuoted || cue.test(upTo);
  if (isRefused && isShown && line.charAt(candidate.end + 1) !== '@') return true;
  if (candidate.isQuoted && isShown && gap.length <= 24 && /[:=*]/.test(gap)) return true;
  return candidate.strength >= 2
    ? isNextTo(gap, isUuid(candidate.text) ? 2 : 3) && gap !== '['
    : hasTellingSigns(candidate.text, gap);
}

// Words of program text (OAuth2Client) are longer than the pieces of what was drawn.
function isCamel(name: string): boolean {
  const pieces = name.match(/[A-Z]?[a-z]+|[A-Z]+|\d+/g) ?? [];
  return name.length >= pieces.length * 2.2;
}

// A sign beside a digit, or two signs, right behind the word: "*Decoder" is program text.
function hasTellingSigns(value: string, gap: string): boolean {
  if (value.length < 8 || gap.length > 3) return false;
  if (value.length >= 10 && /^[A-Za-z\d]+={0,2}$/.test(value) && !isCamel(value))
    return isOfThreeKinds(value);
  const signs = value.match(/[^A-Za-z0-9._/:-]/g) ?? [];
  return signs.length > (/\d/.test(value) ? 0 : 1);
}

// What a record holds under "value" while another member names the field.
function labelled(reading: Reading, telling: readonly Telling[]): Span[] {
  const { text } = reading;
  return Array.from(text.matchAll(valueLabel), (match): Span | undefined => {
    const end = match.index + match[0].length;
    const isOpen = /["'`[“]$/.test(match[0]);
    const value = readValue(reading, isOpen ? end - 1 : end, {
      inQuery: false,
      openQuote: '',
      depth: reading.depth(end - 1),
    });
    const said = withoutEnd(text.slice(value.start, value.end), '”]');
    const name = telling.find(
      (one) => one.kind !== 'auth' && (one.end <= match.index || one.start >= value.end),
    );
    const firm = value.quoted || isOpen || match[0].endsWith('=');
    const isName = kindOfName(said) !== undefined || (isIdentifier(said) && !/\d$/.test(said));
    if (name === undefined || name.kind === 'auth' || name.kind === 'bare' || isName) return undefined;
    if (!isSecretValue(name.kind, said, { firm, verb: !firm, quoted: value.quoted, compound: true }))
      return undefined;
    return { start: value.start, end: value.start + said.length, rule: 'nearby' };
  }).filter((span) => span !== undefined);
}

/**
 * Values in the neighbourhood of a word that tells of a secret, on either side of it, which no syntax ties to a name: "invalid
 * value x for PASSWORD", "key must be 32 bytes: got x", `{"path":"password","value":"x"}`, "401: x".
 */
export const nearbyValues: SpanRule = (reading) => {
  const text = blankMarkers(reading.text);
  const candidates = reading.stems.length > 0 || mayTellAuth(reading) ? candidatesIn(text) : [];
  const isLabelled = reading.stems.length > 0 && labelHint.test(text);
  if (candidates.length === 0 && !isLabelled) return nothing;
  const telling = tellingIn(text);
  const isRefused = candidates.length > 0 && refusal.test(text);
  const spans = candidates
    .filter(({ start, end }) => !telling.some((one) => one.start < end && one.end > start))
    .filter((candidate) => isNearAny(text, candidate, telling, isRefused))
    .map(({ start, end }): Span => ({ start, end, rule: 'nearby' }));
  return isLabelled ? [...spans, ...labelled(reading, telling)] : spans;
};

// Only what a machine made, and the strongest of passwords, are taken for secrets because of such a word.
function mayTellAuth({ text, longestRun }: Reading): boolean {
  return (longestRun >= 20 || /[A-Za-z\d][!#^?~"']/.test(text)) && text.search(authWord) >= 0;
}

// The nearest words of each sort on either side decide.
function isNearAny(
  text: string,
  candidate: Candidate,
  telling: readonly Telling[],
  isRefused: boolean,
): boolean {
  return [true, false].some((isAuth) => {
    const sort = telling.filter(({ kind }) => (kind === 'auth') === isAuth);
    const after = sort.findIndex((one) => one.start >= candidate.end);
    const last = after < 0 ? sort.length : after;
    const near = [sort[last - 2], sort[last - 1], sort[last]];
    return near.some((one) => one !== undefined && isTold(text, candidate, one, isRefused));
  });
}
