import { markerEnd } from './marker.ts';
import type { Reading } from './reading.ts';

/** A value inside a line: `text.slice(start, end)`, without its quotes. */
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
  /** How deep the sign before the value was encoded: signs that are deeper belong to the value. */
  readonly depth: number;
  /** Reads no further than this many characters. */
  readonly limit?: number;
}

const letter = /[A-Za-z]/;

// The apostrophe of "can't" quotes nothing, but Python's b'x' does.
function isApostrophe(text: string, at: number): boolean {
  if (text.charAt(at) !== "'" || !letter.test(text.charAt(at - 1)) || !letter.test(text.charAt(at + 1)))
    return false;
  return letter.test(text.charAt(at - 2)) || !'bBuUrR'.includes(text.charAt(at - 1));
}

/** Tells for growing positions of one line which quote is open there, in one pass over the line. */
export function createQuoteTracker({ text, depth }: Reading): (at: number) => string {
  let done = 0;
  let open = '';
  return (at) => {
    for (; done < at; done += 1) {
      const char = text.charAt(done);
      if (!'"\'`'.includes(char) || depth(done) > 0 || isApostrophe(text, done)) continue;
      if (open === '') open = char;
      else if (open === char) open = '';
    }
    return open;
  };
}

// What languages put around a value, or before it: 0x56 "x", Some("x"), b'x', @"x", (string) "x", string(12) "x", []byte("x"), { value: "x" }.
const wrapper =
  /(?:new )?(?:0x[0-9a-f]{1,16} |string\(\d{1,6}\) |string \| \*|(?:\[\]byte|[\w.:]{0,30}(?:Some|Optional|Just|Ok|[sS]tring|[sS]tr|[bB]ytes|Buffer\.from|Secret\w{0,12}|Password|Token)) ?[({] ?(?:value: ?)?|\((?:string|str|[A-Z]\w{1,20})\) |!!(?:str|binary|[a-z]{2,16}) )/y;
// &name: what YAML puts before a value
const anchor = /&[\w-]{1,40} /y;
const bracket = /\[\s?/y;
// {"value": "x"}, {"$numberLong": "1"}: an object that holds the value of the name before it
const valueObject =
  /\{\s{0,8}["']?(?:\w{1,20}["']?\s?[:=]>?\s?["']?[\w-]{1,20}["']?,\s?["']?)?(?:value|val|secret|plain(?:text)?|[SN]|string(?:_?value)?|literal|\$\w{1,20})["']?\s?[:=]>?\s?/y;
// ${NAME}, $(NAME), {{ name }}: read as a whole, because a bracket would end the value.
const variable =
  /\$\{[^}\s]{0,80}\}|\$\([^)\s]{0,80}\)|\$\([a-z][\w./-]{0,60} [^()]{0,300}\)|\$?\{\{[^}]{0,80}\}\}/y;
const keyFollows = /\s?[\w.-]{1,40}["']?[=:]/y;
const element = /<\/?[A-Za-z][\w:-]{0,40}\s?\/?>/y;
const mayEnd = ' \t\n\r<"\'`&#,;)]}';
const endsWord = ' \t\n\r,;"\'`)]}>';

/** The match of a sticky expression at one place. */
export function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function lengthAt(pattern: RegExp, text: string, at: number): number {
  return matchAt(pattern, text, at)?.[0].length ?? 0;
}

function skipWrapping(text: string, from: number): number {
  let at = from + lengthAt(valueObject, text, from);
  if (markerEnd(text, at) < 0) at += lengthAt(bracket, text, at);
  at += lengthAt(anchor, text, at);
  const wrapped = matchAt(wrapper, text, at)?.[0] ?? '';
  if (!/[({]\s?$/.test(wrapped) || /^["']/.test(text.slice(at + wrapped.length, at + wrapped.length + 1)))
    at += wrapped.length;
  return /^[bBuUrR@$]["']/.test(text.slice(at, at + 2)) ? at + 1 : at;
}

/** The value that begins at `from`, after the sign that separates it from its name; empty values have start = end. */
export function readValue(reading: Reading, from: number, place: ValuePlace): Value {
  const { text } = reading;
  const at = skipWrapping(text, from);
  if (text.startsWith('"""', at)) return readTo(text, at + 3, '"""');
  const quote = text.charAt(at);
  if (quote === '' || !'"\'`'.includes(quote)) return readBare(reading, at, place);
  // An outer quote of this kind is open and nothing was escaped: it ends here, and the value is empty.
  const next = text.charAt(at + 1);
  if (quote === place.openQuote && reading.depth(at) === 0 && (next === '' || ' ,;:)]}>'.includes(next)))
    return { start: at, end: at, quoted: false };
  return { start: at + 1, end: closingQuote(reading, at), quoted: true };
}

function readTo(text: string, start: number, close: string): Value {
  const found = text.indexOf(close, start);
  return { start, end: found < 0 ? text.length : found, quoted: true };
}

// How long a quote is that a shell joins into a quoted text: 'it'"'"'s' and 'it'\''s', of which the middle one is escaped.
function joined({ text, depth }: Reading, at: number): number {
  if (text.startsWith(`'"'"'`, at)) return 5;
  return text.startsWith("'''", at) && depth(at + 1) > depth(at) ? 3 : 0;
}

// A quote that is encoded deeper than the opening one belongs to the value. One that never closes ends with the line.
function closingQuote(reading: Reading, open: number): number {
  const { text, depth } = reading;
  const quote = text.charAt(open);
  const deepest = depth(open);
  let at = text.indexOf(quote, open + 1);
  while (at >= 0) {
    const skip = depth(at) > deepest ? 1 : joined(reading, at);
    if (skip === 0) break;
    at = text.indexOf(quote, at + skip);
  }
  return at < 0 ? text.length : at;
}

// {"a":…}: an object, whose fields are read one by one.
const object = /\{\s{0,8}(?:["'}]|$|\w{1,40}\s?[:=])/y;
const inAngles = /<[^<>]{0,200}>/y;

/** The end of a value that has no quotes of its own. */
function readBare(reading: Reading, start: number, place: ValuePlace): Value {
  const { text } = reading;
  if (matchAt(object, text, start) !== null) return { start, end: start, quoted: false };
  const angled = matchAt(inAngles, text, start);
  if (angled !== null) return { start, end: start + angled[0].length, quoted: false };
  let at = start + (matchAt(variable, text, start)?.[0].length ?? Number(text.charAt(start) === '<'));
  const last = Math.min(text.length, at + (place.limit ?? text.length));
  while (at < last) {
    const skip = markerEnd(text, at);
    if (skip >= 0) at = skip;
    else if (endsBare(reading, at, place)) break;
    else at += 1;
  }
  return { start, end: at, quoted: false };
}

function endsBare({ text, depth }: Reading, at: number, place: ValuePlace): boolean {
  const char = text.charAt(at);
  if (!mayEnd.includes(char)) return false;
  const isDeeper = depth(at) > place.depth;
  // Within a quote, "\n" is the end of an inner line and "\"" the end of an inner quote.
  const isWithin = place.openQuote !== '';
  if ('\n\r'.includes(char)) return !isDeeper || isWithin;
  if ('"\'`'.includes(char)) return char === place.openQuote || (isDeeper && isWithin);
  return !isDeeper && endsBySign(text, at, place.inQuery);
}

function endsBySign(text: string, at: number, inQuery: boolean): boolean {
  const char = text.charAt(at);
  if (' \t'.includes(char)) return true;
  if (char === '<') return matchAt(element, text, at) !== null;
  if ('#&'.includes(char) && inQuery) return true;
  return char !== '#' && endsAtPunctuation(text, at, char);
}

// A comma, semicolon or bracket ends the value only where the next field, a blank or nothing follows: passwords hold
// such characters, too.
function endsAtPunctuation(text: string, at: number, char: string): boolean {
  if (at + 1 >= text.length || endsWord.includes(text.charAt(at + 1))) return true;
  return ',;&'.includes(char) ? matchAt(keyFollows, text, at + 1) !== null : text.charAt(at + 1) === '\\';
}
