import {
  candidatesIn,
  isLongDigits,
  isLoneToken,
  isNamedOtherwise,
  isUnlikeWords,
  isWholeToken,
  type Candidate,
} from './candidates.ts';
import { eachFieldName, kindNear, qualified } from './field-name.ts';
import type { KeyKind } from './key-name.ts';
import { blankMarkers, nothing, type Span, type SpanRule } from './marker.ts';
import { authWord, cue, shown, entity, labelHint, refusal, secretWord } from './nearby-words.ts';
import { labelledValues, type Telling } from './records.ts';
import type { Reading } from './reading.ts';
import { withoutEnd } from './scan.ts';
import { isUuid } from './token-shape.ts';

const told: ReadonlySet<KeyKind> = new Set(['password', 'token', 'secret', 'weak']);
const longRun = /[A-Za-z\d]{30}/;
// /prod/db/password resolved to x, User[bob]/password: changed x to y
const resolved = /^[\w-]{2,40}(?: resolved to| is now| is set to| set to| changed to| =>| ->|: changed) /;
const identifier = /[\w.:-]/;
const wordWithDigits = /^[a-z]{4,20}[-_.+#~*!]?\d{3,6}$/;
// A member that names a field by its place in a document
const pointer = /(?:path|pointer|field|property|loc|name|key)["']?\s?[:=]\s?["']?[#\w/.~-]{0,100}$/i;
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
  if (resolved.test(text.slice(at, at + 80))) return false;
  return text.charAt(start - 1) === '/' && !pointer.test(text.slice(Math.max(0, start - 120), start));
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

// The names of fields, in any language, whose value is a secret.
function namesIn(reading: Reading, candidates: readonly Candidate[]): Telling[] {
  const names: Telling[] = [];
  eachFieldName(reading, ({ start, end, kind }) => {
    const isToken = candidates.some((one) => one.strength === 3 && one.start <= start && one.end >= end);
    if (told.has(kind) && !isToken && !isOfPath(reading.text, start, start))
      names.push({ start, end, kind: kind === 'weak' ? 'faint' : kind });
    return end;
  });
  return names.slice(0, 32);
}

function tellingIn(reading: Reading, text: string, candidates: readonly Candidate[]): Telling[] {
  const words = Array.from(text.matchAll(secretWord))
    .slice(0, 32)
    .map(({ 0: said, index }) => tellingAt(text, index, said))
    .filter((telling) => telling !== undefined);
  const names = namesIn(reading, candidates);
  const secrets = [...names.filter(({ kind }) => kind !== 'faint'), ...words, ...names].filter(
    (one, at, all) => !all.slice(0, at).some(({ start, end }) => one.start < end && one.end > start),
  );
  const auths = Array.from(text.matchAll(authWord))
    .slice(0, 32)
    .map(({ 0: said, index }): Telling => ({ start: index, end: index + said.length, kind: 'auth' }));
  return [...secrets, ...auths].sort((one, other) => one.start - other.start);
}

// Whether nothing but words and signs of a sentence stand between the two, and few.
function isNextTo(gap: string, words = 2): boolean {
  return gap.length <= words * 12 && !/[=;{}]/.test(gap) && gap.trim().split(/\s+/).length <= words;
}

function gapBetween(line: string, candidate: Candidate, telling: Telling): string {
  const isBefore = telling.end <= candidate.start;
  return isBefore ? line.slice(telling.end, candidate.start) : line.slice(candidate.end, telling.start);
}

/** A word that may be a secret, the word that tells of it, and what stands between the two. */
interface Meeting {
  readonly line: string;
  readonly candidate: Candidate;
  readonly telling: Telling;
  readonly gap: string;
  readonly isRefused: boolean;
}

function standsOut({ strength, text }: Candidate): boolean {
  return strength === 3 || isUnlikeWords(text);
}

function isStrong({ strength, text }: Candidate): boolean {
  return strength === 3 && text.length >= 20;
}

function isTold(meeting: Meeting): boolean {
  const { candidate, telling, gap, isRefused } = meeting;
  if (told.has(telling.kind as KeyKind) && standsOut(candidate)) return true;
  if (gap.length > (isRefused ? farReach : reach)) return false;
  if (telling.kind === 'auth') return isToldByAuth(meeting);
  if (telling.kind === 'bare' || telling.kind === 'faint') return isToldFaintly(meeting);
  return isCued(meeting);
}

function isToldByAuth(meeting: Meeting): boolean {
  const { line, candidate, gap, isRefused } = meeting;
  if (isStrong(candidate) && isWholeToken(candidate.text)) return true;
  if (isRefused && isLongDigits(candidate)) return gap.length <= 48;
  const upTo = line.slice(Math.max(0, candidate.start - 40), candidate.start);
  if (!candidate.isQuoted && !(isRefused && shown.test(upTo))) return false;
  return standsOut(candidate) || (isRefused && isRefusedWord(meeting, upTo));
}

// basic auth of 'meadow4711' is not valid
function isRefusedWord({ candidate: { text }, gap }: Meeting, upTo: string): boolean {
  return gap.length <= 24 && wordWithDigits.test(text) && !isNamedEntity(upTo, text);
}

function isToldFaintly({ candidate, telling, gap, isRefused }: Meeting): boolean {
  if (isStrong(candidate)) return isRefused || gap.length <= 3;
  return isLongDigits(candidate) && (gap.length <= 3 || (telling.kind === 'faint' && isNextTo(gap, 3)));
}

// user "x", pod x, secret "x": what such a word names is no secret. The name of a Secret is made of small letters, digits,
// points and hyphens.
function isNamedEntity(upTo: string, name: string): boolean {
  if (!entity.test(upTo) || /\b(?:shared|client|webhook|session|signing|app|rpc) secret ["'`(]?$/.test(upTo))
    return false;
  return !/\bsecret ["'`(]?$/.test(upTo) || (/^[a-z0-9.-]+$/.test(name) && !/^[0-9a-f]{24,}$/.test(name));
}

// "password for the database X", "X is no password": before the word, words have to stand between.
function isSpokenOf({ candidate, telling, gap }: Meeting): boolean {
  if (telling.kind !== 'password') return gap.length <= 4 && telling.end <= candidate.start;
  if (telling.end <= candidate.start) return isNextTo(gap, 4);
  return isNextTo(gap) && /[a-z]{2}/i.test(gap);
}

// What looks less like a secret has to be shown as the value that was refused, or to stand right beside the word.
function isCued(meeting: Meeting): boolean {
  const { line, candidate, gap } = meeting;
  const upTo = line.slice(Math.max(0, candidate.start - 40), candidate.start);
  if (isNamedEntity(upTo, candidate.text)) return false;
  if ((candidate.isQuoted || cue.test(upTo)) && isShown(meeting)) return true;
  if (gap.endsWith('[')) return false;
  if (candidate.strength < 2) return isSpokenOf(meeting);
  return isNextTo(gap, isUuid(candidate.text) ? 2 : 3);
}

function isShown({ line, candidate, gap, isRefused }: Meeting): boolean {
  if (isRefused && line.charAt(candidate.end + 1) !== '@') return true;
  return candidate.isQuoted && gap.length <= 24 && /[:=*]/.test(gap);
}

/**
 * Values in the neighbourhood of a word that tells of a secret, on either side of it, which no syntax ties to a name: "invalid
 * value x for PASSWORD", "key must be 32 bytes: got x", `{"path":"password","value":"x"}`, "401: x".
 */
export const nearbyValues: SpanRule = (reading) => {
  const text = blankMarkers(reading.text);
  const candidates = mayTell(reading) ? candidatesIn(text) : [];
  const isLabelled = (reading.stems.length > 0 || candidates.length > 0) && labelHint.test(text);
  if (candidates.length === 0 && !isLabelled) return nothing;
  // Most lines end before anybody asks for it.
  let told: readonly Telling[] | undefined;
  const telling = (): readonly Telling[] => (told ??= tellingIn(reading, text, candidates));
  const isOpen = (candidate: Candidate): boolean => !isNamedOtherwise(text, candidate);
  // Names cost more to find than to ask what else a candidate may be; other words cost less.
  const isNameFirst = reading.stems.length === 0;
  const open = isNameFirst ? candidates : candidates.filter(isOpen);
  const near = open.length === 0 ? [] : candidatesNear(text, open, telling());
  const spans = (isNameFirst ? near.filter(isOpen) : near).map(({ start, end }): Span => ({
    start,
    end,
    rule: 'nearby',
  }));
  return isLabelled ? [...spans, ...labelledValues(reading, telling)] : spans;
};

function candidatesNear(
  text: string,
  candidates: readonly Candidate[],
  telling: readonly Telling[],
): Candidate[] {
  const isRefused = telling.length > 0 && refusal.test(text);
  return candidates
    .filter(({ start, end }) => !telling.some((one) => one.start < end && one.end > start))
    .filter((candidate) => isLoneToken(text, candidate) || isNearAny(text, candidate, telling, isRefused));
}

// Only what a machine made, and the strongest of passwords, are taken for secrets because of a word of letting in.
function mayTell({ stems, text, mayRefuse, longestRun }: Reading): boolean {
  if (stems.length > 0 || (longestRun >= 30 && longRun.test(text))) return true;
  return mayRefuse && (longestRun > 0 || /[A-Za-z\d][!#^?~"']/.test(text)) && text.search(authWord) >= 0;
}

// The nearest words of each sort on either side decide.
function isNearAny(
  line: string,
  candidate: Candidate,
  telling: readonly Telling[],
  isRefused: boolean,
): boolean {
  return [true, false].some((isAuth) => {
    const sort = telling.filter(({ kind }) => (kind === 'auth') === isAuth);
    const after = sort.findIndex((one) => one.start >= candidate.end);
    const last = after < 0 ? sort.length : after;
    return sort
      .slice(Math.max(0, last - 2), last + 2)
      .some((one) =>
        isTold({ line, candidate, telling: one, gap: gapBetween(line, candidate, one), isRefused }),
      );
  });
}
