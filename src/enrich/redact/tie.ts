import type { FieldName } from './field-name.ts';

/** How a value is tied to its name, and where it begins. */
export interface Tie {
  readonly at: number;
  /** A sign that leaves no doubt (`=`); "password: must be set" has none. */
  readonly firm: boolean;
  /** "password is x": only a value that looks chosen counts. */
  readonly verb: boolean;
  /** The value reaches to this character, whatever else it holds ('' = read it as a value). */
  readonly until: '' | '<' | '&lt;' | ']]>' | '\\';
}

// a = b, a: b, "a": "b", \"a\":\"b\", a => b, [a] => b, a%3Db, "Unseal Key 1: b"
const assign =
  /(?: #?\d{1,2}| \((?:base64|hex|plaintext)\))?(?:\\{0,8}["'`]|%22|&quot;|&#34;|\\{1,4}u0022|\]|\)){0,3}[ \t]{0,40}(:[ ]?(?:&?(?:'static )?str|[Ss]tring[?!]?|SecretStr|CharSequence|bytes|Any|text|char\*)[ ]?=|=>|:=|->|={1,3}|[:：＝]|%3D|%3A|\\{1,4}u003[ad])[ \t]{0,40}/iy;
// name="a" value="b", {"name":"a","value":"b"}
const pairValue =
  /\\{0,8}["'`]?[ \t,;]{1,8}\\{0,8}["'`]?(?:parameter|option|setting|attribute|variable)?_?value\\{0,8}["'`]?[ \t]{0,8}[:=][ \t]{0,8}/iy;
// --a b, ["--a","b"]
const flagGap = /\\{0,8}["'],[ \t]{0,4}|[ \t]{1,4}/y;
const verb =
  /["'`]? (?:(?:is|was|are|has been|will be)(?: now)?(?: (?:set|changed|reset|updated) to)?|now|(?:set|changed|reset|updated) to|becomes|lautet|ist|es|est|è|é|jest|er|är) ?:? ?/iy;
// has forbidden value 'x', with value "x", [… input_value='x'
const valueWord =
  /["'`]?(?::? [A-Za-z .:']{0,60}\bvalue:? |[^"'=]{0,80}\[[^"'\]]{0,80}input_value=)|\\{0,8}["']\s?:\s?\{\s?\\{0,8}["']value\\{0,8}["']\s?:\s?/iy;
