export type { OutboxDeps, OutboxObserver, OutboxTexts } from './deps.ts';
export { defaultOutboxOptions, type Lookup, nextStep, type OutboxOptions, sortLookup } from './next-step.ts';
export { createOutbox, type Outbox } from './worker.ts';
