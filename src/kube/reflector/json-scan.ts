/** Bytes that show the shape of a JSON text without parsing it. */
export const QUOTE = 0x22;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
/** With this bit set, a bracket is the brace of the same direction. */
export const BRACE_BIT = 0x20;
const BACKSLASH = 0x5c;

/**
 * Position of the quote that ends a string. The text's length when it does not end here; one more when it stops between a backslash and
 * what that escapes. No native search: strings are short, and a call for each costs more than the bytes.
 */
export function closingQuote(text: Buffer, from: number): number {
  let at = from;
  for (; at < text.length; at += 1) {
    const byte = text[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at += 1;
  }
  return at;
}

/** More than the sections of any object have. */
const MAX_ARRAYS = 64;

/**
 * Where arrays stand in a text: of each the position of its opening bracket, then that of its closing one. What is not found costs
 * time and harms nobody.
 */
export type ArrayPositions = readonly number[];

/** Notes the bracket at `at`, of an array that neither holds nor is held by another one of those noted. Braces are no arrays. */
export function noteBracket(arrays: number[], byte: number, at: number): void {
  const isOpen = arrays.length % 2 === 1;
  if (byte === CLOSE_BRACKET && isOpen) arrays.push(at);
  else if (byte === OPEN_BRACKET && !isOpen && arrays.length < 2 * MAX_ARRAYS) arrays.push(at);
}

/** The arrays that open inside of `depth` other arrays and objects. */
export function arraysAt(text: Buffer, depth: number): ArrayPositions {
  const arrays: number[] = [];
  let current = 0;
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at] as number;
    const shape = byte | BRACE_BIT;
    if (byte === QUOTE) at = closingQuote(text, at + 1);
    else if (shape === OPEN_BRACE) {
      if (current === depth) noteBracket(arrays, byte, at);
      current += 1;
    } else if (shape === CLOSE_BRACE) {
      current -= 1;
      if (current === depth) noteBracket(arrays, byte, at);
    }
  }
  return arrays;
}
