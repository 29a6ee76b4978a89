import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import { type ClusterClock, createClusterClock } from '../../src/lib/clock.ts';
import {
  KubeApiError,
  type KubeConnection,
  KubeConnectionError,
  type KubeRequest,
  type KubeStream,
} from '../../src/kube/connection/index.ts';
import {
  type ApiModel,
  bookmark,
  type CollectionName,
  type RawObject,
  type ViewFault,
  type ViewTroubles,
} from './api-model.ts';
import { collectionNames } from './api-model.ts';
import type { AgentProcess } from './process.ts';
import { EPOCH, type World } from './world.ts';

/** The API server sends a bookmark on each watch so often. */
const BOOKMARK_MS = MINUTE;
/** And one so long before it ends the watch. */
const LAST_BOOKMARK_MS = 2 * SECOND;
const DEFAULT_TIMEOUT_MS = 30 * SECOND;

/** What all processes share: the API server's side of their watches. */
export interface ApiServer {
  readonly model: ApiModel;
  readonly troubles: ViewTroubles;
  readonly streams: Set<OpenWatch>;
}

interface OpenWatch {
  readonly name: CollectionName;
  readonly bookmark: () => void;
}

/** An API server that sends its bookmarks. */
export function createApiServer({ scheduler }: World, model: ApiModel, troubles: ViewTroubles): ApiServer {
  const streams = new Set<OpenWatch>();
  const tick = (): void => {
    for (const stream of streams) stream.bookmark();
    scheduler.after(BOOKMARK_MS, tick);
  };
  scheduler.after(BOOKMARK_MS, tick);
  return { model, troubles, streams };
}

interface Line {
  readonly world: World;
  readonly process: AgentProcess;
  readonly server: ApiServer;
  readonly clock: ClusterClock;
}

/** The API server as one process sees it through its connection, as far as watches and their probes use it. */
export function connectApi(world: World, process: AgentProcess, server: ApiServer): KubeConnection {
  const clock = createClusterClock(process.clock);
  const line = { world, process, server, clock };
  return {
    server: 'https://api.example',
    namespace: 'agent',
    clock,
    json: <T>(request: KubeRequest) => call(line, request, () => probe(line, request) as T),
    text: () => Promise.reject(new Error('nobody reads logs here')),
    stream: (request) =>
      call(line, request, () =>
        request.query?.['watch'] === undefined ? listStream(line, request) : watchStream(line, request),
      ),
    close: () => undefined,
  };
}

function collectionOf({ path }: KubeRequest): CollectionName {
  const last = path.slice(path.lastIndexOf('/') + 1);
  const name = collectionNames.find((one) => one === last);
  if (name === undefined) throw new Error(`no such collection: ${path}`);
  return name;
}

/** There, `serve`, and back, or what the collection's trouble makes of it. */
function call<T>(line: Line, request: KubeRequest, serve: () => T): Promise<T> {
  const { world, process, server } = line;
  const name = collectionOf(request);
  const sentAt = process.clock.monotonic();
  const isSlow = server.troubles.of(name) === 'slow';
  const latencyMs = world.random.between(1, isSlow ? 4_000 : 40);
  return new Promise((resolve, reject) => {
    const { signal } = request;
    const refuse = (): void => reject(signal?.reason as Error);
    if (signal?.aborted === true) return refuse();
    signal?.addEventListener('abort', refuse, { once: true });
    const settle = (): void => {
      signal?.removeEventListener('abort', refuse);
      if (signal?.aborted === true) return;
      const error = troubleOf(line, request);
      if (!(error instanceof KubeConnectionError)) learnTime(line, sentAt);
      if (error !== undefined) return reject(error);
      resolve(serve());
    };
    const isDropped = server.troubles.of(name) === 'dropped';
    process.after(isDropped ? (request.timeoutMs ?? DEFAULT_TIMEOUT_MS) : latencyMs, settle);
    if (isDropped) world.trace(`${process.name}: a request for ${name} is dropped`);
  });
}

/** The `Date` header. One server of several has a wrong clock. */
function learnTime({ world, process, clock }: Line, sentAt: number): void {
  const { random, scheduler, serverSkewMs } = world;
  const skewMs = random.chance(0.2) ? serverSkewMs : 0;
  const serverAt = Math.floor((EPOCH + scheduler.now() + skewMs) / SECOND) * SECOND;
  clock.learn({ serverAt, sentAt, receivedAt: process.clock.monotonic() });
}

function troubleOf({ world, server }: Line, request: KubeRequest): Error | undefined {
  const what = `GET ${request.path}`;
  const fault = server.troubles.of(collectionOf(request));
  if (fault === 'refused') return new KubeConnectionError(what, 'ECONNREFUSED');
  if (fault === 'dropped') return new KubeConnectionError(what, 'HEADER_TIMEOUT');
  const answers: Partial<Record<ViewFault, number>> = {
    serverError: world.random.pick([500, 503, 429]) ?? 500,
    forbidden: 403,
    absent: 404,
  };
  const status = fault === undefined ? undefined : answers[fault];
  return status === undefined ? undefined : new KubeApiError(what, { status, message: 'not now' });
}

function probe({ server }: Line, request: KubeRequest): unknown {
  const selector = String(request.query?.['fieldSelector'] ?? '');
  const name = /metadata\.name=([^,]+)/.exec(selector)?.[1];
  const items = server.model
    .list(collectionOf(request))
    .filter(({ metadata }) => name === undefined || metadata.name === name);
  return { metadata: { resourceVersion: String(server.model.version()) }, items: items.slice(0, 1) };
}

