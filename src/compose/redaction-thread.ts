import { Worker } from 'node:worker_threads';
import { MINUTE, SECOND } from '../domain/clock.ts';
import type { NewIncident } from '../domain/incident.ts';
import type { RedactionOptions } from '../enrich/redact/options.ts';
import type { ComposeInput, DraftSettings } from './incident-draft.ts';

/** Everything that composing needs and that can be handed to another thread. */
export interface ComposerSettings extends DraftSettings {
  readonly redaction: RedactionOptions;
}

/** What the thread says: once that it has started, then one answer for each input. */
export type ComposeReply =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'composed';
      readonly incident: NewIncident;
      /** How often each rule took something out. */
      readonly redactions: ReadonlyMap<string, number>;
    }
  | { readonly kind: 'failed'; readonly reason: string };

/** The answer of a thread that has made the Incident. */
export type Composed = Extract<ComposeReply, { readonly kind: 'composed' }>;

/** Processor time; to load a thread takes a fraction of a second. */
const START_MS = 30 * SECOND;
/** An idle thread costs memory, and a new one a tenth of a second. */
const IDLE_MS = 1 * MINUTE;
/** What is made to take memory must not take the process. */
const MAX_HEAP_MB = 128;

declare const COMPOSE_WORKER: string | undefined;

/** In the bundle the worker is a file of its own, beside the folder of chunks that this module is in. */
function workerUrl(): URL {
  if (typeof COMPOSE_WORKER === 'undefined') return new URL('./compose-worker.ts', import.meta.url);
  const folder = import.meta.url.includes('/chunks/') ? '..' : '.';
  return new URL(`${folder}/${COMPOSE_WORKER}`, import.meta.url);
}

/** Redaction thread: one that is started when it is asked, and again after it has ended. */
export class RedactionThread {
  readonly #file: URL;
  readonly #settings: ComposerSettings;
  #worker: Worker | undefined;
  #started: Promise<Worker> | undefined;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(settings: ComposerSettings, file = workerUrl()) {
    this.#file = file;
    this.#settings = settings;
  }

  /** Rejects when the thread failed, ended or missed the deadline. One question at a time. */
  async ask(input: ComposeInput, deadlineMs: number): Promise<Composed> {
    if (this.#isClosed) throw new Error('the agent stops');
    clearTimeout(this.#idle);
    try {
      const worker = await (this.#started ??= this.#start());
      const wait = { cpuMs: deadlineMs, awakeMs: 12 * deadlineMs, whenLate: 'redaction missed its deadline' };
      const reply = await nextReply<ComposeReply>(worker, wait, input);
      this.#idle = setTimeout(() => void this.#end(), IDLE_MS);
      this.#idle.unref();
      if (reply.kind === 'composed') return reply;
      throw new Error(`redaction failed: ${reply.kind === 'failed' ? reply.reason : 'no answer'}`);
    } catch (error) {
      // A regular expression cannot be interrupted: the whole thread goes, and the next question starts another.
      await this.#end();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#end();
  }

  #start(): Promise<Worker> {
    const worker = new Worker(this.#file, {
      workerData: this.#settings,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    this.#worker = worker;
    // An error that nobody listens to would end the process; whoever waits for an answer hears of it as well.
    worker.on('error', () => undefined);
    worker.unref();
    const wait = { cpuMs: START_MS, awakeMs: 4 * START_MS, whenLate: 'the redaction thread did not start' };
    return nextReply<ComposeReply>(worker, wait).then(() => worker);
  }

  async #end(): Promise<void> {
    const worker = this.#worker;
    this.#started = undefined;
    this.#worker = undefined;
    clearTimeout(this.#idle);
    await worker?.terminate();
  }
}

/** How long an answer of a thread is waited for. */
interface Wait {
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
function nextReply<T>(worker: Worker, wait: Wait, question?: unknown): Promise<T> {
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
