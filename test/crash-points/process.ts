import type { Clock } from '../../src/domain/clock.ts';
import { EPOCH, type World } from './world.ts';
import type { Envelope } from './desk-model.ts';

/** One run of the agent's process: what it starts ends with it. */
export interface AgentProcess {
  readonly name: string;
  readonly clock: Clock;
  readonly isAlive: () => boolean;
  readonly isLeader: () => boolean;
  readonly setLeading: (leads: boolean) => void;
  /** Runs nothing any more: no answer and no timer reaches it. */
  readonly kill: () => void;
  /** Wall time is off by so many milliseconds from now on. */
  readonly jump: (byMs: number) => void;
  /** Requests on their way to the desk. */
  readonly underWay: Set<Envelope>;
  /** A moment that this process waits for, as long as it is alive. */
  readonly after: (delayMs: number, action: () => void) => () => void;
  readonly onKilled: (listener: () => void) => void;
}

/** A process that lives and does not lead. */
export function createProcess(world: World, name: string): AgentProcess {
  const { scheduler, trace } = world;
  const underWay = new Set<Envelope>();
  let isAlive = true;
  let leads = false;
  let skew = 0;
  let killed: () => void = () => undefined;

  const giveUp = (): void => {
    for (const envelope of underWay) envelope.givenUpAt ??= scheduler.now();
  };
  const after = (delayMs: number, action: () => void): (() => void) =>
    scheduler.after(delayMs, () => {
      if (isAlive) action();
    });

  return {
    name,
    underWay,
    after,
    isAlive: () => isAlive,
    isLeader: () => isAlive && leads,
    setLeading: (value) => {
      // Whoever leads next counts from here: what this process has sent must show itself from now on.
      if (leads && !value) giveUp();
      leads = value;
    },
    kill: () => {
      if (!isAlive) return;
      trace(`${name}: killed`);
      giveUp();
      isAlive = false;
      killed();
    },
    jump: (byMs) => {
      skew += byMs;
    },
    onKilled: (listener) => {
      killed = listener;
    },
    clock: {
      now: () => EPOCH + scheduler.now() + skew,
      monotonic: () => scheduler.now(),
      sleep: (ms, signal) => sleep(after, ms, signal),
    },
  };
}

function sleep(after: AgentProcess['after'], ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = after(ms, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    if (signal?.aborted === true) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}