const gapBeforeQuote = /[ \t]{1,8}\\{0,8}["'`]/y;
// <name>a</name><value><string>b, <key>a</key><string>b: XML-RPC and property lists
const elementPair = /<\/\w{1,16}>\s{0,8}(?:<value>)?\s{0,8}(?:<(?:string|value)>)?/y;
// define('A', 'b'), setenv("A", "b")
const call = /(?:define|env|set|put|property|item|header|append|add|option)\(\s{0,4}["']$/i;
// What another call is given as second may be a label: only what is no word counts.
const anyCall = /[\w$]\(\s{0,4}["']$/;
const callGap = /["'],[ \t]{0,40}/y;
// "," between two texts of a list
const listGap = /\\{0,4}["'],[ \t]{0,4}/y;
const listed = /^\\{0,4}["'][^"']{0,80}\d/;
// {password,"b"}, {password,<<"b">>}: Erlang's tuples
const tupleGap = /,[ ]?(?:<<)?/y;
const innerElement = /\s{0,8}<(?:value|string|text|plaintext)>/iy;
// The same, escaped: &lt;password&gt;x&lt;/password&gt;
const escapedEnd = /[^<>&]{0,200}&gt;/y;
const elementEnd = /[^<>]{0,200}>/y;
const attributeEnd = /["'][^<>=]{0,40}>/y;
const characterData = '<![CDATA[';
// Configuration languages that separate by blanks: LDAP, Redis, netrc, Cisco, Samba.
const blankSeparated =
  /^\s*(?:bindpw|rootpw|requirepass|masterauth|auth-pass|auth_pass|secret|psk|[\w.-]{0,40}(?:passphrase|password|passwd))$/i;
const arn = /\b(?:arn|urn|nrn|crn):[\w:./-]{0,1024}$/i;
// incorrect username or password: registry.example.org
const eitherOf = /\b(?:user(?:name)?|email|login|account) or $/i;
const pamModule = /\bpam_\w{1,20}\($/;
// --password string     what it is for
const usage = /[A-Za-z]{2,20}[ \t]{3,}[A-Za-z(]/y;
// variable "token" { default = "x" }
const defaultInBlock = /\\{0,8}["']\s?\{[^{}]{0,120}\bdefault\s{0,8}=\s{0,8}/y;
// ; name="token"\r\n\r\nx\r\n: a form in one line
const partInLine = /["'](?:\\r\\n|\\n){2}/y;
// | password | x |
const cellGap = /[ ]{0,40}[|\t][ \t]{0,40}/y;
// password ......... x
const leader = / \.{3,80} {0,4}/y;
const instruction = /^\s*(?:ENV|ARG|SetEnv|setenv|setx|fastcgi_param|PassEnv)\s+[\w.-]+$/;
const netrc = /\blogin\s+\S{1,100}\s+password$/i;

function matchAt(pattern: RegExp, line: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(line);
}

function tied(at: number, firm: boolean): Tie {
  return { at, firm, verb: false, until: '' };
}

// /password:x, as commands of Windows have it
function isOption(line: string, start: number): boolean {
  return ' \t"'.includes(line.charAt(start - 2));
}

// Token::new, secret://name, the tag of an image or the line of a file, arn:…:secret:name: a colon that assigns nothing.
function isOtherColon(line: string, name: FieldName, at: number): boolean {
  const next = line.charAt(at);
  const before = line.charAt(name.start - 1);
  if (next === ':' || line.startsWith('//', at)) return true;
  const upTo = line.slice(Math.max(0, name.start - 40), name.start);
  if (upTo.endsWith('checksum/') || pamModule.test(upTo) || eitherOf.test(upTo)) return true;
  return (
    next !== ' ' &&
    ((before === '/' && !isOption(line, name.start)) ||
      (before === ':' && arn.test(line.slice(Math.max(0, name.start - 120), name.start))))
  );
}

function byAssignment(line: string, name: FieldName): Tie | undefined {
  // password........"x", as settings are printed in columns
  if (line.startsWith('...', name.end - 3)) return tied(name.end, true);
  const match = matchAt(assign, line, name.end);
  if (match === null) return undefined;
  const at = name.end + match[0].length;
  const sign = match[1] ?? '';
  if (sign === ':' && isOtherColon(line, name, name.end + match[0].trimEnd().length)) return undefined;
  const tight = !/[ \t]$/.test(match[0]);
  return tied(at, sign !== ':' || tight || (name.compound && name.kind === 'password'));
}

function byElement(line: string, name: FieldName): Tie | undefined {
  const before = line.slice(Math.max(0, name.start - 20), name.start);
  // Usage: login --password <password> --user <user>
  if (' \t'.includes(line.charAt(name.end + 1)) && !line.includes('</', name.end)) return undefined;
  const escaped = before.endsWith('&lt;') ? matchAt(escapedEnd, line, name.end) : null;
  if (escaped !== null) return { at: name.end + escaped[0].length, firm: true, verb: false, until: '&lt;' };
  if (!/<(?:[\w-]{1,16}:)?$/.test(before)) return undefined;
  const match = matchAt(elementEnd, line, name.end);
  if (match === null || match[0].endsWith('/>')) return undefined;
  const at = name.end + match[0].length;
  return content(line, at + (matchAt(innerElement, line, at)?.[0].length ?? 0));
}

// <property name="db.password">x</property>
function byAttribute(line: string, name: FieldName): Tie | undefined {
  const match = matchAt(attributeEnd, line, name.end);
  if (
    match === null ||
    match[0].endsWith('/>') ||
    !/=["'][\w.-]{0,80}$/.test(line.slice(Math.max(0, name.start - 2), name.end))
  ) {
    return undefined;
  }
  return content(line, name.end + match[0].length);
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

function content(line: string, at: number): Tie {
  const isCharacterData = line.startsWith(characterData, at);
  const tie = { firm: true, verb: false };
  return isCharacterData
    ? { ...tie, at: at + characterData.length, until: ']]>' }
    : { ...tie, at, until: '<' };
}

function byFlag(line: string, name: FieldName): Tie | undefined {
  if (line.charAt(name.start) !== '-' || !' \t"\'['.includes(line.charAt(name.start - 1))) return undefined;
  const match = matchAt(flagGap, line, name.end);
  if (match === null) return undefined;
  const at = name.end + match[0].length;
  if (line.charAt(at) === '-' || at >= line.length || matchAt(usage, line, at) !== null) return undefined;
  return tied(at, true);
}

function byBlank(line: string, name: FieldName): Tie | undefined {
  const upTo = line.slice(Math.max(0, name.end - 200), name.end);
  const value = /^([ \t]+)(?:\d )?[^\s"'`]\S*$/.exec(line.slice(name.end, name.end + 300));
  // ENV NAME value
  if (instruction.test(upTo)) return tied(name.end + 1, true);
  if (netrc.test(upTo) || (value !== null && blankSeparated.test(upTo))) {
    const at = name.end + (value?.[1]?.length ?? 1);
    return { at, firm: netrc.test(upTo), verb: !netrc.test(upTo), until: '' };
  }
  return undefined;
}

// "with password x"
function bySentence(line: string, name: FieldName): Tie | undefined {
  const isNext =
    line.charAt(name.end) === ' ' &&
    line.charAt(name.end + 1) !== ' ' &&
    !line.startsWith('(/', name.end + 1);
  return isNext ? { at: name.end + 1, firm: false, verb: true, until: '' } : undefined;
}

function byValueWord(line: string, name: FieldName): Tie | undefined {
  if (line.indexOf('alue', name.end) < 0) return undefined;
  const match = matchAt(valueWord, line, name.end);
  if (match === null) return undefined;
  const at = name.end + match[0].length;
  return '"\'\\'.includes(line.charAt(at)) ? tied(at, true) : { at, firm: false, verb: true, until: '' };
}

// ["PASSWORD","x"]
function byListPair(line: string, name: FieldName): Tie | undefined {
  if (!/\[\\{0,4}["']$/.test(line.slice(Math.max(0, name.start - 6), name.start))) return undefined;
  const match = matchAt(listGap, line, name.end);
  // ["password", "email"] lists names.
  return match === null || !listed.test(line.slice(name.end + match[0].length, name.end + 120))
    ? undefined
    : tied(name.end + match[0].length, false);
}

function byWords(line: string, name: FieldName): Tie | undefined {
  const said = matchAt(verb, line, name.end);
  if (said !== null) return { at: name.end + said[0].length, firm: false, verb: true, until: '' };
  const quoted = name.kind === 'password' ? matchAt(gapBeforeQuote, line, name.end) : null;
  if (quoted === null) return name.kind === 'password' ? bySentence(line, name) : undefined;
  const blanks = /^[ \t]+/.exec(quoted[0])?.[0].length ?? 0;
  return tied(name.end + blanks, true);
}

function byPair(line: string, name: FieldName): Tie | undefined {
  const match = matchAt(pairValue, line, name.end);
  return match === null ? undefined : tied(name.end + match[0].length, true);
}

function byBlock(line: string, name: FieldName): Tie | undefined {
  const match = matchAt(defaultInBlock, line, name.end);
  return match === null ? undefined : tied(name.end + match[0].length, true);
}

function byPart(line: string, name: FieldName): Tie | undefined {
  const match = matchAt(partInLine, line, name.end);
  return match === null
    ? undefined
    : { at: name.end + match[0].length, firm: true, verb: false, until: '\\' };
}

function byCell(line: string, name: FieldName): Tie | undefined {
  const match = matchAt(cellGap, line, name.end) ?? matchAt(leader, line, name.end);
  if (match === null || !/^[\s|]*$/.test(line.slice(Math.max(0, name.start - 60), name.start)))
    return undefined;
  const isLeader = match[0].includes('...');
  return { at: name.end + match[0].length, firm: isLeader, verb: !isLeader, until: '' };
}

// The first that knows the syntax decides.
const syntaxes: readonly ((line: string, name: FieldName) => Tie | undefined)[] = [
  byPair,
  byBlock,
  byPart,
  byCell,
  byValueWord,
  byElement,
  byAttribute,
  byElementPair,
  byCall,
  byTuple,
  byAssignment,
  byFlag,
  byListPair,
  byBlank,
  byWords,
];

/** How the text after the name is tied to it; undefined when nothing is. */
export function tieAfter(line: string, name: FieldName): Tie | undefined {
  for (const tieOf of syntaxes) {
    const tie = tieOf(line, name);
    if (tie !== undefined) return tie;
  }
  return undefined;
}
