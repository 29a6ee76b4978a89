export {
  ControlPlaneFiler,
  type ControlPlaneObserver,
  type ControlPlaneTexts,
} from './control-plane/filer.ts';
export { WriteHealth } from './control-plane/write-health.ts';
export type { OutboxDeps, OutboxObserver, OutboxTexts } from './deps.ts';
export { LeaseLostError } from './errors.ts';
export {
  defaultOutboxOptions,
  type TicketMatches,
  nextStep,
  type OutboxOptions,
  sortMatches,
} from './next-step.ts';
export { type TicketReads, isTicketOver } from './reads.ts';
export { createOutbox, type Outbox } from './worker.ts';
