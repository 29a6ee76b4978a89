import { stems } from './key-name.ts';
import { characterSet, isMember, longestRun, WordFinder } from './scan.ts';

/**
 * A line as rules read it: escapes, percent-encoding, entities and colour codes are resolved, blanks and letters that look
 * like others are those others. Every position leads back to the line as it stands.
 */
export interface Reading {
  /** As it stands, and as it is shown once secrets are masked. */
  readonly raw: string;
  /** As it is read. */
  readonly text: string;
  /** The text in lower case. */
  readonly lower: string;
  /** Where parts of words begin that tell of a secret. */
  readonly stems: readonly number[];
  /** Whether a word of letting in or refusing may stand there. */
  readonly mayRefuse: boolean;
  /** How many characters stand in a row of which tokens, digests and encoded texts are made; 0 when fewer than 16 do. */
  readonly longestRun: number;
  /** Where the character at a position of `text` begins in `raw`. */
  readonly rawStart: (at: number) => number;
  /** Where the character before a position of `text` ends in `raw`. */
  readonly rawEnd: (at: number) => number;
  /**
   * How deep the character was encoded: 0 as it stands, more for each layer of escapes, and more than that in percent-encoding.
   * Signs that are deeper than the one before a value do not end it.
   */
  readonly depth: (at: number) => number;
}

