import type { Findings } from '../correlate/index.ts';
import { SECOND } from '../domain/clock.ts';
import { failureClasses } from '../domain/failure-classes.ts';
import { objectPath, type ObjectRef } from '../domain/failure.ts';
import {
  type CauseKind,
  commentKinds,
  type Incident,
  INCIDENT_API_VERSION,
  INCIDENT_KIND,
  isAutomatic,
} from '../domain/incident.ts';
import { type BlockCause, blockCauses, type EventAnswer, type EventAnswers } from '../domain/ports.ts';
import type { OutboxObserver } from '../outbox/index.ts';
import type { Logger, Metrics } from '../telemetry/index.ts';
import type { RequestOutcome } from '../reconcile/manual-requests.ts';
import { type EvaluationReport, evaluationReport } from './evaluation-report.ts';

/** Turns what the stages tell into log lines and metrics: one line for each change of an incident. */
export interface Report extends OutboxObserver, EvaluationReport {
  readonly opened: (incident: Incident, findings: Findings) => void;
  /** The incident of a common cause covers it. */
  readonly folded: (incident: Incident, cause: CauseKind) => void;
  readonly actionFailed: (key: string, error: unknown) => void;
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
  return {
    ...ticketReport(deps),
    ...commentReport(deps),
    ...attachmentReport(deps),
    ...apiReport(deps),
    ...evaluationReport(deps),
    ...stageReport(deps),
  };
}

/** An Incident in a log line. */
export function aboutIncident(incident: Incident): Record<string, unknown> {
  return {
    incident: incident.name,
    class: incident.status.class ?? incident.spec.class,
    workload: objectPath(incident.spec.target),
  };
}

/** Labels are closed sets: all words of a later release are one. */
function known(word: string, words: readonly string[]): string {
  return words.includes(word) ? word : 'other';
}

/** The class of an Incident as a label. */
export function classLabel({ spec }: Incident): string {
  return known(spec.class, failureClasses);
}

type Told<Name extends keyof OutboxObserver> = Pick<OutboxObserver, Name>;

function ticketReport(
  deps: ReportDeps,
): Told<'filed' | 'adopted' | 'rejected' | 'duplicateClosed' | 'removed'> {
  const { log, metrics } = deps;
  return {
    filed: (incident, ticketId, refusal) => {
      tellFiled(deps, incident, ticketId, refusal);
      answerFiled(deps, incident, ticketId);
    },
    adopted: (incident, ticketId) => {
      metrics.tickets.inc({ outcome: 'adopted' });
      log.info({ ...aboutIncident(incident), ticket: ticketId }, 'open ticket of the same workload adopted');
      answerFiled(deps, incident, ticketId);
    },
    rejected: (incident, error) => {
      metrics.tickets.inc({ outcome: 'rejected' });
      log.error({ ...aboutIncident(incident), reason: error }, 'ticket refused by the ticket API');
      answerRejected(deps, incident, error);
    },
    duplicateClosed: (incident, ticketId) => {
      metrics.tickets.inc({ outcome: 'duplicate_closed' });
      log.warn({ ...aboutIncident(incident), ticket: ticketId }, 'double of a ticket closed');
    },
    removed: (incident) => log.debug(aboutIncident(incident), 'incident cleaned up'),
  };
}

function commentReport({ log, metrics }: ReportDeps): Told<'commented' | 'commentDropped'> {
  return {
    commented: (incident, { kind }) => {
      metrics.comments.inc({ kind: known(kind, commentKinds), outcome: 'sent' });
      log.info({ ...aboutIncident(incident), comment: kind }, 'comment sent');
    },
    commentDropped: (incident, { kind }, reason) => {
      metrics.comments.inc({ kind: known(kind, commentKinds), outcome: 'dropped' });
      log.info({ ...aboutIncident(incident), comment: kind, reason }, 'comment left out');
    },
  };
}

