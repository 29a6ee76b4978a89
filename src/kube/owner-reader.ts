import type * as k8s from '@kubernetes/client-node';
import { type Clock, MINUTE, SECOND } from '../domain/clock.ts';
import type { OwnerReader, OwnerReading } from '../domain/ports.ts';
import type { OwnerReference } from '../domain/views.ts';
import { KubeApiError, type Reads, SharedReads } from './connection/index.ts';
import { fields, fieldsList, text } from './object-fields.ts';
import { BoundedMap } from '../lib/bounded-map.ts';

/** Metadata alone where the server can; an aggregated API may know only the whole. */
const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';
/** Of an autoscaler the spec says what it scales. */
const wholeKinds: ReadonlySet<string> = new Set(['HorizontalPodAutoscaler']);
const LIMITS = { timeoutMs: 5 * SECOND, maxBytes: 4 * 1_024 * 1_024 };
/** How long kinds and refusals are kept: a kind may be installed and a right given meanwhile. */
const KEPT_MS = 10 * MINUTE;
/** Group versions, and collections that were refused. A cluster has a few dozens of custom ones that own pods. */
const MAX_REMEMBERED = 500;

const API_VERSION = /^(?:[a-z0-9.-]+\/)?[a-z0-9]+$/;

export interface OwnerReaderDeps {
  readonly connection: Reads;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** What is wanted of the metadata of an object; undefined for one without name and uid. */
  readonly project: (
    object: unknown,
  ) => ({ readonly uid: string } & Omit<Extract<OwnerReading, { kind: 'read' }>, 'kind'>) | undefined;
}

interface KindPath {
  readonly plural: string;
  readonly namespaced: boolean;
}

type Kinds = ReadonlyMap<string, KindPath>;

interface Wanted {
  readonly reference: OwnerReference;
  readonly namespace: string;
  readonly signal: AbortSignal;
}

/** Reads owners of any kind; where their kind is served is asked once for each group version. */
export class KubeOwnerReader implements OwnerReader {
  readonly #reads: SharedReads;
  readonly #project: OwnerReaderDeps['project'];
  /** Kinds of a group version, or that there is none. */
  readonly #kinds: ExpiringMap<Kinds>;
  readonly #refused: ExpiringMap<true>;

  constructor({ connection, clock, project }: OwnerReaderDeps) {
    // The first pods of many owners of one kind ask at once where that kind is served.
    this.#reads = new SharedReads(connection);
    this.#project = project;
    this.#kinds = new ExpiringMap(clock);
    this.#refused = new ExpiringMap(clock);
  }

  async read(reference: OwnerReference, namespace: string, signal: AbortSignal): Promise<OwnerReading> {
    if (!isAddressable(reference)) return { kind: 'absent' };
    const collection = await this.#collectionOf({ reference, namespace, signal });
    if (typeof collection !== 'string') return collection;
    if (this.#refused.get(collection) === true) return { kind: 'refused' };
    const path = `${collection}/${encodeURIComponent(reference.name)}`;
    try {
      const object = await this.#reads.json<unknown>({
        path,
        headers: { accept: wholeKinds.has(reference.kind) ? 'application/json' : METADATA },
        signal,
        ...LIMITS,
      });
      return readingOf(this.#project(object), reference);
    } catch (error) {
      const reading = refusalOf(error);
      if (reading.kind === 'refused') this.#refused.set(collection, true);
      return reading;
    }
  }

  /** Path of all objects of the kind; or what became of finding it. */
  async #collectionOf({ reference, namespace, signal }: Wanted): Promise<string | OwnerReading> {
    const { apiVersion, kind } = reference;
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    let kinds = this.#kinds.get(apiVersion);
    if (kinds === undefined) {
      const found = await this.#kindsAt(root, signal);
      if (!(found instanceof Map)) return found;
      kinds = found;
      this.#kinds.set(apiVersion, found);
    }
    const resource = kinds.get(kind);
    if (resource === undefined) return { kind: 'absent' };
    const plural = encodeURIComponent(resource.plural);
    if (!resource.namespaced) return `${root}/${plural}`;
    return `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
  }

  async #kindsAt(path: string, signal: AbortSignal): Promise<Map<string, KindPath> | OwnerReading> {
    try {
      const list = fields<k8s.V1APIResourceList>(await this.#reads.json({ path, signal, ...LIMITS }));
      return toKinds(fieldsList<k8s.V1APIResource>(list.resources));
    } catch (error) {
      const reading = refusalOf(error);
      return reading.kind === 'absent' ? new Map() : reading;
    }
  }
}

/** A reference may hold any words, as nobody has to have made the object that it names. */
function isAddressable({ apiVersion, name }: OwnerReference): boolean {
  return API_VERSION.test(apiVersion) && name !== '' && name !== '.' && name !== '..';
}

function readingOf(
  found: ReturnType<OwnerReaderDeps['project']>,
  { uid: wantedUid }: OwnerReference,
): OwnerReading {
  if (found === undefined || found.uid !== wantedUid) return { kind: 'absent' };
  const { uid: _uid, ...rest } = found;
  return { kind: 'read', ...rest };
}

/** What an error says for good. Throws what may pass. */
function refusalOf(error: unknown): OwnerReading {
  if (!(error instanceof KubeApiError)) throw error;
  if (error.status === 403) return { kind: 'refused' };
  if (error.status === 404 || error.status === 410) return { kind: 'absent' };
  throw error;
}

function toKinds(resources: ReturnType<typeof fieldsList<k8s.V1APIResource>>): Map<string, KindPath> {
  const kinds = new Map<string, KindPath>();
  for (const resource of resources) {
    const [kind, plural] = [text(resource.kind), text(resource.name)];
    // `pods/status` is of the kind Pod as well.
    if (kind === undefined || plural === undefined || plural.includes('/')) continue;
    kinds.set(kind, { plural, namespaced: resource.namespaced === true });
  }
  return kinds;
}

/** Holds a bounded number of values, each for a while. */
class ExpiringMap<Value> {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #entries = new BoundedMap<string, { readonly value: Value; readonly until: number }>(
    MAX_REMEMBERED,
  );

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && this.#clock.monotonic() < entry.until ? entry.value : undefined;
  }

  set(key: string, value: Value): void {
    this.#entries.set(key, { value, until: this.#clock.monotonic() + KEPT_MS });
  }
}
