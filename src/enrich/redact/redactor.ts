import { createExactRule } from './exact.ts';
import { compileExtraPatterns } from './extra-patterns.ts';
import { LineStream, structuralRules } from './line-stream.ts';
import { countingMask, type LineRule, markerOf, type RedactionCounts, type RuleName } from './marker.ts';
import type { RedactionOptions } from './options.ts';
import { createPersonalRule } from './personal.ts';
import { Outcomes, type Rules } from './settle.ts';
import { redactTree } from './tree.ts';
import { nearbyValues } from './nearby.ts';

/** How often each rule masked something, and what: to be struck from texts that belong together. */
interface Redaction {
  readonly counts: RedactionCounts;
  readonly found: readonly string[];
}

/** A redacted text. */
export interface RedactedText extends Redaction {
  readonly text: string;
}

/** A redacted JSON-like value. */
export interface RedactedValue extends Redaction {
  readonly value: unknown;
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
  readonly openStream: (exact?: readonly string[]) => LineStream;
}

/** Stands at the end of a text that was too long. */
export const textCutNote = '[text cut]';

// Markers may be longer than what they replace; a text may grow by this much and no more.
const maxGrowth = 65_536;

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

// Calls come with the same exact values again and again (every string of one object): the last rule is kept.
function rememberLast(
  create: (values: readonly string[]) => LineRule,
): (values: readonly string[]) => LineRule {
  let last = '';
  let rule: LineRule = (line) => line;
  return (values) => {
    const key = JSON.stringify(values);
    if (key !== last) rule = create(values);
    last = key;
    return rule;
  };
}

function isLeftAlone(text: string, rules: readonly LineRule[]): boolean {
  try {
    return rules.every((rule) => rule(text, markerOf) === text);
  } catch {
    // The line is withheld where it is read.
    return false;
  }
}

/** Creates a redactor. Throws `ExtraPatternError` when one of the operator's patterns cannot be used. */
export function createRedactor(options: RedactionOptions): Redactor {
  const always = createExactRule(options.exactValues);
  const extra = compileExtraPatterns(options.extraPatterns);
  const read = [
    ...structuralRules,
    ...(options.withhold ? [nearbyValues] : []),
    createPersonalRule(options.pii),
  ];

  const exactRule = rememberLast(createExactRule);
  const outcomes = new Outcomes();

  function rulesFor(exact: readonly string[]): Rules {
    return { raw: [always, ...(exact.length === 0 ? [] : [exactRule(exact)]), extra], read };
  }

  function openStream(exact: readonly string[] = []): LineStream {
    return new LineStream({ rules: rulesFor(exact), maxLineLength: options.maxLineLength, outcomes });
  }

  function redactText(text: string, exact: readonly string[] = []): RedactedText {
    // Most strings of an object are keys, kinds and names that were read before: only what differs from call to call is asked again.
    if (outcomes.current.plain.has(text) && isLeftAlone(text, rulesFor(exact).raw))
      return { text, counts: new Map(), found: [] };
    const stream = openStream(exact);
    // Nothing after the cap can end up in the result; the rest is not even looked at.
    const originals = text.slice(0, options.maxTextLength + 1).split('\n');
    const redacted = joinLines(stream.all(originals), originals, options.maxTextLength);
    const { counts, found } = stream;
    if (redacted === text && counts.size === 0 && originals.length === 1) outcomes.current.addPlain(text);
    return { text: redacted, counts, found: [...found] };
  }

  function redactLine(line: string, exact: readonly string[] = []): RedactedText {
    return redactText(line.replaceAll('\n', ' '), exact);
  }

  function redactValue(value: unknown, exact: readonly string[] = []): RedactedValue {
    const counts = new Map<RuleName, number>();
    const found = new Set<string>();
    const mask = countingMask(counts, (secret) => found.add(secret));
    const redact = (text: string): string => {
      const redacted = redactText(text, exact);
      for (const [rule, count] of redacted.counts) counts.set(rule, (counts.get(rule) ?? 0) + count);
      for (const secret of redacted.found) found.add(secret);
      return redacted.text;
    };
    const read = (text: string): readonly string[] => redactText(text, exact).found;
    return { value: redactTree(value, { redact, mask, read }), counts, found: [...found] };
  }

  return { redactText, redactLine, redactValue, openStream };
}
