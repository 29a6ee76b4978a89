import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../../domain/clock.ts';
import type { Operation } from '../faults.ts';
import type { DeskStore } from '../store.ts';
import type { Cluster, TicketRules } from '../tickets.ts';
import type { Caller, Organisation } from '../tokens.ts';
import { ApiError } from './problems.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Which call of the API this is, for faults. */
    readonly operation?: Operation;
  }
  interface FastifyRequest {
    /** Who calls the API; undefined outside of it. */
    caller?: Caller;
  }
}

/** What the API's routes need. */
export interface RouteDeps {
  readonly store: DeskStore;
  readonly rules: TicketRules;
  readonly clock: Clock;
  readonly clusters: readonly Cluster[] | undefined;
  readonly organisations: readonly Organisation[];
  /** Throws ApiError when the request may not be served. */
  readonly authenticate: (headers: IncomingHttpHeaders) => Caller;
}

/** Who calls. Throws ApiError 401 outside of the API. */
export function callerOf({ caller }: FastifyRequest): Caller {
  if (caller === undefined) throw new ApiError(401, 'Not authenticated');
  return caller;
}

/** Where a page stands in its list. */
export function pagination(page: number, pageSize: number, total: number): Readonly<Record<string, number>> {
  return { page, page_size: pageSize, total_pages: Math.ceil(total / pageSize), total_count: total };
}
