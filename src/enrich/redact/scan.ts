/** Members of a set of ASCII characters, for loops over character codes. */
export type CharacterSet = Uint8Array;

/** The set of a character class of a regular expression, written without its brackets: `A-Za-z0-9`. */
export function characterSet(characters: string): CharacterSet {
  const pattern = new RegExp(`[${characters}]`);
  return Uint8Array.from({ length: 128 }, (_, code) => (pattern.test(String.fromCharCode(code)) ? 1 : 0));
}

/** Whether the character code is in the set; everything outside ASCII is not. */
export function isMember(set: CharacterSet, code: number): boolean {
  return code < 128 && set[code] === 1;
}

/** The text without the characters of `ends` at its end. (As a regular expression this is quadratic.) */
export function withoutEnd(text: string, ends: string): string {
  let end = text.length;
  while (end > 0 && ends.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** The length of the longest row of members in a text, or 0 when none has `least` of them. */
export function longestRun(text: string, set: CharacterSet, least: number): number {
  let longest = 0;
  // Of so many in a row every least-th character is one.
  for (let at = least - 1; at < text.length; at += least) {
    if (!isMember(set, text.charCodeAt(at))) continue;
    let start = at;
    while (start > 0 && isMember(set, text.charCodeAt(start - 1))) start -= 1;
    while (at < text.length && isMember(set, text.charCodeAt(at))) at += 1;
    if (at - start >= least) longest = Math.max(longest, at - start);
  }
  return longest;
}

/** Finds which of many words stand in a text, in one pass: three characters at once tell almost every place that none begins there. */
export class WordFinder {
  // Where the words that begin so are, and 0 where none does.
  readonly #beginnings = new Uint16Array(1 << 15);
  readonly #words: string[][] = [[]];

  /** Words in lower case, of any characters. */
  constructor(words: Iterable<string>) {
    const alike = new Map<string, number>();
    const byBeginning = new Map<number, string[]>();
    for (const word of words)
      for (const beginning of beginningsOf(word)) {
        const others = byBeginning.get(beginning) ?? [];
        byBeginning.set(beginning, [...others, word]);
      }
    for (const [beginning, list] of byBeginning) {
      const key = list.join('\n');
      const at = alike.get(key) ?? this.#words.push(list) - 1;
      alike.set(key, at);
      this.#beginnings[beginning] = at;
    }
  }

  /** Calls `use` with every word that a text in lower case holds, and where it begins. */
  each(text: string, use: (word: string, at: number) => void): void {
    const beginnings = this.#beginnings;
    const { length } = text;
    let beginning = 0;
    for (let end = 0; end < length + 2; end += 1) {
      const code = end < length ? text.charCodeAt(end) : 0;
      beginning = ((beginning << 5) | (code < 128 ? (sorts[code] as number) : otherSort)) & 0x7fff;
      const list = beginnings[beginning] as number;
      if (list > 0 && end > 1) this.#useAt(text, end - 2, list, use);
    }
  }

  #useAt(text: string, at: number, list: number, use: (word: string, at: number) => void): void {
    for (const word of this.#words[list] as string[]) if (standsAt(text, at, word)) use(word, at);
  }
}

// As `startsWith` is, but faster for words of a few characters.
function standsAt(text: string, at: number, word: string): boolean {
  if (at + word.length > text.length) return false;
  for (let place = word.length - 1; place >= 0; place -= 1)
    if (text.charCodeAt(at + place) !== word.charCodeAt(place)) return false;
  return true;
}

// Letters each for themselves, all digits, blanks and hyphens together, and all else.
const otherSort = 31;
const sorts = Uint8Array.from({ length: 128 }, (_, code) => sortOf(String.fromCharCode(code)));

function sortOf(char: string): number {
  if (/[a-z]/.test(char)) return char.charCodeAt(0) - 96;
  if (/\d/.test(char)) return 27;
  if (/\s/.test(char)) return 28;
  return /[_-]/.test(char) ? 29 : 30;
}

// Where a word is shorter than three characters, anything may follow.
function beginningsOf(word: string): number[] {
  const any = Array.from({ length: 32 }, (_, sort) => sort);
  return [0, 1, 2].reduce<number[]>(
    (found, at) => {
      const code = word.charCodeAt(at);
      const next = at >= word.length ? any : [code < 128 ? (sorts[code] as number) : otherSort];
      return found.flatMap((before) => next.map((sort) => (before << 5) | sort));
    },
    [0],
  );
}
