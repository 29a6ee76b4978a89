const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** With this bit set, a bracket is the brace of the same direction. */
const BRACE_BIT = 0x20;

/** Parses one line or item; undefined when it is no JSON. */
export function parseJson(bytes: Buffer): unknown {
  return parse(bytes.toString('utf8'));
}

/**
 * A parser that leaves arrays empty which nobody reads: managed fields, containers and volumes are nine tenths of a pod, and cost as much of
 * the parser's time. Of each name the first that is found is left out. Looked for as `"name":[`, which cannot stand inside a JSON string, where
 * quotes are escaped; a server that writes JSON with spaces is not recognised, and then nothing is left out.
 */
export function createParser(leftOut: readonly string[]): (bytes: Buffer) => unknown {
  if (leftOut.length === 0) return parseJson;
  const beginnings = leftOut.map((name) => Buffer.from(`"${name}":[`));
  return (bytes) => parse(textWithout(bytes, beginnings));
}

function textWithout(bytes: Buffer, beginnings: readonly Buffer[]): string {
  // Nothing says in which order they come.
  const contents = beginnings
    .map((beginning) => ({ at: bytes.indexOf(beginning), length: beginning.length }))
    .filter(({ at }) => at !== -1)
    .map(({ at, length }) => at + length)
    .sort((a, b) => a - b);
  let text = '';
  let from = 0;
  for (const content of contents) {
    // Inside of what is left out already.
    if (content < from) continue;
    text += bytes.toString('utf8', from, content);
    from = closingBracket(bytes, content);
  }
  return text + bytes.toString('utf8', from);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Position of the bracket that closes the array whose content begins at `from`; the length when none does. */
function closingBracket(bytes: Buffer, from: number): number {
  let depth = 1;
  let inString = false;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    const shape = byte | BRACE_BIT;
    if (byte === QUOTE) inString = !inString;
    else if (inString) at += byte === BACKSLASH ? 1 : 0;
    else if (shape === OPEN_BRACE) depth += 1;
    else if (shape === CLOSE_BRACE) depth -= 1;
    if (depth === 0) return at;
  }
  return bytes.length;
}
