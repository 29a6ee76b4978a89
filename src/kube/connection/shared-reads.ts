import { KubeApiError, KubeConnectionError } from './errors.ts';
import type { KubeConnection, KubeRequest } from './types.ts';

/** What is needed to read. */
export type Reads = Pick<KubeConnection, 'json' | 'text'>;

/**
 * Of equal reads of JSON at the same time one is sent: in a storm many incidents ask for the same node and the same Events at once. The
 * answer is shared as well, and must not be changed.
 */
export function shareJson(connection: Pick<KubeConnection, 'json'>): KubeConnection['json'] {
  const underWay = new Map<string, Promise<unknown>>();

  async function send(key: string, request: KubeRequest): Promise<unknown> {
    const sent = connection.json<unknown>(request);
    underWay.set(key, sent);
    try {
      return await sent;
    } finally {
      underWay.delete(key);
    }
  }

  return async function json<T>(request: KubeRequest): Promise<T> {
    const { path, query, headers, maxBytes } = request;
    const key = JSON.stringify([path, query, headers, maxBytes]);
    const same = underWay.get(key);
    if (same === undefined) return (await send(key, request)) as T;
    try {
      return (await same) as T;
    } catch (error) {
      if (isAnswer(error) || request.signal?.aborted === true) throw error;
      // Whoever sent it was told to stop, and we were not.
      return connection.json<T>(request);
    }
  };
}

function isAnswer(error: unknown): boolean {
  return error instanceof KubeApiError || error instanceof KubeConnectionError;
}
