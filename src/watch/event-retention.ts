import { subjectKey } from '../domain/events.ts';
import type { EventView } from '../domain/views.ts';
import type { Retention } from '../kube/reflector/index.ts';
import { createHeap, type Places } from '../lib/heap.ts';
import type { WatchedView } from './resources.ts';

/** Events kept about one object. The API server folds repeats, so a few are enough. */
export const MAX_EVENTS_OF_OBJECT = 20;
/** Events kept in all, about 1 kB each: beside the pods of a very large cluster they fit into the heap that the chart gives. */
export const MAX_EVENTS = 20_000;

/** Which bound an Event was dropped for: that of its object, or that of all. */
export const eventBounds = ['object', 'total'] as const;
export type EventBound = (typeof eventBounds)[number];

interface Held {
  readonly uid: string;
  readonly lastAt: number;
  readonly forget: (uid: string) => void;
}

/** The Events of one object. */
interface Subject {
  readonly key: string;
  /** Replaced, not grown: an array that grows has room for 16 more, and most objects have one or two. */
  events: readonly Held[];
  oldest: Held;
  /** In the queue. */
  place: number | undefined;
}

const places: Places<Subject> = {
  get: ({ place }) => place,
  set: (subject, place) => {
    subject.place = place;
  },
  delete: (subject) => {
    subject.place = undefined;
  },
};

/** Bounds the Events of all collections together. One object with thousands of them cannot push out those of the others. */
export class EventRetention implements Retention<WatchedView> {
  readonly #max: number;
  readonly #maxOfObject: number;
  readonly #subjects = new Map<string, Subject>();
  /** The subject with the most Events first; among equals the one whose oldest Event is the oldest. */
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
    const subject = this.#put(view, { uid, lastAt: view.lastAt, forget });
    if (subject.events.length > this.#maxOfObject) return this.#drop(subject, 'object') !== uid;
    if (this.#size <= this.#max) return true;
    return this.#drop(this.#busiest.peek() ?? subject, 'total') !== uid;
  }

  release(uid: string, view: WatchedView): void {
    const subject = view.kind === 'Event' ? this.#subjects.get(subjectKey(view)) : undefined;
    if (subject !== undefined) this.#take(subject, uid);
  }

  #put(view: EventView, held: Held): Subject {
    const key = subjectKey(view);
    const subject = this.#subjects.get(key) ?? { key, events: [], oldest: held, place: undefined };
    this.#busiest.remove(subject);
    const at = subject.events.findIndex(({ uid }) => uid === held.uid);
    if (at === -1) {
      this.#size += 1;
      subject.events = [...subject.events, held];
    } else {
      subject.events = subject.events.with(at, held);
    }
    subject.oldest = oldestOf(subject.events) ?? held;
    this.#subjects.set(key, subject);
    this.#busiest.add(subject);
    return subject;
  }

  #take(subject: Subject, uid: string): void {
    const at = subject.events.findIndex((held) => held.uid === uid);
    if (at === -1) return;
    this.#busiest.remove(subject);
    subject.events = subject.events.toSpliced(at, 1);
    this.#size -= 1;
    const oldest = oldestOf(subject.events);
    if (oldest === undefined) {
      this.#subjects.delete(subject.key);
      return;
    }
    subject.oldest = oldest;
    this.#busiest.add(subject);
  }

  /** Drops the oldest Event of a subject; returns its uid. */
  #drop(subject: Subject, bound: EventBound): string {
    const { uid, forget } = subject.oldest;
    this.#dropped[bound] += 1;
    this.#take(subject, uid);
    forget(uid);
    return uid;
  }
}

function isBusier(left: Subject, right: Subject): boolean {
  const more = left.events.length - right.events.length;
  return more === 0 ? left.oldest.lastAt < right.oldest.lastAt : more > 0;
}

function oldestOf(events: readonly Held[]): Held | undefined {
  let oldest: Held | undefined;
  for (const event of events) if (oldest === undefined || event.lastAt < oldest.lastAt) oldest = event;
  return oldest;
}