function attachmentReport({ log, metrics }: ReportDeps): Told<'attached' | 'attachmentDropped'> {
  return {
    attached: (incident, file) => {
      metrics.attachments.inc({ outcome: 'attached' });
      log.info({ ...aboutIncident(incident), file }, 'file attached');
    },
    attachmentDropped: (incident, file, reason) => {
      metrics.attachments.inc({ outcome: 'dropped' });
      const told = { ...aboutIncident(incident), file, reason };
      log.warn(told, 'a file is not attached, and the ticket is without it');
    },
  };
}

function apiReport({ log, metrics }: ReportDeps): Told<'failed' | 'blocked' | 'unblocked' | 'ended'> {
  // Two settings may be refused in turn, and each is a line of the log once.
  const logged = new Set<BlockCause>();
  return {
    failed: (incident, call, { kind, error: reason }) => {
      metrics.requestFailures.inc({ call, kind });
      log.debug({ ...aboutIncident(incident), call, kind, reason }, 'call failed');
    },
    blocked: (reason, cause) => {
      showUnblocked(metrics);
      metrics.blocked.set({ reason: cause }, 1);
      if (logged.has(cause)) return;
      logged.add(cause);
      log.warn({ reason, cause }, 'nothing can be filed at the moment; incidents wait and nothing is lost');
    },
    unblocked: () => {
      logged.clear();
      showUnblocked(metrics);
      log.info('the ticket API works again');
    },
    ended: () => {
      logged.clear();
      showUnblocked(metrics);
    },
  };
}

function showUnblocked({ blocked }: Metrics): void {
  for (const reason of blockCauses) blocked.set({ reason }, 0);
}

function tellFiled(
  { log, metrics, now }: ReportDeps,
  incident: Incident,
  ticketId: string,
  refusal: string | undefined,
): void {
  const seconds = Math.max(0, now() - incident.spec.openedAt) / SECOND;
  metrics.tickets.inc({ outcome: 'filed' });
  metrics.timeToTicket.observe(seconds);
  const told = { ...aboutIncident(incident), ticket: ticketId, seconds };
  if (refusal === undefined) log.info(told, 'ticket filed');
  else log.warn({ ...told, reason: refusal }, 'ticket filed in part, as it was refused as a whole');
}

function answerFiled(deps: ReportDeps, incident: Incident, ticketId: string): void {
  const note = `Ticket ${ticketId} holds this request.`;
  if (!isAutomatic(incident)) answerRequest(deps, incident, { reason: 'TicketFiled', note });
}

/** In the API's own words, on the Incident and for the person who asked. */
function answerRejected(deps: ReportDeps, incident: Incident, error: string): void {
  const { name, uid } = incident;
  const { namespace } = deps;
  const object = { apiVersion: INCIDENT_API_VERSION, kind: INCIDENT_KIND, namespace, name, uid };
  const note = `The ticket API refused the ticket: ${error}`;
  answer(deps, incident, object, { type: 'Warning', reason: 'TicketRejected', note, id: uid });
  if (!isAutomatic(incident)) answerRequest(deps, incident, { reason: 'TicketRefused', note });
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
      log.warn({ ...aboutIncident(incident), err: error }, 'the answer on the object failed'),
    );
}

type StageReport = Omit<Report, keyof OutboxObserver | keyof EvaluationReport>;

function stageReport({ log, metrics }: ReportDeps): StageReport {
  return {
    opened: (incident, findings) => {
      metrics.incidentChanges.inc({ class: classLabel(incident), change: 'opened' });
      const { since, occurrences, affected } = findings;
      metrics.symptomToOpening.observe(Math.max(0, incident.spec.openedAt - since) / SECOND);
      log.info(
        {
          ...aboutIncident(incident),
          since: new Date(since).toISOString(),
          occurrences,
          affected: affected.length,
        },
        'incident opened',
      );
    },
    folded: (incident, cause) => {
      metrics.incidentChanges.inc({ class: classLabel(incident), change: 'folded' });
      metrics.folded.inc({ cause });
      log.info({ ...aboutIncident(incident), cause, into: incident.spec.cause?.incident }, 'incident folded');
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
