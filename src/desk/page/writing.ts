import type { FastifyInstance, FastifyReply } from 'fastify';
import { LARGEST_ATTACHMENT, readUpload } from '../api/attachments.ts';
import { ApiError } from '../api/problems.ts';
import { parseComment } from '../api/routes.ts';
import { statuses } from '../api/requests.ts';
import { type PageDeps, ticketOf } from './page-deps.ts';

/** Leads to the ticket; `#said` tells the page that its draft has been kept. */
function shown(reply: FastifyReply, id: string, isSaid = false): FastifyReply {
  return reply.redirect(`/tickets/${id}${isSaid ? '#said' : ''}`, 303);
}

/** Registers what people write on the pages: comments, states, attachments. */
export function registerWriting(app: FastifyInstance, deps: PageDeps): void {
  const { store, rules, sessions } = deps;
  app.post('/tickets/:id/comments', (request, reply) => {
    const ticket = ticketOf(deps, request);
    rules.comment(ticket, sessions.visitor(request).author, parseComment(request.body));
    return shown(reply, ticket.id, true);
  });
  app.post('/tickets/:id/status', (request, reply) => {
    const ticket = ticketOf(deps, request);
    const { author } = sessions.visitor(request);
    const form = request.body as { readonly status?: unknown; readonly body?: unknown } | null;
    const status = statuses.find((one) => one === form?.status);
    if (status === undefined) throw new ApiError(422, `status: must be one of ${statuses.join(', ')}`);
    // What was being typed is said, and not lost.
    const isTyped = typeof form?.body === 'string' && form.body.trim() !== '';
    const comment = isTyped ? parseComment({ body: form.body }) : undefined;
    store.transaction(() => {
      if (comment !== undefined) rules.comment(ticket, author, comment);
      rules.setStatus(ticket, author, status);
    });
    return shown(reply, ticket.id, isTyped);
  });
  registerUpload(app, deps);
}

function registerUpload(app: FastifyInstance, deps: PageDeps): void {
  app.post(
    '/tickets/:id/attachments',
    { bodyLimit: LARGEST_ATTACHMENT + 64 * 1024 },
    async (request, reply) => {
      const ticket = ticketOf(deps, request);
      if (!(request.body instanceof Buffer))
        throw new ApiError(415, 'The body should be multipart/form-data');
      deps.rules.attach(ticket, await readUpload(request.body, request.headers['content-type'] ?? ''));
      return shown(reply, ticket.id);
    },
  );
}
