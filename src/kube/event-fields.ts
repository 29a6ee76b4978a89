import type * as k8s from '@kubernetes/client-node';
import { fields, integer, timeAt } from './object-fields.ts';

/** How often and when something was reported. */
export interface EventTimes {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/**
 * Count and times of an Event of events.k8s.io/v1. Reporters of the old API (the kubelet among them) fill only the
 * `deprecated` fields; those of the new one `eventTime` and, from the second time on, `series`. Where no field says
 * when, the Event's own creation counts.
 */
export function eventTimes(object: unknown): EventTimes {
  const event = fields<k8s.EventsV1Event>(object);
  const series = fields<k8s.EventsV1EventSeries>(event.series);
  const createdAt = timeAt(fields<{ creationTimestamp: string }>(event.metadata).creationTimestamp) ?? 0;
  const firstAt = timeAt(event.deprecatedFirstTimestamp) ?? timeAt(event.eventTime) ?? createdAt;
  const lastAt = timeAt(series.lastObservedTime) ?? timeAt(event.deprecatedLastTimestamp) ?? firstAt;
  const count = integer(series.count) ?? integer(event.deprecatedCount) ?? 1;
  return { count: Math.max(1, count), firstAt, lastAt: Math.max(firstAt, lastAt) };
}

/** What client-go's recorder puts before the text when something is said in other words ten times (tools/record/events_cache.go). */
const COMBINED = /^(?:\(combined from similar events\): )+/;

/** What an Event says, whether its reporter has put several of them together or not. */
export function plainNote(note: string): string {
  return note.replace(COMBINED, '');
}

/** `spec.containers{app}`, `spec.initContainers{migrate}`: the container that a kubelet's Event is about. */
const CONTAINER_PATH = /^spec\.\w+\{([^}]+)\}$/;

/** The name of the container in the `fieldPath` of an Event's object, if it names one. */
export function containerIn(fieldPath: string): string | undefined {
  return CONTAINER_PATH.exec(fieldPath)?.[1];
}
