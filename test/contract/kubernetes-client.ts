import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { fieldAt, type Fields } from '../../src/sandbox/api-types.ts';

/** Where a Kubernetes API is and how to be let in. Certificates and keys are PEM. */
export interface Connection {
  readonly url: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
}

/** A whole answer. `body` is `{}` when it is not JSON. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: Fields;
  /** A field of the body by its dotted path. */
  at(path: string): unknown;
}

/** One line of a watch. */
export interface WatchEvent {
  readonly type: string;
  readonly object: Fields;
}

/** An open watch. */
export interface Watch {
  /** The next event that is wanted (any, by default), dropping those before it. Throws when the stream ends first. */
  next(isWanted?: (event: WatchEvent) => boolean): Promise<WatchEvent>;
  /** Resolves when the server has ended the stream properly; events that nobody took are dropped. */
  ended(): Promise<void>;
  close(): void;
}

/** What a request says besides method and path. An object as body is sent as JSON. */
export interface RequestOptions {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
}

/** Plain requests to a Kubernetes API, as far from any client library as can be. */
export interface Client {
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  watch(path: string, options?: RequestOptions): Promise<Watch>;
  /** Closes the watches that are still open. */
  close(): void;
}

function parse(text: string): Fields {
  try {
    return JSON.parse(text) as Fields;
  } catch {
    return {};
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function* readLines(response: IncomingMessage): AsyncGenerator<WatchEvent> {
  let rest = '';
  response.setEncoding('utf8');
  for await (const chunk of response as AsyncIterable<string>) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as WatchEvent;
  }
}

function headersFor(
  connection: Connection,
  options: RequestOptions,
  body: string | undefined,
): Record<string, string> {
  const { token } = connection;
  return {
    accept: options.accept ?? 'application/json',
    'user-agent': 'ankra-support-agent-contract',
    ...(body === undefined
      ? {}
      : {
          'content-type': options.contentType ?? 'application/json',
          // Node frames the body of a DELETE only when its length is named; without, the server does not see it.
          'content-length': String(Buffer.byteLength(body)),
        }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
}

/** A client for one API server; each request has a connection of its own. */
export function createClient(connection: Connection): Client {
  const open = new Set<ClientRequest>();
  const { url, token: _token, ...tls } = connection;

  function send(method: string, path: string, options: RequestOptions): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const start = url.startsWith('https:') ? httpsRequest : httpRequest;
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    const headers = headersFor(connection, options, body);
    const sent = start(`${url}${path}`, { method, headers, agent: false, ...tls }, resolve);
    open.add(sent);
    sent.on('error', reject);
    sent.on('close', () => open.delete(sent));
    sent.end(body);
    return promise;
  }

  async function request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const response = await send(method, path, options);
    const text = await readText(response);
    const body = parse(text);
    return { status: response.statusCode ?? 0, text, body, at: (field) => fieldAt(body, field) };
  }

  async function watch(path: string, options: RequestOptions = {}): Promise<Watch> {
    const response = await send('GET', path, options);
    if (response.statusCode !== 200)
      throw new Error(`watch ${path}: ${response.statusCode} ${await readText(response)}`);
    const events = readLines(response);
    return {
      next: async (isWanted = () => true) => {
        for (let event = await events.next(); event.done !== true; event = await events.next())
          if (isWanted(event.value)) return event.value;
        throw new Error(`watch ${path} ended before the event that was waited for`);
      },
      ended: async () => {
        for (let event = await events.next(); event.done !== true;) event = await events.next();
      },
      close: () => response.destroy(),
    };
  }

  return { request, watch, close: () => open.forEach((sent) => sent.destroy()) };
}
