/** An atom, without what may follow it: an escape, a class, a character. */
const ATOM = String.raw`(?:\\.|\[(?:\\.|[^\]\\])*\]|[^\\()[\]|^$])`;
const UNBOUNDED = String.raw`(?:[*+]|\{\d+,\})`;
/** Repeats without a bound, and the ends of groups, with nothing after them that could fail. */
const openEnd = new RegExp(String.raw`(?:\)|${ATOM}${UNBOUNDED})+$`);
const unboundedRepeat = new RegExp(String.raw`(?:${ATOM}|\))${UNBOUNDED}`);

/**
 * Whether every repeat has a bound, but for those at the very end. A try at one place then costs at most a constant before it
 * fails, and where the end consumes more it has matched, so that the next try begins behind it.
 */
export function isLinearByForm(source: string): boolean {
  return !unboundedRepeat.test(source.replace(openEnd, ''));
}

// What one call read at most: up to the end of its match, or all that is left. A sticky expression fails at one place.
function readBy(expression: RegExp, text: string, from: number, match: RegExpExecArray | null): number {
  if (match !== null) return match.index + match[0].length - from;
  return expression.sticky && isLinearByForm(expression.source) ? 1 : text.length - from;
}

type Patched = Record<string, (this: string, ...args: never[]) => unknown>;

// Counts what loops over a text read: each character that is asked for, and what a search passes over.
function countScans(count: (characters: number) => void): () => void {
  const texts = String.prototype as unknown as Patched;
  const own = Object.fromEntries(['charAt', 'charCodeAt', 'indexOf'].map((name) => [name, texts[name]]));
  texts['charAt'] = function (at: number) {
    count(1);
    return own['charAt']?.call(this, at as never);
  };
  texts['charCodeAt'] = function (at: number) {
    count(1);
    return own['charCodeAt']?.call(this, at as never);
  };
  texts['indexOf'] = function (searched: string, from = 0) {
    const found = own['indexOf']?.call(this, searched as never, from as never) as number;
    count((found < 0 ? this.length : found) - from + 1);
    return found;
  };
  return () => {
    Object.assign(texts, own);
  };
}

/**
 * How many characters all regular expressions and loops over texts together read while `work` runs: a measure of its cost that
 * does not depend on the machine. Each expression is taken to be linear.
 */
export function charactersRead(work: () => unknown): number {
  const own = Object.getOwnPropertyDescriptor(RegExp.prototype, 'exec');
  const exec = own?.value as (this: RegExp, text: string) => RegExpExecArray | null;
  let characters = 0;
  let isCounting = false;
  RegExp.prototype.exec = function (text: string) {
    const from = this.global || this.sticky ? this.lastIndex : 0;
    const match = exec.call(this, text);
    if (isCounting) return match;
    // The count uses expressions, too.
    isCounting = true;
    characters += 1 + readBy(this, text, from, match);
    isCounting = false;
    return match;
  };
  const restore = countScans((read) => {
    if (!isCounting) characters += read;
  });
  try {
    work();
  } finally {
    restore();
    Object.defineProperty(RegExp.prototype, 'exec', own ?? {});
  }
  return characters;
}
