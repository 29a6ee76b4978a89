import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../domain/clock.ts';
import { ApiError } from './api/problems.ts';
import { isFault } from './faults.ts';
import type { Fault, Faults } from './faults.ts';

/** What the hooks need. */
export interface FaultHookDeps {
  readonly faults: Faults;
  readonly clock: Clock;
  /** Aborted when the desk closes: ends every delay. */
  readonly closing: AbortSignal;
}

/** Cuts the connection without an answer, as a dying server or network does. */
function cut(request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  request.raw.socket.destroy();
}

function answer(reply: FastifyReply, fault: Extract<Fault, { readonly kind: 'status' }>): FastifyReply {
  const { status, retryAfter, detail, page } = fault;
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  if (page !== undefined) return reply.code(status).type('text/html').send(page);
  return reply.code(status).send({ detail: detail ?? `Fault on demand: ${status}` });
}

function takeByBody(faults: Faults, { routeOptions, body }: FastifyRequest): Fault | undefined {
  const { operation } = routeOptions.config;
  // A large body is written as text only when somebody looks at it.
  if (operation === undefined || !faults.list().some(({ containing }) => containing !== undefined))
    return undefined;
  return faults.take(operation, JSON.stringify(body ?? null));
}

/** Makes the server misbehave as the faults say, for the calls of the ticket API only. */
export function installFaults(app: FastifyInstance, { faults, clock, closing }: FaultHookDeps): void {
  const taken = new WeakMap<FastifyRequest, Fault>();
  const pause = (ms: number): Promise<void> => clock.sleep(ms, closing).catch(() => undefined);

  app.addHook('onRequest', async (request, reply) => {
    const { operation } = request.routeOptions.config;
    const fault = operation === undefined ? undefined : faults.take(operation);
    if (fault === undefined) return undefined;
    if (fault.kind === 'down') {
      cut(request, reply);
      return reply;
    }
    taken.set(request, fault);
    return undefined;
  });
  // After the body has been read and recorded, before anything is done.
  app.addHook('preHandler', async (request, reply) => {
    const fault = taken.get(request) ?? takeByBody(faults, request);
    if (fault === undefined) return undefined;
    if (fault.kind === 'down') {
      cut(request, reply);
      return reply;
    }
    taken.set(request, fault);
    return undefined;
  });
  app.addHook('preHandler', async (request, reply) => {
    const fault = taken.get(request);
    if (fault?.kind === 'delay' && fault.after !== true) await pause(fault.ms);
    if (closing.aborted) {
      cut(request, reply);
      return reply;
    }
    return fault?.kind === 'status' ? answer(reply, fault) : undefined;
  });
  app.addHook('onSend', async (request, reply) => {
    const fault = taken.get(request);
    if (fault?.kind === 'delay' && fault.after === true) await pause(fault.ms);
    if (fault?.kind === 'loseAnswer') cut(request, reply);
  });
}

/**
 * Faults over HTTP, for a desk that runs in another process. Whoever reaches the port may use it: a test's desk only.
 * POST adds one fault or sets `{"listLagMs": n}`, GET lists, DELETE clears.
 */
export function registerFaultControl(app: FastifyInstance, faults: Faults): void {
  const state = (): unknown => ({ faults: faults.list(), listLagMs: faults.listLagMs });
  app.get('/__faults', () => state());
  app.delete('/__faults', () => {
    faults.clear();
    faults.listLagMs = 0;
    return state();
  });
  app.post('/__faults', (request) => {
    const body = request.body as { readonly listLagMs?: unknown } | null;
    if (isFault(body)) faults.add(body);
    else if (typeof body?.listLagMs === 'number' && body.listLagMs >= 0) faults.listLagMs = body.listLagMs;
    else throw new ApiError(422, 'Not a fault');
    return state();
  });
}
