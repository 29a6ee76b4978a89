import { subjectKey } from '../domain/event-subject.ts';
import type { EventView } from '../domain/views.ts';
import type { Retention } from '../kube/reflector/index.ts';
import { createHeap, type Heap, type Places } from '../lib/heap.ts';
import type { WatchedView } from './resources.ts';

/** Events kept about one object. The API server folds repeats, so a few tell the whole story. */
export const MAX_EVENTS_OF_OBJECT = 20;
/** Events kept in all, about 1 kB each: beside the pods of a very large cluster they fit into the heap that the chart gives. */
export const MAX_EVENTS = 20_000;

/** Which bound an Event was dropped for: that of its object, or that of all. */
export const eventBounds = ['object', 'total'] as const;
export type EventBound = (typeof eventBounds)[number];

/** Bounds the Events of all collections together. One object with thousands of them cannot push out those of the others. */
export interface EventRetention extends Retention<WatchedView> {
  /** Events that were dropped since the start. One that is written again counts again. */
  readonly dropped: Readonly<Record<EventBound, number>>;
}

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

interface State {
  readonly subjects: Map<string, Subject>;
  /** The subject with the most Events first; among equals the one whose oldest Event is the oldest. */
  readonly busiest: Heap<Subject>;
  readonly dropped: Record<EventBound, number>;
  size: number;
}

/** Nothing is held yet. Bounds other than the usual ones are for tests. */
export function createEventRetention(max = MAX_EVENTS, maxOfObject = MAX_EVENTS_OF_OBJECT): EventRetention {
  const state: State = {
    subjects: new Map(),
    busiest: createHeap(isBusier, places),
    dropped: { object: 0, total: 0 },
    size: 0,
  };
  return {
    dropped: state.dropped,
    hold: (uid, view, forget) => {
      if (view.kind !== 'Event') return true;
      const subject = put(state, view, { uid, lastAt: view.lastAt, forget });
      if (subject.events.length > maxOfObject) return drop(state, subject, 'object') !== uid;
      if (state.size <= max) return true;
      return drop(state, state.busiest.peek() ?? subject, 'total') !== uid;
    },
    release: (uid, view) => {
      const subject = view.kind === 'Event' ? state.subjects.get(subjectKey(view)) : undefined;
      if (subject !== undefined) take(state, subject, uid);
    },
  };
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

function isBusier(left: Subject, right: Subject): boolean {
  const more = left.events.length - right.events.length;
  return more === 0 ? left.oldest.lastAt < right.oldest.lastAt : more > 0;
}

function put(state: State, view: EventView, held: Held): Subject {
  const { subjects, busiest } = state;
  const key = subjectKey(view);
  const subject = subjects.get(key) ?? { key, events: [], oldest: held, place: undefined };
  busiest.remove(subject);
  const at = subject.events.findIndex(({ uid }) => uid === held.uid);
  if (at === -1) {
    state.size += 1;
    subject.events = [...subject.events, held];
  } else {
    subject.events = subject.events.with(at, held);
  }
  subject.oldest = oldestOf(subject.events) ?? held;
  subjects.set(key, subject);
  busiest.add(subject);
  return subject;
}

function take(state: State, subject: Subject, uid: string): void {
  const { subjects, busiest } = state;
  const at = subject.events.findIndex((held) => held.uid === uid);
  if (at === -1) return;
  busiest.remove(subject);
  subject.events = subject.events.toSpliced(at, 1);
  state.size -= 1;
  const oldest = oldestOf(subject.events);
  if (oldest === undefined) {
    subjects.delete(subject.key);
    return;
  }
  subject.oldest = oldest;
  busiest.add(subject);
}

/** Drops the oldest Event of a subject; returns its uid. */
function drop(state: State, subject: Subject, bound: EventBound): string {
  const { uid, forget } = subject.oldest;
  state.dropped[bound] += 1;
  take(state, subject, uid);
  forget(uid);
  return uid;
}

function oldestOf(events: readonly Held[]): Held | undefined {
  let oldest: Held | undefined;
  for (const event of events) if (oldest === undefined || event.lastAt < oldest.lastAt) oldest = event;
  return oldest;
}
