import { markerEnd } from './marker.ts';

/** A value inside a line: `line.slice(start, end)`, without its quotes. */
export interface Value {
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
}

/** Where a value stands. */
export interface ValuePlace {
  /** A parameter of a link or form: ends at `&` and `#`. */
  readonly inQuery: boolean;
  /** The quote that was open before the value began, or ''. */
  readonly openQuote: string;
}

/** Tells for growing positions of one line which quote is open there, in one pass over the line. */
export function createQuoteTracker(line: string): (at: number) => string {
  let done = 0;
  let open = '';
  return (at) => {
    for (; done < at; done += 1) {
      const char = line.charAt(done);
      if ((!isQuote(char) && char !== '`') || isApostrophe(line, done) || line.charAt(done - 1) === '\\')
        continue;
      if (open === '') open = char;
      else if (open === char) open = '';
    }
    return open;
  };
}

// The apostrophe of "can't" quotes nothing.
function isApostrophe(line: string, at: number): boolean {
  // Python's b'x' is no "can't".
  if (!isLetter(line.charCodeAt(at - 2)) && 'bBuUrR'.includes(line.charAt(at - 1))) return false;
  return line.charAt(at) === "'" && isLetter(line.charCodeAt(at - 1)) && isLetter(line.charCodeAt(at + 1));
}

function isLetter(code: number): boolean {
  const lower = code | 32;
  return lower >= 97 && lower <= 122;
}

// What languages put around a value: Some("x"), Optional("x"), b'x', @"x", (string) "x", [x].
const wrapper =
  /string\(\d{1,6}\) |(?:Some|Optional|Just|Secret|SecretString|Password|Ok|string)\(|\((?:string|str)\) |!!(?:str|binary) /y;
// &name, !tag: what YAML puts before a value
const anchor = /[&!][\w-]{1,40} /y;
const bracket = /\[[ \t]?/y;
// ${NAME}, $(NAME), {{ name }}: read as a whole, because a bracket would end the value.
const variable =
  /\$\{[^}\s]{0,80}\}|\$\([^)\s]{0,80}\)|\$\([a-z][\w./-]{0,60} [^()]{0,300}\)|\$?\{\{[^}]{0,80}\}\}/y;
const openingQuote = /(\\{0,8})(["'`])|%22|%27|&quot;|&#34;|\\{1,4}u0022|\\{1,4}u0027/y;
const keyFollows = /\s?[\w.-]{1,40}\\{0,8}["']?[=:]/y;
const mayEnd = ' \t<"\'`\\&#,;)]}%';
const endsWord = ' \t,;"\'`)]}>';

function matchAt(pattern: RegExp, line: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(line);
}

function skipWrapping(line: string, from: number): number {
  let at = from;
  if (markerEnd(line, at) < 0) at += matchAt(bracket, line, at)?.[0].length ?? 0;
  at += matchAt(anchor, line, at)?.[0].length ?? 0;
  at += matchAt(wrapper, line, at)?.[0].length ?? 0;
  const prefixed = 'bBuUrR@$'.includes(line.charAt(at)) && isQuote(line.charAt(at + 1));
  return prefixed ? at + 1 : at;
}

function isQuote(char: string): boolean {
  return char === '"' || char === "'";
}

/** The value that begins at `from`, after the sign that separates it from its name; empty values have start = end. */
export function readValue(line: string, from: number, place: ValuePlace): Value {
  const at = skipWrapping(line, from);
  if (line.startsWith('"""', at)) return readTo(line, at + 3, '"""');
  const quote = matchAt(openingQuote, line, at);
  if (quote === null) return readBare(line, at, place);
  const start = at + quote[0].length;
  if (quote[2] === undefined) return readTo(line, start, quote[0]);
  const escaped = quote[1]?.length ?? 0;
  // An outer quote of this kind is open and nothing was escaped: it ends here, and the value is empty.
  const closesOuter =
    quote[2] === place.openQuote && escaped === 0 && ' ,;:)]}>'.includes(line.charAt(start));
  if (closesOuter) return { start: at, end: at, quoted: false };
  return { start, end: closingQuote(line, start, { quote: quote[2], escaped }), quoted: true };
}

function readTo(line: string, start: number, close: string): Value {
  const found = line.indexOf(close, start);
  return { start, end: found < 0 ? line.length : found, quoted: true };
}

// The closing quote carries as many backslashes as the opening one; an escaped quote inside the value carries more.
// A value that never closes reaches to the end of the line.
function closingQuote(line: string, start: number, opening: { quote: string; escaped: number }): number {
  let slashes = 0;
  for (let at = start; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (char === '\\') {
      slashes += 1;
      continue;
    }
    if (char === opening.quote && closes(slashes, opening.escaped))
      return at - Math.min(slashes, opening.escaped);
    slashes = 0;
  }
  return line.length;
}

function closes(slashes: number, escaped: number): boolean {
  return escaped === 0 ? slashes % 2 === 0 : slashes <= escaped;
}

// {"a":…}: an object, whose fields are read one by one.
const object = /\{\s{0,8}(?:\\{0,8}["'}]|$)/y;

// <your password>, <unset>
const inAngles = /<[^<>]{0,200}>/y;

/** The end of a value that has no quotes of its own. */
function readBare(line: string, start: number, place: ValuePlace): Value {
  if (matchAt(object, line, start) !== null) return { start, end: start, quoted: false };
  const angled = matchAt(inAngles, line, start);
  if (angled !== null) return { start, end: start + angled[0].length, quoted: false };
  let at = start + (matchAt(variable, line, start)?.[0].length ?? Number(line.charAt(start) === '<'));
  while (at < line.length) {
    const skip = markerEnd(line, at);
    if (skip >= 0) at = skip;
    else if (endsBare(line, at, place)) break;
    else at += 1;
  }
  return { start, end: at, quoted: false };
}

function endsBare(line: string, at: number, place: ValuePlace): boolean {
  const char = line.charAt(at);
  if (!mayEnd.includes(char)) return false;
  if (' \t<'.includes(char)) return true;
  if ('"\'`'.includes(char)) return char === place.openQuote;
  if (char === '\\') return endsAtBackslash(line, at, place);
  if ('#&'.includes(char) && place.inQuery) return true;
  if (char === '%') return '22 26'.includes(line.slice(at + 1, at + 3));
  return char !== '#' && endsAtPunctuation(line, at, char);
}

// A comma, semicolon or bracket ends the value only where the next field, a blank or nothing follows: passwords hold
// such characters, too.
function endsAtPunctuation(line: string, at: number, char: string): boolean {
  if (at + 1 >= line.length || endsWord.includes(line.charAt(at + 1))) return true;
  if (',;&'.includes(char)) return matchAt(keyFollows, line, at + 1) !== null;
  return line.charAt(at + 1) === '\\';
}

// Inside an outer quote, "\n" is the end of an inner line and "\"" the end of an inner quote.
function endsAtBackslash(line: string, at: number, place: ValuePlace): boolean {
  if (place.openQuote === '') return false;
  let next = at + 1;
  while (line.charAt(next) === '\\') next += 1;
  return 'ntr"\''.includes(line.charAt(next));
}
