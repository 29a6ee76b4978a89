import { ruleOf } from './fields.ts';
import { kindOfName, type KeyKind } from './key-name.ts';
import { isPlaceholder } from './marker.ts';
import type { Reading } from './reading.ts';
import type { Span } from './span.ts';
import { isIdentifier, isPasswordLike, isUuid, looksGenerated } from './token-shape.ts';
import { isSecretValue, isSpoken } from './value-sense.ts';

/** Adds a span to a line of the text, by the line's number. */
export type Add = (at: number, span: Span) => void;

/** The text of a line, '' beyond the first and last. */
export function textAt(lines: readonly Reading[], at: number): string {
  return lines[at]?.text ?? '';
}

/** How a value is tied to its name when nothing else stands beside them. */
export const firmly = { firm: true, verb: false, quoted: true, compound: true };
// What a text of logs, diffs, lists and quotations puts before a line, and behind it.
const decoration = /^(?:[\s>|+*#=-]|\(?\d{1,3}[).:]\s|\d{4}-\d\d-\d\d[T ][\d:.,]{8,15}Z?\s){0,200}/;
const emptyLine = /^[\s=*_#>|+-]*$/;

// "password:", "Generated admin password:", "--password \", "*** Initial admin password ***", '"tokens": ['
const sentenceEnd = /(?:[:=]\s?[|>]?[+-]?\d?|->|\\|\[|\{|\bis)\s{0,8}["']?\s{0,8}$/;
const tellingWord =
  /\b(pass(?:word|phrase|code|wd)?s?|passwort|mot de passe|contraseña|senha|tokens?|secrets?|credentials?|(?:api|access|secret|private|unseal|recovery|license|signing|encryption|this|your|the|new|ssh|join|admin)[ _-]keys?|UGFzc3dvcmQ6)\b/gi;
const kindOfTelling = (said: string): KeyKind =>
  /^pass|^mot|^contr|^senh|UGF/i.test(said) ? 'password' : 'token';
/** user:password behind a list of accounts. */
export const account = /^[\w.-]{1,64}:/;

interface Announcement {
  readonly kind: KeyKind;
  /** A field without its value, not a sentence about one. */
  readonly isField: boolean;
  /** Values go on as long as lines begin alike. */
  readonly isList: boolean;
}

const fieldLine =
  /^(?:\[?["']?(?:[\w.-]{1,40} )?|-{1,2}|export |\$){0,3}([\p{L}\p{N}_.-]{2,60})["'`]?\]?\s{0,8}(?:=>|[:=]\s{0,8}(?:[|>][+-]?\d?|\[|\\)?|\\|\[)?\s{0,8}$/u;
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
  return { kind, isField: !isBare, isList };
}

function sentenceIn(trimmed: string): Announcement | undefined {
  const isTitle = trimmed.length < 64 && /^[\p{L}\p{N} '*_:-]{3,48}$/u.test(trimmed.trim());
  if (!isTitle && !sentenceEnd.test(trimmed.slice(-40))) return undefined;
  const said = [...trimmed.matchAll(tellingWord)].at(-1)?.[0];
  if (said === undefined) return undefined;
  return { kind: kindOfTelling(said), isField: false, isList: /s$/i.test(said) };
}

function announcementIn({ text, stems }: Reading): Announcement | undefined {
  if (text.length > 512 || (stems.length === 0 && !text.includes('UGFz'))) return undefined;
  const trimmed = text.replace(decoration, '');
  return fieldIn(text, trimmed) ?? sentenceIn(trimmed);
}

const lone =
  /^((?:["'`]|pass: |- |string\(\d{1,6}\) ){0,4})([^\s"'`]{2,4096}|[^"'`\s][^"'`]{4,200})["'`]?(?:\s\([^()]{1,20}\))?[,;]?(?:\s\\)?\s{0,8}$/;

// The only word of a line, without what stands around it.
function loneWord(text: string): { readonly start: number; readonly end: number } | undefined {
  const lead = decoration.exec(text)?.[0].length ?? 0;
  const found = lone.exec(text.slice(lead));
  if (found === null) return undefined;
  const start = lead + (found[1] ?? '').length;
  return { start, end: start + (found[2] ?? '').replace(/[,;]$/, '').length };
}

function isValue(text: string, said: string, { kind, isField }: Announcement): boolean {
  const isOne = !/\s/.test(said);
  if (isPlaceholder(said) || said.includes('[REDACTED:')) return false;
  if (!isField) return isOne && !isSpoken(said) && isShown(said);
  if (!isOne && !/^\s*["'`]/.test(text)) return false;
  return isSecretValue(kind, said, firmly) && !/:$|^[\w.-]+[:=]\s/.test(said);
}

function isShown(said: string): boolean {
  return looksGenerated(said) || isUuid(said) || (isPasswordLike(said) && !isIdentifier(said));
}

function spanOfLone(text: string, announcement: Announcement): Span | undefined {
  const word = loneWord(text);
  if (word === undefined) return undefined;
  const user = account.exec(text.slice(word.start, word.end))?.[0].length ?? 0;
  const start = word.start + (announcement.isField ? user : 0);
  if (!isValue(text, text.slice(start, word.end), announcement)) return undefined;
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
): { span: Span | undefined; lead: string } | undefined {
  const marker = text.indexOf('[REDACTED:');
  const span = marker < 0 ? spanOfLone(text, announcement) : undefined;
  if (marker < 0 && span === undefined) return undefined;
  return { span, lead: text.slice(0, span?.start ?? marker).replace(/\d/g, '0') };
}

/** Finds a secret that one line speaks of and a later one shows. */
export function announce(lines: readonly Reading[], at: number, add: Add): void {
  const announcement = announcementIn(lines[at] as Reading);
  if (announcement === undefined) return;
  const { isList } = announcement;
  let lead: string | undefined;
  eachBelow(lines, at, isList ? 64 : 5, (text, next) => {
    if (emptyLine.test(text)) return true;
    const item = itemIn(text, announcement);
    // A list may begin with what is no secret: the name of a user.
    if (item === undefined || item.lead !== (lead ?? item.lead))
      return isList && lead === undefined && loneWord(text) !== undefined && !/^\s*[\]})]/.test(text);
    if (item.span !== undefined) add(next, item.span);
    lead = item.lead;
    return isList;
  });
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
