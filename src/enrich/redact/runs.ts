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
