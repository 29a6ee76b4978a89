import { readLine } from './reading.ts';
import type { SpanRule } from './marker.ts';
import { withoutEnd } from './scan.ts';

const run = /[A-Za-z0-9+/_-]{24,}={0,2}/g;
const hexadecimal = /^[0-9a-f]+$/i;
const printableHex = /^(?:[2-6][0-9a-f]|7[0-9a-e]|0[9ad]){12,}$/i;
const printable = /^[\t\n\r\x20-\x7e]+$/;
const wide = /([\t\n\r\x20-\x7e])\0/g;
const utf8 = new TextDecoder('utf-8', { fatal: true });

// Printable, with the white space that configuration files hold.
function isText(bytes: string): boolean {
  for (let at = 0; at < bytes.length; at += 1) {
    const code = bytes.charCodeAt(at);
    if ((code < 0x20 && code !== 9 && code !== 10 && code !== 13) || code === 0x7f) return false;
  }
  return true;
}

// What the characters of base64 and base64url stand for; 255 for others.
const sextets = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code).replace('-', '+').replace('_', '/');
  const at = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.indexOf(char);
  return at < 0 ? 255 : at;
});

function isPrintable(code: number): boolean {
  return (code >= 0x20 && code <= 0x7e) || code === 9 || code === 10 || code === 13;
}

// What the first three bytes tell, without decoding anything else. In UTF-16 the second one is 0.
function mayBeginAsText(found: string): boolean {
  const [one = 0, two = 0, three = 0, four = 0] = [0, 1, 2, 3].map((at) => sextets[found.charCodeAt(at)]);
  const second = ((two & 15) << 4) | (three >> 2);
  return (
    isPrintable((one << 2) | (two >> 4)) &&
    (second === 0 || isPrintable(second)) &&
    isPrintable(((three & 3) << 6) | four)
  );
}

// The first characters tell whether a run is encoded text: almost all runs (hashes, ids, paths) end here.
function beginsAsText(standard: string): boolean {
  const start = atob(standard.slice(0, 12));
  return printable.test(start) || /^(?:[\t\n\r\x20-\x7e]\0)+.?$/.test(start);
}

function textOfHex(found: string): string | undefined {
  if (!printableHex.test(found)) return undefined;
  const pairs = found.match(/../g) ?? [];
  return pairs.map((pair) => String.fromCharCode(Number.parseInt(pair, 16))).join('');
}

/** The text behind a run of base64 or base64url; undefined when it is no text. */
export function decodedText(found: string): string | undefined {
  if (hexadecimal.test(found)) return textOfHex(found);
  if (!mayBeginAsText(found)) return undefined;
  const standard = withoutEnd(found, '=').replaceAll('-', '+').replaceAll('_', '/');
  if (standard.length % 4 === 1 || !beginsAsText(standard)) return undefined;
  // UTF-16, as PowerShell encodes its commands
  const bytes = atob(standard).replaceAll(wide, '$1');
  if (!isText(bytes)) return undefined;
  try {
    return utf8.decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

/**
 * A rule that finds base64 whose text holds a secret by the given rules: configurations, `data:` of Secrets, user data of
 * machines. Other base64 stays.
 */
export function createEncodedRule(rules: readonly SpanRule[]): SpanRule {
  function holdsSecret(found: string): boolean {
    const lines = decodedText(found)?.split('\n') ?? [];
    return lines.some((line) => {
      const reading = readLine(line);
      return rules.some((rule) => rule(reading).length > 0);
    });
  }
  return ({ text, longestRun }) =>
    Array.from(longestRun < 24 ? [] : text.matchAll(run))
      .filter(([found]) => holdsSecret(found))
      .map(({ 0: found, index }) => ({ start: index, end: index + found.length, rule: 'encoded-secret' }));
}
