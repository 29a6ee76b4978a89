import type { Clock } from '../../domain/clock.ts';

/** A wake-up this late means that the event loop or the whole process stood still. */
const LATE_MS = 1_000;
/** After standing still: time for what waits in the socket buffers to be read before anything counts as dead. */
const GRACE_MS = 1_000;
/** Without a reason of its own, each abort would make an error with a stack. */
const CANCELLED = new Error('cancelled');

/**
 * Sleeps `ms`; when the wake-up comes late, because the event loop was blocked or the container frozen, sleeps a short
 * grace more, in which the bytes that arrived meanwhile are read. Rejects with the signal's reason.
 */
async function sleepFairly(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const due = clock.monotonic() + ms;
  await clock.sleep(ms, signal);
  if (clock.monotonic() - due >= LATE_MS) await clock.sleep(GRACE_MS, signal);
}

/** Calls `onExpire` after `ms` unless cancelled before. Returns the cancellation. */
export function startDeadline(clock: Clock, ms: number, onExpire: () => void): () => void {
  const controller = new AbortController();
  sleepFairly(clock, ms, controller.signal).then(onExpire, () => undefined);
  return () => controller.abort(CANCELLED);
}

/** Calls `check` again and again until it is stopped; each call says how long until the next. Returns how to stop. */
export function startWatchdog(clock: Clock, check: () => number): () => void {
  const controller = new AbortController();
  const { signal } = controller;

  async function run(): Promise<void> {
    while (!signal.aborted) await sleepFairly(clock, check(), signal);
  }

  // The only rejection is the sleep's, when stopped.
  run().catch(() => undefined);
  return () => controller.abort(CANCELLED);
}
