import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a request asks of an API server; everything else of another server is `get` or `write`. */
export type Verb = 'list' | 'watch' | 'get' | 'write';

/** A request, as far as a test chooses by it which ones to break. */
export interface AskedFor {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly verb: Verb;
  /** Plural name, as in `pods`; empty for what names none. */
  readonly resource: string;
  readonly body: string;
}

/** A request and its answer, which are under way. */
export interface Exchange {
  readonly asked: AskedFor;
  readonly response: ServerResponse;
  /** Every further byte of the answer vanishes; the connection stays. */
  isMuted: boolean;
}

const API_PATH = /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)\/(.+)$/u;

/** Reads what a request asks for. */
export function readAskedFor(request: IncomingMessage, body: string): AskedFor {
  const url = new URL(request.url ?? '/', 'http://unused');
  const method = request.method ?? 'GET';
  const words = API_PATH.exec(url.pathname)?.[1]?.split('/') ?? [];
  const [resource = '', name] = words[0] === 'namespaces' && words.length > 2 ? words.slice(2) : words;
  const verb = verbOf(method, resource !== '' && name === undefined, url.searchParams.get('watch'));
  return { method, path: url.pathname, verb, resource, body };
}

function verbOf(method: string, isCollection: boolean, watch: string | null): Verb {
  if (method !== 'GET') return 'write';
  if (!isCollection) return 'get';
  return watch === '1' || watch === 'true' ? 'watch' : 'list';
}
