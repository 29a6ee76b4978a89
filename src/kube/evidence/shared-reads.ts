import {
  KubeApiError,
  type KubeConnection,
  KubeConnectionError,
  type KubeRequest,
} from '../connection/index.ts';

/** What is needed to read. */
export type Reads = Pick<KubeConnection, 'json' | 'text'>;

/**
 * Sends one of equal reads of JSON at the same time: in a storm many incidents ask for the same node and the same Events at once. The
 * answer is shared as well, and must not be changed.
 */
export class SharedReads implements Reads {
  readonly #connection: Reads;
  readonly #underWay = new Map<string, Promise<unknown>>();

  constructor(connection: Reads) {
    this.#connection = connection;
  }

  text(request: KubeRequest): Promise<string> {
    return this.#connection.text(request);
  }

  async json<T>(request: KubeRequest): Promise<T> {
    const { path, query, headers, maxBytes } = request;
    const key = JSON.stringify([path, query, headers, maxBytes]);
    const same = this.#underWay.get(key);
    if (same === undefined) return (await this.#send(key, request)) as T;
    try {
      return (await same) as T;
    } catch (error) {
      if (isAnswer(error) || request.signal?.aborted === true) throw error;
      // The sender's signal was aborted, and ours was not.
      return this.#connection.json<T>(request);
    }
  }

  async #send(key: string, request: KubeRequest): Promise<unknown> {
    const sent = this.#connection.json<unknown>(request);
    this.#underWay.set(key, sent);
    try {
      return await sent;
    } finally {
      this.#underWay.delete(key);
    }
  }
}

function isAnswer(error: unknown): boolean {
  return error instanceof KubeApiError || error instanceof KubeConnectionError;
}
