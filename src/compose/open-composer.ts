import { ownRules, type Redactor, vendorSuffix } from '../enrich/index.ts';
import type { Config } from '../config/index.ts';
import type { Logger, Metrics } from '../telemetry/index.ts';
import { type Composer, type ComposerDeps, createInlineComposer } from './composer.ts';
import type { DraftSettings } from './incident-draft.ts';

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

/** Rules of redaction as values of a label: a closed set, in which the formats of all vendors are one, and the patterns of the configuration another. */
export const redactionLabels = [...ownRules, 'vendor-token', 'custom'] as const;

/** The value of the label for a rule; `patterns` are the names of those of the configuration. */
export function redactionLabel(
  rule: string,
  patterns: ReadonlySet<string>,
): (typeof redactionLabels)[number] {
  if (patterns.has(rule)) return 'custom';
  if (rule.endsWith(vendorSuffix)) return 'vendor-token';
  return ownRules.find((label) => label === rule) ?? 'custom';
}

/** Opens a composer for these settings; it reports what it took out and what it had to withhold. */
export type OpenComposer = (
  settings: DraftSettings,
  report: Pick<ComposerDeps, 'onWithheld' | 'onRedacted'>,
) => Composer;

interface RedactionDeps {
  readonly config: Config;
  readonly version: string;
  readonly namespace: string;
  readonly redactor: Redactor;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly openComposer?: OpenComposer;
}

/** Redaction of short texts in this thread, and of whole Incidents where the composer does it; both are counted. */
export function openRedaction(
  { config, version, namespace, redactor: plain, metrics, log, openComposer }: RedactionDeps,
  agentName: string,
): { readonly redactor: Redactor; readonly composer: Composer } {
  const patterns = new Set(config.redaction.patterns.map(({ name }) => name));
  const onRedacted = (rule: string, count: number): void =>
    metrics.redactions.inc({ rule: redactionLabel(rule, patterns) }, count);
  const onWithheld = (reason: string): void => {
    metrics.ticketsWithheld.inc();
    log.error({ reason }, 'text of a ticket was withheld');
  };
  const redactor = countedRedactor(plain, onRedacted);
  const settings: DraftSettings = {
    agent: { name: agentName, version },
    namespace,
    maxEnvironmentLength: config.environment.maxLength,
    category: config.ticketApi.category,
  };
  const composer = openComposer?.(settings, { onRedacted, onWithheld });
  return { redactor, composer: composer ?? createInlineComposer({ ...settings, redactor }) };
}
