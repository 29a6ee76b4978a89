import { ruleOf } from './fields.ts';
import { kindOfName, type KeyKind } from './key-name.ts';
import { commandLines } from './program-rows.ts';
import { isPlaceholder, type RuleName } from './marker.ts';
import { readValue } from './read-value.ts';
import { readPlain, type Reading } from './reading.ts';
import type { Span } from './span.ts';
import { isIdentifier, isPasswordLike, isUuid, looksGenerated } from './token-shape.ts';
import { isSecretValue, isSpoken } from './value-sense.ts';

/** Adds a span to a line of the text, by the line's number. */
type Add = (at: number, span: Span) => void;

function textAt(lines: readonly Reading[], at: number): string {
  return lines[at]?.text ?? '';
}

const firmly = { firm: true, verb: false, quoted: true, compound: true };
const noPlace = { inQuery: false, openQuote: '', depth: 0 };
// What a text of logs, diffs, lists and quotations puts before a line, and behind it.
const decoration = /^(?:[\s>|+*#=-]|\(?\d{1,3}[).:]\s|\d{4}-\d\d-\d\d[T ][\d:.,]{8,15}Z?\s){0,200}/;
const emptyLine = /^[\s=*_#>|+-]*$/;

// "password:", "Generated admin password:", "--password \", "*** Initial admin password ***", '"tokens": ['
const sentenceEnd = /(?:[:=]\s?[|>]?[+-]?\d?|->|\\|\[|\{|\bis)\s{0,8}["']?\s{0,8}$/;
const tellingWord =
  /\b(pass(?:word|phrase|code|wd)?s?|passwort|mot de passe|contraseña|senha|tokens?|secrets?|credentials?|(?:api|access|secret|private|unseal|recovery|license|signing|encryption|this|your|the|new|ssh|join|admin)[ _-]keys?|UGFzc3dvcmQ6)\b/gi;
const kindOfTelling = (said: string): KeyKind =>
  /^pass|^mot|^contr|^senh|UGF/i.test(said) ? 'password' : 'token';
// user:password behind a list of accounts
const account = /^[\w.-]{1,64}:/;

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
function eachBelow(
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

// A secret that one line speaks of and a later one shows.
function announce(lines: readonly Reading[], at: number, add: Add): void {
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

// The member of a record that names a field, and the one that holds its value.
const nameMember =
  /^[\s-]{0,200}["'<]?(?:name|key|k|id|field|property|variable|setting|option|param(?:eter)?|header|label)["'>]?\s{0,8}[:=]?\s{0,8}["']?([\w.-]{1,80})["']?,?(?:<\/\w{1,40}>)?\s{0,8}$/i;
const loneName = /^\s{0,200}([A-Za-z][\w.-]{2,79})\s{0,8}$/;
const valueMember =
  /^[\s-]{0,200}(?:["']?(?:value|val)["']?\s{0,8}[:=]\s{0,8}|<(?:string|value)>|[^"'[]{1,120}\[[^"'\]]{0,120}\binput_value=)/i;

function nameBeside(lines: readonly Reading[], at: number): string | undefined {
  const alone = loneName.exec(textAt(lines, at - 1))?.[1];
  return (
    alone ??
    [-1, -2, -3, 1]
      .map((offset) => nameMember.exec(textAt(lines, at + offset))?.[1])
      .find((one) => one !== undefined)
  );
}

function pairUp(lines: readonly Reading[], at: number, add: Add): void {
  const reading = lines[at] as Reading;
  const sign = /val|<string/i.test(reading.text) ? valueMember.exec(reading.text)?.[0] : undefined;
  const kind = sign === undefined ? undefined : kindOfName(nameBeside(lines, at) ?? '');
  if (sign === undefined || kind === undefined) return;
  const start = sign.length;
  const close = sign.endsWith('>') ? reading.text.indexOf('<', start) : -1;
  const value = close < 0 ? readValue(reading, start, noPlace) : { start, end: close };
  if (isSecretValue(kind, reading.text.slice(value.start, value.end), firmly))
    add(at, { start: value.start, end: value.end, rule: ruleOf(kind) });
}

// "+ echo X" and then "+ docker login --password-stdin": a pipe that the trace of a shell breaks.
const printed =
  /^\+{1,8} (?:echo|printf)\s{1,4}(?:-\w{1,3}\s{1,4}|['"]?%s(?:\n)?['"]?\s{1,4}){0,3}['"]?(\S.{0,1000}?)['"]?\s{0,8}$/;
const taken =
  /^\+{1,8} .{0,400}(?:--password-stdin|--with-token|--stdin\b|\bbase64\b|\bsudo -S|\bchpasswd\b|\bvault login|\bopenssl\b|\bkinit\b|\bgpg\b|\bcryptsetup\b|\blogin\b.{0,200} -$)/;

function joinPipe(lines: readonly Reading[], at: number, add: Add): void {
  const text = textAt(lines, at);
  const said = text.startsWith('+') ? printed.exec(text)?.[1] : undefined;
  if (said === undefined || isPlaceholder(said)) return;
  if (![1, 2, 3].some((next) => taken.test(textAt(lines, at + next)))) return;
  const secret = said.replace(account, '');
  const end = text.lastIndexOf(secret) + secret.length;
  if (secret.length >= 3) add(at, { start: end - secret.length, end, rule: 'password' });
}

// A command over several lines, each of which ends in a backslash.
function continuedCommand(lines: readonly Reading[], at: number, add: Add): void {
  const isOpen = (line: number): boolean => /\\\s{0,8}$/.test(textAt(lines, line));
  if (!isOpen(at) || isOpen(at - 1)) return;
  const parts = [textAt(lines, at)];
  eachBelow(lines, at, 32, (text, next) => {
    parts.push(text);
    return isOpen(next);
  });
  let start = 0;
  const spans = commandLines(readPlain(parts.map((part) => part.replace(/\\(\s{0,8})$/, ' $1')).join(' ')));
  for (const [order, part] of parts.entries()) {
    const end = start + part.length;
    for (const span of spans.filter((one) => one.start >= start && one.end <= end))
      add(at + order, { ...span, start: span.start - start, end: span.end - start });
    start = end + 1;
  }
}

const kindSecret = /^[\s-]{0,200}["']?kind["']?:\s{0,8}["']?Secret\b["']?,?\s{0,8}$/;
const dataLine =
  /^\s{0,200}(?:[+~-]\s{1,40})?["']?(data|string_?data|secret_?(?:data|values))["']?\s{0,8}[:=]\s{0,8}\{?\s{0,8}$/i;
const dataValue =
  /^(\s{0,200}(?:[+~-]\s{1,40})?(?:["']?[\w.-]{1,253}["']?\s{0,8}[:=]\s{0,8})?["']?)(\S.{0,4096}?)["']?,?\s{0,8}$/;

// Masks group 2 of a row behind group 1.
function addRow(row: readonly string[] | null, at: number, rule: RuleName, add: Add): void {
  const [, kept = '', secret = ''] = row ?? [];
  if (!isPlaceholder(secret) && !/^[|>][+-]?$|^[{[]$/.test(secret))
    add(at, { start: kept.length, end: kept.length + secret.length, rule });
}

// Every value under data: of a Secret, wherever its kind stands, and under stringData: of whatever.
function secretDocument(lines: readonly Reading[], from: number, to: number, add: Add): void {
  const isSecret = lines.slice(from, to).some(({ text }) => kindSecret.test(text));
  let indent = -1;
  for (let at = from; at < to; at += 1) {
    const text = textAt(lines, at);
    const depth = text.search(/\S/);
    if (depth >= 0 && depth <= indent) indent = -1;
    if (indent >= 0) addRow(dataValue.exec(text), at, 'secret', add);
    else if (isSecret || /string|secret/i.test(text)) indent = dataLine.test(text) ? depth : -1;
  }
}

const valueHint = /value|input|got|received|given/i;
// "Password reset." and then "New value: x"; the name of a field and then "… [input_value='x', …]"
const labelledValue =
  /^(?:[\s>|#*-]{0,40}(?:\w{1,12} )?(?:value|input)\s?[:=]\s{0,8}["'`]?|.{0,160}\b(?:input_value|input|got|received|given)["']?[:=]\s?["'`]?)([^\s"'`,\]]{6,512})/i;

function valueBelow(lines: readonly Reading[], at: number, add: Add): void {
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

// command: 'AUTH', and then args: ['x'], as clients of Redis print what failed
const authCommand = /\b(?:command|name)["']?\s?:\s?["'](?:auth|hello)["']/i;
const argsLine =
  /^(\s{0,200}["']?args["']?\s?:\s?\[(?:\s?["'][^"']{0,200}["'],){0,2}\s?["'])([^"']{3,512})["']/i;

function authArguments(lines: readonly Reading[], at: number, add: Add): void {
  if ([1, 2].some((back) => authCommand.test(textAt(lines, at - back))))
    addRow(argsLine.exec(textAt(lines, at)), at, 'password', add);
}

// Key   Value, and a rule below it: every row is a name and its value.
const headOfPairs =
  /^\s{0,200}(?:key|name|property|setting|variable(?:_name)?|parameter)\s{1,200}(?:[\w-]{1,40}\s{1,200})?value\s{0,200}$/i;
const pairRow = /^(\s{0,200}([\w.-]{1,80})\s{2,200})(\S.{0,512}?)\s{0,200}$/;

function pairRows(lines: readonly Reading[], at: number, add: Add): void {
  if (!headOfPairs.test(textAt(lines, at))) return;
  eachBelow(lines, at, 64, (text, next) => {
    const [all, kept = '', name = '', value = ''] = pairRow.exec(text) ?? [];
    const kind = kindOfName(name);
    if (kind !== undefined && isSecretValue(kind, value, firmly))
      addRow(['', kept, value], next, ruleOf(kind), add);
    return all !== undefined || /^[\s-]+$/.test(text);
  });
}

// chpasswd: and then user:password, as cloud-init has it
const accountRow = /^(\s{0,200}(?:- )?["']?[\w.-]{1,64}:)([^\s"':][^\s"']{0,200})["']?$/;

function accounts(lines: readonly Reading[], at: number, add: Add): void {
  const indent = textAt(lines, at).search(/chpasswd:\s{0,8}$/);
  if (indent < 0) return;
  eachBelow(lines, at, 64, (row, next) => {
    if (row.search(/\S/) <= indent) return false;
    addRow(accountRow.exec(row), next, 'password', add);
    return true;
  });
}

const relations = [
  announce,
  pairUp,
  authArguments,
  valueBelow,
  joinPipe,
  continuedCommand,
  pairRows,
  accounts,
];

/** The secrets of lines that other lines tell: names, sentences and documents over several lines. */
export function spansAcrossLines(lines: readonly Reading[]): ReadonlyMap<number, readonly Span[]> {
  const found = new Map<number, Span[]>();
  const add: Add = (at, span) => found.set(at, [...(found.get(at) ?? []), span]);
  let document = 0;
  for (let at = 0; at <= lines.length; at += 1) {
    if (at === lines.length || /^---\s{0,8}$/.test(textAt(lines, at))) {
      secretDocument(lines, document, at, add);
      document = at + 1;
    }
    if (at === lines.length) break;
    for (const relate of relations) relate(lines, at, add);
  }
  return found;
}
