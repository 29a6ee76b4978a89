import type { Redactor } from '../enrich/index.ts';

/** The same redactor; `onRedacted` hears of every secret that was taken out, by the rule that found it. */
export function countedRedactor(
  redactor: Redactor,
  onRedacted: (rule: string, count: number) => void,
): Redactor {
  function counted<Result extends { readonly counts: ReadonlyMap<string, number> }>(result: Result): Result {
    for (const [rule, count] of result.counts) onRedacted(rule, count);
    return result;
  }
  return {
    redactText: (text, exact) => counted(redactor.redactText(text, exact)),
    redactLine: (line, exact) => counted(redactor.redactLine(line, exact)),
    redactValue: (value, exact) => counted(redactor.redactValue(value, exact)),
    openStream: (exact) => redactor.openStream(exact),
  };
}
