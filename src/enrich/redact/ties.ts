import type { FieldName } from './field-name.ts';
import { matchAt } from './read-value.ts';
import type { Reading } from './reading.ts';

/** How a value is tied to its name, and where it begins. */
export interface Tie {
  readonly at: number;
  /** A sign that leaves no doubt (`=`); "password: must be set" has none. */
  readonly firm: boolean;
  /** "password is x": only a value that looks chosen counts. */
  readonly verb: boolean;
  /** The value reaches to this text, whatever else it holds ('' = read it as a value). */
  readonly until: '' | '<' | ']]>' | '\n';
}

// Closing quotes and brackets, and what may stand between a name and its sign: (12 chars), [required], <str>, #1, base64.
const middle = String.raw`["'\x60\])]{0,3}(?: ?#?\d{1,2}| ?\([^()']{1,24}\)| \[[^\[\]"']{1,40}\]| <[\w.]{1,20}>|,? base64)?["'\x60\])]{0,1}`;
// a = b, a: b, "a": "b", a => b, [a] => b, "Unseal Key 1: b"
const assign = new RegExp(String.raw`${middle}\s{0,40}(=>|:=|->|={1,3}|[:：＝])\s{0,40}`, 'y');
// name: string = "x", name: &'static str = "x", String name = "x", Name { get; set; } = "x"
const typed =
  /(?:(?::\s?|\s)&?(?:'static )?[A-Za-z_[\]][\w.<>[\]?!\x2a|]{0,40}|\[\d{0,4}\]|\s?\{[^{}]{0,30}\})\s?=\s?/y;
// name="a" value="b", {"name":"a","type":"t","value":"b"}, Property: a, Value: b
const pairValue =
  /["'`]?[\s,;]{1,8}(?:["'`]?[\w.-]{1,30}["'`]?\s?[:=]\s?(?:["'][^"']{0,80}["']|[\w.:-]{1,80})[\s,;]{1,8}){0,3}["'`]?(?:parameter|option|setting|attribute|variable)?_?(?:value|val|v|content|contents|data|secret|plaintext)["'`]?\s{0,8}[:=]\s{0,8}/iy;
// --a b, ["--a","b"]
const flagGap = /["'],[ \t]{0,4}|[ \t]{1,4}(?:\\?\n[ \t]{0,8})?/y;
const verb =
  /["'`]? (?:(?:is|was|are|has been|will be)(?: now)?(?: (?:set|changed|reset|updated) to)?|now|(?:set|changed|reset|updated) to|becomes|lautet|ist|es|est|è|é|jest|er|är) ?:? ?/iy;
// has forbidden value 'x', with value "x", field is set, value x, [… input_value='x'
const valueWord =
  /["'`]?(?:[:,]? (?:[A-Za-z'.,:]{1,20} ){0,6}value:?\s|\/value |[^"'=]{0,80}\[[^"'\]]{0,80}input_value=)/iy;
// <name>a</name><value><string>b, <key>a</key><string>b: XML-RPC and property lists
const elementPair =
  /<\/[\w-]{1,30}>\s{0,8}(?:<description>[^<>]{0,200}<\/description>\s{0,8})?(?:<[\w-]{0,30}(?:value|string)>\s{0,8}){0,2}/y;
// define('A', 'b'), setenv("A", "b")
const call = /(?:define|env|set|put|property|item|header|append|add|option)\(\s{0,4}["']$/i;
// What another call is given as second may be a label: only what is no word counts.
const anyCall = /(?:[\w$]|^|[[({,\s])\(\s{0,4}["']$/;
const callGap = /["'],[ \t]{0,40}/y;
const listed = /^["'][^"']{0,80}\d/;
// {password,"b"}, {password,<<"b">>}: Erlang's tuples
const tupleGap = /,[ ]?(?:<<)?/y;
const innerElement = /\s{0,8}<(?:value|string|text|plaintext)>/iy;
const elementEnd = /[^<>]{0,200}>/y;
const attributeEnd = /["'][^<>=]{0,40}>/y;
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
// variable "token" { default = "x" }
const defaultInBlock = /["']\s?\{[^{}]{0,120}\bdefault\s{0,8}=\s{0,8}/y;
// ; name="token"\r\n\r\nx\r\n: a form in one line
const partInLine = /["'](?:\r?\n){2}/y;
// | password | x |
const cellGap = /[ ]{0,40}[|\t][ \t]{0,40}/y;
// password ......... x
const leader = / ?\.{3,80} {0,4}/y;
const instruction = /^\s*(?:ENV|ARG|SetEnv|setenv|setx|fastcgi_param|PassEnv)\s+[\w.-]+$/;
const netrc = /\blogin\s+\S{1,100}\s+password$/i;
const blankValue = /^([ \t]+)(?:\d )?[^\s"'`]\S*$/;

// "name":"a", Property: a: a name that another member holds.
const namedBy =
  /(?:\b|_)(?:name|key|k|id|field|property|param|parameter|option|variable|label|header|attribute|setting|flag|path|parameterkey|optionname)["']?\s?[:=]\s?["']?$/i;

function tied(at: number, firm: boolean): Tie {
  return { at, firm, verb: false, until: '' };
}

// Token::new, secret://name, the tag of an image or the line of a file, arn:…:secret:name: a colon that assigns nothing.
function isOtherColon(line: string, name: FieldName, at: number): boolean {
  const next = line.charAt(at);
  const before = line.charAt(name.start - 1);
  if (next === ':' || line.startsWith('//', at)) return true;
  const upTo = line.slice(Math.max(0, name.start - 120), name.start);
  if (upTo.endsWith('checksum/') || pamModule.test(upTo) || eitherOf.test(upTo)) return true;
  // /password:x, as commands of Windows have it
  const isOption = ' \t"'.includes(line.charAt(name.start - 2));
  return next !== ' ' && ((before === '/' && !isOption) || (before === ':' && arn.test(upTo)));
}

function byAssignment(line: string, name: FieldName): Tie | undefined {
  // password........"x", as settings are printed in columns
  if (line.startsWith('...', name.end - 3)) return tied(name.end, true);
  const match = matchAt(assign, line, name.end);
  if (match === null) return undefined;
  const at = name.end + match[0].length;
  const sign = match[1] ?? '';
  if (sign === ':' && isOtherColon(line, name, name.end + match[0].trimEnd().length)) return undefined;
  const tight = !/\s$/.test(match[0]);
  return tied(at, sign !== ':' || tight || (name.compound && name.kind === 'password'));
}

// Only in front of a text in quotes: "token expired = 5" assigns nothing.
function byType(line: string, name: FieldName): Tie | undefined {
  if ('"\''.includes(line.charAt(name.start - 1)) && name.start > 0) return undefined;
  const match = matchAt(typed, line, name.end);
  const at = name.end + (match?.[0].length ?? 0);
  return match !== null && /^[\w.:([\]& ]{0,30}["']/.test(line.slice(at, at + 32))
    ? tied(at, true)
    : undefined;
}

function content(line: string, at: number): Tie {
  const isCharacterData = line.startsWith(characterData, at);
  return isCharacterData
    ? { firm: true, verb: false, at: at + characterData.length, until: ']]>' }
    : { firm: true, verb: false, at, until: '<' };
}

function byElement(line: string, name: FieldName): Tie | undefined {
  // Usage: login --password <password> --user <user>
  if (' \t'.includes(line.charAt(name.end + 1)) && !line.slice(name.end, name.end + 400).includes('</'))
    return undefined;
  if (!/<(?:[\w-]{1,16}:)?$/.test(line.slice(Math.max(0, name.start - 20), name.start))) return undefined;
  const match = matchAt(elementEnd, line, name.end);
  if (match === null || match[0].endsWith('/>')) return undefined;
  const at = name.end + match[0].length;
  return content(line, at + (matchAt(innerElement, line, at)?.[0].length ?? 0));
}

// <property name="db.password">x</property>
function byAttribute(line: string, name: FieldName): Tie | undefined {
  const match = matchAt(attributeEnd, line, name.end);
  const isNamed = /=["'][\w.-]{0,80}$/.test(line.slice(Math.max(0, name.start - 2), name.end));
  if (match === null || match[0].endsWith('/>') || !isNamed) return undefined;
  const at = name.end + match[0].length;
  return content(line, at + (matchAt(innerElement, line, at)?.[0].length ?? 0));
}

function byElementPair(line: string, name: FieldName): Tie | undefined {
  if (line.charAt(name.start - 1) !== '>') return undefined;
  const match = matchAt(elementPair, line, name.end);
  return match === null ? undefined : content(line, name.end + match[0].length);
}

function byCall(line: string, name: FieldName): Tie | undefined {
  const match = matchAt(callGap, line, name.end);
  const before = line.slice(Math.max(0, name.start - 24), name.start);
  if (match === null || !anyCall.test(before)) return undefined;
  return tied(name.end + match[0].length, call.test(before));
}

function byTuple(line: string, name: FieldName): Tie | undefined {
  const match = line.charAt(name.start - 1) === '{' ? matchAt(tupleGap, line, name.end) : null;
  if (match === null || line.charAt(name.end + match[0].length) !== '"') return undefined;
  return tied(name.end + match[0].length, true);
}

function byFlag(line: string, name: FieldName): Tie | undefined {
  if (
    line.charAt(name.start) !== '-' ||
    (name.start > 0 && !' \t\n"\'['.includes(line.charAt(name.start - 1)))
  )
    return undefined;
  const match = matchAt(flagGap, line, name.end);
  if (match === null) return undefined;
  const at = name.end + match[0].length;
  if (line.charAt(at) === '-' || at >= line.length || matchAt(usage, line, at) !== null) return undefined;
  return tied(at, true);
}

function byBlank(line: string, name: FieldName): Tie | undefined {
  const upTo = line.slice(Math.max(0, name.end - 200), name.end);
  // ENV NAME value
  if (instruction.test(upTo)) return tied(name.end + 1, true);
  const value = blankValue.exec(line.slice(name.end, name.end + 300));
  if (netrc.test(upTo) || (value !== null && blankSeparated.test(upTo))) {
    const at = name.end + (value?.[1]?.length ?? 1);
    return { at, firm: netrc.test(upTo), verb: !netrc.test(upTo), until: '' };
  }
  return undefined;
}

function byValueWord(line: string, name: FieldName): Tie | undefined {
  if (!line.slice(name.end, name.end + 240).includes('alue')) return undefined;
  const match = matchAt(valueWord, line, name.end);
  if (match === null) return undefined;
  const at = name.end + match[0].length;
  return '"\''.includes(line.charAt(at)) ? tied(at, true) : { at, firm: false, verb: true, until: '' };
}

// ["PASSWORD","x"]
function byListPair(line: string, name: FieldName): Tie | undefined {
  if (!/\[["']$/.test(line.slice(Math.max(0, name.start - 2), name.start))) return undefined;
  const match = matchAt(callGap, line, name.end);
  // ["password", "email"] lists names.
  return match === null || !listed.test(line.slice(name.end + match[0].length, name.end + 120))
    ? undefined
    : tied(name.end + match[0].length, false);
}

// "with password x", "password 'x'"
function byWords(line: string, name: FieldName): Tie | undefined {
  const said = matchAt(verb, line, name.end);
  if (said !== null) return { at: name.end + said[0].length, firm: false, verb: true, until: '' };
  if (name.kind !== 'password') return undefined;
  const at = name.end + (/^[ \t]{1,8}/.exec(line.slice(name.end, name.end + 8))?.[0].length ?? 0);
  if (at === name.end) return undefined;
  if ('"\'`'.includes(line.charAt(at)) && at < line.length) return tied(at, true);
  return at > name.end + 1 || line.startsWith('(/', at)
    ? undefined
    : { at, firm: false, verb: true, until: '' };
}

function byCell(line: string, name: FieldName): Tie | undefined {
  const match = matchAt(cellGap, line, name.end) ?? matchAt(leader, line, name.end);
  if (match === null || !/^[\s|]*$/.test(line.slice(Math.max(0, name.start - 60), name.start)))
    return undefined;
  const isLeader = match[0].includes('...');
  return { at: name.end + match[0].length, firm: isLeader, verb: !isLeader, until: '' };
}

function byPair(line: string, name: FieldName): Tie | undefined {
  const match = matchAt(pairValue, line, name.end);
  if (match === null) return undefined;
  const isNamed = namedBy.test(line.slice(Math.max(0, name.start - 40), name.start));
  return isNamed || /value["']?\s{0,8}[:=]/i.test(match[0])
    ? tied(name.end + match[0].length, true)
    : undefined;
}

const by =
  (pattern: RegExp, until: Tie['until'] = '') =>
  (line: string, name: FieldName): Tie | undefined => {
    const match = matchAt(pattern, line, name.end);
    return match === null ? undefined : { ...tied(name.end + match[0].length, true), until };
  };

type TieOf = (line: string, name: FieldName) => Tie | undefined;

// Each with the signs of which one must follow the name, so that most names meet a few of them only.
const blank = ' \t\n';
const syntaxes: readonly (readonly [signs: string, tieOf: TieOf])[] = [
  [`"'\`,;${blank}`, byPair],
  [`"'`, by(defaultInBlock)],
  [`"'`, by(partInLine, '\n')],
  [' |\t.', byCell],
  ['> ', byElement],
  [`"'`, byAttribute],
  ['<', byElementPair],
  [` :[{\n`, byType],
  [`"'`, byCall],
  [',', byTuple],
  [`"'\`]):=-：＝#(.<,${blank}`, byAssignment],
  [`"'\`:,/ `, byValueWord],
  [`"', \t`, byFlag],
  [`"'`, byListPair],
  [blank, byBlank],
  [`"'\`${blank}`, byWords],
];
const syntaxesBy = new Map(
  Array.from(new Set(syntaxes.flatMap(([signs]) => Array.from(signs))), (sign) => [
    sign,
    syntaxes.filter(([signs]) => signs.includes(sign)).map(([, tieOf]) => tieOf),
  ]),
);

/** Calls `use` with every way in which the text after the name may be tied to it, until one is right, or `null` ends it. */
export function tieAfter<T>(
  { text }: Reading,
  name: FieldName,
  use: (tie: Tie) => T | null | undefined,
): T | undefined {
  const sign = text.startsWith('...', name.end - 3) ? '.' : text.charAt(name.end);
  for (const tieOf of syntaxesBy.get(sign) ?? []) {
    const tie = tieOf(text, name);
    const found = tie === undefined ? undefined : use(tie);
    if (found !== undefined) return found ?? undefined;
  }
  return undefined;
}
