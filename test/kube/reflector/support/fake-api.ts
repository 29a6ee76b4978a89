import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** `probe`: a list of one. `look`: of one object by its name. */
export type RequestKind = 'list' | 'watch' | 'probe' | 'look';

/** One request that arrived, to be answered by the test. */
export interface FakeRequest {
  readonly kind: RequestKind;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Local port of the client: tells connections apart. */
  readonly clientPort: number | undefined;
  /** Answers with a list. */
  list(items: readonly unknown[], head?: ListHead): void;
  /** Answers with a `Status`. */
  fail(code: number, options?: FailOptions): void;
  /** Sends the headers of a stream and leaves it open. */
  open(headers?: Record<string, string>): FakeStream;
  /** Cuts the connection without an answer. */
  cut(): void;
}

export interface ListHead {
  readonly version?: string;
  readonly continueToken?: string;
  readonly kind?: string;
}

export interface FailOptions {
  readonly reason?: string;
  readonly retryAfter?: number | string;
  readonly causes?: readonly { reason: string }[];
  readonly message?: string;
}

/** A response under way. */
export interface FakeStream {
  event(type: string, object: unknown): void;
  bookmark(version: string, annotations?: Record<string, string>): void;
  error(code: number, reason: string): void;
  raw(bytes: string | Buffer): void;
  /** Ends the body properly. */
  end(): void;
  /** Cuts the connection. */
  cut(): void;
  /** The client has closed it. */
  readonly isClosed: boolean;
}

/** An API server that does exactly what the test says. */
export interface FakeApi {
  readonly url: string;
  /** What looks are answered with: the object as it was last told, in a collection as new as all that was told. Null: the test answers. */
  looks: 'as told' | null;
  /** Every request so far, oldest first. */
  readonly log: readonly FakeRequest[];
  /** The next request that no one has taken yet; it must be of this kind. */
  next(kind: RequestKind): Promise<FakeRequest>;
  /** The next two requests, a list and a watch in either order. */
  nextPair(): Promise<{ list: FakeRequest; watch: FakeRequest }>;
  /** How many requests wait to be taken. */
  readonly waiting: number;
  close(): Promise<void>;
}

export async function createFakeApi(): Promise<FakeApi> {
  const log: FakeRequest[] = [];
  const untaken: FakeRequest[] = [];
  const told = createTold();
  let looks: FakeApi['looks'] = 'as told';
  let wake = (): void => undefined;
  const server = createServer((request, response) => {
    const fake = toFakeRequest(request, response, told);
    if (fake.kind === 'look' && looks !== null) {
      fake.list(told.named(fake.query), { version: told.version });
      return;
    }
    log.push(fake);
    untaken.push(fake);
    wake();
  });
  await listen(server);

  async function take(): Promise<FakeRequest> {
    while (untaken.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return untaken.shift() as FakeRequest;
  }

  async function next(kind: RequestKind): Promise<FakeRequest> {
    const request = await take();
    if (request.kind !== kind)
      throw new Error(`expected a ${kind}, got a ${request.kind} ?${request.query.toString()}`);
    return request;
  }

  async function nextPair(): Promise<{ list: FakeRequest; watch: FakeRequest }> {
    const [one, other] = [await take(), await take()];
    const [list, watch] = one.kind === 'list' ? [one, other] : [other, one];
    if (list.kind !== 'list' || watch.kind !== 'watch') throw new Error(`got ${one.kind} and ${other.kind}`);
    return { list, watch };
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get looks() {
      return looks;
    },
    set looks(value) {
      looks = value;
    },
    log,
    next,
    nextPair,
    get waiting() {
      return untaken.length;
    },
    close: () => close(server),
  };
}

export function listen(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
}

export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function kindOf(query: URLSearchParams): RequestKind {
  if (query.has('watch')) return 'watch';
  if (nameIn(query) !== undefined) return 'look';
  return query.get('limit') === '1' ? 'probe' : 'list';
}

function nameIn(query: URLSearchParams): string | undefined {
  return /metadata\.name=([^,]+)/.exec(query.get('fieldSelector') ?? '')?.[1];
}

/** What was told of objects so far. */
interface Told {
  readonly version: string;
  named(query: URLSearchParams): readonly unknown[];
  note(type: string, object: unknown, version?: string): void;
}

function createTold(): Told {
  const objects = new Map<string, unknown>();
  let version = 1n;
  const raise = (text: unknown): void => {
    if (typeof text === 'string' && /^\d+$/.test(text) && BigInt(text) > version) version = BigInt(text);
  };
  return {
    get version() {
      return String(version);
    },
    named: (query) => {
      const found = objects.get(nameIn(query) ?? '');
      return found === undefined ? [] : [found];
    },
    note: (type, object, listVersion) => {
      const { metadata } = (object ?? {}) as { metadata?: { name?: string; resourceVersion?: unknown } };
      raise(metadata?.resourceVersion);
      raise(listVersion);
      if (metadata?.name === undefined || metadata.resourceVersion === '') return;
      if (type === 'DELETED') objects.delete(metadata.name);
      else objects.set(metadata.name, object);
    },
  };
}

function toFakeRequest(request: IncomingMessage, response: ServerResponse, told: Told): FakeRequest {
  const { pathname: path, searchParams: query } = new URL(request.url ?? '', 'http://fake');
  return {
    kind: kindOf(query),
    path,
    method: request.method ?? '',
    query,
    headers: request.headers,
    clientPort: request.socket.remotePort,
    list: (items, head = {}) => {
      for (const item of [undefined, ...items]) told.note('ADDED', item, head.version ?? '100');
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(listOf(items, head)));
    },
    fail: (code, options = {}) => {
      if (options.retryAfter !== undefined) response.setHeader('retry-after', String(options.retryAfter));
      response.statusCode = code;
      response.end(JSON.stringify(statusOf(code, options)));
    },
    open: (headers = {}) => {
      response.writeHead(200, { 'content-type': 'application/json', ...headers });
      response.flushHeaders();
      return toFakeStream(response, told);
    },
    cut: () => void request.socket.destroy(),
  };
}

/** The fields in the order in which Go writes those of a built-in type. */
export function listOf(items: readonly unknown[], head: ListHead = {}): unknown {
  return {
    kind: head.kind ?? 'PodList',
    apiVersion: 'v1',
    metadata: {
      resourceVersion: head.version ?? '100',
      ...(head.continueToken === undefined ? {} : { continue: head.continueToken }),
    },
    items,
  };
}

export function statusOf(code: number, options: FailOptions = {}): unknown {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code,
    reason: options.reason ?? '',
    message: options.message ?? `failed with ${code}`,
    details: { causes: options.causes ?? [] },
  };
}

function toFakeStream(response: ServerResponse, told: Told): FakeStream {
  let isClosed = false;
  response.once('close', () => {
    isClosed = true;
  });
  const send = (type: string, object: unknown): void => {
    told.note(type, object);
    response.write(`${JSON.stringify({ type, object })}\n`);
  };
  return {
    event: send,
    bookmark: (resourceVersion, annotations) =>
      send('BOOKMARK', { kind: 'Pod', apiVersion: 'v1', metadata: { resourceVersion, annotations } }),
    error: (code, reason) => send('ERROR', statusOf(code, { reason })),
    raw: (bytes) => void response.write(bytes),
    end: () => void response.end(),
    cut: () => void response.socket?.destroy(),
    get isClosed() {
      return isClosed;
    },
  };
}