/** A page, in two pieces. Pages of one list show one moment: the token says which, and where it goes on. */
function listStream(line: Line, request: KubeRequest): KubeStream {
  const { world, process, server } = line;
  const { page, token, version } = pageOf(line, request);
  const body = Buffer.from(
    `{"kind":"List","metadata":{"resourceVersion":"${version}","continue":"${token}"},"items":${JSON.stringify(page)}}`,
  );
  const isCut = server.troubles.of(collectionOf(request)) === 'cutOff';
  let isDestroyed = false;
  return {
    status: 200,
    headers: {},
    consume: (onChunk) =>
      new Promise((resolve, reject) => {
        const middle = world.random.between(0, body.length - 1);
        const take = (piece: Buffer, next: () => void): void => {
          try {
            if (isDestroyed) throw new KubeConnectionError(`GET ${request.path}`, 'BROKEN_OFF');
            onChunk(piece);
            next();
          } catch (error) {
            reject(error as Error);
          }
        };
        take(body.subarray(0, middle), () => {
          process.after(world.random.between(1, 20), () => {
            if (isCut) return reject(new KubeConnectionError(`GET ${request.path}`, 'BROKEN_OFF'));
            take(body.subarray(middle), resolve);
          });
        });
      }),
    destroy: () => {
      isDestroyed = true;
    },
  };
}

interface Page {
  readonly page: readonly RawObject[];
  readonly token: string;
  readonly version: number;
}

/** What is left of lists that are read page by page, by their tokens. */
const continued = new WeakMap<ApiModel, Map<string, Page>>();

function pageOf({ server: { model } }: Line, request: KubeRequest): Page {
  const tokens = continued.get(model) ?? new Map<string, Page>();
  continued.set(model, tokens);
  const asked = String(request.query?.['continue'] ?? '');
  const limit = Number(request.query?.['limit'] ?? Infinity);
  const rest = tokens.get(asked) ?? {
    page: model.list(collectionOf(request)),
    token: '',
    version: model.version(),
  };
  if (rest.page.length <= limit) return { ...rest, token: '' };
  const token = `${collectionOf(request)}-${rest.version}-${rest.page.length - limit}`;
  tokens.set(token, { ...rest, page: rest.page.slice(limit) });
  return { page: rest.page.slice(0, limit), token, version: rest.version };
}

/** One open watch: what happened since the version that was asked for, then all that happens. */
function watchStream(line: Line, request: KubeRequest): KubeStream {
  const { world, process, server } = line;
  const { model, troubles, streams } = server;
  const name = collectionOf(request);
  let isSilent = troubles.of(name) === 'silent';
  let isOver = false;
  let lastAt = 0;
  let endings: readonly (() => void)[] = [];
  let fail: (error: Error) => void = () => undefined;

  function end(): void {
    isOver = true;
    for (const ending of endings) ending();
    endings = [];
  }

  function breakOff(): void {
    if (isOver) return;
    end();
    fail(new KubeConnectionError(`WATCH ${request.path}`, 'BROKEN_OFF'));
  }

  return {
    status: 200,
    headers: {},
    destroy: breakOff,
    consume: (onChunk) =>
      new Promise((resolve, reject) => {
        fail = reject;
        const take = (bytes: Buffer): void => {
          if (isOver || isSilent) return;
          try {
            onChunk(bytes);
          } catch (error) {
            end();
            reject(error as Error);
          }
        };
        /** In order, and each a little late. */
        const send = (bytes: Buffer): void => {
          if (isSilent) return;
          const { scheduler, random } = world;
          const lateMs = troubles.of(name) === 'slow' || random.chance(0.02) ? 4 * SECOND : 200;
          lastAt = Math.max(lastAt, scheduler.now() + random.between(1, lateMs));
          process.after(lastAt - scheduler.now(), () => take(bytes));
        };
        const watch: OpenWatch = {
          name,
          bookmark: () => {
            if (!process.isAlive()) return end();
            const mark = bookmark(name, model.version());
            if (lastAt > world.scheduler.now()) send(mark);
            else process.deliver(() => take(mark));
          },
        };
        const timeoutMs = Number(request.query?.['timeoutSeconds'] ?? 300) * SECOND;
        const hasBookmarks = name !== 'events';
        if (hasBookmarks) streams.add(watch);
        const close = (): void => {
          if (isOver || isSilent) return;
          end();
          resolve();
        };
        /** What was sent before the end comes before it. */
        const closeInOrder = (): void => {
          const leftMs = lastAt - world.scheduler.now();
          if (leftMs <= 0) close();
          else process.after(leftMs, close);
        };
        endings = [
          () => streams.delete(watch),
          model.subscribe(name, ({ line: bytes }) => send(bytes)),
          troubles.onBegin((troubled, fault) => {
            if (troubled !== name || isOver) return;
            if (fault === 'dropped' || fault === 'silent') isSilent = true;
            else if (fault === 'refused' || fault === 'cutOff') process.deliver(breakOff);
            else if (fault === 'serverError') process.deliver(close);
          }),
          process.after(timeoutMs, closeInOrder),
          hasBookmarks
            ? world.scheduler.after(timeoutMs - LAST_BOOKMARK_MS, watch.bookmark)
            : () => undefined,
        ];
        request.signal?.addEventListener('abort', () => {
          if (isOver) return;
          end();
          reject(request.signal?.reason as Error);
        });
        for (const event of model.since(name, Number(request.query?.['resourceVersion']))) send(event.line);
      }),
  };
}
