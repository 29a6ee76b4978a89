import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { SECOND } from '../domain/clock.ts';
import { ApiError } from './api/problems.ts';
import type { Change, DeskStore } from './store.ts';

/** Where a page learns that something has changed. */
export const EVENTS_PATH = '/events';
/** How often a page hears something in any case: without it for longer, the desk does not answer. */
export const BEAT_MS = 5 * SECOND;

/** Changes that follow each other faster are told together. */
const GATHER_MS = 200;
/** How many pages may listen at once. */
const MAX_LISTENERS = 256;
/** A page that takes nothing any more is cut off when so many bytes wait for it. */
const MAX_WAITING_BYTES = 64 * 1024;
/** So many tickets are named; more are told as `null`: look at everything. */
const MAX_NAMED = 50;

/** What the stream of changes needs. */
export interface EventDeps {
  readonly store: DeskStore;
  /** The organisations whose changes the caller may see; undefined for all. Throws ApiError when it may see none. */
  readonly organisations: (request: FastifyRequest) => readonly string[] | undefined;
}

interface Listener {
  readonly response: ServerResponse;
  readonly sees: (change: Change) => boolean;
}

/**
 * `GET /events`: server-sent events in place of polling. Each has a name and JSON data:
 *
 * - `hello`, at once: `{"revision"}`. A page that shows another revision is old: what changed while the stream was down is never missed.
 * - `change`, at most five times a second: `{"revision", "tickets"}`, with the ids of the tickets that have changed, or null for many.
 * - `beat`, every five seconds: `{"revision"}`. A page that hears nothing for longer than two of them has lost the desk.
 *
 * A browser has six connections for one origin: a page should close its stream while it is hidden.
 */
export function registerEvents(app: FastifyInstance, { store, organisations }: EventDeps): void {
  const hub = new Hub(store);
  app.addHook('onClose', async () => hub.close());
  app.get(EVENTS_PATH, { exposeHeadRoute: false }, (request, reply) => {
    const allowed = organisations(request);
    if (hub.size >= MAX_LISTENERS) {
      throw new ApiError(503, `${MAX_LISTENERS} pages listen already`, { 'retry-after': '10' });
    }
    reply.hijack();
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // nginx gathers an answer before it passes it on, unless it is told not to.
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    hub.add({
      response: reply.raw,
      sees: ({ organisationId }) => allowed === undefined || allowed.includes(organisationId),
    });
  });
}

/** Tells every listener what has changed. */
class Hub {
  readonly #store: DeskStore;
  readonly #listeners = new Set<Listener>();
  readonly #stopStore: () => void;
  #changes: Change[] = [];
  #gathering: NodeJS.Timeout | undefined;
  #beating: NodeJS.Timeout | undefined;

  constructor(store: DeskStore) {
    this.#store = store;
    this.#stopStore = store.onChange((change) => this.#gather(change));
  }

  get size(): number {
    return this.#listeners.size;
  }

  add(listener: Listener): void {
    this.#listeners.add(listener);
    listener.response.once('close', () => this.#listeners.delete(listener));
    listener.response.write('retry: 1000\n\n');
    this.#send(listener, 'hello', {});
    this.#beating ??= setInterval(() => this.#beat(), BEAT_MS).unref();
  }

  close(): void {
    this.#stopStore();
    clearTimeout(this.#gathering);
    clearInterval(this.#beating);
    for (const { response } of this.#listeners) response.destroy();
  }

  #gather(change: Change): void {
    if (this.#listeners.size === 0) return;
    this.#changes.push(change);
    if (this.#gathering !== undefined) return;
    this.#tell();
    this.#pause();
  }

  #pause(): void {
    this.#gathering = setTimeout(() => {
      this.#gathering = undefined;
      if (this.#changes.length === 0) return;
      this.#tell();
      this.#pause();
    }, GATHER_MS).unref();
  }

  #tell(): void {
    const changes = this.#changes;
    this.#changes = [];
    for (const listener of this.#listeners) {
      const tickets = new Set(changes.filter(listener.sees).map(({ ticketId }) => ticketId));
      if (tickets.size === 0) continue;
      this.#send(listener, 'change', { tickets: tickets.size > MAX_NAMED ? null : [...tickets] });
    }
  }

  #beat(): void {
    for (const listener of this.#listeners) this.#send(listener, 'beat', {});
    if (this.#listeners.size > 0) return;
    clearInterval(this.#beating);
    this.#beating = undefined;
  }

  #send({ response }: Listener, name: string, data: Readonly<Record<string, unknown>>): void {
    if (response.writableLength > MAX_WAITING_BYTES) response.destroy();
    else
      response.write(
        `event: ${name}\ndata: ${JSON.stringify({ revision: this.#store.revision(), ...data })}\n\n`,
      );
  }
}
