import { describe, expect, test } from '@jest/globals';
import { DAY, SECOND } from '../../src/domain/clock.ts';
import { createWake } from '../../src/lib/clock.ts';
import { createFakeClock, type FakeClock, settle } from '../support/fake-clock.ts';

interface Waiting {
  readonly clock: FakeClock;
  readonly wake: ReturnType<typeof createWake>;
  readonly stop: AbortController;
  /** Waits, and says how it ended. */
  readonly wait: (untilMs?: number) => { outcome: string };
}

function setUp(): Waiting {
  const clock = createFakeClock();
  const wake = createWake(clock);
  const stop = new AbortController();
  return {
    clock,
    wake,
    stop,
    wait: (untilMs) => {
      const seen = { outcome: 'waiting' };
      wake.wait(untilMs, stop.signal).then(
        () => (seen.outcome = 'awake'),
        (error: unknown) => (seen.outcome = (error as Error).message),
      );
      return seen;
    },
  };
}

describe('a wait', () => {
  test('ends when its time comes', async () => {
    const { clock, wait } = setUp();
    const seen = wait(5 * SECOND);
    await clock.advance(5 * SECOND - 1);
    expect(seen.outcome).toBe('waiting');
    await clock.advance(1);
    expect(seen.outcome).toBe('awake');
  });

  test('ends at once for a time that is over', async () => {
    const { clock, wait } = setUp();
    await clock.advance(SECOND);
    const seen = wait(5);
    await clock.advance(0);
    expect(seen.outcome).toBe('awake');
  });

  test('without a time looks around once a day', async () => {
    const { clock, wait } = setUp();
    const seen = wait();
    await clock.advance(DAY - 1);
    expect(seen.outcome).toBe('waiting');
    await clock.advance(1);
    expect(seen.outcome).toBe('awake');
  });

  test('ends when something happens, and leaves no timer', async () => {
    const { clock, wake, wait } = setUp();
    const seen = wait(5 * SECOND);
    await settle();
    wake.notify();
    await settle();
    expect(seen.outcome).toBe('awake');
    expect(clock.sleeping).toBe(0);
  });

  test('does not miss what happened before it, and ends only once for it', async () => {
    const { wake, wait } = setUp();
    wake.notify();
    wake.notify();
    const first = wait();
    await settle();
    expect(first.outcome).toBe('awake');
    const second = wait();
    await settle();
    expect(second.outcome).toBe('waiting');
  });

  test('does not miss what happens while it ends', async () => {
    const { clock, wake, wait } = setUp();
    const first = wait(SECOND);
    const advanced = clock.advance(SECOND);
    wake.notify();
    await advanced;
    expect(first.outcome).toBe('awake');
    const second = wait();
    wake.notify();
    await settle();
    expect(second.outcome).toBe('awake');
  });

  test('rejects when it is stopped, before or meanwhile, and leaves no timer', async () => {
    const { clock, stop, wait } = setUp();
    const seen = wait();
    await settle();
    stop.abort(new Error('stopped'));
    await settle();
    expect(seen.outcome).toBe('stopped');
    const late = wait();
    await settle();
    expect(late.outcome).toBe('stopped');
    expect(clock.sleeping).toBe(0);
  });

  test('leaves no listener on the signal that outlives it', async () => {
    const { wake, stop } = setUp();
    let listeners = 0;
    const { signal } = stop;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      listeners += 1;
      add(...given);
    };
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...given);
    };
    for (let time = 0; time < 10; time += 1) {
      const waiting = wake.wait(undefined, signal);
      expect(listeners).toBe(1);
      wake.notify();
      await waiting;
    }
    expect(listeners).toBe(0);
  });
});
