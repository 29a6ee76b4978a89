import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../domain/clock.ts';
import { MINUTE, SECOND } from '../domain/clock.ts';
import { ApiError } from './api/problems.ts';
import type { Author } from './rows.ts';
import type { DeskToken, Tokens } from './tokens.ts';
import { organisationsOf } from './tokens.ts';

/** Who looks at the pages. */
export interface Visitor {
  /** The author of what is written on the pages. */
  readonly author: Author;
  /** The organisations whose tickets are shown; undefined for all of them: a desk on loopback asks for no sign-in. */
  readonly organisationIds: readonly string[] | undefined;
  /** Has to come back with everything that is written: field `csrf` of a form, or header `x-csrf-token`. Undefined without a sign-in. */
  readonly csrf: string | undefined;
}

/** How the pages are protected. */
export interface SessionDeps {
  readonly tokens: Tokens;
  readonly clock: Clock;
  /** The desk listens on this machine alone: then it answers to this machine's names alone. */
  readonly isLocal: boolean;
  readonly isSignInNeeded: boolean;
  /** The desk speaks TLS: the cookie is then never sent in clear. */
  readonly isSecure: boolean;
}

interface Session {
  readonly visitor: Visitor;
  readonly expiresAt: number;
}

const SESSION_MS = 12 * 60 * MINUTE;
/** So many people look at one desk at most; the one who signed in first has to do it again. */
const MAX_SESSIONS = 1_000;

const ENGINEER: Author = { label: 'Support engineer', type: 'team' };
const LOCAL: Visitor = { author: ENGINEER, organisationIds: undefined, csrf: undefined };

/**
 * Sign-ins of the pages: a token of the desk gives a session cookie. They are kept in memory: after a restart everybody signs in again, and a
 * token that was taken away has no session left.
 */
export class Sessions {
  readonly #deps: SessionDeps;
  readonly #sessions = new Map<string, Session>();

  constructor(deps: SessionDeps) {
    this.#deps = deps;
  }

  get isSignInNeeded(): boolean {
    return this.#deps.isSignInNeeded;
  }

  /** Throws ApiError: 401 when somebody has to sign in first, 403 for a name of another host. */
  visitor(request: FastifyRequest): Visitor {
    if (this.#deps.isLocal) refuseForeignHost(request);
    if (!this.#deps.isSignInNeeded) return LOCAL;
    const id = this.#cookieOf(request);
    const session = id === undefined ? undefined : this.#sessions.get(id);
    if (session === undefined || session.expiresAt <= this.#deps.clock.now()) {
      throw new ApiError(401, 'Sign in first');
    }
    return session.visitor;
  }

  /** The token that forms carry; undefined where nobody signs in, or nobody has. */
  csrfOf(request: FastifyRequest): string | undefined {
    const id = this.#cookieOf(request);
    return id === undefined ? undefined : this.#sessions.get(id)?.visitor.csrf;
  }

  /** A form on another site must not write here. `body` is what was sent. Throws ApiError 401 or 403. */
  checkWrite(request: FastifyRequest, body: unknown): void {
    refuseForeignOrigin(request);
    const { csrf } = this.visitor(request);
    if (csrf === undefined) return;
    const sent = request.headers['x-csrf-token'] ?? (body as { readonly csrf?: unknown } | null)?.csrf;
    if (!isSame(csrf, sent)) throw new ApiError(403, 'This form is out of date: load the page again');
  }

  /** Opens a session when the token is known. */
  signIn(request: FastifyRequest, reply: FastifyReply, token: string): boolean {
    refuseForeignOrigin(request);
    const entry = this.#deps.tokens.find(token);
    if (entry === undefined) return false;
    const id = randomBytes(32).toString('base64url');
    const csrf = randomBytes(32).toString('base64url');
    const visitor = { author: writerOf(entry), organisationIds: organisationsOf(entry), csrf };
    this.#sessions.set(id, { visitor, expiresAt: this.#deps.clock.now() + SESSION_MS });
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > MAX_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest);
    this.#setCookie(request, reply, { id, seconds: SESSION_MS / SECOND });
    return true;
  }

  signOut(request: FastifyRequest, reply: FastifyReply): void {
    const id = this.#cookieOf(request);
    if (id !== undefined) this.#sessions.delete(id);
    this.#setCookie(request, reply, { id: '', seconds: 0 });
  }

  #setCookie(
    request: FastifyRequest,
    reply: FastifyReply,
    { id, seconds }: { readonly id: string; readonly seconds: number },
  ): void {
    const secure = this.#deps.isSecure ? '; Secure' : '';
    const attributes = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure}`;
    reply.header('set-cookie', `${this.#cookieName(request)}=${id}; ${attributes}`);
  }

  #cookieOf(request: FastifyRequest): string | undefined {
    const start = `${this.#cookieName(request)}=`;
    const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
    return pairs.find((pair) => pair.startsWith(start))?.slice(start.length);
  }

  /** Cookies are the same for every port of a host: a second desk beside the first has a name of its own. */
  #cookieName(request: FastifyRequest): string {
    return `${this.#deps.isSecure ? '__Host-' : ''}desk-session-${request.socket.localPort ?? 0}`;
  }
}

/** Who writes on the pages with a token: the agent's own is used by people of the team. */
function writerOf({ label, type }: DeskToken): Author {
  return type === undefined || type === 'agent' ? ENGINEER : { label: label ?? ENGINEER.label, type };
}

function isSame(expected: string, given: unknown): boolean {
  if (typeof given !== 'string' || given.length !== expected.length) return false;
  return timingSafeEqual(
    Buffer.from(given.padEnd(expected.length)).subarray(0, expected.length),
    Buffer.from(expected),
  );
}

/** A page of another site must not reach a local desk through a name that resolves to this machine. */
function refuseForeignHost(request: FastifyRequest): void {
  const name = request.hostname.replace(/:\d+$/u, '');
  if (!/^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/u.test(name))
    throw new ApiError(403, 'Unknown host name');
}

/** Browsers send the origin with every form. */
function refuseForeignOrigin(request: FastifyRequest): void {
  const { origin } = request.headers;
  const own = request.headers.host;
  if (origin === undefined || own === undefined || !URL.canParse(origin) || new URL(origin).host !== own) {
    throw new ApiError(403, 'This form was not sent from the desk');
  }
}
