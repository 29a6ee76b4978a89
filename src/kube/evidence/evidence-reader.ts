import type * as k8s from '@kubernetes/client-node';
import type { ObjectRef } from '../../domain/failure.ts';
import { type Clock, SECOND } from '../../domain/clock.ts';
import type { Omission } from '../../domain/environment.ts';
import { KubeApiError, KubeConnectionError, type KubeRequest, type Reads } from '../connection/index.ts';
import { systemClock } from '../../lib/clock.ts';
import { fields, type Fields, fieldsList, integer, metaOf, text } from '../object-fields.ts';

/** Paths of the collections that the agent's rights let it read, by API group and kind; `*` stands for the namespace. */
const collections = {
  Pod: '/api/v1/namespaces/*/pods',
  Node: '/api/v1/nodes',
  Namespace: '/api/v1/namespaces',
  PersistentVolumeClaim: '/api/v1/namespaces/*/persistentvolumeclaims',
  PersistentVolume: '/api/v1/persistentvolumes',
  'storage.k8s.io/StorageClass': '/apis/storage.k8s.io/v1/storageclasses',
  'autoscaling/HorizontalPodAutoscaler': '/apis/autoscaling/v2/namespaces/*/horizontalpodautoscalers',
  'apps/Deployment': '/apis/apps/v1/namespaces/*/deployments',
  'apps/StatefulSet': '/apis/apps/v1/namespaces/*/statefulsets',
  'apps/DaemonSet': '/apis/apps/v1/namespaces/*/daemonsets',
  'apps/ReplicaSet': '/apis/apps/v1/namespaces/*/replicasets',
  'apps/ControllerRevision': '/apis/apps/v1/namespaces/*/controllerrevisions',
  'batch/Job': '/apis/batch/v1/namespaces/*/jobs',
  'batch/CronJob': '/apis/batch/v1/namespaces/*/cronjobs',
} as const;

/** Those of which no single object is read by its reference; of ConfigMaps the metadata alone. */
const onlyListed = {
  ResourceQuota: '/api/v1/namespaces/*/resourcequotas',
  LimitRange: '/api/v1/namespaces/*/limitranges',
  ConfigMap: '/api/v1/namespaces/*/configmaps',
  PodDisruptionBudget: '/apis/policy/v1/namespaces/*/poddisruptionbudgets',
  PodMetrics: '/apis/metrics.k8s.io/v1beta1/namespaces/*/pods',
  NodeMetrics: '/apis/metrics.k8s.io/v1beta1/nodes',
  Event: '/apis/events.k8s.io/v1/namespaces/*/events',
} as const;

type Kind = keyof typeof collections;

const lists: Readonly<Record<Kind | keyof typeof onlyListed, string>> = { ...collections, ...onlyListed };

/** Path of all objects of a kind in a namespace. */
export function listPath(kind: keyof typeof lists, namespace: string): string {
  return lists[kind].replace('*', () => encodeURIComponent(namespace));
}

/** Path of one object; of a cluster-scoped kind without a namespace. */
export function pathOf(kind: Kind, name: string, namespace = ''): string {
  return `${listPath(kind, namespace)}/${encodeURIComponent(name)}`;
}

/** Path of one object; undefined for a kind that the agent does not read. */
export function objectPath({
  apiVersion,
  kind,
  name,
  namespace,
}: Pick<ObjectRef, 'apiVersion' | 'kind' | 'namespace' | 'name'>): string | undefined {
  const group = apiVersion.includes('/') ? `${apiVersion.split('/')[0]}/` : '';
  const key = `${group}${kind}`;
  return isKind(key) ? pathOf(key, name, namespace) : undefined;
}

function isKind(key: string): key is Kind {
  return Object.hasOwn(collections, key);
}

/** Without a second choice: a server that cannot do it answers 406, and never with the data of a ConfigMap. */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
/** The ticket waits for the evidence: rather a part less than a late one. */
const CALL_TIMEOUT_MS = 5 * SECOND;
/** A hundred large pods. */
const MAX_BYTES = 4 * 1_024 * 1_024;

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
interface Page<T> {
  readonly items: readonly Fields<T>[];
  /** How many more there are, as far as the API server says; at least 1 if there are more. */
  readonly left: number;
  /** Asks for the next part; empty where there is none. */
  readonly continueToken: string;
  /** Could be read. */
  readonly isRead: boolean;
}

