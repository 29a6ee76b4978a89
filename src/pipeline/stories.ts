import type { Findings } from '../correlate/index.ts';
import type { ClusterFacts, Evidence } from '../domain/environment.ts';
import type { ObjectRef, Signal } from '../domain/failure.ts';
import type { IncidentSpec, NewIncident, Trigger } from '../domain/incident.ts';
import type { Category, Severity } from '../domain/ticket.ts';
import { buildEnvironment, type Redactor } from '../enrich/index.ts';
import { renderDraft } from '../tickets/index.ts';

/** What an Incident is to be made of. */
export interface Opening {
  readonly name: string;
  readonly key: string;
  readonly trigger: Trigger;
  readonly owner: ObjectRef;
  readonly signals: readonly Signal[];
  readonly since: number;
  readonly occurrences: number;
  readonly affected: readonly string[];
  readonly note?: string;
  readonly previousTicketId?: string;
}

export interface StoryDeps {
  readonly redactor: Redactor;
  readonly agent: { readonly name: string; readonly version: string };
  readonly namespace: string;
  readonly maxEnvironmentLength: number;
  readonly category: Category;
  readonly severityOf: (failureClass: Signal['class']) => Severity;
}

/** Makes the Incident: environment, redaction, ticket text. Pure. */
export function composeIncident(
  opening: Opening,
  evidence: Evidence,
  cluster: ClusterFacts,
  deps: StoryDeps & { readonly now: number },
): NewIncident {
  const { redactor, now } = deps;
  const { signals, trigger, owner } = opening;
  const first = signals[0];
  const redact = (text: string): string => redactor.redactLine(text, evidence.secretValues).text;
  const note = opening.note === undefined ? undefined : redact(opening.note);
  const subject = {
    ...opening,
    ...(note === undefined ? {} : { note }),
    since: signals.length === 0 ? now : opening.since,
  };
  const environment = buildEnvironment(
    { subject, evidence, cluster, agent: deps.agent },
    redactor,
    deps.maxEnvironmentLength,
  );
  const draft = renderDraft(
    {
      trigger,
      message: trigger === 'manual' ? (note ?? '') : redact(first?.message ?? ''),
      ...(first?.container === undefined ? {} : { container: first.container.name }),
      environment,
      incident: { name: opening.name, namespace: deps.namespace },
      openedAt: now,
      ...(opening.previousTicketId === undefined ? {} : { previousTicketId: opening.previousTicketId }),
    },
    { category: deps.category, severity: deps.severityOf(first?.class ?? 'manual') },
  );
  const spec: IncidentSpec = {
    trigger,
    target: owner,
    key: opening.key,
    class: trigger === 'manual' ? 'manual' : (first?.class ?? 'manual'),
    reason: trigger === 'manual' ? 'RequestedByHand' : redact(first?.reason ?? ''),
    openedAt: now,
    ...(note === undefined ? {} : { note }),
    ...(opening.previousTicketId === undefined ? {} : { previousTicketId: opening.previousTicketId }),
    draft,
  };
  return { name: opening.name, spec };
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

/** Where to gather evidence for these findings: the object that fails most, if it is a pod. */
export function evidenceTarget({ owner, signals }: Pick<Findings, 'owner' | 'signals'>): {
  readonly owner: ObjectRef;
  readonly pod?: ObjectRef;
  readonly container?: string;
} {
  const first = signals.find((signal) => signal.subject.kind === 'Pod');
  return {
    owner,
    ...(first === undefined ? {} : { pod: first.subject }),
    ...(first?.container === undefined ? {} : { container: first.container.name }),
  };
}
