import type { EventsV1Event, V1EventSource, V1ObjectMeta, V1ObjectReference } from '@kubernetes/client-node';
import type { EventFacts } from '../../domain/environment.ts';
import type { ObjectRef } from '../../domain/failure.ts';
import { eventTimes } from './event-times.ts';
import { words } from './facts.ts';
import { listPath } from './kinds.ts';
import type { Lookups } from './lookups.ts';
import { fields, present, text } from './raw.ts';
import type { Fields } from './raw.ts';

/** Far more than reporters leave standing for one object: the recorder in client-go sends 25 in a burst, then one in 5 minutes. */
const MAX_LISTED = 200;

/** They come in the order of their names, not of their times. */
const MAX_WARNINGS = 500;

/** The Events about these objects, newest first, at most `max`. */
export async function readEvents(
  lookups: Lookups,
  objects: readonly ObjectRef[],
  max: number,
): Promise<readonly EventFacts[]> {
  const distinct = new Map(objects.map((object) => [`${object.kind}/${object.name}/${object.uid}`, object]));
  const lists = await Promise.all([...distinct.values()].map((object) => readAbout(lookups, object)));
  return newestOf(lists.flat(), max);
}

/** The Warnings about anything in a namespace, newest first, at most `max`. */
export async function readWarnings(
  lookups: Lookups,
  namespace: string,
  max: number,
): Promise<readonly EventFacts[]> {
  const query = { fieldSelector: 'type=Warning', limit: MAX_WARNINGS };
  return newestOf(await lookups.list<EventsV1Event>('events', listPath('Event', namespace), query), max);
}

function newestOf(all: readonly Fields<EventsV1Event>[], max: number): readonly EventFacts[] {
  const events = new Map(all.map((event) => [text(fields<V1ObjectMeta>(event.metadata).uid), event]));
  return [...events.values()]
    .map((event) => ({ event, times: eventTimes(event) }))
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

function readAbout(lookups: Lookups, object: ObjectRef): Promise<readonly Fields<EventsV1Event>[]> {
  // Events about cluster-scoped objects are kept in `default`.
  const path = listPath('Event', object.namespace === '' ? 'default' : object.namespace);
  return lookups.list<EventsV1Event>('events', path, {
    fieldSelector: selectorFor(object),
    limit: MAX_LISTED,
  });
}

/** Field names of events.k8s.io/v1 (`regarding`, not `involvedObject`): k8s.io/kubernetes pkg/apis/events/v1/conversion.go. */
function selectorFor(object: ObjectRef): string {
  // The kubelet does not know the uid of its node at first, and leaves it out.
  if (object.kind === 'Node' || object.uid === '')
    return `regarding.kind=${object.kind},regarding.name=${object.name}`;
  return `regarding.uid=${object.uid}`;
}

function eventFacts(event: Fields<EventsV1Event>, times: ReturnType<typeof eventTimes>): EventFacts {
  const regarding = fields<V1ObjectReference>(event.regarding);
  const source =
    text(event.reportingController) ?? text(fields<V1EventSource>(event.deprecatedSource).component);
  return present({
    type: words(event.type) ?? '',
    reason: words(event.reason) ?? '',
    message: words(event.note) ?? '',
    count: times.count,
    firstAt: isoTime(times.firstAt),
    lastAt: isoTime(times.lastAt),
    object: `${words(regarding.kind) ?? ''}/${words(regarding.name) ?? ''}`,
    source: words(source),
  });
}

function isoTime(at: number): string | undefined {
  return at > 0 ? new Date(at).toISOString() : undefined;
}
