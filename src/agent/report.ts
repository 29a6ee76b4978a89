import type { Findings } from '../correlate/index.ts';
import { type FailureClass, failureClasses, type ObjectRef } from '../domain/failure.ts';
import {
  type CauseKind,
  commentKinds,
  type Incident,
  INCIDENT_API_VERSION,
  INCIDENT_KIND,
} from '../domain/incident.ts';
import type { EventAnswer, EventAnswers } from '../domain/ports.ts';
import type { ObjectView } from '../domain/views.ts';
import type { OutboxObserver } from '../outbox/index.ts';
import type { Logger, Metrics } from '../telemetry/index.ts';
import { createIncidentReport, type IncidentReport } from './incident-report.ts';
import type { SuppressedBy } from '../observe/evaluate-object.ts';
import type { OwnerOutcome } from '../observe/custom-owners.ts';
import type { RequestOutcome } from '../reconcile/manual-requests.ts';

/** Turns what the stages tell into log lines and metrics: one line for each change of an incident. */
export interface Report extends OutboxObserver, IncidentReport {
  readonly opened: (incident: Incident, findings: Findings) => void;
  /** There are as many Incidents as there may be. */
  readonly full: (incidents: number) => void;
  /** The incident of a common cause speaks for it. */
  readonly folded: (incident: Incident, cause: CauseKind) => void;
  readonly changed: (incident: Incident, before: Incident) => void;
  readonly keptBack: (by: SuppressedBy, failureClass: FailureClass) => void;
  readonly detectorFailed: (detector: string, error: unknown) => void;
  readonly ownerRead: (outcome: OwnerOutcome) => void;
  readonly actionFailed: (key: string, error: unknown) => void;
  readonly lookFailed: (view: ObjectView, error: unknown) => void;
  readonly request: (outcome: RequestOutcome) => void;
}

export interface ReportDeps {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly now: () => number;
  /** Tells the person who asked for a ticket what has become of it. */
  readonly answers: EventAnswers;
  /** The namespace of the Incidents. */
  readonly namespace: string;
}

/** A report to a log and to metrics. */
export function createReport(deps: ReportDeps): Report {
  return { ...outboxReport(deps), ...stageReport(deps), ...createIncidentReport(deps) };
}

function about(incident: Incident): Record<string, unknown> {
  const { target } = incident.spec;
  return {
    incident: incident.name,
    class: incident.status.class ?? incident.spec.class,
    workload: `${target.kind}/${target.namespace}/${target.name}`,
  };
}

/** Labels are closed sets: all words of a later release are one. */
function known(word: string, words: readonly string[]): string {
  return words.includes(word) ? word : 'other';
}

function classOf({ spec }: Incident): string {
  return known(spec.class, failureClasses);
}

function outboxReport(deps: ReportDeps): OutboxObserver {
  const { log, metrics, now } = deps;
  return {
    filed: (incident, ticketId, refusal) => {
      const seconds = Math.max(0, now() - incident.spec.openedAt) / 1_000;
      metrics.tickets.inc({ outcome: 'filed' });
      metrics.timeToTicket.observe(seconds);
      const told = { ...about(incident), ticket: ticketId, seconds };
      if (refusal === undefined) log.info(told, 'ticket filed');
      else log.warn({ ...told, reason: refusal }, 'ticket filed in part, as it was refused as a whole');
      answerFiled(deps, incident, ticketId);
    },
    adopted: (incident, ticketId) => {
      metrics.tickets.inc({ outcome: 'adopted' });
      log.info({ ...about(incident), ticket: ticketId }, 'open ticket of the same workload adopted');
      answerFiled(deps, incident, ticketId);
    },
    rejected: (incident, error) => {
      metrics.tickets.inc({ outcome: 'rejected' });
      log.error({ ...about(incident), reason: error }, 'ticket refused by the ticket API');
      answerRejected(deps, incident, error);
    },
    commented: (incident, comment) => {
      metrics.comments.inc({ kind: known(comment.kind, commentKinds), outcome: 'sent' });
      log.info({ ...about(incident), comment: comment.kind }, 'comment sent');
    },
    commentDropped: (incident, comment, reason) => {
      metrics.comments.inc({ kind: known(comment.kind, commentKinds), outcome: 'dropped' });
      log.info({ ...about(incident), comment: comment.kind, reason }, 'comment left out');
    },
    duplicateClosed: (incident, ticketId) => {
      metrics.tickets.inc({ outcome: 'duplicate_closed' });
      log.warn({ ...about(incident), ticket: ticketId }, 'double of a ticket closed');
    },
    removed: (incident) => log.debug(about(incident), 'incident cleaned up'),
    failed: (incident, call, failure) => {
      metrics.requestFailures.inc({ call, kind: failure.kind });
      log.debug({ ...about(incident), call, kind: failure.kind, reason: failure.error }, 'call failed');
    },
    blocked: (reason) => {
      metrics.blocked.set(1);
      log.warn({ reason }, 'nothing can be filed at the moment; incidents wait and nothing is lost');
    },
    unblocked: () => {
      metrics.blocked.set(0);
      log.info('the ticket API works again');
    },
    ended: () => metrics.blocked.set(0),
  };
}

