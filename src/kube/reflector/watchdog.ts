import type { Clock } from '../../domain/clock.ts';
import { sleepFairly } from '../connection/deadline.ts';

/** Without a reason of its own, each abort would make an error with a stack. */
const STOPPED = new Error('the watchdog is stopped');

/**
 * Calls `check` again and again until it is stopped; each call says how long until the next. Woken late, because the event loop was
 * blocked or the container frozen, it first lets the bytes that arrived meanwhile be read: nothing healthy is called dead.
 */
export function startWatchdog(clock: Clock, check: () => number): () => void {
  const controller = new AbortController();
  const { signal } = controller;

  async function run(): Promise<void> {
    while (!signal.aborted) await sleepFairly(clock, check(), signal);
  }

  // The only rejection is the sleep's, when stopped.
  run().catch(() => undefined);
  return () => controller.abort(STOPPED);
}
