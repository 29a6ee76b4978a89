import type { Clock } from '../../domain/clock.ts';

/** A wake-up this late means that the event loop or the whole process stood still. */
const LATE_MS = 1_000;
/** After standing still: time for what waits in the socket buffers to be read before anything is called dead. */
const GRACE_MS = 1_000;

/**
 * Sleeps `ms`; when the wake-up comes late, because the event loop was blocked or the container frozen, sleeps a short
 * grace more, in which the bytes that arrived meanwhile are read. Rejects with the signal's reason.
 */
export async function sleepFairly(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const due = clock.monotonic() + ms;
  await clock.sleep(ms, signal);
  if (clock.monotonic() - due >= LATE_MS) await clock.sleep(GRACE_MS, signal);
}

/** Calls `onExpire` after `ms` unless cancelled before. Returns the cancellation. */
export function startDeadline(clock: Clock, ms: number, onExpire: () => void): () => void {
  const controller = new AbortController();
  sleepFairly(clock, ms, controller.signal).then(onExpire, () => undefined);
  return () => controller.abort();
}
