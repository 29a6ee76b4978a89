import { characterSet, isMember, withoutEnd } from './runs.ts';
import { kindOfName, type KeyKind } from './key-name.ts';

/** A field name found in a line. */
export interface FieldName {
  readonly start: number;
  readonly end: number;
  /** What the name says about the value. */
  readonly kind: KeyKind;
  /** Several words in one identifier: a name that prose does not use. */
  readonly compound: boolean;
  /** Stands directly after `?` or `&`: a parameter of a link or form. */
  readonly inQuery: boolean;
}

// Longest identifier looked at on either side of a stem.
const maxName = 80;
const asciiNameChar = characterSet('A-Za-z0-9_.-');
const nameChar = /[\p{L}\p{M}\p{N}]/u;
// "Key" alone tells nothing; "API Key" and "Unseal Key" do.
const needsWordBefore = /^(?:keys?|phrase|code|token)$/i;

function isNameChar(line: string, at: number): boolean {
  if (at < 0 || at >= line.length) return false;
  const code = line.charCodeAt(at);
  return code < 128 ? isMember(asciiNameChar, code) : nameChar.test(line.charAt(at));
}

function startOfName(line: string, at: number, from: number): number {
  let start = at;
  while (start > from && at - start < maxName && isNameChar(line, start - 1)) start -= 1;
  return start;
}

function endOfName(line: string, at: number): number {
  let end = at;
  while (end - at < maxName && isNameChar(line, end)) end += 1;
  return end;
}

/** The identifier around position `hit`, not reaching back before `from`; undefined when it says nothing of a secret. */
export function fieldNameAt(line: string, hit: number, from: number): FieldName | { readonly end: number } {
  const start = startOfName(line, hit, from);
  const end = endOfName(line, hit);
  // JSON encoders write "&" as \u0026, and escape line ends as \n: neither belongs to the name.
  const escape = escapeLength(line, start);
  // -Dname=value defines a property: the D is no part of its name.
  const option = /^-[DP][a-z]/.test(line.slice(start, start + 3)) ? 2 : 0;
  const text = withoutEnd(line.slice(start + escape + option, end), '.-_').replace(/^[^\p{L}\p{N}]+/u, '');
  const inQuery = escape === 5 || isQueryMark(line, start) || matchesAt(formParameter, line, end);
  const spaced = needsWordBefore.test(text) && line.charAt(start - 1) === ' ';
  const before = spaced ? line.slice(startOfName(line, start - 1, from), start) : '';
  // A connection string: DSN=prod;UID=x;PWD=y
  const isConnection = text === 'PWD' && line.charAt(start - 1) === ';';
  const kind = isConnection ? 'password' : kindOfName(before + text, inQuery);
  if (kind === undefined) return { end };
  return { start, end, kind, compound: /[a-z][A-Z]|[_.-]/.test(text), inQuery };
}

function escapeLength(line: string, start: number): number {
  if (line.charAt(start - 1) !== '\\') return 0;
  if (line.startsWith('u0026', start)) return 5;
  return 'ntr'.includes(line.charAt(start)) ? 1 : 0;
}

// a=b&c=d without the link before it: the body of a form
const formParameter = /=[^\s&"']{1,4096}&[\w.~%-]{1,40}=/y;

function matchesAt(pattern: RegExp, line: string, at: number): boolean {
  pattern.lastIndex = at;
  return line.charAt(at) === '=' && pattern.test(line);
}

function isQueryMark(line: string, start: number): boolean {
  const before = line.charAt(start - 1);
  return (
    before === '?' ||
    before === '&' ||
    line.startsWith('&amp;', start - 5) ||
    line.startsWith('%26', start - 3)
  );
}
