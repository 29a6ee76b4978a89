import type { Environment } from '../../domain/environment.ts';
import { tells } from '../../domain/failure-classes.ts';

/** Epoch milliseconds of a time in the environment; undefined for none and for what is no time of our calendar. */
export function timeOf(text: string | undefined): number | undefined {
  const at = Date.parse(text ?? '');
  return at >= 0 && at < MAX_TIME ? at : undefined;
}

/** The year 10000. */
const MAX_TIME = 253_402_300_800_000;

/**
 * When it began to fail, as far as the cluster remembers: the signal of a crash loop knows its last crash, its Events
 * know an earlier one.
 */
export function beganAt({ incident, events }: Environment): number | undefined {
  const times = [timeOf(incident.since)];
  if (tells(incident.class, 'restarts')) {
    const backOffs = events.filter(({ type, reason }) => type === 'Warning' && reason === 'BackOff');
    times.push(...backOffs.map((event) => timeOf(event.firstAt)));
  }
  const known = times.filter((at) => at !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
