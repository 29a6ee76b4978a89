import type { Findings } from '../correlate/index.ts';
import type { ClusterFacts, Environment, Evidence } from '../domain/environment.ts';
import type { FailureClass, ObjectRef, Signal } from '../domain/failure.ts';
import type { NewIncident, Trigger } from '../domain/incident.ts';
import type { EvidenceTarget } from '../domain/ports.ts';
import type { Category, Severity } from '../domain/ticket.ts';
import { buildEnvironment, type Redactor } from '../enrich/index.ts';
import { renderDraft } from '../tickets/index.ts';

/** What an Incident is to be made of. */
export interface Opening {
  readonly name: string;
  readonly key: string;
  readonly trigger: Trigger;
  readonly owner: ObjectRef;
  /** The most causal first; none for a request by hand. */
  readonly signals: readonly Signal[];
  readonly since: number;
  readonly occurrences: number;
  readonly affected: readonly string[];
  readonly note?: string;
  readonly previousTicketId?: string;
}

/** One Incident to compose. Plain data, so that another thread can do it. */
export interface ComposeInput {
  readonly opening: Opening;
  readonly evidence: Evidence;
  readonly cluster: ClusterFacts;
  readonly severity: Severity;
  readonly now: number;
}

/** What is the same for all Incidents of one agent. */
export interface StorySettings {
  readonly agent: { readonly name: string; readonly version: string };
  /** Where Incidents are kept. */
  readonly namespace: string;
  readonly maxEnvironmentLength: number;
  readonly category: Category;
}

/** Makes the Incident: environment, redaction, ticket text. Pure. */
export function composeIncident(
  input: ComposeInput,
  settings: StorySettings & { readonly redactor: Redactor },
): NewIncident {
  const { evidence, cluster, now } = input;
  const { redactor, agent, maxEnvironmentLength } = settings;
  const redact = (text: string): string => redactor.redactLine(text, evidence.secretValues).text;
  const opening = redactOpening(input.opening, redact);
  const subject = { ...opening, since: opening.signals.length === 0 ? now : opening.since };
  const environment = buildEnvironment(
    { subject, evidence, cluster, agent },
    redactor,
    maxEnvironmentLength,
  );
  const { name, key, trigger, owner, note, previousTicketId } = opening;
  const { class: failureClass, reason } = headline(opening);
  return {
    name,
    spec: {
      trigger,
      target: owner,
      key,
      class: failureClass,
      reason,
      openedAt: now,
      ...(note === undefined ? {} : { note }),
      ...(previousTicketId === undefined ? {} : { previousTicketId }),
      draft: draftOf(opening, environment, { ...settings, severity: input.severity, now }),
    },
  };
}

/** All that came from the cluster or from a person, without secrets. */
function redactOpening(opening: Opening, redact: (text: string) => string): Opening {
  const { note, signals } = opening;
  return {
    ...opening,
    signals: signals.map((signal) => ({
      ...signal,
      reason: redact(signal.reason),
      message: redact(signal.message),
    })),
    ...(note === undefined ? {} : { note: redact(note) }),
  };
}

interface Headline {
  readonly class: FailureClass;
  readonly reason: string;
  readonly message: string;
  readonly container?: string;
}

/** What the ticket is about in a few words. */
function headline({ signals, note }: Opening): Headline {
  const first = signals[0];
  if (first === undefined) return { class: 'manual', reason: 'RequestedByHand', message: note ?? '' };
  const { class: failureClass, reason, message, container } = first;
  return {
    class: failureClass,
    reason,
    message,
    ...(container === undefined ? {} : { container: container.name }),
  };
}

function draftOf(
  opening: Opening,
  environment: Environment,
  settings: StorySettings & { readonly severity: Severity; readonly now: number },
): ReturnType<typeof renderDraft> {
  const { trigger, name, previousTicketId } = opening;
  const { message, container } = headline(opening);
  const { namespace, category, severity, now } = settings;
  return renderDraft(
    {
      trigger,
      message,
      ...(container === undefined ? {} : { container }),
      environment,
      incident: { name, namespace },
      openedAt: now,
      ...(previousTicketId === undefined ? {} : { previousTicketId }),
    },
    { category, severity },
  );
}

/** The evidence that is worth more: what was taken now, completed by what was taken when the failure was first seen. */
export function mergeEvidence(fresh: Evidence, early: Evidence | undefined): Evidence {
  if (early === undefined) return fresh;
  const hasLogs = fresh.logs.some((log) => log.lines.length > 0);
  return {
    ...early,
    ...fresh,
    containers: fresh.containers.length > 0 ? fresh.containers : early.containers,
    events: fresh.events.length > 0 ? fresh.events : early.events,
    logs: hasLogs ? fresh.logs : early.logs,
    secretValues: [...new Set([...fresh.secretValues, ...early.secretValues])],
  };
}

/** Where to gather evidence for these findings: the pod that fails most, if there is one. */
export function evidenceTarget({ owner, signals }: Pick<Findings, 'owner' | 'signals'>): EvidenceTarget {
  const first = signals.find((signal) => signal.subject.kind === 'Pod');
  return {
    owner,
    ...(first === undefined ? {} : { pod: first.subject }),
    ...(first?.container === undefined ? {} : { container: first.container.name }),
  };
}
