import { ruleOf } from './fields.ts';
import { kindOfName, type KeyKind } from './key-name.ts';
import { refusal } from './nearby-words.ts';
import { isPlaceholder, type Span } from './marker.ts';
import { readPlain, type Reading } from './reading.ts';
import { characterSet, isMember, withoutEnd } from './scan.ts';
import { isDigit, isTokenLike, isUuid, looksChosen, looksGenerated } from './token-shape.ts';
import { firmly, isSecretValue, isSpoken } from './value-sense.ts';

/** Adds a span to a line of the text, by the line's number. */
export type Add = (at: number, span: Span) => void;

/** The text of a line, '' beyond the first and last. */
export function textAt(lines: readonly Reading[], at: number): string {
  return lines[at]?.text ?? '';
}

// What a text of logs, diffs, lists and quotations puts before a line, and behind it.
const decoration =
  /^(?:[\s>|+*#=•→➜✔✓│║┃-]|<\s|\(?\d{1,3}[).:]\s|\d{4}-\d\d-\d\d[T ][\d:.,]{8,15}Z?\s|(?:[A-Z]{1,8} -> )?[A-Z]{1,8}: ){0,200}/;
const emptyLine = /^[\s=*_#>|+╔╗╚╝═─│║┌┐└┘├┤-]*$/;

// "password:", "Generated admin password:", "--password \", "*** Initial admin password ***", '"tokens": ['
const sentenceEnd = /(?:\?|[:=]\s?(?:[|>][+-]?\d?)?|->|\\|\[|\{|\bis)\s{0,8}["']?\s{0,8}$/;
const tellingWord =
  /(?:\b|_)(pass(?:word|[ -]?phrase|code|wd)?s?|passwort|mot de passe|contraseña|senha|tokens?|secrets?|credentials?|(?:api|access|secret|private|unseal|recovery|license|signing|encryption|this|your|the|new|ssh|join|admin)[ _-]keys?|keys|(?:(?:recovery|backup|scratch)[ _-]codes|(?:one-time|verification|security|login)(?: [a-z]{1,16})? code)|UGFzc3dvcmQ6)\b/gi;
function kindOfTelling(said: string): KeyKind {
  if (/codes?$/i.test(said)) return 'digits';
  return /^pass|^mot|^contr|^senh|UGF/i.test(said) ? 'password' : 'token';
}

/** user:password behind a list of accounts. */
export const account = /^[\w.-]{1,64}(?::| [/|] )/;

interface Announcement {
  readonly kind: KeyKind;
  /** Values go on as long as lines begin alike. */
  readonly isList: boolean;
  /** How surely: by the name of a field, by what asks for a password (any word with a digit is typed), by a title, or by a word in a sentence. */
  readonly by: 'field' | 'prompt' | 'title' | 'word';
}

const fieldLine =
  /^(?:\/(?:[\w.-]{1,40}\/){1,8})?(?:\[?["']?(?:[\w.-]{1,40} )?|-{1,2}|export |\$){0,3}([\p{L}\p{N}_.-]{2,60})["'`]?\]?\s{0,8}(?:=>|[:=]\s{0,8}(?:[|>][+-]?\d?|\[|\\)?|\\|\[)?\s{0,8}$/u;
// <password>, or the part of a form
const elementLine = /^<([\w.-]{1,80})>\s{0,8}$|;\s?name="([\w.-]{1,80})"\s{0,8}$/;

function nameIn(match: RegExpExecArray | null): string {
  return match?.slice(1).find((group) => group !== undefined) ?? '';
}

function fieldIn(text: string, trimmed: string): Announcement | undefined {
  const element = elementLine.exec(trimmed);
  const name = nameIn(element ?? fieldLine.exec(trimmed));
  const kind = kindOfName(name);
  if (kind === undefined || kind === 'cookie') return undefined;
  // A word alone on a line is a title when it is written as one.
  const isBare = element === null && /^[\w.-]+$/.test(trimmed.trim());
  if (isBare && !(kind === 'password' || /[_.A-Z-]/.test(trimmed))) return undefined;
  const isList = element === null && /[[|>][+-]?\d?\s{0,8}$|s["'`]?\s{0,8}(?:[:=]\s{0,8})?$/i.test(text);
  return { kind, by: isBare ? 'title' : 'field', isList };
}

// A line of few words, what a logger and who draws boxes put around it left aside.
function isTitle(trimmed: string): boolean {
  const said = trimmed.split(/ - |\]:? |> /).at(-1) ?? '';
  const message = withoutEnd(said, ' \t=*#|').replace(/^[=*# ]{1,80}/, '');
  return message.length <= 60 && /^[\p{L}\p{N} '*_:,()-]{3,60}$/u.test(message) && !refusal.test(message);
}

function sentenceIn(trimmed: string, isDrawnBelow: boolean): Announcement | undefined {
  const isTelling = sentenceEnd.test(trimmed.slice(-40)) || isTitle(trimmed);
  if (!isTelling && !isDrawnBelow) return undefined;
  const said = [...trimmed.matchAll(tellingWord)].at(-1)?.[1];
  if (said === undefined) return undefined;
  if (!isTelling || /^keys$/i.test(said))
    return /^pass$/i.test(said) ? undefined : { kind: 'token', by: 'word', isList: isTelling };
  return titled(trimmed, said);
}

function titled(trimmed: string, said: string): Announcement {
  const kind = kindOfTelling(said);
  const by = kind === 'password' && /[:?]\s?$/.test(trimmed) ? 'prompt' : 'title';
  return { kind, by, isList: /s$/i.test(said) };
}

// `isDrawnBelow`: whether a line below may hold what a word in a sentence announces.
function announcementIn({ text, stems }: Reading, isDrawnBelow: boolean): Announcement | undefined {
  if (text.length > 512 || text.includes('[REDACTED:') || (stems.length === 0 && !text.includes('UGFz')))
    return undefined;
  const trimmed = text.replace(decoration, '');
  return fieldIn(text, trimmed) ?? sentenceIn(trimmed, isDrawnBelow);
}

// The right side of a box
const frameEnd = /\s[=*#|│║┃]{1,80}\s{0,8}$/;
const lone =
  /^((?:["'`]|pass: |- |string\(\d{1,6}\) ){0,4})([^\s"'`]{2,4096}|[^"'`\s][^"'`]{4,200})["'`]?(?:\s\([^()]{1,20}\))?[,;]?(?:\s\\)?$/;

// How far a line begins as the one that announces it does, digits aside: with the same time, level and logger.
function sameLead(text: string, above: string): number {
  let end = 0;
  while (end < text.length && isAlike(text.charCodeAt(end), above.charCodeAt(end))) end += 1;
  while (end > 0 && !isMember(leadEnd, text.charCodeAt(end - 1))) end -= 1;
  return /[\d\]:]| - /.test(text.slice(0, end)) ? end : 0;
}

const leadEnd = characterSet('\\s\\]|>:');

function isAlike(one: number, other: number): boolean {
  return one === other || (isDigit(one) && isDigit(other));
}

// The only word of a line, without what stands around it.
function loneWord(text: string, from: number): { readonly start: number; readonly end: number } | undefined {
  const lead = from + (decoration.exec(text.slice(from))?.[0].length ?? 0);
  const found = lone.exec(text.slice(lead).replace(frameEnd, '').trimEnd());
  if (found === null) return undefined;
  const start = lead + (found[1] ?? '').length;
  return { start, end: start + (found[2] ?? '').replace(/[,;]$/, '').length };
}

const drawn = /^[A-Za-z\d+-][\w+/-]{19,}={0,2}$/;

// Whether what stands alone below an announcement is what it announces.
const isAnnounced: Readonly<Record<Announcement['by'], (said: string, kind: KeyKind) => boolean>> = {
  field: (said, kind) => isSecretValue(kind, said, firmly) && !/:$|^[\w.-]+[:=]\s/.test(said),
  prompt: (said) => /^\S{5,}\d\S*$/.test(said) || (!isSpoken(said) && isShown(said)),
  title: (said, kind) =>
    kind === 'digits' ? isSecretValue(kind, said, firmly) : !isSpoken(said) && isShown(said),
  word: (said) => drawn.test(said) && isTokenLike(said, 20) && !isUuid(said),
};

function isValue(text: string, said: string, { kind, by }: Announcement): boolean {
  if (isPlaceholder(said) || said.includes('[REDACTED:')) return false;
  // The names of variables, one below the other
  if (/^[A-Z]+(?:_[A-Z]+)+$/.test(said) && kindOfName(said) !== undefined) return false;
  const isQuoted = by === 'field' && /^\s*["'`]/.test(text);
  return (isQuoted || !/\s/.test(said)) && isAnnounced[by](said, kind);
}

function isShown(said: string): boolean {
  if (/:$|^[\w.-]{2,64}=[^=]/.test(said)) return false;
  return (
    /^[A-Z\d]{4,8}(?:-[A-Z\d]{4,8}){2,9}$/.test(said) ||
    looksGenerated(said) ||
    isUuid(said) ||
    looksChosen(said)
  );
}

function spanOfLone(text: string, announcement: Announcement, from: number): Span | undefined {
  const word = loneWord(text, from);
  if (word === undefined) return undefined;
  const user = account.exec(text.slice(word.start, word.end))?.[0].length ?? 0;
  const start =
    word.start + (announcement.by === 'field' || text.charAt(word.start + user - 1) === ' ' ? user : 0);
  if (!isValue(text.slice(from), text.slice(start, word.end), announcement)) return undefined;
  return { start, end: word.end, rule: ruleOf(announcement.kind) };
}

/** Calls `use` with the lines behind one, up to a distance, until it says that that is enough. */
export function eachBelow(
  lines: readonly Reading[],
  at: number,
  most: number,
  use: (text: string, at: number) => boolean,
): void {
  const end = Math.min(lines.length, at + 1 + most);
  for (let next = at + 1; next < end; next += 1) if (!use(textAt(lines, next), next)) return;
}

// Its `lead` is what stands before it, digits aside: the items of a list begin alike.
function itemIn(
  text: string,
  announcement: Announcement,
  from: number,
): { span: Span | undefined; lead: string } | undefined {
  const marker = text.indexOf('[REDACTED:');
  const span = marker < 0 ? spanOfLone(text, announcement, from) : undefined;
  if (marker < 0 && span === undefined) return undefined;
  return { span, lead: text.slice(0, span?.start ?? marker).replace(/\d/g, '0') };
}

// So many lines below may show the value.
const nearest = 5;

/** Finds a secret that one line speaks of and a later one shows. */
export function announce(lines: readonly Reading[], at: number, add: Add): void {
  const isDrawnBelow = lines.slice(at + 1, at + 1 + nearest).some(({ longestRun }) => longestRun >= 20);
  const announcement = announcementIn(lines[at] as Reading, isDrawnBelow);
  if (announcement === undefined) return;
  const { isList } = announcement;
  const above = textAt(lines, at);
  let lead: string | undefined;
  const announces = rememberLastPlace(
    (from) => announcementIn(readPlain(above.slice(from)), true) !== undefined,
  );
  eachBelow(lines, at, isList ? 64 : nearest, (text, next) => {
    const from = sameLead(text, above);
    // What both lines say announces nothing.
    if (from > 0 && !announces(from)) return false;
    if (emptyLine.test(text.slice(from))) return true;
    const item = itemIn(text, announcement, from);
    // A list may begin with what is no secret: the name of a user.
    if (item === undefined || item.lead !== (lead ?? item.lead))
      return isList && lead === undefined && mayBegin(text, from);
    if (item.span !== undefined) add(next, item.span);
    lead = item.lead;
    return isList;
  });
}

// The lines below mostly begin as far alike as the one before.
function rememberLastPlace(ask: (place: number) => boolean): (place: number) => boolean {
  let last = -1;
  let answer = false;
  return (place) => {
    if (place !== last) answer = ask(place);
    last = place;
    return answer;
  };
}

function mayBegin(text: string, from: number): boolean {
  return loneWord(text, from) !== undefined && !/^\s*[\]})]/.test(text);
}

const valueHint = /value|input|got|received|given/i;
// "Password reset." and then "New value: x"; the name of a field and then "… [input_value='x', …]"
const labelledValue =
  /^(?:[\s>|#*-]{0,40}(?:\w{1,12} )?(?:value|input)\s?[:=]\s{0,8}["'`]?|.{0,160}\b(?:input_value|input|got|received|given)["']?[:=]\s?["'`]?)([^\s"'`,\]]{6,512})/i;

/** Finds a value whose label says nothing, below a line that tells what it is. */
export function valueBelow(lines: readonly Reading[], at: number, add: Add): void {
  const text = textAt(lines, at);
  if (!valueHint.test(text) || !announcesAbove(lines, at)) return;
  const [all = '', said = ''] = labelledValue.exec(text) ?? [];
  if (!isPlaceholder(said) && isShown(said) && kindOfName(said) === undefined)
    add(at, { start: all.length - said.length, end: all.length, rule: 'password' });
}

function announcesAbove(lines: readonly Reading[], at: number): boolean {
  const text = textAt(lines, emptyLine.test(textAt(lines, at - 1)) ? at - 2 : at - 1);
  return text.length < 512 && (text.search(tellingWord) >= 0 || fieldIn(text, text.trim()) !== undefined);
}
