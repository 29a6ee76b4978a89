export type { ControlPlaneObserver, ControlPlaneTexts } from './control-plane/deps.ts';
export { ControlPlaneFiler } from './control-plane/filer.ts';
export { WriteHealth } from './control-plane/write-health.ts';
export type { OutboxDeps, OutboxObserver, OutboxTexts } from './deps.ts';
export {
  defaultOutboxOptions,
  type TicketMatches,
  nextStep,
  type OutboxOptions,
  sortMatches,
} from './next-step.ts';
export { isTicketOver, type TicketReads } from './reads.ts';
export { Outbox } from './outbox.ts';
