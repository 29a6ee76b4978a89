import type { FieldName } from './field-name.ts';
import { matchAt } from './read-value.ts';
import type { Reading } from './reading.ts';

/** How a value is tied to its name, and where it begins. */
export interface FieldSyntax {
  readonly at: number;
  /** A sign that leaves no doubt (`=`); "password: must be set" has none. */
  readonly firm: boolean;
  /** "password is x": only a value that looks chosen counts. */
  readonly verb: boolean;
  /** The value reaches to this text, whatever else it holds ('' = read it as a value). */
  readonly until: '' | '<' | ']]>' | '\n';
}

// Closing quotes and brackets, and what may stand between a name and its sign: (12 chars), [required], <str>, #1, base64.
const middle = String.raw`["'\x60\])]{0,3}(?:错误|錯誤|无效|不正确| ?#?\d{1,2}| ?\([^()']{1,24}\)| \[[^\[\]"']{1,40}\]| <[\w.]{1,20}>|,? base64)?["'\x60\])]{0,1}`;
// a = b, a: b, "a": "b", a => b, [a] => b, "Unseal Key 1: b"
const assign = new RegExp(String.raw`${middle}\s{0,40}(=>|:=|\?=|[-~]>|={1,3}|[:：＝→⇒≔])\s{0,40}`, 'y');
// name: string = "x", name: &'static str = "x", String name = "x", Name { get; set; } = "x"
const typed =
  /(?:(?::\s?|\s)&?(?:'static )?[A-Za-z_[\]][\w.<>[\]?!\x2a|]{0,40}|\[\d{0,4}\]|\s?\{[^{}]{0,30}\})\s?=\s?/y;
// name="a" value="b", {"name":"a","type":"t","value":"b"}, Property: a, Value: b
const pairValue =
  /["'`]?[\s,;]{1,8}(?:["'`]?[\w.-]{1,30}["'`]?\s?[:=]\s?(?:["'][^"']{0,80}["']|[\w.:-]{1,80})[\s,;]{1,8}){0,3}(?:s:\d{1,6}:)?["'`]?(?:parameter|option|setting|attribute|variable)?_?(?:value|val|v|content|contents|data|secret|plaintext)["'`]?(?:\s{0,8}[:=]\s{0,8}|;s:\d{1,6}:)/iy;
// --a b, ["--a","b"]
const flagGap = /["'],[ \t]{0,4}|[ \t]{1,4}(?:\\?\n[ \t]{0,8})?/y;
const verb =
  /["'`]?[是为はが이가은는] ?["'`]?|["'`]? {1,3}(?:(?:is|was|are|has been|will be)(?: now)?(?: (?:set|changed|reset|updated) to)?|now|(?:set|changed|reset|updated) to|becomes|lautet|ist|es|est|è|é|jest|er|är)(?: ?: ?| )/iy;
// define('A', 'b'), setenv("A", "b")
const call = /(?:define|env|set|put|property|item|header|append|add|option)\(\s{0,4}["']$/i;
// What another call is given as second may be a label: only what is no word counts.
const anyCall = /(?:[\w$]|^|[[({,\s])\(\s{0,4}["']$/;
const callGap = /["'],[ \t]{0,40}/y;
const listed = /^["'][^"']{0,80}\d/;
const innerElement = /\s{0,8}<(?:value|string|text|plaintext)>/iy;
const elementEnd = /[^<>]{0,200}>/y;
const attributeEnd = /["'](?:\s[\w:.-]{1,40}=["'][^"'<>]{0,80}["']){0,4}[^<>=]{0,40}>/y;
const characterData = '<![CDATA[';
// Configuration languages that separate by blanks: LDAP, Redis, netrc, Cisco, Samba.
const blankSeparated =
  /^\s*(?:bindpw|rootpw|requirepass|masterauth|auth-pass|auth_pass|secret|psk|[\w.-]{0,40}(?:passphrase|password|passwd))$/i;
const arn = /\b(?:arn|urn|nrn|crn):[\w:./-]{0,200}$/i;
// incorrect username or password: registry.example.org
const eitherOf = /\b(?:user(?:name)?|email|login|account) or $/i;
const pamModule = /\bpam_\w{1,20}\($/;
// --password string     what it is for
const usage = /[A-Za-z]{2,20}[ \t]{3,}[A-Za-z(]/y;
// ; name="token"\r\n\r\nx\r\n: a form in one line
const partInLine = /["'](?:\r?\n){2}/y;
// | password | x |
const cellGap = /[ ]{0,40}[|\t][ \t]{0,40}/y;
// password ......... x
const leader = / ?\.{3,80} {0,4}/y;
const instruction = /^\s*(?:ENV|ARG|SetEnv|setenv|setx|fastcgi_param|PassEnv)\s+[\w.-]+$/;
const netrc = /\blogin\s+\S{1,100}\s+password$/i;
const blanks = /[ \t]{1,8}/y;
const blankValue = /^([ \t]+)(?:\d )?[^\s"'`]\S*$/;

// "name":"a", Property: a: a name that another member holds.
const namedBy =
  /(?:\b|_)(?:name|key|k|id|field|property|param|parameter|option|variable|label|header|attribute|setting|flag|path|parameterkey|optionname|option_name)["']?(?:\s?[:=]\s?|;s:\d{1,6}:)["']?$/i;

function assigned(at: number, firm: boolean): FieldSyntax {
  return { at, firm, verb: false, until: '' };
}

function said(at: number): FieldSyntax {
  return { at, firm: false, verb: true, until: '' };
}

// Where what follows the name ends, when it is of this form.
function endOf(pattern: RegExp, line: string, name: FieldName): number | undefined {
  const match = matchAt(pattern, line, name.end);
  return match === null ? undefined : name.end + match[0].length;
}

function before(line: string, name: FieldName, length: number): string {
  return line.slice(Math.max(0, name.start - length), name.start);
}

// Token::new, secret://name, the tag of an image or the line of a file, arn:…:secret:name: a colon that assigns nothing.
function isOtherColon(line: string, name: FieldName, at: number): boolean {
  const next = line.charAt(at);
  if (next === ':' || line.startsWith('//', at)) return true;
  const upTo = before(line, name, 120);
  if ([/checksum\/$/, pamModule, eitherOf].some((no) => no.test(upTo))) return true;
  // /password:x, as commands of Windows have it
  const isPath = /[^ \t"]\/$/.test(upTo) || (upTo === '/' && !/ \/\w{1,20}:/.test(line));
  return next !== ' ' && (isPath || (upTo.endsWith(':') && arn.test(upTo)));
}

// config/db/password:x, as stores of keys and values print it
function isKeyOfStore(line: string, name: FieldName): boolean {
  return /^(?:password|token)$/.test(name.kind) && /(?:^|\s)[\w./@-]{1,80}\/$/.test(before(line, name, 100));
}

function byAssignment(line: string, name: FieldName): FieldSyntax | undefined {
  // password........"x", as settings are printed in columns
  if (line.startsWith('...', name.end - 3)) return assigned(name.end, true);
  const match = matchAt(assign, line, name.end);
  const [all, sign] = match ?? [''];
  if (match === null) return undefined;
  if (sign === ':' && isOtherColon(line, name, name.end + all.trimEnd().length))
    return isKeyOfStore(line, name) ? said(name.end + all.length) : undefined;
  const isFirm = sign !== ':' || !/\s$/.test(all) || (name.compound && name.kind === 'password');
  return assigned(name.end + all.length, isFirm);
}

// Only in front of a text in quotes: "token expired = 5" assigns nothing.
function byType(line: string, name: FieldName): FieldSyntax | undefined {
  const at = /["']$/.test(before(line, name, 1)) ? undefined : endOf(typed, line, name);
  return at !== undefined && /^[\w.:([\]& ]{0,30}["']/.test(line.slice(at, at + 32))
    ? assigned(at, true)
    : undefined;
}

function content(line: string, from: number): FieldSyntax {
  const at = from + (matchAt(innerElement, line, from)?.[0].length ?? 0);
  const isCharacterData = line.startsWith(characterData, at);
  return {
    ...assigned(isCharacterData ? at + characterData.length : at, true),
    until: isCharacterData ? ']]>' : '<',
  };
}

function byElement(line: string, name: FieldName): FieldSyntax | undefined {
  // Usage: login --password <password> --user <user>
  const isUsage =
    ' \t'.includes(line.charAt(name.end + 1)) && !line.slice(name.end, name.end + 400).includes('</');
  if (isUsage || !/<(?:[\w-]{1,16}:)?$/.test(before(line, name, 20))) return undefined;
  const at = endOf(elementEnd, line, name);
  return at === undefined || line.startsWith('/>', at - 2) ? undefined : content(line, at);
}

// <property name="db.password">x</property>
function byAttribute(line: string, name: FieldName): FieldSyntax | undefined {
  const at = /=["'][\w.-]{0,80}$/.test(line.slice(Math.max(0, name.start - 2), name.end))
    ? endOf(attributeEnd, line, name)
    : undefined;
  return at === undefined || line.startsWith('/>', at - 2) ? undefined : content(line, at);
}

function byCall(line: string, name: FieldName): FieldSyntax | undefined {
  const at = anyCall.test(before(line, name, 24)) ? endOf(callGap, line, name) : undefined;
  return at === undefined ? undefined : assigned(at, call.test(before(line, name, 24)));
}

function byFlag(line: string, name: FieldName): FieldSyntax | undefined {
  const isFlag = line.charAt(name.start) === '-' && /^$|[ \t\n"'[]$/.test(before(line, name, 1));
  const at = isFlag ? endOf(flagGap, line, name) : undefined;
  if (at === undefined || line.charAt(at) === '-' || at >= line.length) return undefined;
  return matchAt(usage, line, at) === null ? assigned(at, true) : undefined;
}

function byBlank(line: string, name: FieldName): FieldSyntax | undefined {
  const upTo = line.slice(Math.max(0, name.end - 200), name.end);
  // ENV NAME value
  if (instruction.test(upTo)) return assigned(name.end + 1, true);
  const value = blankValue.exec(line.slice(name.end, name.end + 300));
  const at = name.end + (value?.[1]?.length ?? 1);
  if (netrc.test(upTo)) return { ...said(at), firm: true, verb: false };
  return value !== null && blankSeparated.test(upTo) ? said(at) : undefined;
}

// ["PASSWORD","x"]; ["password", "email"] lists names.
function byListPair(line: string, name: FieldName): FieldSyntax | undefined {
  const at = /\[["']$/.test(before(line, name, 2)) ? endOf(callGap, line, name) : undefined;
  return at !== undefined && listed.test(line.slice(at, at + 100)) ? assigned(at, false) : undefined;
}

// "with password x", "password 'x'"
function byWords(line: string, name: FieldName): FieldSyntax | undefined {
  // /etc/passwd HTTP/1.1
  if (line.startsWith('etc/', name.start - 4)) return undefined;
  const spoken = endOf(verb, line, name);
  if (spoken !== undefined) return said(spoken);
  const at = takesWord(line, name) ? endOf(blanks, line, name) : undefined;
  if (at === undefined) return undefined;
  if (/["'`]/.test(line.charAt(at))) return name.kind === 'token' ? said(at) : assigned(at, true);
  return name.kind === 'token' || at > name.end + 1 || line.startsWith('(/', at) ? undefined : said(at);
}

// user root, pass x
function takesWord(line: string, { kind, start }: FieldName): boolean {
  if (kind !== 'chosen') return kind === 'password' || kind === 'header' || kind === 'token';
  return /\buser\w{0,8}[ :=]\S{1,40}[, ]{1,2}(?:and )?$/i.test(line.slice(Math.max(0, start - 64), start));
}

function byCell(line: string, name: FieldName): FieldSyntax | undefined {
  if (!/^[\s|]*$/.test(before(line, name, 60))) return undefined;
  const dotted = endOf(leader, line, name);
  const at = endOf(cellGap, line, name) ?? dotted;
  return at === undefined ? undefined : at === dotted ? assigned(at, true) : said(at);
}

function byPair(line: string, name: FieldName): FieldSyntax | undefined {
  const at = endOf(pairValue, line, name);
  const isNamed = namedBy.test(before(line, name, 40));
  return at !== undefined && (isNamed || /value["']?\s{0,8}[:=]/i.test(line.slice(name.end, at)))
    ? assigned(at, true)
    : undefined;
}

function byFormPart(line: string, name: FieldName): FieldSyntax | undefined {
  const at = endOf(partInLine, line, name);
  return at === undefined ? undefined : { ...assigned(at, true), until: '\n' };
}

type SyntaxOf = (line: string, name: FieldName) => FieldSyntax | undefined;

// Each with the signs of which one must follow the name, so that most names meet a few of them only.
const blank = ' \t\n';
const syntaxes: readonly (readonly [signs: string, syntaxOf: SyntaxOf])[] = [
  [`"'\`,;${blank}`, byPair],
  [`"'`, byFormPart],
  [' |\t.', byCell],
  ['> ', byElement],
  [`"'`, byAttribute],
  [` :[{\n`, byType],
  [`"'`, byCall],
  [`"'\`]):=?+-~：＝→⇒≔错錯无不#(.<,${blank}`, byAssignment],
  [`"', \t`, byFlag],
  [`"'`, byListPair],
  [blank, byBlank],
  [`"'\`是为はが이가은는${blank}`, byWords],
];
const syntaxesBy = new Map(
  Array.from(new Set(syntaxes.flatMap(([signs]) => Array.from(signs))), (sign) => [
    sign,
    syntaxes.filter(([signs]) => signs.includes(sign)).map(([, syntaxOf]) => syntaxOf),
  ]),
);

/** Calls `use` with every way in which the text after the name may be tied to it, until one is right, or `null` ends it. */
export function syntaxAfter<T>(
  { text }: Reading,
  name: FieldName,
  use: (syntax: FieldSyntax) => T | null | undefined,
): T | undefined {
  const sign = text.startsWith('...', name.end - 3) ? '.' : text.charAt(name.end);
  for (const syntaxOf of syntaxesBy.get(sign) ?? []) {
    const syntax = syntaxOf(text, name);
    const found = syntax === undefined ? undefined : use(syntax);
    if (found !== undefined) return found ?? undefined;
  }
  return undefined;
}
