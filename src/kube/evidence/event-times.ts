import type * as k8s from '@kubernetes/client-node';
import { fields, integer, timeAt } from '../object-fields.ts';

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