/** Reads for one piece of evidence. A part that cannot be read is noted in `omitted` and is undefined or empty. */
export class EvidenceReader {
  readonly #connection: Reads;
  readonly #common: Pick<KubeRequest, 'timeoutMs' | 'maxBytes' | 'signal'>;
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #omitted: Omission[] = [];

  constructor(connection: Reads, signal: AbortSignal | undefined, clock: Pick<Clock, 'sleep'> = systemClock) {
    this.#connection = connection;
    this.#clock = clock;
    const limits = { timeoutMs: CALL_TIMEOUT_MS, maxBytes: MAX_BYTES };
    this.#common = signal === undefined ? limits : { ...limits, signal };
  }

  get omitted(): readonly Omission[] {
    return this.#omitted;
  }

  /** One object. `field` is the part of the evidence that is missing without it. */
  async object<T>(field: string, path: string): Promise<Fields<T> | undefined> {
    const object = await this.#read(field, { path });
    return object === undefined ? undefined : fields<T>(object);
  }

  /** The metadata of one object, and nothing else of it; undefined where it cannot be read. */
  async metadata(field: string, path: string): Promise<Fields<k8s.V1ObjectMeta> | undefined> {
    const object = await this.#read(field, { path, headers: { accept: METADATA_ONLY } });
    return object === undefined ? undefined : metaOf(fields<{ metadata: k8s.V1ObjectMeta }>(object));
  }

  /** As `object`, for what may well not exist: that is said, not noted. */
  async find<T>(field: string, path: string): Promise<Found<T>> {
    try {
      const object = await this.#connection.json<unknown>({ ...this.#common, path });
      return { object: fields<T>(object), isAbsent: false };
    } catch (error) {
      const isAbsent = error instanceof KubeApiError && error.status === 404;
      if (!isAbsent) this.fail(field, error);
      return { isAbsent };
    }
  }

  /** The items of a list. */
  async list<T>(field: string, path: string, query: Query): Promise<readonly Fields<T>[]> {
    return (await this.page<T>(field, path, query)).items;
  }

  /** As `list`, with what else is known of it; `maxBytes` for lists of large objects. */
  async page<T>(field: string, path: string, query: Query, maxBytes = MAX_BYTES): Promise<Page<T>> {
    const list = await this.#read(field, { path, query, maxBytes });
    const { items, metadata } = fields<{ items: object[]; metadata: object }>(list);
    const { continue: rest, remainingItemCount } = fields<ListMeta>(metadata);
    const left = text(rest) === undefined ? 0 : Math.max(1, integer(remainingItemCount) ?? 1);
    return { items: fieldsList<T>(items), left, continueToken: text(rest) ?? '', isRead: list !== undefined };
  }

  /** A log as text. Throws what the connection throws: not every log that is asked for exists. */
  log(path: string, query: Query): Promise<string> {
    return this.#connection.text({ ...this.#common, path, query });
  }

  /** Waits before something is asked for once more. Rejects when the signal is aborted. */
  wait(ms: number): Promise<void> {
    return this.#clock.sleep(ms, this.#common.signal);
  }

  /** Notes that a part is missing, and why, for a person. */
  omit(field: string, reason: string): void {
    this.#omitted.push({ field, reason });
  }

  /** Notes that a list is longer than what was read of it; `how` says what was done with that. */
  omitRest(field: string, { items, left }: Page<unknown>, how: string): void {
    if (left > 0) this.omit(field, `${items.length} of ${items.length + left} ${how}`);
  }

  /** Notes a part that could not be read because of `error`. */
  fail(field: string, error: unknown): void {
    this.omit(field, reasonOf(error));
  }

  async #read(field: string, request: KubeRequest): Promise<unknown> {
    try {
      return await this.#connection.json<unknown>({ ...this.#common, ...request });
    } catch (error) {
      this.fail(field, error);
      return undefined;
    }
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
