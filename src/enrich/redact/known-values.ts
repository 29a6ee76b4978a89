import { isPlaceholder } from './marker.ts';
import type { Span, SpanRule } from './span.ts';
import { isIdentifier, isPasswordLike, looksGenerated } from './token-shape.ts';
import { isSpoken } from './value-sense.ts';

/** Remembers what was found to be secret, for the rest of the text that it stood in. */
export interface KnownValues {
  readonly add: (value: string) => void;
  readonly size: () => number;
  /** Finds what was added. */
  readonly rule: SpanRule;
}

// What is beyond is forgotten, the oldest first: the search costs for each.
const maxValues = 128;
const maxLength = 512;

// A plain word or a number that was once a password is most often just that elsewhere.
function isTelling(value: string): boolean {
  if (value.length < 6 || value.length > maxLength || /\[REDACTED:|\s{2}|^\d+$/.test(value)) return false;
  if (isPlaceholder(value) || isSpoken(value)) return false;
  return (
    looksGenerated(value) ||
    (isPasswordLike(value) && !/[-_./:]|^\D+$/.test(isIdentifier(value) ? value : ''))
  );
}

/** Creates the memory of one text. */
export function createKnownValues(): KnownValues {
  const values = new Set<string>();
  return {
    add: (value) => {
      if (values.has(value) || !isTelling(value)) return;
      if (values.size >= maxValues) values.delete(values.values().next().value ?? '');
      values.add(value);
    },
    size: () => values.size,
    rule: ({ text }) => {
      const spans: Span[] = [];
      for (const value of values) {
        for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length))
          spans.push({ start: at, end: at + value.length, rule: 'known-value' });
      }
      return spans;
    },
  };
}
