import { kindOfName, type KeyKind } from './key-name.ts';
import { blankMarkers } from './marker.ts';
import { readValue } from './read-value.ts';
import type { Reading } from './reading.ts';
import { withoutEnd } from './runs.ts';
import { nothing, type Span, type SpanRule } from './span.ts';
import { isIdentifier, isPasswordLike, isScrambled, isTokenLike, isUuid } from './token-shape.ts';
import { isSecretValue, isSpoken } from './value-sense.ts';

/** A word that tells of a secret, by itself or as part of a name. */
interface Telling {
  readonly start: number;
  readonly end: number;
  readonly kind: KeyKind;
}

/** A word that may be a secret. */
interface Candidate {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly isQuoted: boolean;
}

const secretWord =
  /passw(?:or)?d|passphrase|secret|token|api[ _-]?key|credential|(?:private|access|auth|signing|encryption|secret|aes|fernet|hmac|jwt)[ _-]?key|bearer|\bpwd\b|\bpsk\b|\bcreds?\b|\bdb_?pass\b|\b(?:root|bind)pw\b|\brequirepass\b|key\b/gi;
const identifier = /[\w.:-]/;
// "Key" alone tells something only where keys are used.
const cryptic =
  /sign|ciph|crypt|hmac|jwt|\b[hr]s\d{3}\b|\baes\b|bytes|bits|length|\bpem\b|\btls\b|\bage\b|wireguard|\bwg\b/i;
