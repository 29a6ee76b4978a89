export type { OutboxDeps, OutboxObserver, OutboxTexts } from './deps.ts';
export { defaultOutboxOptions, type Lookup, nextStep, type OutboxOptions, sortLookup } from './next-step.ts';
export { type DeskReads, isTicketOver } from './reads.ts';
export { createOutbox, type Outbox } from './worker.ts';
