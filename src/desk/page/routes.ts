import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { toDisposition } from '../api/attachments.ts';
import { ApiError } from '../api/problems.ts';
import { readAssets } from './assets.ts';
import { type ClusterView, renderCluster } from './cluster-page.ts';
import { html } from './html.ts';
import { type Page, pageHeaders, renderPage } from './layout.ts';
import { listFilter, listView, renderList } from './list-page.ts';
import { type PageDeps, ticketOf } from './page-deps.ts';
import { ownPath, registerSignIn } from './sign-in-page.ts';
import { renderTicket } from './ticket-page.ts';
import { registerWriting } from './writing.ts';

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
      if (status === 401) {
        return reply.redirect(`/sign-in?${new URLSearchParams({ next: placeOf(request) }).toString()}`, 303);
      }
      const message = status >= 500 ? 'The desk could not answer this.' : error.message;
      const content = html`<h1>${message}</h1>
        <p class="sub"><a href="/">All tickets</a></p>`;
      return send(reply.code(status), deps, { title: message, content });
    });
    registerAssets(pages);
    registerSignIn(pages, { sessions: deps.sessions, send: (reply, page) => send(reply, deps, page) });
    void pages.register(async (inner) => {
      inner.addHook('onRequest', async (request) => void deps.sessions.visitor(request));
      inner.addHook('preHandler', async (request) => {
        if (request.method === 'POST') deps.sessions.checkWrite(request, await formOf(request));
      });
      registerReading(inner, deps);
      registerReadingTicket(inner, deps);
      registerWriting(inner, deps);
      if (deps.cluster !== undefined) registerCluster(inner, deps, deps.cluster);
    });
  });
}

/** The page on which a person is: where a form was sent from, or what was asked for. */
function placeOf({ method, url, headers, protocol }: FastifyRequest): string {
  return method === 'GET' ? url : ownPath(headers.referer, `${protocol}://${headers.host ?? ''}`);
}

/** The style and the script: the same for everybody, so that nobody has to sign in for them. */
function registerAssets(app: FastifyInstance): void {
  const assets = readAssets();
  app.get('/assets/:name', (request, reply) => {
    const asset = assets.get((request.params as { readonly name: string }).name);
    if (asset === undefined) throw new ApiError(404, 'Not Found');
    const { type, content, etag } = asset;
    const headers = { etag, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' };
    if (request.headers['if-none-match'] === etag) return reply.code(304).headers(headers).send();
    return reply.headers(headers).type(type).send(content);
  });
}

/** The fields of a form, however it was sent. */
async function formOf({ body, headers }: FastifyRequest): Promise<unknown> {
  if (!(body instanceof Buffer)) return body;
  const sent = new Response(new Uint8Array(body), {
    headers: { 'content-type': headers['content-type'] ?? '' },
  });
  const form = await sent.formData().catch(() => undefined);
  return { csrf: form?.get('csrf') };
}

function send(reply: FastifyReply, { store, clock, cluster, sessions }: PageDeps, page: Page): FastifyReply {
  const nonce = randomBytes(16).toString('base64');
  const frame = {
    ...page,
    nonce,
    revision: store.revision(),
    now: clock.now(),
    hasCluster: cluster !== undefined,
    csrf: sessions.csrfOf(reply.request),
  };
  return reply.headers(pageHeaders(nonce)).send(renderPage(frame));
}

function registerReading(app: FastifyInstance, deps: PageDeps): void {
  const { store, sessions, clock } = deps;
  app.get('/', (request, reply) => {
    const view = listView(request.query as Readonly<Record<string, unknown>>);
    const { organisationIds } = sessions.visitor(request);
    const seen = organisationIds === undefined ? {} : { organisationIds };
    const { rows, total } = store.list({ ...listFilter(view), ...seen });
    const counts = Object.fromEntries(
      store.facet('state', organisationIds).map(({ value, total: count }) => [value, count]),
    );
    const classes = store.facet('class', organisationIds).map(({ value }) => value);
    const content = renderList({ view, rows, total, counts, classes, now: clock.now() });
    return send(reply, deps, { title: 'Tickets', content });
  });
}

function registerReadingTicket(app: FastifyInstance, deps: PageDeps): void {
  const { store, sessions, clock } = deps;
  app.get('/tickets/:id', (request, reply) => {
    const ticket = ticketOf(deps, request);
    const { csrf } = sessions.visitor(request);
    const content = renderTicket({
      ticket,
      comments: store.comments(ticket.id),
      changes: store.statusChanges(ticket.id),
      attachments: store.attachments(ticket.id),
      now: clock.now(),
      csrf,
    });
    return send(reply, deps, { title: ticket.subject, content });
  });
  app.get('/tickets/:id/environment', (request, reply) => {
    const { environment } = ticketOf(deps, request);
    if (environment === null) throw new ApiError(404, 'This ticket has no environment');
    return reply.headers(inert).type('application/json; charset=utf-8').send(environment);
  });
  app.get('/tickets/:id/attachments/:attachment', (request, reply) => {
    const { attachment } = request.params as { readonly attachment: string };
    const file = store.attachment(ticketOf(deps, request).id, attachment);
    if (file === undefined) throw new ApiError(404, 'Attachment not found');
    const headers = { ...inert, 'content-disposition': toDisposition(file.filename) };
    return reply.headers(headers).type(file.content_type).send(Buffer.from(file.content));
  });
}

/** Headers of what others have written and a browser shows by itself: nothing in it runs. */
const inert = {
  'content-security-policy': "default-src 'none'; sandbox",
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const;

/** How often the page of the cluster looks for news, in milliseconds. */
const CLUSTER_REFRESH_MS = 1_000;

function registerCluster(app: FastifyInstance, deps: PageDeps, cluster: ClusterView): void {
  app.get('/cluster', (request, reply) => {
    const { csrf } = deps.sessions.visitor(request);
    const content = renderCluster(cluster, deps.clock.now(), csrf);
    return send(reply, deps, { title: 'Cluster of the demo', content, refreshMs: CLUSTER_REFRESH_MS });
  });
  app.post('/cluster/play', (request, reply) => {
    const { scenario } = (request.body ?? {}) as { readonly scenario?: unknown };
    if (typeof scenario !== 'string' || !cluster.play(scenario))
      throw new ApiError(404, 'Scenario not found');
    return reply.redirect('/cluster', 303);
  });
}
