import { expect, test } from '@jest/globals';
import { aborted, stopSignal } from '../../src/cli/process.ts';

test('a signal to the process aborts once, and the process is left as it was', async () => {
  const before = process.listenerCount('SIGTERM');
  const stop = stopSignal();
  const ended = aborted(stop.signal);
  process.emit('SIGTERM', 'SIGTERM');
  await ended;
  expect(stop.signal.reason).toEqual(new Error('received SIGTERM'));
  await aborted(stop.signal);
  stop.restore();
  expect(process.listenerCount('SIGTERM')).toBe(before);
});
