import { account, announce, eachBelow, textAt, type Add, valueBelow } from './announcements.ts';
import { logsIn } from './calls.ts';
import { ruleOf } from './fields.ts';
import { type KeyKind, kindOfName } from './key-name.ts';
import { isPlaceholder, type RuleName, type Span } from './marker.ts';
import { commandLines } from './known-formats.ts';
import { readValue } from './read-value.ts';
import { readPlain, type Reading } from './reading.ts';
import { looksChosen } from './token-shape.ts';
import { firmly, isSecretValue } from './value-sense.ts';

const noPlace = { inQuery: false, openQuote: '', depth: 0 };
// The member of a record that names a field, and the one that holds its value.
const nameMember =
  /^[\s-]{0,200}["'<]?(?:name|key|k|id|field|property|variable|setting|option|param(?:eter)?|header|label)["'>]?\s{0,8}[:=]?\s{0,8}["']?([\w.-]{1,80})["']?,?(?:<\/\w{1,40}>)?\s{0,8}$/i;
// variable "db_password" {
const variableHead = /^\s{0,200}variable\s{1,8}"([\w-]{1,80})"\s{0,8}\{\s{0,8}$/;
const loneName = /^\s{0,200}([A-Za-z][\w.-]{2,79})\s{0,8}$/;
const valueMember =
  /^[\s-]{0,200}(?:["']?(?:value|val|default)["']?\s{0,8}[:=]\s{0,8}|<(?:string|value)>|[^"'[]{1,120}\[[^"'\]]{0,120}\binput_value=)/i;

const blockLine = /^(\s{1,200})(\S.{3,4096})$/;

function nameBeside(lines: readonly Reading[], at: number): string | undefined {
  const alone = loneName.exec(textAt(lines, at - 1))?.[1];
  const variable = variableHead.exec(textAt(lines, at - 1))?.[1];
  return (
    alone ??
    variable ??
    [-1, -2, -3, 1]
      .map((offset) => nameMember.exec(textAt(lines, at + offset))?.[1])
      .find((one) => one !== undefined)
  );
}

function memberValue(reading: Reading, sign: string): { start: number; end: number } {
  const start = sign.length;
  const close = sign.endsWith('>') ? reading.text.indexOf('<', start) : -1;
  return close < 0 ? readValue(reading, start, noPlace) : { start, end: close };
}

// [type=string_type, input_value=55512345678, input_type=int]: YAML took a secret of digits for a number.
function isRefusedNumber(kind: KeyKind, sign: string, said: string): boolean {
  return /^(?:password|token|secret)$/.test(kind) && sign.includes('input_value=') && /^\d{8,64}$/.test(said);
}

function pairUp(lines: readonly Reading[], at: number, add: Add): void {
  const reading = lines[at] as Reading;
  const sign = /val|default|<string/i.test(reading.text) ? valueMember.exec(reading.text)?.[0] : undefined;
  const kind = sign === undefined ? undefined : kindOfName(nameBeside(lines, at) ?? '');
  if (sign === undefined || kind === undefined) return;
  const value = memberValue(reading, sign);
  const said = reading.text.slice(value.start, value.end);
  // value: >-
  if (/^[|>][+-]?\d?$/.test(said)) addRow(blockLine.exec(textAt(lines, at + 1)), at + 1, ruleOf(kind), add);
  else if (isSecretValue(kind, said, firmly) || isRefusedNumber(kind, sign, said))
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
  const isOpen = (line: number): boolean => textAt(lines, line).trimEnd().endsWith('\\');
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

/** A line that one of the `back` lines above it explains; group 2 of `row` is secret. */
interface Explained {
  readonly hint: string;
  readonly above: RegExp;
  readonly back: number;
  readonly row: RegExp;
}

const explained: readonly Explained[] = [
  {
    // command: 'AUTH', and then args: ['x'], as clients of Redis print what failed
    hint: 'args',
    above: /\b(?:command|name)["']?\s?:\s?["'](?:auth|hello)["']/i,
    back: 2,
    row: /^(\s{0,200}["']?args["']?\s?:\s?\[(?:\s?["'][^"']{0,200}["'],){0,2}\s?["'])([^"']{3,512})["']/i,
  },
  {
    // USER bob, +OK, PASS x: a dialogue
    hint: 'PASS ',
    above: /^[\s<>]{0,8}(?:USER \S|331 )/,
    back: 3,
    row: /^([\s<>]{0,8}PASS )(\S{3,512})\s{0,8}$/,
  },
  {
    // here the generated credentials: and then, below it, admin x
    hint: 'admin',
    above: /\bcredentials?[^:]{0,40}:\s{0,8}$/i,
    back: 2,
    row: /^((?:.{0,160}[\s|>-]{2,8})?(?:admin|administrator) )([A-Za-z\d!#$%&*+-]{8,128})\s{0,8}$/,
  },
  {
    // tokens { agent = "x" }, as Consul is configured
    hint: '= "',
    above: /^\s{0,40}tokens\s?\{\s{0,8}$/,
    back: 6,
    row: /^(\s{0,40}[\w-]{2,40}\s{1,20}=\s")([\w-]{20,128})"/,
  },
  {
    // chpasswd: {list: [root:x]} of cloud-init
    hint: ':',
    above: /\bchpasswd:\s{0,8}$/,
    back: 8,
    row: /^((?:\S{1,40}: {1,8})?\s{0,40}(?:- )?[a-z_][\w-]{0,31}:)([^\s:]{4,128})\s{0,8}$/,
  },
];

function explainedAbove(lines: readonly Reading[], at: number, add: Add): void {
  const text = textAt(lines, at);
  for (const { hint, above, back, row } of explained)
    if (text.includes(hint) && lines.slice(Math.max(0, at - back), at).some((line) => above.test(line.text)))
      addRow(row.exec(text), at, 'password', add);
}

// no function clause matching in Auth.login/2, and then the arguments, each behind its number
const clause = /\bfunction clause matching in [\w.]{0,80}?(\w{1,40})\/\d/;
const numbered = /^\s{0,40}# (?:[2-9]|1\d)\s{0,8}$/;

function clauseArguments(lines: readonly Reading[], at: number, add: Add): void {
  const text = textAt(lines, at);
  const name = text.includes('function clause') ? clause.exec(text)?.[1] : undefined;
  if (
    name === undefined ||
    !(logsIn.test(name) || kindOfName(name) !== undefined || /verify|hash/.test(name))
  )
    return;
  eachBelow(lines, at, 32, (text, next) => {
    const row = numbered.test(textAt(lines, next - 1)) ? /^(\s{0,40}")([^"]{5,512})"/.exec(text) : null;
    if (looksChosen(row?.[2] ?? '')) addRow(row, next, 'password', add);
    return /^\s|^$/.test(text);
  });
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

const relations = [
  announce,
  pairUp,
  explainedAbove,
  clauseArguments,
  valueBelow,
  joinPipe,
  continuedCommand,
  pairRows,
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
