const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** With this bit set, a bracket is the brace of the same direction. */
const BRACE_BIT = 0x20;

/**
 * Cannot stand inside a JSON string, where quotes are escaped. A server that writes JSON with spaces is not recognised; then nothing is
 * left out.
 */
const MANAGED_FIELDS = Buffer.from('"managedFields":[');

/** Parses one line or item; undefined when it is no JSON. */
export function parseJson(bytes: Buffer): unknown {
  return parse(bytes.toString('utf8'));
}

/**
 * The same, with the first `managedFields` empty: they are a third of an object and cost as much of the parser's time. Found by counting
 * brackets, because nothing says that they are the last of an object's metadata.
 */
export function parseWithoutManagedFields(bytes: Buffer): unknown {
  const key = bytes.indexOf(MANAGED_FIELDS);
  if (key === -1) return parseJson(bytes);
  const from = key + MANAGED_FIELDS.length;
  return parse(bytes.toString('utf8', 0, from) + bytes.toString('utf8', closingBracket(bytes, from)));
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
