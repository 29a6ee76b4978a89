import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../domain/clock.ts';
import { toDisposition } from '../api/attachments.ts';
import { ApiError } from '../api/problems.ts';
import { parseComment } from '../api/routes.ts';
import type { DeskStore } from '../store.ts';
import type { TicketRules } from '../tickets.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { pageHeaders, renderPage } from './layout.ts';
import { renderList } from './list-page.ts';
import { renderTicket } from './ticket-page.ts';

/** What the pages need. */
export interface PageDeps {
  readonly store: DeskStore;
  readonly rules: TicketRules;
  readonly clock: Clock;
  /** The desk listens on this machine alone: then it answers to this machine's names alone. */
  readonly isLocal: boolean;
}

const PAGE_SIZE = 50;

/** The author of comments written on the page. */
const ENGINEER = { label: 'Support engineer', isCustomer: false };

/** Registers the pages. They ask for no token: who reaches the port may read, and write from a page of the desk. */
export function registerPages(app: FastifyInstance, deps: PageDeps): void {
  void app.register(async (pages) => {
    pages.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, done) => {
        done(null, Object.fromEntries(new URLSearchParams(String(body))));
      },
    );
    pages.addHook('onRequest', async (request) => {
      if (deps.isLocal) refuseForeignHost(request);
      if (request.method === 'POST') refuseForeignOrigin(request);
    });
    pages.setErrorHandler((error: Error & { readonly statusCode?: number }, _request, reply) => {
      const status = error instanceof ApiError ? error.status : (error.statusCode ?? 500);
      const message = status >= 500 ? 'The desk could not answer this.' : error.message;
      const content = html`<h1>${message}</h1>
        <p class="sub"><a href="/">All tickets</a></p>`;
      return send(reply.code(status), deps, { title: message, content });
    });
    registerReading(pages, deps);
    registerWriting(pages, deps);
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

/** A page of another site must not reach a local desk through a name that resolves to this machine. */
function refuseForeignHost(request: FastifyRequest): void {
  const name = request.hostname.replace(/:\d+$/u, '');
  if (!/^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/u.test(name))
    throw new ApiError(403, 'Unknown host name');
}

/** A form on another site must not write here. Browsers send the origin with every form. */
function refuseForeignOrigin(request: FastifyRequest): void {
  const { origin } = request.headers;
  const own = request.headers.host;
  if (origin === undefined || own === undefined || !URL.canParse(origin) || new URL(origin).host !== own) {
    throw new ApiError(403, 'This form was not sent from the desk');
  }
}

function idOf(request: FastifyRequest): string {
  return (request.params as { readonly id: string }).id.toLowerCase();
}

function registerReading(app: FastifyInstance, deps: PageDeps): void {
  const { store, rules, clock } = deps;
  app.get('/', (request, reply) => {
    const query = request.query as Readonly<Record<string, unknown>>;
    const text = (name: string): string => (typeof query[name] === 'string' ? query[name].slice(0, 200) : '');
    const page = Math.max(1, Math.trunc(Number(text('page'))) || 1);
    const view = { q: text('q'), status: text('status'), severity: text('severity'), page };
    const now = clock.now();
    const { rows, total } = store.list({
      ...(view.q === '' ? {} : { text: view.q }),
      ...(view.severity === '' ? {} : { severity: view.severity }),
      statuses: view.status === '' ? [] : [view.status],
      // The page is the truth of the desk: a list lag is a fault of the API alone.
      now: Number.MAX_SAFE_INTEGER,
      limit: PAGE_SIZE,
      offset: (page - 1) * PAGE_SIZE,
    });
    const content = renderList({ view, rows, total, pageSize: PAGE_SIZE, counts: store.counts(), now });
    return send(reply, deps, { title: 'Tickets', content });
  });
  app.get('/tickets/:id', (request, reply) => {
    const ticket = rules.ticket(idOf(request));
    const comments = store.comments(ticket.id);
    const attachments = store.attachments(ticket.id);
    const content = renderTicket({ ticket, comments, attachments, now: clock.now() });
    return send(reply, deps, { title: ticket.subject, content });
  });
  app.get('/tickets/:id/attachments/:attachment', (request, reply) => {
    const { attachment } = request.params as { readonly attachment: string };
    const file = store.attachment(idOf(request), attachment);
    if (file === undefined) throw new ApiError(404, 'Attachment not found');
    const headers = {
      'content-disposition': toDisposition(file.filename),
      'x-content-type-options': 'nosniff',
    };
    return reply.headers(headers).type(file.content_type).send(Buffer.from(file.content));
  });
  app.get('/revision', (_request, reply) =>
    reply.type('text/plain').header('cache-control', 'no-store').send(store.revision()),
  );
}

function registerWriting(app: FastifyInstance, deps: PageDeps): void {
  const { rules } = deps;
  app.post('/tickets/:id/comments', (request, reply) => {
    const ticket = rules.ticket(idOf(request));
    rules.comment(ticket, ENGINEER, parseComment(request.body));
    return reply.redirect(`/tickets/${ticket.id}`, 303);
  });
  app.post('/tickets/:id/close', (request, reply) => {
    const ticket = rules.ticket(idOf(request));
    rules.close(ticket);
    return reply.redirect(`/tickets/${ticket.id}`, 303);
  });
}
