import type { TracedRequest } from './trace.ts';

/** Parts of the agent's time from the failing status to the POST, in milliseconds, one after the other; and what runs beside them. */
export interface Phases {
  /** The event is parsed and judged; up to the first request. */
  readonly detect: number;
  /** Evidence is read, and the ticket list searched beside it; up to the last answer. */
  readonly gather: number;
  /** Environment, redaction and text; up to the request that creates the Incident. */
  readonly compose: number;
  /** The Incident is created: the server's part of it. */
  readonly create: number;
  /** Up to the first byte of the POST. */
  readonly post: number;
}

/** Names of the phases in their order. */
export const phaseNames = ['detect', 'gather', 'compose', 'create', 'post'] as const;

/** Cuts one sample into phases, from the requests that the agent made. Undefined when they are not those of one incident. */
export function phasesOf(
  failedAt: number,
  requests: readonly TracedRequest[],
  postedAt: number,
): Phases | undefined {
  const creation = requests.find(({ method, url }) => method === 'POST' && url.endsWith('/incidents'));
  if (creation?.endAt === undefined) return undefined;
  const reads = requests.filter(({ method, startAt }) => method === 'GET' && startAt < creation.startAt);
  const firstAt = Math.min(...reads.map(({ startAt }) => startAt));
  const lastAt = Math.max(...reads.map(({ endAt }) => endAt ?? 0));
  return {
    detect: firstAt - failedAt,
    gather: lastAt - firstAt,
    compose: creation.startAt - lastAt,
    create: creation.endAt - creation.startAt,
    post: postedAt - creation.endAt,
  };
}

/** How long, up to the POST, at least one request was in the hands of the servers: time that no agent can save. */
export function serverTime(requests: readonly TracedRequest[], postedAt: number): number {
  let busy = 0;
  let until = -Infinity;
  for (const { startAt, endAt = postedAt } of requests.toSorted((a, b) => a.startAt - b.startAt)) {
    if (startAt >= postedAt) break;
    busy += Math.max(0, Math.min(endAt, postedAt) - Math.max(startAt, until));
    until = Math.max(until, endAt);
  }
  return busy;
}

/** What a request asks for, without names: the same for each sample. */
export function labelOf({ method, url }: TracedRequest): string {
  const [path = ''] = url.split('?');
  const what = path
    .replace(/^\/(?:api|apis\/[^/]+)\/[^/]+\//, '')
    .replace(/namespaces\/[^/]+\//, '')
    .replaceAll(/(?<=(?:pods|deployments|replicasets|nodes|incidents|tickets)\/)[^/]+/g, '*');
  return `${method} ${what}`;
}
