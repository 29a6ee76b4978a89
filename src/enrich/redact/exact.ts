import { withoutEnd } from './scan.ts';
import { betweenMarkers, isPlaceholder, type LineRule, type Span } from './marker.ts';
import { normaliseLine } from './normalise.ts';
import type { Reading } from './reading.ts';
import { isIdentifier, isPasswordLike, looksGenerated } from './token-shape.ts';
import { isSpoken } from './value-sense.ts';

/** Shorter values are ignored: masking every "root" or "5432" would make the text unreadable and hide nothing. */
export const minExactLength = 6;

const maxValues = 1_000;
const maxValueLength = 4_096;

function utf8(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

// Base64 of the value alone, and the part of it that stays the same when one or two bytes come before it
// ("user:value" in Basic authentication): the characters that depend on the neighbours are dropped.
function base64Forms(value: string): string[] {
  const bytes = utf8(value);
  const forms = ['', '\u0000', '\u0000\u0000'].map((before) => {
    const encoded = withoutEnd(btoa(before + bytes), '=');
    const first = Math.ceil((before.length * 8) / 6);
    const whole = Math.floor(((before.length + bytes.length) * 8) / 6);
    return encoded.slice(first, whole);
  });
  const urlSafe = forms.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'));
  return [...forms, ...urlSafe].filter((form) => form.length >= 8);
}

function urlForms(value: string): string[] {
  // Lone surrogates cannot be encoded.
  if (!value.isWellFormed()) return [];
  const encoded = encodeURIComponent(value);
  const strict = encoded.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  return [encoded, strict, encoded.toLowerCase(), strict.replaceAll('%20', '+')];
}

function hexForms(value: string): string[] {
  const hex = Array.from(new TextEncoder().encode(value), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
  return [hex, hex.toUpperCase()];
}

function formsOf(value: string): string[] {
  if (value.length < minExactLength) return [];
  const json = JSON.stringify(value).slice(1, -1);
  return [
    value,
    json,
    JSON.stringify(json).slice(1, -1),
    ...urlForms(value),
    ...base64Forms(value),
    ...hexForms(value),
  ];
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/** A rule that masks these very values, and their base64, hexadecimal, URL-encoded and JSON-escaped forms, wherever they stand. */
export function createExactRule(values: readonly string[]): LineRule {
  const forms = new Set<string>();
  for (const value of values.slice(0, maxValues)) {
    for (const line of value.slice(0, maxValueLength).split('\n')) {
      for (const form of formsOf(normaliseLine(line).trim())) forms.add(form);
    }
  }
  if (forms.size === 0) return (line) => line;
  const longestFirst = [...forms].sort((one, other) => other.length - one.length);
  const pattern = new RegExp(longestFirst.map(escaped).join('|'), 'g');
  return (line, mask) => {
    if (line.search(pattern) < 0) return line;
    return betweenMarkers(line, (part) => part.replace(pattern, () => mask('exact-value')));
  };
}

// What is beyond is forgotten, the oldest first: the search costs for each.
const maxKnown = 128;
const maxKnownLength = 512;

// A plain word or a number that was once a password is most often just that elsewhere.
function isTelling(value: string): boolean {
  if (value.length < 6 || value.length > maxKnownLength || /\[REDACTED:|\s{2}|^\d+$/.test(value))
    return false;
  if (isPlaceholder(value) || isSpoken(value)) return false;
  return (
    looksGenerated(value) ||
    /^[a-z]{4,}[-_.]\d{3,}$/.test(value) ||
    (isPasswordLike(value) && !/[-_./:]|^\D+$/.test(isIdentifier(value) ? value : ''))
  );
}

/** Remembers what was found to be secret, for the rest of the text that it stood in. */
export class KnownValues {
  readonly #values = new Set<string>();

  add(value: string): void {
    if (this.#values.has(value) || !isTelling(value)) return;
    if (this.#values.size >= maxKnown) this.#values.delete(this.#values.values().next().value ?? '');
    this.#values.add(value);
  }

  /** Where what was added stands. */
  spansIn({ text }: Reading): Span[] {
    const spans: Span[] = [];
    for (const value of this.#values) {
      for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length))
        spans.push({ start: at, end: at + value.length, rule: 'known-value' });
    }
    return spans;
  }
}
