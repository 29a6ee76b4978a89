import { Worker } from 'node:worker_threads';
import { type Clock, MINUTE, SECOND } from '../domain/clock.ts';
import type { Evidence } from '../domain/environment.ts';
import type { NewIncident } from '../domain/incident.ts';
import { createRedactor, type RedactionOptions } from '../enrich/index.ts';
import { composeIncident, type ComposeInput, type StorySettings } from './stories.ts';

/** Everything that composing needs and that can be handed to another thread. */
export interface ComposerSettings extends StorySettings {
  readonly redaction: RedactionOptions;
}

/** A request to the worker. */
export interface ComposeRequest {
  readonly id: number;
  readonly input: ComposeInput;
}

/** Its answer. */
export interface ComposeReply {
  readonly id: number;
  readonly incident: NewIncident;
}

/** Makes redacted Incidents off the event path. */
export interface Composer {
  /** Never rejects for what the input holds: what cannot be redacted in time is withheld. */
  readonly compose: (input: ComposeInput) => Promise<NewIncident>;
  readonly close: () => Promise<void>;
}

export interface ComposerDeps {
  readonly settings: ComposerSettings;
  readonly clock: Clock;
  /** Values learnt since the start that must not appear: tokens, old and new. */
  readonly knownSecrets: () => readonly string[];
  /** Text was withheld because the worker failed or took too long. */
  readonly onWithheld: (reason: string) => void;
  readonly deadlineMs?: number;
}

/** A whole environment takes milliseconds; what takes seconds was made to. */
const DEADLINE_MS = 5 * SECOND;
/** An idle thread costs memory, and a new one a tenth of a second. */
const IDLE_MS = 5 * MINUTE;

interface Waiting {
  readonly resolve: (incident: NewIncident) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
  idle: NodeJS.Timeout;
}

/** A composer with its own thread, started when it is first needed. */
export function createComposer(deps: ComposerDeps): Composer {
  let thread: Thread | undefined;
  let lastId = 0;

  function end(failed: Thread, error: Error): void {
    if (thread === failed) thread = undefined;
    clearTimeout(failed.idle);
    for (const { reject } of failed.waiting.values()) reject(error);
    failed.waiting.clear();
    void failed.worker.terminate();
  }

  function ask(input: ComposeInput, signal: AbortSignal): Promise<NewIncident> {
    const current = (thread ??= startThread(deps.settings, end));
    lastId += 1;
    const id = lastId;
    current.idle.refresh();
    return new Promise((resolve, reject) => {
      current.waiting.set(id, { resolve, reject });
      // A regular expression cannot be interrupted: the whole thread goes, and with it whatever else waits there.
      signal.addEventListener('abort', () => {
        if (current.waiting.has(id)) end(current, new Error('redaction missed its deadline'));
      });
      current.worker.postMessage({ id, input } satisfies ComposeRequest);
    });
  }

  return {
    compose: async (given) => {
      const input = withSecrets(given, deps.knownSecrets());
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(), deps.deadlineMs ?? DEADLINE_MS);
      try {
        return await ask(input, late.signal).catch((error: unknown) => {
          if (late.signal.aborted) throw error;
          // The thread went because of another one's text, or for reasons of its own: this one gets a second chance.
          return ask(input, late.signal);
        });
      } catch (error) {
        deps.onWithheld(error instanceof Error ? error.message : String(error));
        return composeWithheld(input, deps.settings);
      } finally {
        clearTimeout(timer);
      }
    },
    close: async () => {
      const current = thread;
      thread = undefined;
      if (current === undefined) return;
      clearTimeout(current.idle);
      await current.worker.terminate();
    },
  };
}

declare const COMPOSE_WORKER: string | undefined;

/** In the bundle the worker is a file of its own, beside the folder of chunks that this module is in. */
function workerUrl(): URL {
  const file = typeof COMPOSE_WORKER === 'undefined' ? './compose-worker.ts' : COMPOSE_WORKER;
  return new URL(file, import.meta.url);
}

function startThread(settings: ComposerSettings, onEnd: (thread: Thread, error: Error) => void): Thread {
  const worker = new Worker(workerUrl(), { workerData: settings });
  const idle = setTimeout(() => onEnd(thread, new Error('idle')), IDLE_MS);
  const thread: Thread = { worker, waiting: new Map(), idle };
  idle.unref();
  worker.unref();
  worker.on('message', ({ id, incident }: ComposeReply) => {
    thread.waiting.get(id)?.resolve(incident);
    thread.waiting.delete(id);
  });
  worker.on('error', (error) => onEnd(thread, error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', () => onEnd(thread, new Error('the redaction thread has ended')));
  return thread;
}

function withSecrets(input: ComposeInput, secrets: readonly string[]): ComposeInput {
  const { evidence } = input;
  return { ...input, evidence: { ...evidence, secretValues: [...evidence.secretValues, ...secrets] } };
}

/** Fails closed: names and numbers are kept, every free text is left out. */
function composeWithheld(input: ComposeInput, settings: ComposerSettings): NewIncident {
  const { opening, evidence } = input;
  const signals = opening.signals.map((signal) => ({ ...signal, message: `${signal.class} (text withheld)` }));
  const bare: Evidence = {
    takenAt: evidence.takenAt,
    containers: [],
    events: [],
    logs: [],
    secretValues: evidence.secretValues,
    omitted: [{ field: 'environment', reason: 'withheld: redaction failed or took too long' }],
  };
  const redactor = createRedactor(settings.redaction);
  return composeIncident({ ...input, evidence: bare, opening: { ...opening, signals } }, { ...settings, redactor });
}
