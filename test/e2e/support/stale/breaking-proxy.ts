import { createServer as createHttpServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, RequestListener, RequestOptions, Server, ServerResponse } from 'node:http';
import { createServer as createHttpsServer, request as httpsRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type AskedFor, type Exchange, readAskedFor } from './exchange.ts';
import { garbleObjects, type Sink, trickleInto } from './answers.ts';

/** How requests fare that a rule is about. */
export type Breakage =
  /** Answered here; the server never sees them. What is open is cut off. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Never answered, and not a byte of what is open comes any more. Nobody is told. */
  | { readonly kind: 'silence' }
  /** As silence, but for what is open now alone: what is asked for later is answered. */
  | { readonly kind: 'half-open' }
  /** The connection is reset, that of what is open as well. */
  | { readonly kind: 'reset' }
  /** The answer comes with so many bytes a second, and the rest of it at once when the rule ends. */
  | { readonly kind: 'trickle'; readonly bytesPerSecond: number }
  /** Of a list, the objects whose names begin so have a text where their metadata should be. */
  | { readonly kind: 'garble'; readonly names: string };

export type Choice = (asked: AskedFor) => boolean;

/** A reverse proxy that breaks what a test names and passes everything else on. */
export interface BreakingProxy {
  readonly url: string;
  /** Breaks these requests from now on. Of several rules the first counts. Returns what ends it. */
  break(choice: Choice, breakage: Breakage): () => void;
  /** Nobody listens any more, and what is connected is reset. */
  refuse(): Promise<void>;
  /** Listens again, on the same port. */
  accept(): Promise<void>;
  /** Every request that came, broken or not; the body is left out. */
  readonly asked: readonly Omit<AskedFor, 'body'>[];
  close(): Promise<void>;
}

export interface ProxyOptions {
  /** Base URL of the server behind it. */
  readonly upstream: string;
  /** PEM of the authority that signed that server's certificate. */
  readonly upstreamCa?: string;
  /** Speaks TLS to its clients with this certificate. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

interface Rule {
  readonly choice: Choice;
  readonly breakage: Breakage;
  isOver: boolean;
}

interface State {
  readonly options: ProxyOptions;
  readonly rules: Rule[];
  readonly open: Set<Exchange>;
  readonly asked: Omit<AskedFor, 'body'>[];
}

/** Starts one on a free port of loopback. */
export async function startBreakingProxy(options: ProxyOptions): Promise<BreakingProxy> {
  const state: State = { options, rules: [], open: new Set(), asked: [] };
  const sockets = new Set<Socket>();
  const listener: RequestListener = (request, response) => {
    serve(state, request, response).catch(() => response.destroy());
  };
  const create = (): Server => {
    const server =
      options.tls === undefined ? createHttpServer(listener) : createHttpsServer(options.tls, listener);
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    return server;
  };
  let server = create();
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;

  async function refuse(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.resetAndDestroy();
    await closed;
  }

  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    break: (choice, breakage) => breakFromNow(state, { choice, breakage, isOver: false }),
    refuse,
    accept: async () => {
      server = create();
      await listen(server, port);
    },
    asked: state.asked,
    close: refuse,
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

function breakFromNow({ rules, open }: State, rule: Rule): () => void {
  const { choice, breakage } = rule;
  for (const exchange of open) if (choice(exchange.asked)) breakOpen(exchange, breakage);
  if (breakage.kind === 'half-open') return () => undefined;
  rules.push(rule);
  return () => {
    rules.splice(rules.indexOf(rule), 1);
    rule.isOver = true;
  };
}

/** What is slow or garbled is so from its beginning only. */
function breakOpen(exchange: Exchange, { kind }: Breakage): void {
  if (kind === 'silence' || kind === 'half-open') exchange.isMuted = true;
  if (kind === 'answer' || kind === 'reset') cut(exchange.response);
}

function cut(response: ServerResponse): void {
  response.socket?.destroy();
  response.destroy();
}

async function serve(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request);
  const asked = readAskedFor(request, body.toString());
  const { body: _body, ...kept } = asked;
  state.asked.push(kept);
  const rule = state.rules.find(({ choice }) => choice(asked));
  const breakage = rule?.breakage;
  if (breakage?.kind === 'silence') return;
  if (breakage?.kind === 'reset') return cut(response);
  if (breakage?.kind === 'answer') {
    const { status, headers = {}, body: text = '' } = breakage;
    response.writeHead(status, headers).end(text);
    return;
  }
  const exchange: Exchange = { asked, response, isMuted: false };
  state.open.add(exchange);
  response.once('close', () => state.open.delete(exchange));
  pass(state.options, request, { exchange, body, sink: sinkOf(exchange, rule) });
}

function sinkOf(exchange: Exchange, rule: Rule | undefined): Sink {
  const { response } = exchange;
  const breakage = rule?.breakage;
  if (breakage?.kind === 'trickle')
    return trickleInto(response, () => (rule?.isOver === true ? Infinity : breakage.bytesPerSecond));
  if (breakage?.kind === 'garble') return garbleObjects(response, breakage.names);
  return {
    write: (chunk) => {
      if (!exchange.isMuted) response.write(chunk);
    },
    end: () => {
      if (!exchange.isMuted) response.end();
    },
  };
}

interface Passage {
  readonly exchange: Exchange;
  readonly body: Buffer;
  readonly sink: Sink;
}

function pass({ upstream, upstreamCa }: ProxyOptions, from: IncomingMessage, passage: Passage): void {
  const { exchange, body, sink } = passage;
  const { response } = exchange;
  const url = new URL(from.url ?? '/', upstream);
  const headers: RequestOptions['headers'] = { ...from.headers, host: url.host };
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const to = send(url, {
    method: from.method,
    headers,
    ...(upstreamCa === undefined ? {} : { ca: upstreamCa }),
  });
  to.on('response', (answer) => {
    // Nobody waits for it any more: the client was cut off, and may have been told so.
    if (response.destroyed || response.headersSent) return void to.destroy();
    if (exchange.isMuted) return;
    // What changes the length of an answer cannot keep its length in the header.
    const { 'content-length': _length, ...kept } = answer.headers;
    response.writeHead(answer.statusCode ?? 502, kept);
    response.flushHeaders();
    answer.on('data', (chunk: Buffer) => sink.write(chunk));
    answer.once('end', () => sink.end());
    answer.on('error', () => cut(response));
  });
  to.on('error', () => cut(response));
  response.once('close', () => to.destroy());
  to.end(body);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
