import { SECOND } from '../../domain/clock.ts';
import type { Omission } from '../../domain/environment.ts';
import { KubeApiError, KubeConnectionError } from '../connection/index.ts';
import type { KubeConnection, KubeRequest } from '../connection/index.ts';
import { fields, fieldsList } from './raw.ts';
import type { Fields } from './raw.ts';

/** The ticket waits for the evidence: rather a part less than a late one. */
const CALL_TIMEOUT_MS = 5 * SECOND;
/** A hundred large pods. */
const MAX_BYTES = 4 * 1_024 * 1_024;

/** Reads of one look at the cluster. A part that cannot be read is noted in `omitted` and is undefined or empty. */
export interface Lookups {
  readonly omitted: readonly Omission[];
  /** One object. `field` is the part of the evidence that is missing without it. */
  object<T>(field: string, path: string): Promise<Fields<T> | undefined>;
  /** The items of a list. */
  list<T>(field: string, path: string, query: Query): Promise<readonly Fields<T>[]>;
  /** A log as text. Throws what the connection throws: not every log that is asked for exists. */
  log(path: string, query: Query): Promise<string>;
  /** Notes that a part is missing, and why, for a person. */
  omit(field: string, reason: string): void;
  /** Notes a part that could not be read because of `error`. */
  fail(field: string, error: unknown): void;
}

type Query = NonNullable<KubeRequest['query']>;

export function createLookups(connection: KubeConnection, signal: AbortSignal | undefined): Lookups {
  const omitted: Omission[] = [];
  const common = {
    timeoutMs: CALL_TIMEOUT_MS,
    maxBytes: MAX_BYTES,
    ...(signal === undefined ? {} : { signal }),
  };

  function omit(field: string, reason: string): void {
    omitted.push({ field, reason });
  }

  function fail(field: string, error: unknown): void {
    omit(field, reasonOf(error));
  }

  async function read(field: string, request: KubeRequest): Promise<unknown> {
    try {
      return await connection.json<unknown>({ ...common, ...request });
    } catch (error) {
      fail(field, error);
      return undefined;
    }
  }

  return {
    omitted,
    omit,
    fail,
    object: async <T>(field: string, path: string) => {
      const object = await read(field, { path });
      return object === undefined ? undefined : fields<T>(object);
    },
    list: async <T>(field: string, path: string, query: Query) => {
      const list = await read(field, { path, query });
      return fieldsList<T>(fields<{ items: object[] }>(list).items);
    },
    log: (path, query) => connection.text({ ...common, path, query }),
  };
}

/** Why something could not be read, in words for the reader of a ticket. */
function reasonOf(error: unknown): string {
  if (error instanceof KubeApiError) {
    if (error.status === 404) return 'it does not exist any more';
    if (error.status === 403) return 'the agent has no right to read it';
    return `the API server answered ${error.status}`;
  }
  if (error instanceof KubeConnectionError) {
    if (error.code === 'CALL_TIMEOUT') return `no answer within ${CALL_TIMEOUT_MS / SECOND} s`;
    if (error.code === 'TOO_LARGE') return 'it is too large to read';
    return `the API server could not be reached (${error.code})`;
  }
  return 'it could not be read';
}
