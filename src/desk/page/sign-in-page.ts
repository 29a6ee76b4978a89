import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Sessions } from '../sessions.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';

/** What the sign-in needs. */
export interface SignInDeps {
  readonly sessions: Sessions;
  readonly send: (
    reply: FastifyReply,
    page: { readonly title: string; readonly content: Html },
  ) => FastifyReply;
}

/** `GET` and `POST /sign-in`, `POST /sign-out`. Without a need for a sign-in they lead to the list. */
export function registerSignIn(app: FastifyInstance, { sessions, send }: SignInDeps): void {
  app.get('/sign-in', (request, reply) => {
    if (!sessions.isSignInNeeded) return reply.redirect('/', 303);
    const { next } = request.query as { readonly next?: unknown };
    return send(reply, { title: 'Sign in', content: renderSignIn({ next: ownPath(next) }) });
  });
  app.post('/sign-in', (request, reply) => {
    const { token, next } = (request.body ?? {}) as { readonly token?: unknown; readonly next?: unknown };
    if (typeof token === 'string' && sessions.signIn(request, reply, token.trim()))
      return reply.redirect(ownPath(next), 303);
    const content = renderSignIn({ next: ownPath(next), problem: 'The desk does not know this token.' });
    return send(reply.code(401), { title: 'Sign in', content });
  });
  app.post('/sign-out', (request, reply) => {
    sessions.checkWrite(request, request.body);
    sessions.signOut(request, reply);
    return reply.redirect('/sign-in', 303);
  });
}

/** A path of this desk, whose own addresses begin with `base`; anything that could lead elsewhere becomes the list. */
export function ownPath(next: unknown, base = 'http://desk.invalid'): string {
  if (typeof next !== 'string' || !URL.canParse(next, base)) return '/';
  const { origin, pathname, search } = new URL(next, base);
  return origin === base && !pathname.startsWith('//') ? pathname + search : '/';
}

/** The content of the page on which a person signs in. `next` is the page to go to afterwards. */
export function renderSignIn({
  next,
  problem,
}: {
  readonly next: string;
  readonly problem?: string | undefined;
}): Html {
  return html`<section class="card actions sign-in">
    <h1>Sign in</h1>
    <p class="sub">This desk can be reached by others. Sign in with one of its tokens.</p>
    ${problem === undefined ? undefined : html`<p class="problem" role="alert">${problem}</p>`}
    <form method="post" action="/sign-in">
      <input type="hidden" name="next" value="${next}" />
      <p>
        <label for="token">Token</label><br />
        <input id="token" name="token" type="password" autocomplete="current-password" required autofocus />
      </p>
      <button class="main" type="submit">Sign in</button>
    </form>
  </section>`;
}
