import { withoutEnd } from './runs.ts';
import { blankMarkers, withheldLine, withheldRule, type Mask } from './marker.ts';
import { kindOfName } from './key-name.ts';
import { isPasswordLike, isTokenLike, isUuid } from './token-shape.ts';
import { isSpoken } from './value-sense.ts';

const secretWord =
  /passw(?:or)?d|passphrase|secret|token|api[ _-]?key|credential|private[ _-]?key|access[ _-]?key|bearer|auth[ _-]?key|\bpwd\b|\bpsk\b|\bcreds?\b/gi;
const word = /[^\s"'`,;()[\]{}<>|\\]+/g;
const pureHex = /^[0-9a-f]+$/i;
const instanceId =
  /^(?:i|vol|vpc|subnet|sg|eni|ami|snap|rtb|igw|nat|tgw|lt|fs|eipalloc|r|req|rev)-[0-9a-z]{8,24}$/;

// How far behind a secret-like word a token is still taken to be the one it speaks of.
const reach = 64;

// Whether a field with a harmless name holds the word: trace_id=…, "requestId":"…"
function belongsToField(gap: string, before: string): boolean {
  return (/[:=]/.test(gap) || /[:=]$/.test(before)) && kindOfName(withoutEnd(before, ':=')) === undefined;
}

function fieldValue(text: string): string | undefined {
  const sign = text.search(/[=:]/);
  if (sign <= 0 || /^[0-9a-f]{16,}$/.test(text.slice(0, sign))) return text;
  return kindOfName(text.slice(0, sign)) === undefined ? undefined : text.slice(sign + 1);
}

// A sign beside a digit, or two signs: "*Decoder" is program text.
function hasTellingSigns(value: string): boolean {
  const signs = value.match(/[^A-Za-z0-9._/:-]/g) ?? [];
  return signs.length > (/\d/.test(value) ? 0 : 1);
}

function looksSecret(value: string, adjacent: boolean): boolean {
  if (!adjacent) return isTokenLike(value, 20) && !pureHex.test(value) && !isUuid(value);
  if (isTokenLike(value, 12) || isUuid(value)) return true;
  return value.length >= 8 && hasTellingSigns(value) && isPasswordLike(value);
}

// An object of Java: CsrfFilter@7d9d0e65
const objectId = /^[\w.$]{0,200}[A-Z][\w$]{0,100}@[0-9a-f]{4,8}$/;

function isSuspect(text: string, adjacent: boolean): boolean {
  if (text.length < 8) return false;
  const value = fieldValue(withoutEnd(text, '.:!?='));
  return (
    value !== undefined &&
    looksSecret(value, adjacent) &&
    !instanceId.test(value) &&
    !objectId.test(value) &&
    !isSpoken(value)
  );
}

function holdsSuspect(text: string): boolean {
  let before = '';
  let done = 0;
  for (const match of text.matchAll(word)) {
    const current = match[0];
    const gap = text.slice(done, match.index);
    const inField = before !== '' && belongsToField(gap, before);
    if (!inField && isSuspect(current, before === '')) return true;
    before = current;
    done = match.index + current.length;
  }
  return false;
}

// The text behind the word that the secret-like word is part of: a host, a type or a path is not spoken about.
function textBehind(line: string, from: number): string {
  let at = from;
  while (at < line.length && !' \t"\'`'.includes(line.charAt(at))) at += 1;
  return line.slice(at, at + reach);
}

/** Withholds the line when a secret-like word is followed by a token-like string that no rule could place. */
export function withholdLine(line: string, mask: Mask): string {
  if (line.search(secretWord) < 0) return line;
  const text = blankMarkers(line);
  for (const match of text.matchAll(secretWord)) {
    // checksum/secret: what makes pods restart with their Secret
    if (text.startsWith('checksum/', match.index - 9)) continue;
    if (!holdsSuspect(textBehind(text, match.index + match[0].length))) continue;
    mask(withheldRule);
    return withheldLine;
  }
  return line;
}
