import type * as k8s from '@kubernetes/client-node';
import { type Clock, MINUTE } from '../../domain/clock.ts';
import type { EventFacts } from '../../domain/environment.ts';
import type { ObjectRef } from '../../domain/failure.ts';
import {
  clusterEventTimes,
  containerIn,
  type EventTimes,
  fields,
  type Fields,
  metaOf,
  plainNote,
  present,
  text,
  words,
} from '../object-fields.ts';
import { type EvidenceReader, listPath } from './evidence-reader.ts';
import { BoundedMap } from '../../lib/bounded-map.ts';

/** Far more than reporters leave standing for one object: the recorder in client-go sends 25 in a burst, then one in 5 minutes. */
const MAX_LISTED = 200;

/** They come in the order of their names, not of their times. */
const MAX_WARNINGS = 500;

/**
 * So many Events of a namespace are read at once rather than those of each object by itself: no selector names several objects. It is
 * about as much as three objects cost where there are that many.
 */
const MAX_SHARED = 200;
/** How long a namespace is known to have more than that. */
const BUSY_MS = 10 * MINUTE;
const MAX_BUSY = 1_000;

/** Namespaces that are known to have more Events than are read at once. */
export class BusyNamespaces {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #until = new BoundedMap<string, number>(MAX_BUSY);

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  has(namespace: string): boolean {
    return this.#clock.monotonic() < (this.#until.get(namespace) ?? 0);
  }

  add(namespace: string): void {
    this.#until.set(namespace, this.#clock.monotonic() + BUSY_MS);
  }
}

/** How many Events are kept, and where not to ask for all at once. */
export interface EventLimits {
  readonly max: number;
  readonly busyNamespaces: BusyNamespaces;
}

/** The Events about these objects, newest first. */
export async function readEvents(
  reader: EvidenceReader,
  objects: readonly ObjectRef[],
  { max, busyNamespaces }: EventLimits,
): Promise<readonly EventFacts[]> {
  const distinct = new Map(objects.map((object) => [`${object.kind}/${object.name}/${object.uid}`, object]));
  const byNamespace = Map.groupBy(distinct.values(), eventNamespace);
  const lists = await Promise.all(
    [...byNamespace].map(([namespace, about]) => readIn(reader, { namespace, about, busyNamespaces })),
  );
  return newestOf(lists.flat(), max);
}

interface Place {
  readonly namespace: string;
  readonly about: readonly ObjectRef[];
  readonly busyNamespaces: BusyNamespaces;
}

async function readIn(
  reader: EvidenceReader,
  { namespace, about, busyNamespaces }: Place,
): Promise<readonly Fields<k8s.EventsV1Event>[]> {
  if (about.length > 1 && !busyNamespaces.has(namespace)) {
    const path = listPath('Event', namespace);
    const { items, left } = await reader.page<k8s.EventsV1Event>('events', path, { limit: MAX_SHARED });
    if (left === 0) return items.filter((event) => about.some((object) => isAbout(event, object)));
    busyNamespaces.add(namespace);
  }
  return (await Promise.all(about.map((object) => readAbout(reader, object)))).flat();
}

/** Events about cluster-scoped objects are kept in `default`. */
function eventNamespace({ namespace }: ObjectRef): string {
  return namespace === '' ? 'default' : namespace;
}

/** The same as `selectorFor` says to the API server. */
function isAbout(event: Fields<k8s.EventsV1Event>, object: ObjectRef): boolean {
  const { kind, name, uid } = fields<k8s.V1ObjectReference>(event.regarding);
  return isKnownByName(object) ? kind === object.kind && name === object.name : uid === object.uid;
}

/** The Warnings about anything in a namespace, newest first, at most `max`. */
export async function readWarnings(
  reader: EvidenceReader,
  namespace: string,
  max: number,
): Promise<readonly EventFacts[]> {
  const query = { fieldSelector: 'type=Warning', limit: MAX_WARNINGS };
  return newestOf(await reader.list<k8s.EventsV1Event>('events', listPath('Event', namespace), query), max);
}

function newestOf(all: readonly Fields<k8s.EventsV1Event>[], max: number): readonly EventFacts[] {
  const events = new Map(all.map((event) => [text(metaOf(event).uid), event]));
  return [...events.values()]
    .map((event) => ({ event, times: clusterEventTimes(event) }))
    .toSorted((a, b) => b.times.lastAt - a.times.lastAt)
    .slice(0, max)
    .map(({ event, times }) => eventFacts(event, times));
}

/** Events of several readings together, each once. */
export function newestFirst(events: readonly EventFacts[], max: number): readonly EventFacts[] {
  const distinct = new Map(events.map((event) => [JSON.stringify(event), event]));
  return [...distinct.values()].toSorted((a, b) => lastSeen(b) - lastSeen(a)).slice(0, max);
}

function lastSeen({ lastAt }: EventFacts): number {
  return lastAt === undefined ? 0 : Date.parse(lastAt);
}

function readAbout(reader: EvidenceReader, object: ObjectRef): Promise<readonly Fields<k8s.EventsV1Event>[]> {
  const path = listPath('Event', eventNamespace(object));
  return reader.list<k8s.EventsV1Event>('events', path, {
    fieldSelector: selectorFor(object),
    limit: MAX_LISTED,
  });
}

/** Field names of events.k8s.io/v1 (`regarding`, not `involvedObject`): k8s.io/kubernetes pkg/apis/events/v1/conversion.go. */
function selectorFor(object: ObjectRef): string {
  if (isKnownByName(object)) return `regarding.kind=${object.kind},regarding.name=${object.name}`;
  return `regarding.uid=${object.uid}`;
}

/** The kubelet does not know the uid of its node at first, and leaves it out. */
function isKnownByName({ kind, uid }: ObjectRef): boolean {
  return kind === 'Node' || uid === '';
}

function eventFacts(event: Fields<k8s.EventsV1Event>, times: EventTimes): EventFacts {
  const regarding = fields<k8s.V1ObjectReference>(event.regarding);
  const source =
    text(event.reportingController) ?? text(fields<k8s.V1EventSource>(event.deprecatedSource).component);
  return present({
    type: words(event.type) ?? '',
    reason: words(event.reason) ?? '',
    message: plainNote(words(event.note) ?? ''),
    count: times.count,
    firstAt: isoTime(times.firstAt),
    lastAt: isoTime(times.lastAt),
    object: `${words(regarding.kind) ?? ''}/${words(regarding.name) ?? ''}`,
    container: words(containerIn(text(regarding.fieldPath) ?? '')),
    source: words(source),
  });
}

function isoTime(at: number): string | undefined {
  return at > 0 ? new Date(at).toISOString() : undefined;
}
