import { Worker } from 'node:worker_threads';
import { MINUTE, SECOND } from '../domain/clock.ts';
import type { Evidence } from '../domain/environment.ts';
import type { NewIncident } from '../domain/incident.ts';
import { createRedactor, type Redactor } from '../enrich/index.ts';
import type { RedactionOptions } from '../enrich/redact/options.ts';
import {
  composeIncident,
  type ComposeInput,
  type IncidentOpening,
  type DraftSettings,
} from './incident-draft.ts';
import { nextReply } from './thread-reply.ts';

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

/** Makes redacted Incidents off the event path, one after the other. */
export interface Composer {
  /** Never rejects: what cannot be redacted in time is withheld. */
  compose(input: ComposeInput): Promise<NewIncident>;
  /** Ends the thread. What still waits is withheld. */
  close(): Promise<void>;
}

export interface ComposerDeps {
  readonly settings: ComposerSettings;
  /** Values learnt since the start that must not appear: tokens, old and new. */
  readonly knownSecrets: () => readonly string[];
  /** Text was withheld because the thread failed or took too long. */
  readonly onWithheld: (reason: string) => void;
  /** Something was taken out, by the rule that found it. */
  readonly onRedacted?: (rule: string, count: number) => void;
  /** Processor time of the thread for one try at an Incident. Default 5 s. */
  readonly deadlineMs?: number;
  /** File of the thread. */
  readonly worker?: URL;
}

/** A whole environment takes milliseconds; what takes seconds was made to. */
const DEADLINE_MS = 5 * SECOND;
/** Processor time; to load a thread takes a fraction of a second. */
const START_MS = 30 * SECOND;
/** An idle thread costs memory, and a new one a tenth of a second. */
const IDLE_MS = 1 * MINUTE;
/** What is made to take memory must not take the process. */
const MAX_HEAP_MB = 128;

/** Composes in this thread: for the demo, benches and tests. */
export function createInlineComposer(settings: DraftSettings & { readonly redactor: Redactor }): Composer {
  return {
    compose: (input) => Promise.resolve(composeIncident(input, settings)),
    close: () => Promise.resolve(),
  };
}

/** A composer with its own thread, started when it is first needed. */
export class ThreadComposer implements Composer {
  readonly #deps: ComposerDeps;
  readonly #thread: RedactionThread;
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: ComposerDeps) {
    this.#deps = deps;
    this.#thread = new RedactionThread(deps.worker ?? workerUrl(), deps.settings);
  }

  /** One at a time: whoever keeps the thread busy loses his own turn, not that of those who wait behind him. */
  compose(input: ComposeInput): Promise<NewIncident> {
    const turn = this.#last.then(() => this.#composeNow(input));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  async #composeNow(given: ComposeInput): Promise<NewIncident> {
    const { knownSecrets, onRedacted, onWithheld, settings } = this.#deps;
    try {
      const { incident, redactions } = await this.#askTwice(withSecrets(given, knownSecrets()));
      for (const [rule, count] of redactions) onRedacted?.(rule, count);
      return incident;
    } catch (error) {
      onWithheld(error instanceof Error ? error.message : String(error));
      return composeWithheld(given, settings);
    }
  }

  /** A thread may end or be late for reasons that have nothing to do with the text, and what is withheld is so for good. */
  async #askTwice(input: ComposeInput): Promise<Composed> {
    const { deadlineMs = DEADLINE_MS } = this.#deps;
    return await this.#thread.ask(input, deadlineMs).catch(() => this.#thread.ask(input, deadlineMs));
  }
}

declare const COMPOSE_WORKER: string | undefined;

/** In the bundle the worker is a file of its own, beside the folder of chunks that this module is in. */
function workerUrl(): URL {
  if (typeof COMPOSE_WORKER === 'undefined') return new URL('./compose-worker.ts', import.meta.url);
  const folder = import.meta.url.includes('/chunks/') ? '..' : '.';
  return new URL(`${folder}/${COMPOSE_WORKER}`, import.meta.url);
}

type Composed = Extract<ComposeReply, { readonly kind: 'composed' }>;

/** A thread that is started when it is asked, and again after it has ended. */
class RedactionThread {
  readonly #file: URL;
  readonly #settings: ComposerSettings;
  #worker: Worker | undefined;
  #started: Promise<Worker> | undefined;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(file: URL, settings: ComposerSettings) {
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

/** Ours first: of too many values the last are left out. */
function withSecrets(input: ComposeInput, secrets: readonly string[]): ComposeInput {
  const { evidence } = input;
  return { ...input, evidence: { ...evidence, secretValues: [...secrets, ...evidence.secretValues] } };
}

const WITHHELD = '(text withheld)';
/** A reason as Kubernetes has them. Anything else may be a text. */
const REASON = /^[A-Z][A-Za-z]{0,63}$/;

/** Fails closed: names and numbers are kept, every free text is left out. */
function composeWithheld(input: ComposeInput, settings: ComposerSettings): NewIncident {
  const { evidence } = input;
  const bare: Evidence = {
    takenAt: evidence.takenAt,
    containers: [],
    events: [],
    logs: [],
    // What is left are names, and many values are what may have taken so long.
    secretValues: [],
    omitted: [{ field: 'environment', reason: 'withheld: redaction failed or took too long' }],
  };
  const redactor = createRedactor(settings.redaction);
  const opening = withoutTexts(input.opening);
  return composeIncident({ ...input, evidence: bare, opening }, { ...settings, redactor });
}

function withoutTexts(opening: IncidentOpening): IncidentOpening {
  return {
    ...opening,
    signals: opening.signals.map((signal) => ({
      ...signal,
      reason: REASON.test(signal.reason) ? signal.reason : WITHHELD,
      message: WITHHELD,
    })),
    ...(opening.note === undefined ? {} : { note: WITHHELD }),
  };
}
