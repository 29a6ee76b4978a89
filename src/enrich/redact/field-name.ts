import { characterSet, isMember, withoutEnd } from './scan.ts';
import { kindOfName, squashedBeginning, type KeyKind } from './key-name.ts';
import { markerEnd } from './marker.ts';
import { cryptic, determiner } from './nearby-words.ts';
import type { Reading } from './reading.ts';

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
// "Key" alone tells nothing; "API Key" and "Unseal Key" do. Other languages put the telling word first.
const needsWordBefore = /^(?:keys?|phrase|code|token|passe)$/i;
const needsWordBehind =
  /^(?:cl[eé]|clave|chave|chiave|klucz|palabra|palavra|parola|ficha|jeton|kata|ключ|كلمة|секретный)$/i;
const nextWord = /^(?:d'|de |di |do |da )?[\p{L}\p{M}]{2,20}/u;
// a=b&c=d without the link before it: the body of a form
const formParameter = /=[^\s&"']{1,200}&[\w.~%-]{1,40}=/y;

function isNameChar(text: string, at: number): boolean {
  if (at < 0 || at >= text.length) return false;
  const code = text.charCodeAt(at);
  return code < 128 ? isMember(asciiNameChar, code) : nameChar.test(text.charAt(at));
}

function startOfName(text: string, at: number, from: number): number {
  let start = at;
  while (start > from && at - start < maxName && isNameChar(text, start - 1)) start -= 1;
  return start;
}

function endOfName(text: string, at: number): number {
  let end = at;
  while (end - at < maxName && isNameChar(text, end)) end += 1;
  // password......x, as settings are printed in columns; three dots are those of a sentence
  const dots = text.slice(at, end).indexOf('....');
  if (dots < 0) return end;
  end = at + dots;
  while (text.charAt(end) === '.') end += 1;
  return end;
}

function isParameter(text: string, start: number, end: number): boolean {
  if ('?&'.includes(text.charAt(start - 1)) && start > 0) return true;
  if (text.charAt(end) !== '=' || !text.slice(end, end + 200).includes('&')) return false;
  formParameter.lastIndex = end;
  return formParameter.test(text);
}

// "API key", "clé d'accès": the word before or behind it, where the found one alone tells nothing.
function withNeighbour(
  text: string,
  found: string,
  start: number,
  end: number,
): readonly [name: string, end: number] {
  if (needsWordBefore.test(found) && text.charAt(start - 1) === ' ' && text.charAt(start) !== '-')
    return [text.slice(startOfName(text, start - 1, 0), start) + found, end];
  if (!needsWordBehind.test(found) || text.charAt(end) !== ' ') return [found, end];
  const next = nextWord.exec(text.slice(end + 1, end + maxName))?.[0] ?? '';
  return kindOfName(`${found} ${next}`) === undefined
    ? [found, end]
    : [`${found} ${next}`, end + 1 + next.length];
}

/** The identifier around position `hit`, not reaching back before `from`; undefined when it says nothing of a secret. */
function fieldNameAt(text: string, hit: number, from: number): FieldName | { readonly end: number } {
  const start = startOfName(text, hit, from);
  const last = endOfName(text, hit);
  // -Dname=value defines a property: the D is no part of its name.
  const option = /^-[DP][a-z]/.test(text.slice(start, start + 3)) ? 2 : 0;
  const whole = withoutEnd(text.slice(start + option, last), '.-_').replace(/^[^\p{L}\p{N}]+/u, '');
  // Nothing separates the words of these languages: 密码是
  const found = squashedBeginning.exec(whole)?.[0] ?? whole;
  const inQuery = isParameter(text, start, last);
  const [name, end] = withNeighbour(text, found, start, found === whole ? last : start + found.length);
  // A connection string: DSN=prod;UID=x;PWD=y
  const kind = name === 'PWD' && text.charAt(start - 1) === ';' ? 'password' : kindOfName(name, inQuery);
  return kind === undefined
    ? { end }
    : { start, end, kind, compound: /[a-z][A-Z]|[_.-]/.test(found), inQuery };
}

/** Calls `use` with every name of a line that tells of a secret; it returns where the search goes on. */
export function eachFieldName({ text, stems }: Reading, use: (name: FieldName) => number): void {
  let done = 0;
  let next = 0;
  for (const at of stems) {
    if (at < next) continue;
    const name = fieldNameAt(text, at, done);
    next = Math.max(name.end, at + 1);
    if (!('kind' in name) || markerEnd(text, name.start - '[REDACTED:'.length) >= 0) continue;
    const from = use(name);
    done = Math.max(done, from);
    next = Math.max(next, from);
  }
}

/** What a word of a line tells that stands in a longer identifier, or alone; undefined when it tells nothing. */
export function kindNear(text: string, name: string, said: string): KeyKind | undefined {
  const kind = kindOfName(name.includes(' ') ? name : name.replace(/^.*[:/]/, '')) ?? kindOfName(said);
  const isLonger = name.length > said.length;
  if (isLonger && kindOfName(name) === undefined && !name.includes(':')) return undefined;
  return kind === 'bare' && isLonger && !cryptic.test(text) ? undefined : kind;
}

/** "tenant key" tells what "key" alone does not, and "cache key" that none is meant. */
export function qualified(text: string, at: number, said: string): string | undefined {
  if (!/^keys?$/i.test(said)) return said;
  const before = /[A-Za-z]{2,20} $/.exec(text.slice(Math.max(0, at - 21), at))?.[0].trim() ?? '';
  if (before === '' || determiner.test(before)) return said;
  return kindOfName(`${before} ${said}`) === undefined ? undefined : `${before} ${said}`;
}
