import { isRecord } from './api/problems.ts';

/** The calls that a fault can be limited to. */
export const operations = [
  'create',
  'review',
  'list',
  'get',
  'comment',
  'close',
  'attach',
  'download',
  'clusters',
  'organisations',
] as const;
export type Operation = (typeof operations)[number];

interface Scope {
  /** Only this call; every call of the API when absent. */
  readonly on?: Operation;
  /** How many requests it hits; without end when absent. */
  readonly times?: number;
  /** Only requests whose body contains this text, as a firewall does it. */
  readonly containing?: string;
}

/** Something that goes wrong on purpose. */
export type Fault = Scope &
  (
    | {
        readonly kind: 'status';
        readonly status: number;
        readonly retryAfter?: string;
        readonly detail?: string;
        /** An HTML page in place of the API's own error, as a firewall or a gateway before it answers. */
        readonly page?: string;
      }
    /** `after`: the request is carried out at once and only the answer is late. Otherwise it is carried out late too. */
    | { readonly kind: 'delay'; readonly ms: number; readonly after?: boolean }
    /** The request is carried out, then the connection is cut instead of an answer. */
    | { readonly kind: 'loseAnswer' }
    /** The connection is cut before the request is looked at. */
    | { readonly kind: 'down' }
  );

/** The faults in force, in the order in which they were added. */
export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  list(): readonly Fault[];
  /**
   * For the server: the first fault that applies to this call, counted as used. Those that look at the body apply only when it is given,
   * as JSON text.
   */
  take(operation: Operation, body?: string): Fault | undefined;
  /** How long a new ticket stays invisible in lists, in milliseconds. */
  listLagMs: number;
}

const kinds: Readonly<Record<Fault['kind'], (fields: Readonly<Record<string, unknown>>) => boolean>> = {
  status: ({ status }) => Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 599,
  delay: ({ ms }) => typeof ms === 'number' && ms >= 0,
  loseAnswer: () => true,
  down: () => true,
};

/** True when a JSON value describes a fault. */
export function isFault(value: unknown): value is Fault {
  if (!isRecord(value)) return false;
  const { kind } = value;
  if (typeof kind !== 'string' || !Object.hasOwn(kinds, kind) || !hasScope(value)) return false;
  return kinds[kind as Fault['kind']](value);
}

function hasScope({ on, times, containing }: Readonly<Record<string, unknown>>): boolean {
  if (on !== undefined && !operations.some((operation) => operation === on)) return false;
  if (times !== undefined && !(Number.isInteger(times) && Number(times) > 0)) return false;
  return containing === undefined || typeof containing === 'string';
}

function applies({ on, containing }: Fault, operation: Operation, body: string | undefined): boolean {
  if (on !== undefined && on !== operation) return false;
  return body === undefined
    ? containing === undefined
    : containing !== undefined && body.includes(containing);
}

/** An empty set of faults. */
export function createFaults(): Faults {
  let active: { readonly fault: Fault; left: number }[] = [];
  return {
    listLagMs: 0,
    add: (fault) => {
      active.push({ fault, left: fault.times ?? Infinity });
    },
    clear: () => {
      active = [];
    },
    list: () =>
      active.map(({ fault, left }) => (fault.times === undefined ? fault : { ...fault, times: left })),
    take: (operation, body) => {
      const entry = active.find(({ fault }) => applies(fault, operation, body));
      if (entry === undefined) return undefined;
      entry.left -= 1;
      if (entry.left <= 0) active = active.filter((other) => other !== entry);
      return entry.fault;
    },
  };
}
