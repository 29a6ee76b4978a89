import type { Config } from '../config/index.ts';
import type { Redactor } from '../enrich/index.ts';
import type { Logger, Metrics } from '../telemetry/index.ts';
import { type Composer, type ComposerDeps, createInlineComposer } from './composer.ts';
import { countedRedactor } from './counted-redactor.ts';
import type { DraftSettings } from './incident-draft.ts';

/** Opens a composer for these settings; it reports what it took out and what it had to withhold. */
export type OpenComposer = (
  settings: DraftSettings,
  report: Pick<ComposerDeps, 'onWithheld' | 'onRedacted'>,
) => Composer;

export interface RedactionDeps {
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
  const onRedacted = (rule: string, count: number): void => metrics.redactions.inc({ rule }, count);
  const onWithheld = (reason: string): void => log.error({ reason }, 'text of a ticket was withheld');
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
