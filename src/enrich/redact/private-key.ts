import type { Mask } from './marker.ts';
import { characterSet, longestRun } from './scan.ts';

const rule = 'private-key';

// RFC 7468 and its relatives: PKCS#1, PKCS#8, SEC1, OpenSSH, PGP, SSH2 (four hyphens), OpenVPN's static key.
const armour = (word: string): RegExp =>
  new RegExp(
    String.raw`(?:-{4,5}(?: |\+|%20)?|\b)${word}(?: |\+|%20)(?:[A-Z0-9]{1,12}(?: |\+|%20)){0,4}(?:PRIVATE(?: |\+|%20)KEY|Static key)(?: BLOCK| V1)?(?:(?: |\+|%20)?-{4,5}|\b)`,
  );
const begin = armour('BEGIN');
const end = armour('END');
// PuTTY's format counts its lines instead of ending them.
const puttyBegin = /\bPrivate-Lines: \d/;

const pureBody = /^\s*[A-Za-z0-9+/=]{1,128}\s*$/;
const blockHeader =
  /^\s*(?:(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|MessageID|Subject): .*|#.{0,80}|)$/;
// How the DER or OpenSSH encoding of every common kind of private key begins: enough to know a key whose first and
// last line were both cut off.
const encodedStart =
  /(?:^|[^A-Za-z0-9+/])(?:MII[A-Za-z0-9+/]{2}[gwAQ]IBA(?:DAN|AKC)|MII[A-Za-z0-9+/]{2}[gwAQ]IBAAKB|MHcCAQEE|MIGHAgEAMBMG|MIG2AgEAMBAG|MIGkAgEBBD|MC4CAQAwBQYDK2V|b3BlbnNzaC1rZXktdjE)/;

// Long enough for an RSA key of 16,384 bits in lines of 64 characters.
const maxHeld = 256;

const base64 = characterSet('A-Za-z0-9+/=');
const hasLongRun = (line: string): boolean => longestRun(line, base64, 40) > 0;

function maskBody(line: string, mask: Mask): string {
  if (pureBody.test(line)) return line.replace(/\S+/, () => mask(rule));
  return line.replace(/[A-Za-z0-9+/=]{40,}/g, () => mask(rule));
}

// From the BEGIN line to the END line, to the quote that ends the text, or to the end of the line.
function blockEnd(line: string, from: number): { readonly at: number; readonly closed: boolean } {
  const rest = line.slice(from);
  const closing = end.exec(rest);
  if (closing !== null) return { at: from + closing.index + closing[0].length, closed: true };
  const quote = rest.search(/\\{0,8}["'`<]/);
  return { at: quote < 0 ? line.length : from + quote, closed: quote > 40 };
}

// Where the part of a key before its END line begins, when both stand on one line.
function tailStart(line: string, from: number): number {
  let at = from;
  while (at > 0 && /[A-Za-z0-9+/=\\]/.test(line.charAt(at - 1))) at -= 1;
  // Flattened: the lines of the key stand on one, with a blank or another sign between them.
  for (;;) {
    const run = /([A-Za-z0-9/=\x2b]{16,100})(?:[\s|,_"']|\\[nr]|%0[AD]|#01[25]){1,8}$/i.exec(
      line.slice(Math.max(0, at - 100), at),
    );
    if (run === null) return at;
    at -= run[0].length;
  }
}

/** Where a text stands: outside a key (column -1), or inside one whose BEGIN line was at this column. */
interface State {
  column: number;
  held: string[];
}

// Masks keys that begin on this line; afterwards the state tells whether one is still open.
function maskBegun(line: string, state: State, mask: Mask): string {
  let result = '';
  let rest = line;
  for (let match = begin.exec(rest); match !== null; match = begin.exec(rest)) {
    const { at, closed } = blockEnd(rest, match.index + match[0].length);
    // Wrapped lines carry the same prefix (a time stamp) as the first one.
    state.column = closed ? -1 : match.index;
    result += rest.slice(0, match.index) + mask(rule);
    rest = rest.slice(at);
  }
  return result + rest;
}

function maskEnded(line: string, match: RegExpExecArray, state: State, mask: Mask): string {
  const tail = tailStart(line, match.index);
  const start = state.column >= 0 ? Math.min(state.column, tail) : tail;
  state.column = -1;
  return maskBegun(
    line.slice(0, start) + mask(rule) + line.slice(match.index + match[0].length),
    state,
    mask,
  );
}

// A line inside a key; undefined when it does not look like one, and the key was cut off before it.
function maskInside(line: string, { column }: State, mask: Mask): string | undefined {
  if (blockHeader.test(line)) return line;
  if (pureBody.test(line) || hasLongRun(line)) return maskBody(line, mask);
  const run = /^[A-Za-z0-9+/=]+/.exec(line.slice(column));
  if (column === 0 || run === null) return undefined;
  const end = column + run[0].length;
  const ends = end === line.length || '\\"\''.includes(line.charAt(end));
  return ends ? line.slice(0, column) + mask(rule) + line.slice(end) : undefined;
}

// Lines that could be the body of a key whose BEGIN line was cut off wait for its END line.
function hold(line: string, state: State, mask: Mask): string[] {
  const isBody = hasLongRun(line) || (state.held.length > 0 && pureBody.test(line));
  if (!isBody) return [...release(state, mask, false), line];
  state.held.push(line);
  return state.held.length > maxHeld ? release(state, mask, false) : [];
}

function release(state: State, mask: Mask, known: boolean): string[] {
  const lines = state.held;
  state.held = [];
  const first = known ? 0 : lines.findIndex((line) => encodedStart.test(line));
  return lines.map((line, at) => (first >= 0 && at >= first ? maskBody(line, mask) : line));
}

function pushPlain(line: string, state: State, mask: Mask): readonly string[] {
  if (state.column < 0) return hold(line, state, mask);
  const masked = maskInside(line, state, mask);
  if (masked !== undefined) return [masked];
  state.column = -1;
  return hold(line, state, mask);
}

// END lines without a BEGIN line before them. Of a line with more of them than any text has the rest is masked, too.
function maskAllEnded(line: string, state: State, mask: Mask): string {
  let result = line;
  let count = 0;
  for (let match = end.exec(result); match !== null; match = end.exec(result)) {
    count += 1;
    if (count > 4) return result.slice(0, match.index) + mask(rule);
    result = maskEnded(result, match, state, mask);
  }
  return result;
}

function pushMarked(line: string, state: State, mask: Mask): readonly string[] {
  const ending = end.exec(line);
  const beginning = begin.exec(line);
  if (beginning !== null && beginning.index < (ending?.index ?? line.length)) {
    return [...release(state, mask, false), maskAllEnded(maskBegun(line, state, mask), state, mask)];
  }
  if (ending !== null) return [...release(state, mask, true), maskAllEnded(line, state, mask)];
  if (!puttyBegin.test(line)) return pushPlain(line, state, mask);
  state.column = 0;
  return [...release(state, mask, false), line];
}

const markers = ['BEGIN', 'END', 'Private-Lines'];

/** Masks private keys that span lines. Lines go in one by one; some are held back until it is clear what they are. */
export class PrivateKeyFilter {
  readonly #mask: Mask;
  readonly #state: State = { column: -1, held: [] };

  constructor(mask: Mask) {
    this.#mask = mask;
  }

  push(line: string): readonly string[] {
    const isMarked = markers.some((marker) => line.includes(marker));
    return isMarked ? pushMarked(line, this.#state, this.#mask) : pushPlain(line, this.#state, this.#mask);
  }

  /** Releases what is still held. */
  end(): readonly string[] {
    return release(this.#state, this.#mask, false);
  }
}
