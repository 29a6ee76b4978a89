import { subjectKey } from '../domain/event-subject.ts';
import type { EventView } from '../domain/views.ts';
import type { Retention } from '../kube/reflector/index.ts';
import { createHeap, type Heap } from '../lib/heap.ts';
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
  readonly events: Map<string, Held>;
  oldest: Held;
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
    busiest: createHeap(isBusier),
    dropped: { object: 0, total: 0 },
    size: 0,
  };
  return {
    dropped: state.dropped,
    hold: (uid, view, forget) => {
      if (view.kind !== 'Event') return true;
      const subject = put(state, view, { uid, lastAt: view.lastAt, forget });
      if (subject.events.size > maxOfObject) return drop(state, subject, 'object') !== uid;
      if (state.size <= max) return true;
      return drop(state, state.busiest.peek() ?? subject, 'total') !== uid;
    },
    release: (uid, view) => {
      const subject = view.kind === 'Event' ? state.subjects.get(subjectKey(view)) : undefined;
      if (subject !== undefined) take(state, subject, uid);
    },
  };
}

function isBusier(left: Subject, right: Subject): boolean {
  const more = left.events.size - right.events.size;
  return more === 0 ? left.oldest.lastAt < right.oldest.lastAt : more > 0;
}

function put(state: State, view: EventView, held: Held): Subject {
  const { subjects, busiest } = state;
  const key = subjectKey(view);
  const subject = subjects.get(key) ?? { key, events: new Map<string, Held>(), oldest: held };
  busiest.remove(subject);
  state.size += subject.events.has(held.uid) ? 0 : 1;
  subject.events.set(held.uid, held);
  subject.oldest = oldestOf(subject.events.values()) ?? held;
  subjects.set(key, subject);
  busiest.add(subject);
  return subject;
}

function take(state: State, subject: Subject, uid: string): void {
  const { subjects, busiest } = state;
  if (!subject.events.has(uid)) return;
  busiest.remove(subject);
  subject.events.delete(uid);
  state.size -= 1;
  const oldest = oldestOf(subject.events.values());
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

function oldestOf(events: Iterable<Held>): Held | undefined {
  let oldest: Held | undefined;
  for (const event of events) if (oldest === undefined || event.lastAt < oldest.lastAt) oldest = event;
  return oldest;
}
