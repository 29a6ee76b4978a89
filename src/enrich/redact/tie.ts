import type { FieldName } from './field-name.ts';

/** How a value is tied to its name, and where it begins. */
export interface Tie {
  readonly at: number;
  /** A sign that leaves no doubt (`=`); "password: must be set" has none. */
  readonly firm: boolean;
  /** "password is x": only a value that looks chosen counts. */
  readonly verb: boolean;
  /** The value reaches to this character, whatever else it holds ('' = read it as a value). */
  readonly until: '' | '<' | ']]>';
}

// a = b, a: b, "a": "b", \"a\":\"b\", a => b, [a] => b, a%3Db, "Unseal Key 1: b"
const assign =
  /(?: #?\d{1,2}| \((?:base64|hex|plaintext)\))?(?:\\{0,8}["'`]|%22|&quot;|\]|\)){0,3}[ \t]{0,40}(=>|:=|->|={1,3}|:|%3D|%3A|\\{1,4}u003[ad])[ \t]{0,40}/iy;
// name="a" value="b", {"name":"a","value":"b"}
const pairValue = /\\{0,8}["'`]?[ \t,;]{1,8}\\{0,8}["'`]?value\\{0,8}["'`]?[ \t]{0,8}[:=][ \t]{0,8}/iy;
// --a b, ["--a","b"]
const flagGap = /\\{0,8}["'],[ \t]{0,4}|[ \t]{1,4}/y;
const verb = /["'`]? (?:is|was|set to|changed to|reset to|now|will be|becomes) ?:? ?/iy;
const gapBeforeQuote = /[ \t]{1,8}\\{0,8}["'`]/y;
// <name>a</name><value><string>b, <key>a</key><string>b: XML-RPC and property lists
const elementPair = /<\/\w{1,16}>\s{0,8}(?:<value>)?\s{0,8}(?:<(?:string|value)>)?/y;
// define('A', 'b'), setenv("A", "b")
const call = /(?:define|env|set|put|property|item|header|append|add)\(\s{0,4}["']$/i;
const callGap = /["'],[ \t]{0,8}/y;
const elementEnd = /[^<>]{0,200}>/y;
const attributeEnd = /["'][^<>=]{0,40}>/y;
const characterData = '<![CDATA[';
// Configuration languages that separate by blanks: LDAP, Redis, netrc, Cisco, Samba.
const blankSeparated =
  /^\s*(?:bindpw|rootpw|requirepass|masterauth|auth-pass|auth_pass|secret|psk|[\w.-]{0,40}(?:passphrase|password|passwd))$/i;
const netrc = /\blogin\s+\S{1,100}\s+password$/i;

function matchAt(pattern: RegExp, line: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(line);
}

function tied(at: number, firm: boolean): Tie {
  return { at, firm, verb: false, until: '' };
}

// Token::new, secret://name, and the tag of an image or the line of a file: a colon that assigns nothing.
function isOtherColon(line: string, name: FieldName, at: number): boolean {
  const next = line.charAt(at);
  return next === ':' || line.startsWith('//', at) || (next !== ' ' && line.charAt(name.start - 1) === '/');
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
  return tied(at, sign !== ':' || tight || name.compound);
}

function byElement(line: string, name: FieldName): Tie | undefined {
  const before = line.slice(Math.max(0, name.start - 20), name.start);
  if (!/<(?:[\w-]{1,16}:)?$/.test(before)) return undefined;
  const match = matchAt(elementEnd, line, name.end);
  if (match === null || match[0].endsWith('/>')) return undefined;
  return content(line, name.end + match[0].length);
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
  if (match === null || !call.test(line.slice(Math.max(0, name.start - 24), name.start))) return undefined;
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
  return line.charAt(at) === '-' || at >= line.length ? undefined : tied(at, true);
}

function byBlank(line: string, name: FieldName): Tie | undefined {
  const upTo = line.slice(Math.max(0, name.end - 200), name.end);
  const value = /^[ \t]+(?:\d )?\S+$/.exec(line.slice(name.end, name.end + 300));
  if (netrc.test(upTo) || (value !== null && blankSeparated.test(upTo))) {
    return { at: name.end + 1, firm: netrc.test(upTo), verb: !netrc.test(upTo), until: '' };
  }
  return undefined;
}

function byWords(line: string, name: FieldName): Tie | undefined {
  const said = matchAt(verb, line, name.end);
  if (said !== null) return { at: name.end + said[0].length, firm: false, verb: true, until: '' };
  const quoted = name.kind === 'password' ? matchAt(gapBeforeQuote, line, name.end) : null;
  if (quoted === null) return undefined;
  const blanks = /^[ \t]+/.exec(quoted[0])?.[0].length ?? 0;
  return tied(name.end + blanks, true);
}

/** How the text after the name is tied to it; undefined when nothing is. */
export function tieAfter(line: string, name: FieldName): Tie | undefined {
  const pair = matchAt(pairValue, line, name.end);
  if (pair !== null) return tied(name.end + pair[0].length, true);
  return (
    byElement(line, name) ??
    byAttribute(line, name) ??
    byElementPair(line, name) ??
    byCall(line, name) ??
    byAssignment(line, name) ??
    byFlag(line, name) ??
    byBlank(line, name) ??
    byWords(line, name)
  );
}
