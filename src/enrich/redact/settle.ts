import {
  type LineRule,
  markerOf,
  type Mask,
  maskSpans,
  type RuleName,
  type SpanRule,
  withheldLine,
  withheldRule,
} from './marker.ts';
import { capLine } from './normalise.ts';
import { readAgain, readLine, type Reading } from './reading.ts';

/** Rules in the order in which they run: those that look at a line as it stands, and those that read it. */
export interface Rules {
  readonly raw: readonly LineRule[];
  readonly read: readonly SpanRule[];
}

/** What a rule masked: the order among the rules, the rule's name, and what it took for a secret. */
type Masked = readonly [order: number, rule: RuleName, secret: string | undefined];

/** What the rules that read a line made of it: the line as it is then, and what they masked. */
interface Outcome {
  readonly raw: string;
  readonly masked: readonly Masked[];
}

/** The outcomes by the line as it was. */
class KnownLines extends Map<string, Outcome> {
  /** Texts of one line that all rules, those across lines as well, have left as they are. */
  readonly plain = new Set<string>();
  /** Characters of all of them. */
  length = 0;

  override set(line: string, outcome: Outcome): this {
    if (!this.has(line)) this.length += line.length;
    return super.set(line, outcome);
  }

  addPlain(text: string): void {
    this.plain.add(text);
    this.length += text.length;
  }
}

/**
 * What became of lines: a ticket holds most texts several times (the end of a log and its file, a log and what is struck from it), and logs
 * repeat. Behind a weak reference: between two tickets the collector of garbage takes it, with the lines in it.
 */
export class Outcomes {
  #kept = new WeakRef(new KnownLines());

  get current(): KnownLines {
    const kept = this.#kept.deref();
    if (kept !== undefined && kept.length < maxKept) return kept;
    const fresh = new KnownLines();
    this.#kept = new WeakRef(fresh);
    return fresh;
  }
}

// In characters: more than the logs of one ticket have.
const maxKept = 2 * 1024 * 1024;

/** What the lines of a text go through. */
export interface Passage {
  readonly rules: Rules;
  readonly maxLineLength: number;
  readonly mask: Mask;
  readonly outcomes: Outcomes;
}

// A line that a rule changed is read again, because a marker can bring to light what it had hidden. Almost always the
// second reading changes nothing; a line that has not come to rest after this many is withheld.
const maxReadings = 4;

/** A line on its way through the rules. */
class Line {
  reading: Reading;
  readonly masked: Masked[] = [];
  #order = 0;
  readonly #mask: Mask = (rule, secret) => {
    this.masked.push([this.#order, rule, secret]);
    return markerOf(rule);
  };

  constructor(reading: Reading) {
    this.reading = reading;
  }

  /** Whatever goes wrong, the line is withheld, never let through. */
  change(make: (reading: Reading, mask: Mask) => string): void {
    this.#order += 1;
    const { raw } = this.reading;
    if (raw === withheldLine) return;
    let changed = withheldLine;
    try {
      changed = make(this.reading, this.#mask);
    } catch {
      this.#mask(withheldRule);
    }
    if (changed !== raw) this.reading = readLine(changed);
  }
}

/**
 * The outcomes of lines that are not known yet. Rule by rule and not line by line: that is faster by a third, because the expressions of
 * one rule stay in the processor's cache.
 */
function learn(readings: readonly Reading[], { rules, maxLineLength }: Passage, known: KnownLines): void {
  const lines = new Map<string, Line>();
  for (const reading of readings) if (!known.has(reading.raw)) lines.set(reading.raw, new Line(reading));
  const unknown = [...lines.values()];
  for (const rule of rules.read) {
    const mask = (reading: Reading, own: Mask): string => maskSpans(reading, rule(reading), own);
    for (const line of unknown) line.change(mask);
  }
  const cap = ({ raw }: Reading): string => capLine(raw, maxLineLength);
  for (const line of unknown) line.change(cap);
  for (const [raw, { reading, masked }] of lines) known.set(raw, { raw: reading.raw, masked });
}

/** Applies all rules until no line changes any more. */
export function settle(readings: readonly Reading[], passage: Passage): readonly Reading[] {
  const settled = [...readings];
  const known = passage.outcomes.current;
  let moving = settled.map((_, at) => at);
  for (let round = 0; round < maxReadings && moving.length > 0; round += 1) {
    const before = moving.map((at) => (settled[at] as Reading).raw);
    for (const at of moving) settled[at] = afterRawRules(settled[at] as Reading, passage);
    learn(
      moving.map((at) => settled[at] as Reading),
      passage,
      known,
    );
    const outcomes = moving.map((at) => known.get((settled[at] as Reading).raw) as Outcome);
    tell(outcomes, passage.mask);
    for (const [order, at] of moving.entries())
      settled[at] = readAgain(settled[at] as Reading, (outcomes[order] as Outcome).raw);
    moving = moving.filter((at, order) => {
      const { raw } = settled[at] as Reading;
      return raw !== before[order] && raw !== withheldLine;
    });
  }
  for (const at of moving) settled[at] = readLine(withheldLine);
  return settled;
}

function afterRawRules(reading: Reading, { rules, mask }: Passage): Reading {
  const line = new Line(reading);
  for (const rule of rules.raw) line.change(({ raw }, own) => rule(raw, own));
  tell([line], mask);
  return line.reading;
}

// Counts what was masked, rule by rule.
function tell(outcomes: readonly Pick<Outcome, 'masked'>[], mask: Mask): void {
  const all = outcomes.flatMap(({ masked }) => masked).sort(([one], [other]) => one - other);
  for (const [, rule, secret] of all) mask(rule, secret);
}
