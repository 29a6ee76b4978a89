import type { EventReason } from '../domain/event-reasons.ts';
import type { EventView } from '../domain/views.ts';

/** What several events about one thing say together. */
export interface Report {
  /** The newest of them. */
  readonly newest: EventView;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
}

/** Sums up the events that match; the same thing in other words is another Event object. */
export function reportOf(
  events: readonly EventView[],
  matches: (event: EventView) => boolean,
): Report | undefined {
  const matching = events.filter(matches);
  const newest = matching[0];
  if (newest === undefined) return undefined;
  return {
    newest,
    firstAt: Math.min(...matching.map((event) => event.firstAt)),
    lastAt: Math.max(...matching.map((event) => event.lastAt)),
    count: matching.reduce((sum, event) => sum + event.count, 0),
  };
}

/** A failed probe of this container; of a reporter that does not say whose, it may be. */
export function isProbeOf({ reason, container = '' }: EventView, name: string): boolean {
  return reason === 'Unhealthy' && (container === '' || container === name);
}

/** The newest event with one of these reasons. */
export function newestOf(
  events: readonly EventView[],
  reasons: readonly EventReason[],
): EventView | undefined {
  return events.find((event) => reasons.includes(event.reason));
}
