import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../domain/clock.ts';
import { toDisposition } from '../api/attachments.ts';
import { ApiError } from '../api/problems.ts';
import { parseComment } from '../api/routes.ts';
import type { Sessions } from '../sessions.ts';
import type { DeskStore, TicketRow } from '../store.ts';
import type { TicketRules } from '../tickets.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { pageHeaders, renderPage } from './layout.ts';
import { renderList } from './list-page.ts';
import { registerSignIn } from './sign-in-page.ts';
import { renderTicket } from './ticket-page.ts';

/** What the pages need. */
export interface PageDeps {
  readonly store: DeskStore;
  readonly rules: TicketRules;
  readonly clock: Clock;
  readonly sessions: Sessions;
}

const PAGE_SIZE = 50;

/** Registers the pages. Beyond loopback they ask for a sign-in. */
export function registerPages(app: FastifyInstance, deps: PageDeps): void {
  void app.register(async (pages) => {
    pages.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, done) => {
        done(null, Object.fromEntries(new URLSearchParams(String(body))));
      },
    );
    pages.setErrorHandler((error: Error & { readonly statusCode?: number }, request, reply) => {
      const status = error instanceof ApiError ? error.status : (error.statusCode ?? 500);
      if (status === 401 && request.method === 'GET') {
        return reply.redirect(`/sign-in?${new URLSearchParams({ next: request.url }).toString()}`, 303);
      }
      const message = status >= 500 ? 'The desk could not answer this.' : error.message;
      const content = html`<h1>${message}</h1>
        <p class="sub"><a href="/">All tickets</a></p>`;
      return send(reply.code(status), deps, { title: message, content });
    });
    registerSignIn(pages, { sessions: deps.sessions, send: (reply, page) => send(reply, deps, page) });
    void pages.register(async (inner) => {
      inner.addHook('onRequest', async (request) => void deps.sessions.visitor(request));
      inner.addHook('preHandler', async (request) => {
        if (request.method === 'POST') deps.sessions.checkWrite(request, request.body);
      });
      registerReading(inner, deps);
      registerReadingTicket(inner, deps);
      registerWriting(inner, deps);
    });
  });
}

function send(
  reply: FastifyReply,
  deps: PageDeps,
  page: { readonly title: string; readonly content: Html },
): FastifyReply {
  const nonce = randomBytes(16).toString('base64');
  return reply
    .headers(pageHeaders(nonce))
    .send(renderPage({ ...page, nonce, revision: deps.store.revision() }));
}

function idOf(request: FastifyRequest): string {
  return (request.params as { readonly id: string }).id.toLowerCase();
}

/** The ticket that the path names, if the visitor may see it. Throws ApiError 404. */
function ticketOf({ rules, sessions }: PageDeps, request: FastifyRequest): TicketRow {
  return rules.ticket(idOf(request), sessions.visitor(request).organisationIds);
}

function registerReading(app: FastifyInstance, deps: PageDeps): void {
  const { store, sessions, clock } = deps;
  app.get('/', (request, reply) => {
    const query = request.query as Readonly<Record<string, unknown>>;
    const text = (name: string): string => (typeof query[name] === 'string' ? query[name].slice(0, 200) : '');
    const page = Math.max(1, Math.trunc(Number(text('page'))) || 1);
    const view = { q: text('q'), status: text('status'), severity: text('severity'), page };
    const now = clock.now();
    const { organisationIds } = sessions.visitor(request);
    const { rows, total } = store.list({
      ...(organisationIds === undefined ? {} : { organisationIds }),
      ...(view.q === '' ? {} : { text: view.q }),
      ...(view.severity === '' ? {} : { severity: view.severity }),
      statuses: view.status === '' ? [] : [view.status],
      limit: PAGE_SIZE,
      offset: (page - 1) * PAGE_SIZE,
    });
    const content = renderList({
      view,
      rows,
      total,
      pageSize: PAGE_SIZE,
      counts: store.counts(organisationIds),
      now,
    });
    return send(reply, deps, { title: 'Tickets', content });
  });
  app.get('/revision', (_request, reply) =>
    reply.type('text/plain').header('cache-control', 'no-store').send(store.revision()),
  );
}

function registerReadingTicket(app: FastifyInstance, deps: PageDeps): void {
  const { store, sessions, clock } = deps;
  app.get('/tickets/:id', (request, reply) => {
    const ticket = ticketOf(deps, request);
    const { csrf } = sessions.visitor(request);
    const comments = store.comments(ticket.id);
    const attachments = store.attachments(ticket.id);
    const content = renderTicket({ ticket, comments, attachments, now: clock.now(), csrf });
    return send(reply, deps, { title: ticket.subject, content });
  });
  app.get('/tickets/:id/attachments/:attachment', (request, reply) => {
    const { attachment } = request.params as { readonly attachment: string };
    const file = store.attachment(ticketOf(deps, request).id, attachment);
    if (file === undefined) throw new ApiError(404, 'Attachment not found');
    const headers = {
      'content-disposition': toDisposition(file.filename),
      'x-content-type-options': 'nosniff',
    };
    return reply.headers(headers).type(file.content_type).send(Buffer.from(file.content));
  });
}

function registerWriting(app: FastifyInstance, deps: PageDeps): void {
  const { rules, sessions } = deps;
  app.post('/tickets/:id/comments', (request, reply) => {
    const ticket = ticketOf(deps, request);
    rules.comment(ticket, sessions.visitor(request).author, parseComment(request.body));
    return reply.redirect(`/tickets/${ticket.id}`, 303);
  });
  app.post('/tickets/:id/close', (request, reply) => {
    const ticket = ticketOf(deps, request);
    rules.setStatus(ticket, sessions.visitor(request).author, 'closed');
    return reply.redirect(`/tickets/${ticket.id}`, 303);
  });
}
