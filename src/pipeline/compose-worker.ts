import { parentPort, workerData } from 'node:worker_threads';
import { createRedactor } from '../enrich/index.ts';
import type { ComposeReply, ComposeRequest, ComposerSettings } from './composer.ts';
import { composeIncident } from './stories.ts';

/** The thread that makes Incidents: hostile text can keep a regular expression busy here without holding up a watch. */
const settings = workerData as ComposerSettings;
const redactor = createRedactor(settings.redaction);

parentPort?.on('message', ({ id, input }: ComposeRequest) => {
  const reply: ComposeReply = { id, incident: composeIncident(input, { ...settings, redactor }) };
  parentPort?.postMessage(reply);
});
