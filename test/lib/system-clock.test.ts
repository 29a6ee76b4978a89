import { getEventListeners } from 'node:events';
import { expect, test } from '@jest/globals';
import { systemClock } from '../../src/lib/clock.ts';

test('sleeps no shorter than asked, and time never goes back', async () => {
  const before = systemClock.monotonic();
  await systemClock.sleep(2);
  // A timer counts whole milliseconds.
  expect(systemClock.monotonic() - before).toBeGreaterThanOrEqual(1);
});

test('a sleep rejects with the reason of its signal', async () => {
  const reason = new Error('stop');
  await expect(systemClock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  const stop = new AbortController();
  const sleeping = systemClock.sleep(60_000, stop.signal);
  stop.abort(reason);
  await expect(sleeping).rejects.toBe(reason);
});

test('a sleep leaves no listener at its signal, however it ends', async () => {
  const stop = new AbortController();
  await systemClock.sleep(1, stop.signal);
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  const sleeping = systemClock.sleep(60_000, stop.signal);
  stop.abort(new Error('stop'));
  await expect(sleeping).rejects.toThrow('stop');
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
});

test('a reason that is no error is the cause of one', async () => {
  const sleeping = systemClock.sleep(60_000, AbortSignal.abort('words'));
  await expect(sleeping).rejects.toMatchObject({ message: 'aborted', cause: 'words' });
});
