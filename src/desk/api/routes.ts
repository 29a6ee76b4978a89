import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../domain/clock.ts';
import { COMMENT_LIMIT } from '../../domain/ticket.ts';
import type { Operation } from '../faults.ts';
import type { DeskStore, TicketRow } from '../store.ts';
import type { Cluster, TicketRules } from '../tickets.ts';
import type { Caller } from '../tokens.ts';
import { toAnswer, toSummary } from './answers.ts';
import { LARGEST_ATTACHMENT, readUpload, toDisposition } from './attachments.ts';
import { parseListQuery } from './list-query.ts';
import { ApiError, isUuid, readBody, refuse } from './problems.ts';
import { parseTicketInput } from './ticket-input.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Which call of the API this is, for faults. */
    readonly operation?: Operation;
  }
}

/** What the API's routes need. */
export interface RouteDeps {
  readonly store: DeskStore;
  readonly rules: TicketRules;
  readonly clock: Clock;
  readonly clusters: readonly Cluster[] | undefined;
  /** Throws ApiError when the request may not be served. */
  readonly authenticate: (headers: IncomingHttpHeaders) => Caller;
}

const TICKETS = '/api/v1/org/support/tickets';

/** Registers every call of the ticket API. */
export function registerApi(app: FastifyInstance, deps: RouteDeps): void {
  registerTickets(app, deps);
  registerTicket(app, deps);
  registerAttachments(app, deps);
}

/** The calls about all tickets and clusters. */
function registerTickets(app: FastifyInstance, deps: RouteDeps): void {
  const { store, rules, authenticate } = deps;
  app.post(TICKETS, { config: { operation: 'create' } }, (request, reply) => {
    const { organisationId } = authenticate(request.headers);
    const row = rules.create(organisationId, parseTicketInput(request.body), request.body);
    return reply.code(201).send(toAnswer(store, row));
  });
  app.post(`${TICKETS}/review`, { config: { operation: 'review' } }, (request, reply) => {
    const { organisationId } = authenticate(request.headers);
    return reply.send(rules.review(organisationId, parseTicketInput(request.body)));
  });
  app.get(TICKETS, { config: { operation: 'list' } }, (request, reply) => {
    const { organisationId } = authenticate(request.headers);
    const { page, pageSize, ...filter } = parseListQuery(request.query as Record<string, unknown>);
    const range = { limit: pageSize, offset: (page - 1) * pageSize };
    const { rows, total } = store.list({
      organisationIds: [organisationId],
      ...filter,
      now: deps.clock.now(),
      ...range,
    });
    const pages = Math.ceil(total / pageSize);
    return reply.send({
      result: rows.map(toSummary),
      pagination: { page, page_size: pageSize, total_pages: pages, total_count: total },
    });
  });
  app.get('/api/v1/clusters', { config: { operation: 'clusters' } }, (request, reply) => {
    authenticate(request.headers);
    const clusters = deps.clusters ?? [];
    const pagination = { page: 1, page_size: clusters.length, total_pages: 1, total_count: clusters.length };
    return reply.send({ result: clusters, pagination });
  });
}

/** The ticket that the path names. Throws ApiError: 401, 403, 404, 422. */
function findTicket(
  deps: RouteDeps,
  request: FastifyRequest,
): { readonly caller: Caller; readonly ticket: TicketRow } {
  const caller = deps.authenticate(request.headers);
  const { id } = request.params as { readonly id: string };
  if (!isUuid(id)) {
    throw new ApiError(422, [
      { type: 'uuid_parsing', loc: ['path', 'ticket_id'], msg: 'Input should be a valid UUID' },
    ]);
  }
  return { caller, ticket: deps.rules.ticket(id.toLowerCase(), [caller.organisationId]) };
}

/** Reads and checks the text of a comment. Throws ApiError 422. */
export function parseComment(body: unknown): string {
  const fields = readBody(body);
  const text = fields.text('body', COMMENT_LIMIT);
  refuse(fields.problems);
  if (text === null) fields.add('missing', 'body', 'Field required');
  else if (text.trim() === '') {
    fields.add('string_too_short', 'body', 'String should have at least 1 character');
  }
  refuse(fields.problems);
  return text ?? '';
}

/** The calls about one ticket. */
function registerTicket(app: FastifyInstance, deps: RouteDeps): void {
  const { store, rules } = deps;
  const answer = (reply: FastifyReply, id: string): FastifyReply =>
    reply.send(toAnswer(store, rules.ticket(id)));
  app.get(`${TICKETS}/:id`, { config: { operation: 'get' } }, (request, reply) =>
    answer(reply, findTicket(deps, request).ticket.id),
  );
  app.post(`${TICKETS}/:id/comments`, { config: { operation: 'comment' } }, (request, reply) => {
    const { caller, ticket } = findTicket(deps, request);
    rules.comment(ticket, caller.author, parseComment(request.body));
    return answer(reply, ticket.id);
  });
  app.post(`${TICKETS}/:id/close`, { config: { operation: 'close' } }, (request, reply) => {
    const { caller, ticket } = findTicket(deps, request);
    rules.setStatus(ticket, caller.author, 'closed');
    return answer(reply, ticket.id);
  });
}

/** Upload and download of files. */
function registerAttachments(app: FastifyInstance, deps: RouteDeps): void {
  const { store, rules } = deps;
  // The limit leaves room for the multipart frame; the file's own size is checked after parsing.
  const options = { config: { operation: 'attach' as const }, bodyLimit: LARGEST_ATTACHMENT + 64 * 1024 };
  app.post(`${TICKETS}/:id/attachments`, options, async (request, reply) => {
    const { ticket } = findTicket(deps, request);
    if (!(request.body instanceof Buffer)) throw new ApiError(415, 'The body should be multipart/form-data');
    const { content, contentType, filename } = await readUpload(
      request.body,
      request.headers['content-type'] ?? '',
    );
    const row = {
      id: randomUUID(),
      ticket_id: ticket.id,
      filename,
      content_type: contentType,
      size_bytes: content.byteLength,
      created_at: new Date(deps.clock.now()).toISOString(),
    };
    store.insertAttachment(row, content);
    return reply.code(201).send(toAnswer(store, rules.ticket(ticket.id)));
  });
  app.get(
    `${TICKETS}/:id/attachments/:attachment`,
    { config: { operation: 'download' } },
    (request, reply) => {
      const { ticket } = findTicket(deps, request);
      const { attachment } = request.params as { readonly attachment: string };
      const file = store.attachment(ticket.id, attachment.toLowerCase());
      if (file === undefined) throw new ApiError(404, 'Attachment not found');
      return reply
        .header('content-disposition', toDisposition(file.filename))
        .header('x-content-type-options', 'nosniff')
        .type(file.content_type)
        .send(Buffer.from(file.content));
    },
  );
}
