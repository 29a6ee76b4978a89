import { parentPort } from 'node:worker_threads';
import type { ComposeInput } from '../../src/compose/incident-draft.ts';

/** The note at which this thread never comes to an end, as at a text that was made for it. */
const STUCK = 'stuck for ever';

parentPort?.on('message', ({ opening }: ComposeInput) => {
  while (opening.note === STUCK);
});
await import('../../src/compose/compose-worker.ts');
