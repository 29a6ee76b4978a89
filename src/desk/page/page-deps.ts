import type { FastifyRequest } from 'fastify';
import type { Clock } from '../../domain/clock.ts';
import type { TicketRow } from '../rows.ts';
import type { Sessions } from '../sessions.ts';
import type { DeskStore } from '../store.ts';
import type { TicketRules } from '../tickets.ts';
import type { ClusterView } from './cluster-page.ts';

/** What the pages need. */
export interface PageDeps {
  readonly store: DeskStore;
  readonly rules: TicketRules;
  readonly clock: Clock;
  readonly sessions: Sessions;
  /** The cluster of a demo. */
  readonly cluster: ClusterView | undefined;
}

function idOf(request: FastifyRequest): string {
  return (request.params as { readonly id: string }).id.toLowerCase();
}

/** The ticket that the path names, if the visitor may see it. Throws ApiError 404. */
export function ticketOf({ rules, sessions }: PageDeps, request: FastifyRequest): TicketRow {
  return rules.ticket(idOf(request), sessions.visitor(request).organisationIds);
}