function answerFiled(deps: ReportDeps, incident: Incident, ticketId: string): void {
  const note = `Ticket ${ticketId} holds this request.`;
  if (incident.spec.trigger === 'manual') answerRequest(deps, incident, { reason: 'TicketFiled', note });
}

/** In the API's own words, on the Incident and for the person who asked. */
function answerRejected(deps: ReportDeps, incident: Incident, error: string): void {
  const { name, uid, spec } = incident;
  const { namespace } = deps;
  const object = { apiVersion: INCIDENT_API_VERSION, kind: INCIDENT_KIND, namespace, name, uid };
  const note = `The ticket API refused the ticket: ${error}`;
  answer(deps, incident, object, { type: 'Warning', reason: 'TicketRejected', note, id: uid });
  if (spec.trigger === 'manual') answerRequest(deps, incident, { reason: 'TicketRefused', note });
}

function answerRequest(
  deps: ReportDeps,
  incident: Incident,
  { reason, note }: Pick<EventAnswer, 'reason' | 'note'>,
): void {
  const { key, target } = incident.spec;
  answer(deps, incident, target, { reason, note, id: key.slice(0, 10) });
}

function answer(
  { answers, log }: ReportDeps,
  incident: Incident,
  object: ObjectRef,
  words: EventAnswer,
): void {
  answers
    .answer(object, words)
    .catch((error: unknown) =>
      log.warn({ ...about(incident), err: error }, 'the answer on the object failed'),
    );
}

/** What has changed, unless the outbox tells of it. A request by hand only comes and goes. */
function changeOf(incident: Incident, before: Incident): string | undefined {
  const [now, then] = [incident.status, before.status];
  if (incident.spec.trigger === 'manual') return undefined;
  if ((now.recurrences ?? 0) > (then.recurrences ?? 0)) return 'recurred';
  if (now.recoveredAt !== undefined && then.recoveredAt === undefined) return 'recovered';
  return now.phase === 'Observed' && then.phase !== 'Observed' ? 'observed' : undefined;
}

type StageReport = Omit<Report, keyof OutboxObserver | keyof IncidentReport>;

function stageReport({ log, metrics }: ReportDeps): StageReport {
  return {
    opened: (incident, findings) => {
      metrics.incidents.inc({ class: classOf(incident), change: 'opened' });
      const { since, occurrences, affected } = findings;
      log.info(
        { ...about(incident), since: new Date(since).toISOString(), occurrences, affected: affected.length },
        'incident opened',
      );
    },
    full: (incidents) =>
      log.warn(
        { incidents },
        'there are as many Incidents as incidents.max allows; what fails now is told by the storm incident alone',
      ),
    folded: (incident, cause) => {
      metrics.incidents.inc({ class: classOf(incident), change: 'folded' });
      metrics.folded.inc({ cause });
      log.info({ ...about(incident), cause, into: incident.spec.cause?.incident }, 'incident folded');
    },
    changed: (incident, before) => {
      const change = changeOf(incident, before);
      if (change === undefined) return;
      metrics.incidents.inc({ class: classOf(incident), change });
      log.info({ ...about(incident), change, recovery: incident.status.recovery }, 'incident changed');
    },
    keptBack: (rule, failureClass) => metrics.suppressed.inc({ rule, class: failureClass }),
    ownerRead: (outcome) => metrics.ownerReads.inc({ outcome }),
    detectorFailed: (detector, error) => {
      metrics.detectorErrors.inc({ class: detector });
      log.error({ detector, err: error }, 'a detector failed at an object; the others went on');
    },
    lookFailed: (view, error) => {
      metrics.detectorErrors.inc({ class: 'none' });
      log.error({ kind: view.kind, err: error }, 'an object could not be judged and is looked at again');
    },
    actionFailed: (key, error) => {
      metrics.requestFailures.inc({ call: 'decision', kind: 'store' });
      log.warn(
        { key: key.slice(0, 10), err: error },
        'a decision could not be carried out and is tried again',
      );
    },
    request: (outcome) => {
      metrics.manualRequests.inc({ outcome });
      log.info({ outcome }, 'request by annotation');
    },
  };
}
