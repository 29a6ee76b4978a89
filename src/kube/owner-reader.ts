import type { V1APIResource, V1APIResourceList } from '@kubernetes/client-node';
import { type Clock, MINUTE, SECOND } from '../domain/clock.ts';
import type { OwnerReader, OwnerReading } from '../domain/ports.ts';
import type { OwnerReference } from '../domain/views.ts';
import { KubeApiError, type KubeConnection } from './connection/index.ts';
import { fields, fieldsList, text } from './object-fields.ts';
import { shareJson } from './evidence/shared-reads.ts';
import { BoundedMap } from '../lib/bounded-map.ts';

/** Metadata alone where the server can; an aggregated API may know only the whole. */
const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';
/** Of an autoscaler the spec says what it scales. */
const wholeKinds: ReadonlySet<string> = new Set(['HorizontalPodAutoscaler']);
const WHOLE = 'application/json';
const TIMEOUT_MS = 5 * SECOND;
const MAX_BYTES = 4 * 1_024 * 1_024;
/** How long kinds and refusals are believed: a kind may be installed and a right given meanwhile. */
const BELIEVED_MS = 10 * MINUTE;
/** Group versions, and collections that were refused. A cluster has a few dozens of custom ones that own pods. */
const MAX_REMEMBERED = 500;

const API_VERSION = /^(?:[a-z0-9.-]+\/)?[a-z0-9]+$/;

export interface OwnerReaderDeps {
  readonly connection: Pick<KubeConnection, 'json'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** What is wanted of the metadata of an object; undefined for one without name and uid. */
  readonly project: (
    object: unknown,
  ) => ({ readonly uid: string } & Omit<Extract<OwnerReading, { kind: 'read' }>, 'kind'>) | undefined;
}

interface State extends OwnerReaderDeps {
  /** Kinds of a group version, or that there is none. */
  readonly kinds: Remembered<Kinds>;
  readonly refused: Remembered<true>;
}

type Kinds = ReadonlyMap<string, { readonly plural: string; readonly namespaced: boolean }>;

/** Reads owners of any kind; where their kind is served is asked once for each group version. */
export function createOwnerReader(deps: OwnerReaderDeps): OwnerReader {
  const state: State = {
    ...deps,
    // The first pods of many owners of one kind ask at once where that kind is served.
    connection: { json: shareJson(deps.connection) },
    kinds: remembered(deps.clock),
    refused: remembered(deps.clock),
  };
  return { read: (reference, namespace, signal) => read(state, { reference, namespace, signal }) };
}

/** A reference may hold any words, as nobody has to have made the object that it names. */
function isAddressable({ apiVersion, name }: OwnerReference): boolean {
  return API_VERSION.test(apiVersion) && name !== '' && name !== '.' && name !== '..';
}

interface Wanted {
  readonly reference: OwnerReference;
  readonly namespace: string;
  readonly signal: AbortSignal;
}

async function read(state: State, wanted: Wanted): Promise<OwnerReading> {
  const { reference, signal } = wanted;
  if (!isAddressable(reference)) return { kind: 'absent' };
  const collection = await collectionOf(state, wanted);
  if (typeof collection !== 'string') return collection;
  if (state.refused.get(collection) === true) return { kind: 'refused' };
  const path = `${collection}/${encodeURIComponent(reference.name)}`;
  const headers = { accept: wholeKinds.has(reference.kind) ? WHOLE : METADATA };
  try {
    const limits = { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES };
    const object = await state.connection.json<unknown>({ path, headers, signal, ...limits });
    return readingOf(state.project(object), reference);
  } catch (error) {
    const reading = refusalOf(error);
    if (reading.kind === 'refused') state.refused.set(collection, true);
    return reading;
  }
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

/** Path of all objects of the kind; or what became of finding it. */
async function collectionOf(state: State, wanted: Wanted): Promise<string | OwnerReading> {
  const { apiVersion, kind } = wanted.reference;
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  let kinds = state.kinds.get(apiVersion);
  if (kinds === undefined) {
    const found = await kindsAt(state, root, wanted.signal);
    if (!(found instanceof Map)) return found;
    kinds = found;
    state.kinds.set(apiVersion, kinds);
  }
  const resource = kinds.get(kind);
  if (resource === undefined) return { kind: 'absent' };
  const plural = encodeURIComponent(resource.plural);
  if (!resource.namespaced) return `${root}/${plural}`;
  return `${root}/namespaces/${encodeURIComponent(wanted.namespace)}/${plural}`;
}

async function kindsAt(
  { connection }: State,
  path: string,
  signal: AbortSignal,
): Promise<Map<string, { plural: string; namespaced: boolean }> | OwnerReading> {
  try {
    const limits = { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES };
    const list = fields<V1APIResourceList>(await connection.json({ path, signal, ...limits }));
    return toKinds(fieldsList<V1APIResource>(list.resources));
  } catch (error) {
    const reading = refusalOf(error);
    return reading.kind === 'absent' ? new Map() : reading;
  }
}

function toKinds(
  resources: ReturnType<typeof fieldsList<V1APIResource>>,
): Map<string, { plural: string; namespaced: boolean }> {
  const kinds = new Map<string, { plural: string; namespaced: boolean }>();
  for (const resource of resources) {
    const [kind, plural] = [text(resource.kind), text(resource.name)];
    // `pods/status` is of the kind Pod as well.
    if (kind === undefined || plural === undefined || plural.includes('/')) continue;
    kinds.set(kind, { plural, namespaced: resource.namespaced === true });
  }
  return kinds;
}

interface Remembered<Value> {
  readonly get: (key: string) => Value | undefined;
  readonly set: (key: string, value: Value) => void;
}

/** A bounded memory that forgets; of too many the oldest. */
function remembered<Value>(clock: Pick<Clock, 'monotonic'>): Remembered<Value> {
  const entries = new BoundedMap<string, { readonly value: Value; readonly until: number }>(MAX_REMEMBERED);
  return {
    get: (key) => {
      const entry = entries.get(key);
      return entry !== undefined && clock.monotonic() < entry.until ? entry.value : undefined;
    },
    set: (key, value) => {
      entries.set(key, { value, until: clock.monotonic() + BELIEVED_MS });
    },
  };
}
