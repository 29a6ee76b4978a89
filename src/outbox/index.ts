/**
 * From Incidents to tickets, each exactly once. Where to look:
 *
 * - next-step: what an Incident needs next, as a pure function, and the back-off of one Incident
 * - outbox: the queue that carries steps out, and how many at the same time; priority: which first, and how many in a minute
 * - create-ticket: search, adopt, POST; follow-up: comments, and what a ticket says now; attachments: logs as files
 * - calls: each request with what its failure means; refusal: what is done about a write that is refused
 * - circuit-breaker: whether the ticket API is asked at all, and its back-off
 * - filing-records: what is known of each Incident beside its status; context: what the steps share
 * - control-plane: the one ticket that needs no Incident
 */
export type { ControlPlaneObserver, ControlPlaneTexts } from './control-plane/deps.ts';
export { ControlPlaneFiler } from './control-plane/filer.ts';
export { WriteHealth } from './control-plane/write-health.ts';
export type { OutboxDeps, OutboxObserver, OutboxTexts } from './context.ts';
export { type TicketMatches, type OutboxOptions, sortMatches } from './next-step.ts';
export { isTicketOver } from './calls.ts';
export { Outbox } from './outbox.ts';
