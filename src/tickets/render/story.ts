import type { Environment } from '../../domain/environment.ts';
import { tells } from '../../domain/failure-classes.ts';
import type { Trigger } from '../../domain/incident.ts';

/** Everything the text of a ticket is made from. All of it is redacted already. */
export interface Story {
  readonly trigger: Trigger;
  /** What fails, as the most causal signal says it: `container app exits with code 3 (Error)`. */
  readonly message: string;
  /** The container that fails, if it is one. */
  readonly container?: string;
  readonly environment: Environment;
  /** Name and namespace of the Incident object. */
  readonly incident: { readonly name: string; readonly namespace: string };
  readonly openedAt: number;
  /** The closed ticket of an earlier incident of the same owner. */
  readonly previousTicketId?: string;
}

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
