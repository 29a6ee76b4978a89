import { DAY, HOUR, MINUTE, SECOND } from '../../domain/clock.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/u;

/** True for a complete RFC 3339 time. */
export function isTime(text: string): boolean {
  return RFC3339.test(text) && !Number.isNaN(Date.parse(text));
}

/** `2026-08-02 03:12:04 UTC` for an RFC 3339 time. */
export function readableTime(time: string): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** How long ago, in one unit: `4 min ago`. */
export function age(time: string, now: number): string {
  const ms = now - Date.parse(time);
  if (ms < 10 * SECOND) return 'just now';
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s ago`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ago`;
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)} h ago`;
  return `${Math.floor(ms / DAY)} days ago`;
}

/** The age of something, with the exact time on hovering. */
export function ageElement(time: string, now: number): Html {
  return html`<time datetime="${time}" title="${readableTime(time)}" data-age>${age(time, now)}</time>`;
}
