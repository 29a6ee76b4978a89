import { regardingKey } from '../domain/events.ts';
import type { EventView } from '../domain/views.ts';
import type { Retention } from '../kube/reflector/index.ts';
import { createHeap, type Places } from '../lib/heap.ts';
import type { WatchedView } from './resources.ts';

/** Events kept about one object. The API server folds repeats, so a few are enough. */
const MAX_EVENTS_OF_OBJECT = 20;
/** Events kept in all, about 1 kB each: beside the pods of a very large cluster they fit into the heap that the chart gives. */
const MAX_EVENTS = 20_000;

/** Which bound an Event was dropped for: that of its object, or that of all. */
export const eventBounds = ['object', 'total'] as const;
export type EventBound = (typeof eventBounds)[number];

interface Held {
  readonly uid: string;
  readonly lastAt: number;
  readonly forget: (uid: string) => void;
}

/** The Events of one object. */
interface ObjectEvents {
  readonly key: string;
  /** Replaced, not grown: an array that grows has room for 16 more, and most objects have one or two. */
  events: readonly Held[];
  oldest: Held;
  /** In the queue. */
  place: number | undefined;
}

const places: Places<ObjectEvents> = {
  get: ({ place }) => place,
  set: (object, place) => {
    object.place = place;
  },
  delete: (object) => {
    object.place = undefined;
  },
};

/** Bounds the Events of all collections together. One object with thousands of them cannot push out those of the others. */
export class EventRetention implements Retention<WatchedView> {
  readonly #max: number;
  readonly #maxOfObject: number;
  readonly #byObject = new Map<string, ObjectEvents>();
  /** The object with the most Events first; among equals the one whose oldest Event is the oldest. */
  readonly #busiest = createHeap(isBusier, places);
  readonly #dropped: Record<EventBound, number> = { object: 0, total: 0 };
  #size = 0;

  /** Bounds other than the usual ones are for tests. */
  constructor(max = MAX_EVENTS, maxOfObject = MAX_EVENTS_OF_OBJECT) {
    this.#max = max;
    this.#maxOfObject = maxOfObject;
  }

  /** Events that were dropped since the start. One that is written again counts again. */
  get dropped(): Readonly<Record<EventBound, number>> {
    return this.#dropped;
  }

  hold(uid: string, view: WatchedView, forget: (uid: string) => void): boolean {
    if (view.kind !== 'Event') return true;
    const object = this.#put(view, { uid, lastAt: view.lastAt, forget });
    if (object.events.length > this.#maxOfObject) return this.#drop(object, 'object') !== uid;
    if (this.#size <= this.#max) return true;
    return this.#drop(this.#busiest.peek() ?? object, 'total') !== uid;
  }

  release(uid: string, view: WatchedView): void {
    const object = view.kind === 'Event' ? this.#byObject.get(regardingKey(view)) : undefined;
    if (object !== undefined) this.#take(object, uid);
  }

  #put(view: EventView, held: Held): ObjectEvents {
    const key = regardingKey(view);
    const object = this.#byObject.get(key) ?? { key, events: [], oldest: held, place: undefined };
    this.#busiest.remove(object);
    const at = object.events.findIndex(({ uid }) => uid === held.uid);
    if (at === -1) {
      this.#size += 1;
      object.events = [...object.events, held];
    } else {
      object.events = object.events.with(at, held);
    }
    object.oldest = oldestOf(object.events) ?? held;
    this.#byObject.set(key, object);
    this.#busiest.add(object);
    return object;
  }

  #take(object: ObjectEvents, uid: string): void {
    const at = object.events.findIndex((held) => held.uid === uid);
    if (at === -1) return;
    this.#busiest.remove(object);
    object.events = object.events.toSpliced(at, 1);
    this.#size -= 1;
    const oldest = oldestOf(object.events);
    if (oldest === undefined) {
      this.#byObject.delete(object.key);
      return;
    }
    object.oldest = oldest;
    this.#busiest.add(object);
  }

  /** Drops the oldest Event of an object; returns its uid. */
  #drop(object: ObjectEvents, bound: EventBound): string {
    const { uid, forget } = object.oldest;
    this.#dropped[bound] += 1;
    this.#take(object, uid);
    forget(uid);
    return uid;
  }
}

function isBusier(left: ObjectEvents, right: ObjectEvents): boolean {
  const more = left.events.length - right.events.length;
  return more === 0 ? left.oldest.lastAt < right.oldest.lastAt : more > 0;
}

function oldestOf(events: readonly Held[]): Held | undefined {
  let oldest: Held | undefined;
  for (const event of events) if (oldest === undefined || event.lastAt < oldest.lastAt) oldest = event;
  return oldest;
}
