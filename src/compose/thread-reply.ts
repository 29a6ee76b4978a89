import type { Worker } from 'node:worker_threads';

/** How long an answer of a thread is waited for. */
export interface Wait {
  /** Of the thread's own processor time. */
  readonly cpuMs: number;
  /** For a thread that does nothing at all, of the time in which this one was awake. */
  readonly awakeMs: number;
  readonly whenLate: string;
}

/** Between two checks whether a thread is late. */
const TICK_MS = 250;

/**
 * The next message of a thread, to the question if there is one. Rejects when it ends or fails before, or is late. A timer of this
 * thread says nothing about the other one: where this one is stalled, or the whole process is paused, all timers are due at once
 * afterwards. So what counts is the processor time that the other one has used.
 */
export function nextReply<T>(worker: Worker, wait: Wait, question?: unknown): Promise<T> {
  const heard = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const onError = (error: unknown): void =>
      reject(new Error(`the redaction thread failed: ${nameOf(error)}`));
    const onExit = (): void => reject(new Error('the redaction thread has ended'));
    worker.once('message', resolve).once('error', onError).once('exit', onExit);
    const stopWatching = watchTime(worker, wait, () => reject(new Error(wait.whenLate)));
    heard.signal.addEventListener('abort', () => {
      stopWatching();
      worker.off('message', resolve).off('error', onError).off('exit', onExit);
    });
    if (question !== undefined) worker.postMessage(question);
  }).finally(() => heard.abort());
}

/** Calls back once when the thread is late. Returns how to stop. */
function watchTime(worker: Worker, { cpuMs, awakeMs }: Wait, onLate: () => void): () => void {
  const tickMs = Math.min(TICK_MS, cpuMs);
  const began = cpuTimeOf(worker);
  let awake = 0;
  const check = async (): Promise<void> => {
    const [from, now] = await Promise.all([began, cpuTimeOf(worker)]);
    // However long it was really: the rest was not this thread's to wait.
    awake += tickMs;
    if (awake < awakeMs && now - from < cpuMs) return;
    // An answer that has come meanwhile is read before this.
    setImmediate(onLate);
  };
  const timer = setInterval(() => void check(), tickMs);
  return () => clearInterval(timer);
}

/** Milliseconds; 0 while the thread does not run yet, or not any more. */
async function cpuTimeOf(worker: Worker): Promise<number> {
  try {
    const { user, system } = await worker.cpuUsage();
    return (user + system) / 1_000;
  } catch {
    return 0;
  }
}

/** The name and code alone: a message may quote what was to be redacted. */
function nameOf(error: unknown): string {
  const { name, code } = (error ?? {}) as { readonly name?: unknown; readonly code?: unknown };
  return typeof code === 'string' ? code : String(name);
}
