import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TicketRow } from '../store.ts';
import type { Caller } from '../tokens.ts';
import { toAnswer, toSummary } from './answers.ts';
import { LARGEST_ATTACHMENT, readUpload, toDisposition } from './attachments.ts';
import { callerOf, pagination } from './calls.ts';
import type { RouteDeps } from './calls.ts';
import { OPENAPI_PATH, openApiDocument } from './openapi.ts';
import { registerOrganisations } from './organisations.ts';
import { ApiError, parse } from './problems.ts';
import {
  attachmentPathSchema,
  commentInputSchema,
  listQuerySchema,
  ticketInputSchema,
  ticketPathSchema,
  toQuery,
} from './requests.ts';

const TICKETS = '/api/v1/org/support/tickets';

/** Registers every call of the ticket API. Without a valid token no body is read. */
export function registerApi(app: FastifyInstance, deps: RouteDeps): void {
  app.decorateRequest('caller');
  const document = openApiDocument('1');
  app.get(OPENAPI_PATH, (_request, reply) => reply.send(document));
  void app.register(async (api) => {
    api.addHook('onRequest', async (request) => {
      request.caller = deps.authenticate(request.headers);
    });
    registerTickets(api, deps);
    registerTicket(api, deps);
    registerAttachments(api, deps);
    registerOrganisations(api, deps);
  });
}

/** The calls about all tickets. */
function registerTickets(app: FastifyInstance, deps: RouteDeps): void {
  const { store, rules } = deps;
  app.post(TICKETS, { config: { operation: 'create' } }, (request, reply) => {
    const { organisationId } = callerOf(request);
    const row = rules.create(organisationId, parse(ticketInputSchema, request.body, 'body'), request.body);
    return reply.code(201).send(toAnswer(store, row));
  });
  app.post(`${TICKETS}/review`, { config: { operation: 'review' } }, (request, reply) => {
    const { organisationId } = callerOf(request);
    return reply.send(rules.review(organisationId, parse(ticketInputSchema, request.body, 'body')));
  });
  app.get(TICKETS, { config: { operation: 'list' } }, (request, reply) => {
    const { organisationId } = callerOf(request);
    const { page, page_size, ...query } = parse(listQuerySchema, toQuery(request.query), 'query');
    const { rows, total } = store.list({
      organisationIds: [organisationId],
      ...(query.status === undefined ? {} : { statuses: query.status }),
      ...(query.cluster_id === undefined ? {} : { clusterId: query.cluster_id }),
      ...(query.q === undefined ? {} : { subject: query.q }),
      now: deps.clock.now(),
      limit: page_size,
      offset: (page - 1) * page_size,
    });
    return reply.send({ result: rows.map(toSummary), pagination: pagination(page, page_size, total) });
  });
}

/** The ticket that the path names. Throws ApiError: 404, 422. */
function findTicket(
  deps: RouteDeps,
  request: FastifyRequest,
): { readonly caller: Caller; readonly ticket: TicketRow } {
  const caller = callerOf(request);
  const { ticket_id } = parse(ticketPathSchema, request.params, 'path');
  return { caller, ticket: deps.rules.ticket(ticket_id, [caller.organisationId]) };
}

/** Reads and checks the text of a comment. Throws ApiError 422. */
export function parseComment(body: unknown): string {
  return parse(commentInputSchema, body, 'body').body;
}

/** The calls about one ticket. */
function registerTicket(app: FastifyInstance, deps: RouteDeps): void {
  const { store, rules } = deps;
  const answer = (reply: FastifyReply, id: string): FastifyReply =>
    reply.send(toAnswer(store, rules.ticket(id)));
  app.get(`${TICKETS}/:ticket_id`, { config: { operation: 'get' } }, (request, reply) =>
    answer(reply, findTicket(deps, request).ticket.id),
  );
  app.post(`${TICKETS}/:ticket_id/comments`, { config: { operation: 'comment' } }, (request, reply) => {
    const { caller, ticket } = findTicket(deps, request);
    rules.comment(ticket, caller.author, parseComment(request.body));
    return answer(reply, ticket.id);
  });
  app.post(`${TICKETS}/:ticket_id/close`, { config: { operation: 'close' } }, (request, reply) => {
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
  app.post(`${TICKETS}/:ticket_id/attachments`, options, async (request, reply) => {
    const { ticket } = findTicket(deps, request);
    const upload = await readUpload(request.body, request.headers['content-type'] ?? '');
    rules.attach(ticket, upload);
    return reply.code(201).send(toAnswer(store, rules.ticket(ticket.id)));
  });
  app.get(
    `${TICKETS}/:ticket_id/attachments/:attachment_id`,
    { config: { operation: 'download' } },
    (request, reply) => {
      const { ticket } = findTicket(deps, request);
      const { attachment_id } = parse(attachmentPathSchema, request.params, 'path');
      const file = store.attachment(ticket.id, attachment_id);
      if (file === undefined) throw new ApiError(404, 'Attachment not found');
      return reply
        .header('content-disposition', toDisposition(file.filename))
        .header('x-content-type-options', 'nosniff')
        .type(file.content_type)
        .send(Buffer.from(file.content));
    },
  );
}
