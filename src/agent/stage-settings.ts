import type { Config } from '../config/index.ts';
import { type CorrelatorOptions, type SuppressionRules, Silences } from '../correlate/index.ts';
import type { DetectOptions } from '../detect/index.ts';
import { classDefinitions, type FailureClass, failureClasses } from '../domain/failure-classes.ts';
import { severityBy, type SeverityOf } from '../compose/severity.ts';
import type { OutboxOptions } from '../outbox/index.ts';

/** The configuration in the words of each stage. */
export interface StageSettings {
  readonly detect: DetectOptions;
  readonly correlator: CorrelatorOptions;
  readonly rules: SuppressionRules;
  readonly silences: Silences;
  readonly outbox: OutboxOptions;
  readonly severityOf: SeverityOf;
}

/** Translates the configuration. `release` is the agent's own workload. */
export function stageSettings(
  config: Config,
  release: { readonly namespace: string; readonly name: string },
): StageSettings {
  const classOf = (name: FailureClass) => (name === 'manual' ? undefined : config.classes[name]);
  const classesThatAre = (enabled: boolean) =>
    new Set(failureClasses.filter((name) => classOf(name)?.enabled === enabled));
  const silences = silencesOf(config);
  return {
    silences,
    detect: {
      resolveAfterMs: config.resolveAfter,
      maintenanceMs: config.nodes.maintenance,
      optIn: classesThatAre(true),
      // The correlator leaves out those of owners that have all their replicas again.
      ownedEvictions: true,
    },
    correlator: {
      forMs: Object.fromEntries(
        failureClasses.map((name) => [name, classOf(name)?.for ?? classDefinitions[name].forMs]),
      ) as Record<FailureClass, number>,
      groupWaitMs: config.groupWait,
      resolveAfterMs: config.resolveAfter,
      storm: config.storm,
      maxIncidents: config.incidents.max,
      mode: config.mode,
    },
    rules: {
      excludeNamespaces: config.watch.excludeNamespaces,
      includeNamespaces: config.watch.includeNamespaces,
      disabledClasses: classesThatAre(false),
      silences,
      ownRelease: release,
    },
    outbox: outboxOptions(config),
    severityOf: severityBy(config),
  };
}

function silencesOf({ silences }: Config): Silences {
  return new Silences(
    silences.map(({ workloadSelector, ...silence }) => ({
      ...silence,
      hasSelector: workloadSelector !== undefined,
    })),
  );
}

function outboxOptions({ mode, closeRecovered, incidents, ticketApi }: Config): OutboxOptions {
  return {
    mode,
    closeRecovered,
    lookupDelayMs: ticketApi.lookupDelay,
    keepRecoveredMs: incidents.keepRecovered,
    keepRejectedMs: incidents.keepRejected,
    maxConcurrent: ticketApi.maxConcurrent,
    maxPerMinute: ticketApi.maxPerMinute === 0 ? Infinity : ticketApi.maxPerMinute,
  };
}