const word = /[^\s"'`,;()[\]{}<>|\\]+/g;
// What stands before a value that was refused, or that is told.
const refusal =
  /\b(?:invalid|illegal|malformed|bad|wrong|incorrect|unexpected|unable|cannot|can't|could not|couldn't|fail(?:s|ed|ure)?|reject(?:ed|s)?|refused|denied|expired|must|should|too (?:short|long|common|weak)|does(?: not|n't)|not|unrecogni[sz]ed|unknown|exception|error|panic(?:ked)?|mismatch|forbidden|\w{1,20}NotMatch|refus(?:e|ed|ing)|too simple|unauthori[sz]ed|unmarshal|pars(?:e|ing)|converting|tried|says no)\b/i;
const cue =
  /(?:\b(?:got|found|received|was|is|tried|supplied|provided|given|value|input|key|size|not|parsing|parse|unmarshal|!!str|number|string|token|secret|passphrase|attempt|used|as|index \d{1,4}|supplied|actual)[:=]?|[:,])\s["'`[(]{0,2}$|\s[([]$/i;
// Members of a record that hold what was refused, whatever else is said of it.
const valueLabel =
  /(?:["'\s,{([]|^)(?:input(?:_value| was)?|[a-z]{0,20}value(?: was)?|received|rejected_?value|rejected value|actual|got|given|found|data|supplied|invalid_?value|current|previous|provided|contents?)(?:["']?\s?[:=]\s?["'`[“]?|\s["'`[“])/gi;
// Words before a name that say that no secret is meant: user 'x', secret "x", pod x.
const entity =
  /\b(?:users?|username|account|role|login|database|db|host|server|client|namespace|pod|container|image|volume|secrets?|configmap|serviceaccount|sa|node|file|path|bucket|table|column|schema|queue|topic|realm|registry|repository|chart|release|object|owner|group|session|app|id|kid|version|module|package|plugin|class|method|function|url|uri|address|port|for|from|on|at)[:=]?\s["'`]?$/i;
const pureHex = /^(?:0x)?(?:[0-9a-f]+|[0-9A-F]+)$/;
const instanceId =
  /^(?:i|vol|vpc|subnet|sg|eni|ami|snap|rtb|igw|nat|tgw|lt|fs|eipalloc|r|req|rev)-[0-9a-z]{8,24}$/;
// An object of Java: CsrfFilter@7d9d0e65, ZooKeeperServer@325
const objectId = /^[\w.$:]{0,200}[A-Z][\w$]{0,100}@[0-9a-f]{1,8}$/;
const codeName =
  /^[*&]{0,2}[\w$]{1,60}(?:\.[\w$]{1,60}){1,8}$|^[\w$]{1,60}(?:\.[\w$<>]{1,60}){1,8}(?:#[\w-]{1,40})?$|^(?:[A-Z]{2,4}-)?[A-Z][a-z]+(?:-?[A-Z][a-z]+)*\d?$/;
// IDX10223, MY-010926, AADSTS7000215; left-pad@1.3.0, csrf@npm:3.1.0; /v1/orders
const listing =
  /^[A-Z]{2,10}-?\d{2,8}$|^@?[\w./-]{1,80}@(?:[\^~]?v?\d+\.\d|npm:|workspace:|patch:|file:)|^\/|:\/\/|:\d{2,5}$/;
// What such a label names is no secret, although a secret is spoken of on the line.
const plainLabel =
  /(?:\b(?:commit|revision|sha|hash|digest|checksum|integrity|resolution|version|fingerprint|trace|span|correlation|request|license|uuid|uid|id)|[a-z]I[dD]|[_-]id|_sha|SHA)["']?\s?[:=]?(?:\s|>)["'([]{0,2}$/;
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
  return kind === 'bare' && (isLonger || !cryptic.test(text)) ? undefined : kind;
}

// "tenant key" tells what "key" alone does not.
function qualified(text: string, at: number, said: string): string {
  const before = /^key$/i.test(said)
    ? /[A-Za-z]{2,20} $/.exec(text.slice(Math.max(0, at - 21), at))?.[0]
    : undefined;
  const kind = before === undefined ? undefined : kindOfName(before + said);
  return kind === 'token' || kind === 'weak' ? `${before ?? ''}${said}` : said;
}

function tellingAt(text: string, at: number, said: string): Telling | undefined {
  const [start, end] = widened(text, at, at + said.length);
  if (isOfPath(text, start, at)) return undefined;
  // What a file of passwords holds is told by its name, too.
  const name = withoutEnd(text.slice(start, end), '.:-_').replace(/[-_](?:file|path)$/, '');
  const isAlone = name === said && refusal.test(text);
  const kind = kindNear(text, isAlone ? qualified(text, at, said) : name, said);
  return kind === undefined ? undefined : { start, end, kind };
}

function tellingIn(text: string): Telling[] {
  const matches = Array.from(text.matchAll(secretWord)).slice(0, 32);
  return matches
    .map(({ 0: said, index }) => tellingAt(text, index, said))
    .filter((telling) => telling !== undefined);
}

// Where the value of name=value begins, or -1 when the name says that it is no secret.
function valueStart(value: string): number {
  const sign = value.search(/[=:]/);
  const name = value.slice(0, Math.max(0, sign));
  if (!/^[\w.@-]+$/.test(name) || sign === value.length - 1 || objectId.test(value)) return 0;
  if (/^[0-9a-f]{16,}$/.test(name)) return 0;
  return isLabel(name) ? sign + 1 : -1;
}

function candidateAt(text: string, index: number, said: string): Candidate | undefined {
  const isOpened = index > 0 && '"\'`“'.includes(text.charAt(index - 1));
  const next = text.slice(index + said.length, index + said.length + 5);
  if (isNameBefore(next, said, isOpened)) return undefined;
  const isClosed = isOpened && /^["'`”\]]/.test(next);
  const value = withoutEnd(said, isClosed ? '=' : '.:!?=');
  const from = valueStart(value);
  if (from < 0 || value.length - from < 6) return undefined;
  const isQuoted = isClosed && from === 0;
  return { start: index + from, end: index + value.length, text: value.slice(from), isQuoted };
}

// "name": and name="value" are names; the sign at the end of base64 has a blank or the closing quote behind it.
function isNameBefore(next: string, said: string, isOpened: boolean): boolean {
  return (
    /^["']?\s?(?:=|:\s?["'[{\d])/.test(next) || (!isOpened && said.endsWith('=') && /^["'\w]/.test(next))
  );
}

function candidatesIn(text: string): Candidate[] {
  const matches = Array.from(text.matchAll(word)).slice(0, 128);
  return matches
    .map(({ 0: said, index }) => candidateAt(text, index, said))
    .filter((candidate) => candidate !== undefined);
}

// The name of a field says whether its value may be the secret that is spoken of: trace_id=… may not.
function isLabel(name: string): boolean {
  return (
    kindOfName(name) !== undefined ||
    /^(?:value|val|input|got|received|actual|data|supplied|found|v)$/i.test(name)
  );
}

function isOfField(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 80), at);
  if (plainLabel.test(before)) return true;
  const name = /([A-Za-z][\w.-]{0,60})(?:["']\s?:\s?|["']?\s?=\s?|:)["'[(]{0,2}$/.exec(before)?.[1];
  return name !== undefined && !isLabel(name);
}

function isNothing({ text }: Candidate): boolean {
  return (
    [instanceId, objectId, listing].some((shape) => shape.test(text)) ||
    (codeName.test(text) && !text.split('.').some((part) => /\d/.test(part) && isScrambled(part))) ||
    isSpoken(text) ||
    (/^[A-Za-z_.:-]+\d{0,2}$/.test(text) && kindOfName(text) !== undefined)
  );
}

// kadima-326, but no year
const wordAndNumber = /^[a-z]{4,20}[-_.](?:\d{3}|[013-9]\d{3}|\d{5,6})$/;

function isChosen(text: string): boolean {
  return (isPasswordLike(text) && !isIdentifier(text)) || wordAndNumber.test(text);
}

/** How much a word looks like a secret: 3 as a machine makes it, 2 by its digits alone, 1 as a person chooses it, 0 not. */
function strengthOf({ text }: Candidate): 0 | 1 | 2 | 3 {
  if (pureHex.test(text) || isUuid(text)) return text.length >= 32 ? 2 : 0;
  if (isTokenLike(text, 16) || isScrambled(text)) return 3;
  return isChosen(text) ? 1 : 0;
}

// Whether nothing but words and signs of a sentence stand between the two, and few.
function isNextTo(gap: string): boolean {
  return gap.length <= 24 && !/[=;{}]/.test(gap) && gap.trim().split(/\s+/).length <= 2;
}

function gapBetween(line: string, candidate: Candidate, telling: Telling): string {
  const isBefore = telling.end <= candidate.start;
  return isBefore ? line.slice(telling.end, candidate.start) : line.slice(candidate.end, telling.start);
}

function isTold(line: string, candidate: Candidate, telling: Telling, isRefused: boolean): boolean {
  const gap = gapBetween(line, candidate, telling);
  if (gap.length > (isRefused ? farReach : reach)) return false;
  const isStrong = strengthOf(candidate) === 3 && candidate.text.length >= 20;
  if (telling.kind === 'bare') return isRefused && isStrong;
  return isStrong
    ? isRefused || isNextTo(gap) || telling.end <= candidate.start
    : isCued(line, candidate, gap, isRefused);
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
  return strengthOf(candidate) >= 2 ? isNextTo(gap) && gap !== '[' : hasTellingSigns(candidate.text, gap);
}

// A sign beside a digit, or two signs, right behind the word: "*Decoder" is program text.
function hasTellingSigns(value: string, gap: string): boolean {
  if (value.length < 8 || gap.length > 3) return false;
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
    const name = telling.find((one) => one.end <= match.index || one.start >= value.end);
    const firm = value.quoted || isOpen || match[0].endsWith('=');
    const isName = kindOfName(said) !== undefined || (isIdentifier(said) && !/\d$/.test(said));
    if (name === undefined || name.kind === 'bare' || isName) return undefined;
    if (!isSecretValue(name.kind, said, { firm, verb: !firm, quoted: value.quoted, compound: true }))
      return undefined;
    return { start: value.start, end: value.start + said.length, rule: 'nearby' };
  }).filter((span) => span !== undefined);
}

/**
 * Values in the neighbourhood of a word that tells of a secret, on either side of it, which no syntax ties to a name: "invalid
 * value x for PASSWORD", "key must be 32 bytes: got x", `{"path":"password","value":"x"}`.
 */
export const nearbyValues: SpanRule = (reading) => {
  if (reading.text.search(secretWord) < 0) return nothing;
  const text = blankMarkers(reading.text);
  const telling = tellingIn(text);
  if (telling.length === 0) return nothing;
  const isRefused = refusal.test(text);
  const spans = candidatesIn(text)
    .filter(
      (candidate) => strengthOf(candidate) > 0 && !isNothing(candidate) && !isOfField(text, candidate.start),
    )
    .filter(({ start, end }) => !telling.some((one) => one.start < end && one.end > start))
    .filter((candidate) => {
      const after = telling.findIndex((one) => one.start >= candidate.end);
      const near = [telling[after < 0 ? telling.length - 1 : after - 1], telling[after]];
      return near.some((one) => one !== undefined && isTold(text, candidate, one, isRefused));
    })
    .map(({ start, end }): Span => ({ start, end, rule: 'nearby' }));
  return isRefused || /valu|data|input|received|content/i.test(text)
    ? [...spans, ...labelled(reading, telling)]
    : spans;
};
