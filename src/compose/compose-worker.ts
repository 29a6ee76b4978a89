import { parentPort, workerData } from 'node:worker_threads';
import { createRedactor } from '../enrich/index.ts';
import { countedRedactor } from './composer.ts';
import { composeIncident, type ComposeInput } from './incident-draft.ts';
import type { ComposeReply, ComposerSettings } from './redaction-thread.ts';

/** The thread that makes Incidents: hostile text can keep a regular expression busy here without holding up a watch. */
const settings = workerData as ComposerSettings;
const redactor = createRedactor(settings.redaction);

function answer(input: ComposeInput): ComposeReply {
  const redactions = new Map<string, number>();
  const counting = countedRedactor(redactor, (rule, count) => {
    redactions.set(rule, (redactions.get(rule) ?? 0) + count);
  });
  try {
    return {
      kind: 'composed',
      incident: composeIncident(input, { ...settings, redactor: counting }),
      redactions,
    };
  } catch (error) {
    // The name alone: a message may quote what was to be redacted.
    return { kind: 'failed', reason: error instanceof Error ? error.name : 'not an error' };
  }
}

parentPort?.on('message', (input: ComposeInput) => parentPort?.postMessage(answer(input)));
parentPort?.postMessage({ kind: 'ready' } satisfies ComposeReply);
