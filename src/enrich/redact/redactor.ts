import { createExactRule } from './exact.ts';
import { compileExtraPatterns } from './extra-patterns.ts';
import { createLineStream, structuralRules, type LineStream } from './line-stream.ts';
import { countingMask, withheldLine, type LineRule, type RedactionCounts, type RuleName } from './marker.ts';
import type { RedactionOptions } from './options.ts';
import { createPersonalRule } from './personal.ts';
import { redactTree } from './tree.ts';
import { withholdLine } from './withhold.ts';

/** A redacted text, and how often each rule masked something in it. */
export interface RedactedText {
  readonly text: string;
  readonly counts: RedactionCounts;
}

/** A redacted JSON-like value, and how often each rule masked something in it. */
export interface RedactedValue {
  readonly value: unknown;
  readonly counts: RedactionCounts;
}

/** A stream that counts as it goes. */
export interface CountedLineStream extends LineStream {
  readonly counts: RedactionCounts;
}

/**
 * Removes secrets from whatever leaves the process. Pure, never throws, and idempotent; `exact` adds values to the
 * options' `exactValues` for one call (a pod's literal environment, for example).
 */
export interface Redactor {
  /** Redacts a text of any number of lines; the number of lines stays the same unless the text is cut. */
  readonly redactText: (text: string, exact?: readonly string[]) => RedactedText;
  /** Redacts a text and makes one line of it. */
  readonly redactLine: (line: string, exact?: readonly string[]) => RedactedText;
  /** Redacts every string and key of a JSON-like value, and the values under secret-like keys. */
  readonly redactValue: (value: unknown, exact?: readonly string[]) => RedactedValue;
  /** For texts that do not fit into memory. */
  readonly openStream: (exact?: readonly string[]) => CountedLineStream;
}

/** Stands at the end of a text that was too long. */
export const textCutNote = '[text cut]';

// Markers may be longer than what they replace; a text may grow by this much and no more.
const maxGrowth = 65_536;

/** The text with every line withheld: what to use when redaction itself failed or missed its deadline. */
export function withholdAll(text: string): string {
  return text === '' ? '' : withheldLine;
}

// So many lines go through the rules together; more would not be faster.
const chunkLength = 256;

function chunksOf(lines: readonly string[]): (readonly string[])[] {
  return Array.from({ length: Math.ceil(lines.length / chunkLength) }, (_, at) =>
    lines.slice(at * chunkLength, (at + 1) * chunkLength),
  );
}

// A line that would grow beyond what is left of the budget is starred out.
function fit(redacted: string, room: number): string {
  return redacted.length <= room ? redacted : '***'.slice(0, Math.max(0, room));
}

// Joins the lines within both bounds: the growth over the original lines, and the length of the whole.
function joinLines(lines: readonly string[], originals: readonly string[], maxLength: number): string {
  const kept: string[] = [];
  let growth = 0;
  let length = 0;
  for (const [at, redacted] of lines.entries()) {
    const original = originals[at]?.length ?? 0;
    const line = redacted.length <= original ? redacted : fit(redacted, original + maxGrowth - growth);
    growth += Math.max(0, line.length - original);
    const isLast = at === lines.length - 1;
    if (length + line.length + (isLast ? 0 : textCutNote.length + 1) > maxLength)
      return [...kept, textCutNote].join('\n');
    kept.push(line);
    length += line.length + 1;
  }
  return kept.join('\n');
}

/** Creates a redactor. Throws `ExtraPatternError` when one of the operator's patterns cannot be used. */
export function createRedactor(options: RedactionOptions): Redactor {
  const always = createExactRule(options.exactValues);
  const chosen: LineRule[] = [...structuralRules, compileExtraPatterns(options.extraPatterns)];
  if (options.withhold) chosen.push(withholdLine);
  chosen.push(createPersonalRule(options.pii));

  // Calls come with the same exact values again and again (every string of one object): the last rule is kept.
  let lastExact = '';
  let lastRule: LineRule = (line) => line;

  function exactRule(exact: readonly string[]): LineRule {
    const key = JSON.stringify(exact);
    if (key !== lastExact) lastRule = createExactRule(exact);
    lastExact = key;
    return lastRule;
  }

  function rulesFor(exact: readonly string[]): readonly LineRule[] {
    return exact.length === 0 ? [always, ...chosen] : [always, exactRule(exact), ...chosen];
  }

  function openStream(exact: readonly string[] = []): CountedLineStream {
    const counts = new Map<RuleName, number>();
    const mask = countingMask(counts);
    const { maxLineLength } = options;
    return { ...createLineStream({ rules: rulesFor(exact), maxLineLength, mask }), counts };
  }

  function redactText(text: string, exact: readonly string[] = []): RedactedText {
    const stream = openStream(exact);
    // Nothing after the cap can end up in the result; the rest is not even looked at.
    const originals = text.slice(0, options.maxTextLength + 1).split('\n');
    const lines = chunksOf(originals).flatMap((chunk) => stream.push(chunk));
    return {
      text: joinLines([...lines, ...stream.end()], originals, options.maxTextLength),
      counts: stream.counts,
    };
  }

  function redactLine(line: string, exact: readonly string[] = []): RedactedText {
    return redactText(line.replaceAll('\n', ' '), exact);
  }

  function redactValue(value: unknown, exact: readonly string[] = []): RedactedValue {
    const counts = new Map<RuleName, number>();
    const redact = (text: string): string => {
      const redacted = redactText(text, exact);
      for (const [rule, count] of redacted.counts) counts.set(rule, (counts.get(rule) ?? 0) + count);
      return redacted.text;
    };
    return { value: redactTree(value, { redact, mask: countingMask(counts) }), counts };
  }

  return { redactText, redactLine, redactValue, openStream };
}