// One of these must stand in a line that reads otherwise than it stands.
const encodedSign = characterSet('\\\\%&');
const colourCode = /\[\d{1,3}(?:;\d{1,3}){0,4}m/;

function isMaybeEncoded(raw: string): boolean {
  for (let at = 0; at < raw.length; at += 1) {
    const code = raw.charCodeAt(at);
    if (code < 128 ? encodedSign[code] === 1 : code >= 0xa0) return true;
  }
  return raw.includes('[') && colourCode.test(raw);
}

const encoded = new RegExp(
  [
    String.raw`(?:\\{1,8}(?:u001[bB]|x1[bB]|033|e)|\^\[)?\[\d{1,3}(?:;\d{1,3}){0,4}m`,
    String.raw`\\{1,8}(?:u00[0-9a-fA-F]{2}|x[0-7][0-9a-fA-F]|[01][0-7]{2}|["'\x60/nrt]|)`,
    String.raw`%(?:25){0,8}[0-7][0-9a-fA-F]`,
    '&(?:amp;){0,4}(?:quot|apos|lt|gt|amp|#\\d{1,5}|#[xX][0-9a-fA-F]{1,4});',
    '[\\u00a0-\\uffff]',
  ].join('|'),
  'g',
);

const entities: Readonly<Record<string, string>> = { quot: '"', apos: "'", lt: '<', gt: '>', amp: '&' };
const breaks: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
const blanks = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/;
// Letters of Cyrillic and Greek that look like those of ASCII, and signs that look like a colon or a quote.
const alike = new Map(
  [
    'аaсcеeоoрpхxуyѕsіiјjԁdһhӏlкkмmтtвbАAВBСCЕEНHІIЈJКKМMОOРPЅSТTХXΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧXοoνvαaιi',
    '﹕:∶:꞉:“"”"„"「"」"『"』"«"»"’\'‘\'',
  ].flatMap((pairs) =>
    Array.from(pairs.matchAll(/(.)(.)/gu), ([, one = '', other = '']) => [one, other] as const),
  ),
);
const letter = characterSet('A-Za-z');

function printable(code: number, hidden = ''): string {
  if (code === 10 || code === 13 || code === 9) return String.fromCharCode(code);
  return code >= 32 && code !== 127 ? String.fromCharCode(code) : hidden;
}

function ofBackslashes(found: string): string {
  const after = found.replace(/^\\+/, '');
  if (after === '') return '\\';
  if (after.length === 1) return breaks[after] ?? after;
  return printable(
    after.startsWith('u') || after.startsWith('x')
      ? Number.parseInt(after.slice(1), 16)
      : Number.parseInt(after, 8),
  );
}

function ofEntity(found: string): string {
  const name = found.slice(found.lastIndexOf(';', found.length - 2) + 1, -1).replace('&', '');
  if (!name.startsWith('#')) return entities[name] ?? found;
  const digits = name.slice(1);
  const code = /^[xX]/.test(digits) ? Number.parseInt(digits.slice(1), 16) : Number(digits);
  return code > 0xffff ? found : printable(code, ' ');
}

function ofOther(found: string, raw: string, at: number): string {
  const code = found.charCodeAt(0);
  if (blanks.test(found)) return ' ';
  if (code >= 0xff01 && code <= 0xff5e) return String.fromCharCode(code - 0xfee0);
  const other = alike.get(found);
  if (other === undefined) return found;
  return !isMember(letter, other.charCodeAt(0)) || isAmongAscii(raw, at) ? other : found;
}

// A letter of another script counts as the one that it looks like only within a word of ASCII: within this many letters.
const near = 12;

function isAmongAscii(raw: string, at: number): boolean {
  for (const step of [-1, 1]) {
    for (let place = at + step; Math.abs(place - at) < near; place += step) {
      const code = raw.charCodeAt(place);
      if (isMember(letter, code)) return true;
      if (!(code >= 0x370 && code < 0x530)) break;
    }
  }
  return false;
}

/** What a piece of the encoded form reads as, and how deep it is. */
function decode(found: string, raw: string, at: number): readonly [text: string, depth: number] {
  const first = found.charAt(0);
  if (/\[[\d;]+m$/.test(found)) return ['', 0];
  if (first === '\\') {
    const count = found.length - found.replace(/^\\+/, '').length;
    const text = ofBackslashes(found);
    // Two backslashes are one that was escaped: the quote behind them is not.
    return [text, count % 2 === 0 && found.length === count + 1 && '"\'`'.includes(text) ? 0 : count];
  }
  if (first === '%') {
    const text = printable(Number.parseInt(found.slice(-2), 16));
    return [text, 8 + (found.length - 1) / 2];
  }
  if (first === '&') return [ofEntity(found), found === '&amp;' ? 0 : found.split(';').length - 1];
  return [ofOther(found, raw, at), 0];
}

// Parts of the words of letting in and refusing (`authWord`) that hold none of the others.
const refusals = new Set(
  '401,403,not valid,not a valid,disabled,forbidden,expired,revoked,rejected,denied,login,logon,logged in,log in,log on,sign,quota,api,keystore,invalid,malformed,incorrect'.split(
    ',',
  ),
);
const finder = new WordFinder([...stems, ...refusals]);
const runCharacter = characterSet('A-Za-z0-9+/=_-');

// What rules ask of every line, found once.
function signsOf(text: string): Pick<Reading, 'lower' | 'stems' | 'mayRefuse' | 'longestRun'> {
  const small = text.toLowerCase();
  const lower = small.length === text.length ? small : text;
  const found: number[] = [];
  let mayRefuse = false;
  finder.each(lower, (word, at) => {
    if (refusals.has(word)) mayRefuse = true;
    else found.push(at);
  });
  return {
    lower,
    stems: found,
    mayRefuse: mayRefuse || found.length > 0,
    longestRun: longestRun(text, runCharacter, 16),
  };
}

const same = (at: number): number => at;
const notDeep = (): number => 0;

/** Reads a text that stands for itself. */
export function readPlain(raw: string): Reading {
  const signs = signsOf(raw);
  return { raw, text: raw, ...signs, rawStart: same, rawEnd: same, depth: notDeep };
}

/** Reads a line. */
export function readLine(raw: string): Reading {
  if (!isMaybeEncoded(raw)) return readPlain(raw);
  const starts: number[] = [];
  const ends: number[] = [];
  const depths: number[] = [];
  const parts: string[] = [];
  let done = 0;
  const keep = (until: number): void => {
    for (let at = done; at < until; at += 1) {
      starts.push(at);
      ends.push(at + 1);
      depths.push(0);
    }
    parts.push(raw.slice(done, until));
  };
  encoded.lastIndex = 0;
  for (let match = encoded.exec(raw); match !== null; match = encoded.exec(raw)) {
    const [found] = match;
    const [text, depth] = decode(found, raw, match.index);
    keep(match.index);
    done = match.index + found.length;
    if (text !== '') {
      starts.push(match.index);
      ends.push(done);
      depths.push(depth);
      parts.push(text);
    }
  }
  keep(raw.length);
  const text = parts.join('');
  return {
    raw,
    text,
    ...signsOf(text),
    rawStart: (at) => starts[at] ?? raw.length,
    rawEnd: (at) => (at === 0 ? 0 : (ends[at - 1] ?? raw.length)),
    depth: (at) => depths[at] ?? 0,
  };
}

/** The line read as it is by now: anew where it has changed. */
export function readAgain(reading: Reading, raw: string): Reading {
  return raw === reading.raw ? reading : readLine(raw);
}
