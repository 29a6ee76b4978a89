import { SECOND } from '../../domain/clock.ts';
import type { Omission } from '../../domain/environment.ts';
import { KubeApiError, KubeConnectionError, type KubeRequest } from '../connection/index.ts';
import { fields, type Fields, fieldsList, integer, text } from '../object-fields.ts';
import type { Reads } from '../connection/shared-reads.ts';

/** The ticket waits for the evidence: rather a part less than a late one. */
const CALL_TIMEOUT_MS = 5 * SECOND;
/** A hundred large pods. */
const MAX_BYTES = 4 * 1_024 * 1_024;

/** Reads of one look at the cluster. A part that cannot be read is noted in `omitted` and is undefined or empty. */
export interface Lookups {
  readonly omitted: readonly Omission[];
  /** One object. `field` is the part of the evidence that is missing without it. */
  object<T>(field: string, path: string): Promise<Fields<T> | undefined>;
  /** As `object`, for what may well not exist: that is said, not noted. */
  find<T>(field: string, path: string): Promise<Found<T>>;
  /** The items of a list. */
  list<T>(field: string, path: string, query: Query): Promise<readonly Fields<T>[]>;
  /** As `list`, with what else is known of it; `maxBytes` for lists of large objects. */
  page<T>(field: string, path: string, query: Query, maxBytes?: number): Promise<Page<T>>;
  /** A log as text. Throws what the connection throws: not every log that is asked for exists. */
  log(path: string, query: Query): Promise<string>;
  /** Notes that a part is missing, and why, for a person. */
  omit(field: string, reason: string): void;
  /** Notes a part that could not be read because of `error`. */
  fail(field: string, error: unknown): void;
}

type Query = NonNullable<KubeRequest['query']>;

/** As on the wire; the client calls `continue` otherwise. */
interface ListMeta {
  continue: string;
  remainingItemCount: number;
}

/** An object, that there is none, or neither because it could not be read. */
export interface Found<T> {
  readonly object?: Fields<T>;
  readonly isAbsent: boolean;
}

/** The first part of a list. */
export interface Page<T> {
  readonly items: readonly Fields<T>[];
  /** How many more there are, as far as the API server says; at least 1 if there are more. */
  readonly left: number;
  /** Asks for the next part; empty where there is none. */
  readonly continueToken: string;
  /** Could be read. */
  readonly isRead: boolean;
}

export function createLookups(connection: Reads, signal: AbortSignal | undefined): Lookups {
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

  async function page<T>(field: string, path: string, query: Query, maxBytes = MAX_BYTES): Promise<Page<T>> {
    const list = await read(field, { path, query, maxBytes });
    const { items, metadata } = fields<{ items: object[]; metadata: object }>(list);
    const { continue: rest, remainingItemCount } = fields<ListMeta>(metadata);
    const left = text(rest) === undefined ? 0 : Math.max(1, integer(remainingItemCount) ?? 1);
    return { items: fieldsList<T>(items), left, continueToken: text(rest) ?? '', isRead: list !== undefined };
  }

  return {
    omitted,
    omit,
    fail,
    object: async <T>(field: string, path: string) => {
      const object = await read(field, { path });
      return object === undefined ? undefined : fields<T>(object);
    },
    find: <T>(field: string, path: string) =>
      found<T>(connection.json<unknown>({ ...common, path }), (error) => fail(field, error)),
    page,
    list: async <T>(field: string, path: string, query: Query) => (await page<T>(field, path, query)).items,
    log: (path, query) => connection.text({ ...common, path, query }),
  };
}

async function found<T>(reading: Promise<unknown>, fail: (error: unknown) => void): Promise<Found<T>> {
  try {
    return { object: fields<T>(await reading), isAbsent: false };
  } catch (error) {
    const isAbsent = error instanceof KubeApiError && error.status === 404;
    if (!isAbsent) fail(error);
    return { isAbsent };
  }
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
