export type { ControlPlaneObserver, ControlPlaneTexts } from './control-plane/deps.ts';
export { ControlPlaneFiler } from './control-plane/filer.ts';
export { WriteHealth } from './control-plane/write-health.ts';
export type { OutboxDeps, OutboxObserver, OutboxTexts } from './context.ts';
export { type TicketMatches, type OutboxOptions, sortMatches } from './next-step.ts';
export { isTicketOver } from './calls.ts';
export { Outbox } from './outbox.ts';
