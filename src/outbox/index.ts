export type { OutboxDeps, OutboxObserver, OutboxTexts } from './deps.ts';
export { defaultOutboxOptions, type Lookup, nextStep, type OutboxOptions } from './next-step.ts';
export { createOutbox, type Outbox } from './worker.ts';
