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

/** Where the sections of an object (metadata, spec, status) begin an array: in the object itself, and in the event that carries it. */
const IN_SECTION = 2;
const IN_SECTION_OF_EVENT = 3;

/** An array that nobody reads, by its name; `unless` an element has a field of that name. */
export type LeftOut = string | { readonly array: string; readonly unless: string };

/** Parses objects of the API; undefined what is no JSON. */
export interface Parser {
  /** An object; `arrays` are those of its sections, for whoever knows them already. */
  readonly object: (bytes: Buffer, arrays?: ArrayPositions) => unknown;
  /** An event of a watch, with the object in it. */
  readonly event: (bytes: Buffer) => unknown;
}

/**
 * A parser that leaves arrays empty which nobody reads: managed fields, containers and volumes are nine tenths of a pod, and cost as much of
 * the parser's time. They are looked for in an object's sections, as `"name":[`: a server that writes JSON with spaces is not recognised,
 * and then nothing is left out.
 */
export function createParser(leftOut: readonly LeftOut[]): Parser {
  if (leftOut.length === 0)
    return { object: (bytes) => parse(wholeText(bytes)), event: (bytes) => parse(wholeText(bytes)) };
  const names = leftOut.map((one): Named => {
    const { array, unless } = typeof one === 'string' ? { array: one } : one;
    return { name: quoted(array), ...(unless === undefined ? {} : { unless: quoted(unless) }) };
  });
  return {
    object: (bytes, arrays = arraysAt(bytes, IN_SECTION)) => parse(textWithout(bytes, arrays, names)),
    event: (bytes) => parse(textWithout(bytes, arraysAt(bytes, IN_SECTION_OF_EVENT), names)),
  };
}

interface Named {
  readonly name: Buffer;
  readonly unless?: Buffer;
}

function wholeText(bytes: Buffer): string {
  return bytes.toString('utf8');
}

function textWithout(bytes: Buffer, arrays: ArrayPositions, names: readonly Named[]): string {
  let text = '';
  let from = 0;
  for (let n = 0; n + 1 < arrays.length; n += 2) {
    const [opening, closing] = [arrays[n] as number, arrays[n + 1] as number];
    const found = names.find(({ name }) => stands(bytes, name, opening));
    if (found === undefined || isNeeded(bytes.subarray(opening, closing), found)) continue;
    text += bytes.toString('utf8', from, opening + 1);
    from = closing;
  }
  return text + bytes.toString('utf8', from);
}

function quoted(name: string): Buffer {
  return Buffer.from(`"${name}":`);
}

function isNeeded(array: Buffer, { unless }: Named): boolean {
  return unless !== undefined && array.includes(unless);
}

/** Whether the name stands before `end`. */
function stands(bytes: Buffer, name: Buffer, end: number): boolean {
  const start = end - name.length;
  // The second byte tells most names apart.
  return start >= 0 && bytes[start + 1] === name[1] && bytes.compare(name, 0, name.length, start, end) === 0;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
