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
  /** Something reaches this process: now, or when it goes on. */
  readonly deliver: (action: () => void) => void;
  /** Runs nothing for so long, as a frozen container: all timers are late, and answers wait to be read. */
  readonly pause: (lengthMs: number) => void;
  readonly onKilled: (listener: () => void) => void;
}

/** A process that lives and does not lead. */
export function createProcess(world: World, name: string): AgentProcess {
  const { scheduler, trace } = world;
  const underWay = new Set<Envelope>();
  let isAlive = true;
  let leads = false;
  let skew = 0;
  const listeners: (() => void)[] = [];
  /** What waits for a process that is paused. */
  let waiting: Set<() => void> | undefined;

  const giveUp = (): void => {
    for (const envelope of underWay) envelope.givenUpAt ??= scheduler.now();
  };
  const deliver = (action: () => void): void => {
    if (!isAlive) return;
    if (waiting === undefined) action();
    else waiting.add(action);
  };
  const after = (delayMs: number, action: () => void): (() => void) => {
    const cancel = scheduler.after(delayMs, () => deliver(action));
    return () => {
      cancel();
      waiting?.delete(action);
    };
  };
  const goOn = (): void => {
    const actions = [...(waiting ?? [])];
    waiting = undefined;
    trace(`${name}: goes on`);
    for (const action of actions) after(0, action);
  };

  return {
    name,
    underWay,
    after,
    deliver,
    pause: (lengthMs) => {
      if (waiting !== undefined || !isAlive) return;
      trace(`${name}: stands still for ${Math.round(lengthMs / 1_000)} s`);
      waiting = new Set();
      scheduler.after(lengthMs, goOn);
    },
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
      for (const listener of listeners) listener();
    },
    jump: (byMs) => {
      skew += byMs;
    },
    onKilled: (listener) => {
      listeners.push(listener);
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
