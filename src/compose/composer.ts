import type { Config } from '../config/index.ts';
import { SECOND } from '../domain/clock.ts';
import type { Evidence } from '../domain/environment.ts';
import type { NewIncident } from '../domain/incident.ts';
import { createRedactor, ownRules, type Redactor, vendorSuffix } from '../enrich/index.ts';
import type { Logger, Metrics } from '../telemetry/index.ts';
import {
  composeIncident,
  type ComposeInput,
  type DraftSettings,
  type IncidentOpening,
} from './incident-draft.ts';
import { type Composed, type ComposerSettings, RedactionThread } from './redaction-thread.ts';

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
    this.#thread = new RedactionThread(deps.settings, deps.worker);
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

/** The same redactor; `onRedacted` hears of every secret that was taken out, by the rule that found it. */
export function countedRedactor(
  redactor: Redactor,
  onRedacted: (rule: string, count: number) => void,
): Redactor {
  function counted<Result extends { readonly counts: ReadonlyMap<string, number> }>(result: Result): Result {
    for (const [rule, count] of result.counts) onRedacted(rule, count);
    return result;
  }
  return {
    redactText: (text, exact) => counted(redactor.redactText(text, exact)),
    redactLine: (line, exact) => counted(redactor.redactLine(line, exact)),
    redactValue: (value, exact) => counted(redactor.redactValue(value, exact)),
    openStream: (exact) => redactor.openStream(exact),
  };
}

/** Rules of redaction as values of a label: a closed set, in which the formats of all vendors are one, and the patterns of the configuration another. */
export const redactionLabels = [...ownRules, 'vendor-token', 'custom'] as const;

/** The value of the label for a rule; `patterns` are the names of those of the configuration. */
export function redactionLabel(
  rule: string,
  patterns: ReadonlySet<string>,
): (typeof redactionLabels)[number] {
  if (patterns.has(rule)) return 'custom';
  if (rule.endsWith(vendorSuffix)) return 'vendor-token';
  return ownRules.find((label) => label === rule) ?? 'custom';
}

/** Opens a composer for these settings; it reports what it took out and what it had to withhold. */
export type OpenComposer = (
  settings: DraftSettings,
  report: Pick<ComposerDeps, 'onWithheld' | 'onRedacted'>,
) => Composer;

interface RedactionDeps {
  readonly config: Config;
  readonly version: string;
  readonly namespace: string;
  readonly redactor: Redactor;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly openComposer?: OpenComposer;
}

/** Redaction of short texts in this thread, and of whole Incidents where the composer does it; both are counted. */
export function openRedaction(
  { config, version, namespace, redactor: plain, metrics, log, openComposer }: RedactionDeps,
  agentName: string,
): { readonly redactor: Redactor; readonly composer: Composer } {
  const patterns = new Set(config.redaction.patterns.map(({ name }) => name));
  const onRedacted = (rule: string, count: number): void =>
    metrics.redactions.inc({ rule: redactionLabel(rule, patterns) }, count);
  const onWithheld = (reason: string): void => {
    metrics.ticketsWithheld.inc();
    log.error({ reason }, 'text of a ticket was withheld');
  };
  const redactor = countedRedactor(plain, onRedacted);
  const settings: DraftSettings = {
    agent: { name: agentName, version },
    namespace,
    maxEnvironmentLength: config.environment.maxLength,
    category: config.ticketApi.category,
  };
  const composer = openComposer?.(settings, { onRedacted, onWithheld });
  return { redactor, composer: composer ?? createInlineComposer({ ...settings, redactor }) };
}
