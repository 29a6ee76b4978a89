import { ApiError } from './api/problems.ts';
import { DEPTH_LIMIT } from './limits.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `[` and `{`, `]` and `}`: they differ in this bit alone. */
const CURLY = 0x20;
const OPENING = 0x5b | CURLY;
const CLOSING = 0x5d | CURLY;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads a JSON body. No body at all gives undefined. Throws ApiError 422 for what is no JSON in UTF-8, or is nested too deep. */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  // Before it is parsed: a deep value costs stack and memory wherever it is walked.
  if (isDeeperThan(body, DEPTH_LIMIT)) {
    throw invalid('json_depth', `JSON is nested deeper than ${DEPTH_LIMIT} levels`);
  }
  try {
    return JSON.parse(utf8.decode(body)) as unknown;
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message : 'the body is not UTF-8';
    throw invalid('json_invalid', `JSON decode error: ${reason.slice(0, 200)}`);
  }
}

function invalid(type: string, msg: string): ApiError {
  return new ApiError(422, [{ type, loc: ['body'], msg }]);
}

/** Counts brackets outside strings; the bytes of UTF-8 beyond ASCII are never mistaken for one. */
function isDeeperThan(body: Buffer, limit: number): boolean {
  let depth = 0;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at] ?? 0;
    if (byte === QUOTE) at = endOfString(body, at);
    else if ((byte | CURLY) === CLOSING) depth -= 1;
    else if ((byte | CURLY) === OPENING) depth += 1;
    if (depth > limit) return true;
  }
  return false;
}

function endOfString(body: Buffer, start: number): number {
  let at = start + 1;
  while (at < body.length && body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1;
  return at;
}
