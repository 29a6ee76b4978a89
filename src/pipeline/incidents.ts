import {
  type Decision,
  type Findings,
  incidentName,
  incidentNumber,
  keyMarker,
  type OwnerHealth,
  type Recovery,
} from '../correlate/index.ts';
import type { Clock } from '../domain/clock.ts';
import type { ClusterFacts, Evidence } from '../domain/environment.ts';
import type { Incident, IncidentStatus } from '../domain/incident.ts';
import type { ClusterReader, TicketDesk } from '../domain/ports.ts';
import { closedStatuses } from '../domain/ticket.ts';
import type { Redactor } from '../enrich/index.ts';
import { type Lookup, type Outbox, sortLookup } from '../outbox/index.ts';
import { pendingComment } from '../tickets/index.ts';
import { composeIncident, evidenceTarget, mergeEvidence, type Opening, type StoryDeps } from './stories.ts';

export interface IncidentActionsDeps {
  readonly clock: Clock;
  readonly reader: ClusterReader;
  readonly desk: TicketDesk;
  readonly outbox: Outbox;
  readonly redactor: Redactor;
  readonly story: StoryDeps;
  readonly clusterFacts: (signal: AbortSignal) => Promise<ClusterFacts>;
  readonly mode: 'file' | 'observe';
  /** An Incident as it was written. */
  readonly onWritten: (incident: Incident) => void;
  /** An Incident that was to be written does not exist any more. */
  readonly onGone: (incident: Incident) => void;
  readonly onOpened: (incident: Incident, findings: Findings) => void;
}

/** Carries out what correlation decided. Only the leader does. */
export interface IncidentActions {
  act(decision: Decision, signal: AbortSignal): Promise<void>;
  /** Opens an Incident for a request by hand as well. */
  open(
    opening: Opening,
    lookup: Promise<Lookup | undefined>,
    signal: AbortSignal,
  ): Promise<{ created: boolean; incident: Incident }>;
}

/** Early evidence of failures that are still in their hold. */
const MAX_EARLY_EVIDENCE = 100;
const MAX_AFFECTED_NAMES = 20;

interface State extends IncidentActionsDeps {
  readonly early: Map<string, Evidence>;
}

/** The actions of one leader. */
export function createIncidentActions(deps: IncidentActionsDeps): IncidentActions {
  const state: State = { ...deps, early: new Map() };
  return {
    open: (opening, lookup, signal) => open(state, opening, lookup, signal),
    act: (decision, signal) => act(state, decision, signal),
  };
}

async function act(state: State, decision: Decision, signal: AbortSignal): Promise<void> {
  const { clock, early } = state;
  switch (decision.kind) {
    case 'suspect':
      return suspect(state, decision.findings, signal);
    case 'open':
      return openAutomatic(state, decision.findings, decision.previous, signal);
    case 'recur':
      return recur(state, decision.incident, decision.findings, signal);
    case 'recover':
      early.delete(decision.incident.spec.key);
      return change(state, decision.incident, (newest) => recovered(newest, decision, clock.now()));
    case 'comment':
      return change(state, decision.incident, (newest) => commented(newest, decision, state));
    case 'note':
      return change(state, decision.incident, () => numbers(decision.findings));
  }
}

async function suspect({ early, reader }: State, findings: Findings, signal: AbortSignal): Promise<void> {
  if (early.size >= MAX_EARLY_EVIDENCE) early.delete(early.keys().next().value ?? '');
  early.set(findings.key, await reader.evidence(evidenceTarget(findings), signal));
}

async function open(
  state: State,
  opening: Opening,
  lookup: Promise<Lookup | undefined>,
  signal: AbortSignal,
): ReturnType<IncidentActions['open']> {
  const { reader, early, clock, outbox } = state;
  const [fresh, cluster] = await Promise.all([
    reader.evidence(evidenceTarget(opening), signal),
    state.clusterFacts(signal),
  ]);
  const evidence = mergeEvidence(fresh, early.get(opening.key));
  signal.throwIfAborted();
  const opened = await outbox.open(
    composeIncident(opening, evidence, cluster, { ...state.story, now: clock.now() }),
    lookup,
  );
  early.delete(opening.key);
  state.onWritten(opened.incident);
  return opened;
}

async function openAutomatic(
  state: State,
  findings: Findings,
  previous: Incident | undefined,
  signal: AbortSignal,
): Promise<void> {
  const n = previous === undefined ? 1 : incidentNumber(previous.name) + 1;
  const previousTicketId = previous?.status.ticketId;
  const opening: Opening = {
    ...findings,
    name: incidentName(findings.owner, findings.key, n),
    trigger: 'automatic',
    ...(previousTicketId === undefined ? {} : { previousTicketId }),
  };
  const { created, incident } = await open(state, opening, lookUp(state, findings.key, signal), signal);
  if (created) state.onOpened(incident, findings);
}

async function change(
  state: State,
  incident: Incident,
  how: (newest: Incident) => Partial<IncidentStatus> | undefined,
): Promise<void> {
  const written = await state.outbox.update(incident, how);
  if (written === undefined) state.onGone(incident);
  else state.onWritten(written);
}

/** An open ticket is taken up again; one that a person has closed is left alone, and a new one names it. */
async function recur(
  state: State,
  incident: Incident,
  findings: Findings,
  signal: AbortSignal,
): Promise<void> {
  const { phase, ticketId } = incident.status;
  if (phase === 'Recovered' && ticketId !== undefined && state.mode === 'file') {
    const ticket = await state.desk.get(ticketId, signal);
    const isClosed = ticket === undefined || closedStatuses.includes(ticket.status);
    if (isClosed) return openAutomatic(state, findings, incident, signal);
  }
  await change(state, incident, (newest) => recurrence(newest, findings, state));
}

/** Asked while the evidence is gathered; the outbox looks itself when this fails. */
export async function lookUp(
  deps: { readonly desk: TicketDesk; readonly mode: string },
  key: string,
  signal: AbortSignal,
): Promise<Lookup | undefined> {
  if (deps.mode === 'observe') return undefined;
  try {
    // No ticket can carry the marker of an Incident that is only about to be made.
    return sortLookup(await deps.desk.find(keyMarker(key), signal), 'no marker yet');
  } catch {
    return undefined;
  }
}

function numbers({ occurrences, affected, lastSeenAt }: Findings): Partial<IncidentStatus> {
  return {
    occurrences,
    affected: { count: affected.length, names: affected.slice(0, MAX_AFFECTED_NAMES) },
    ...(lastSeenAt > 0 ? { lastSeenAt } : {}),
  };
}

function recovered(
  incident: Incident,
  { how, health }: Decision & { readonly kind: 'recover' },
  now: number,
): Partial<IncidentStatus> | undefined {
  if (incident.status.recoveredAt !== undefined) return undefined;
  const recovery = recoverySentence(how, health);
  const facts: Partial<IncidentStatus> = { recoveredAt: now, recovery };
  // What is not filed yet is filed all the same, and says so; what was never filed has nobody to tell.
  if (incident.status.phase !== 'Filed') return facts;
  return { ...facts, phase: 'Recovered', comment: pendingComment(incident, 'recovered', { now, recovery }) };
}

function recoverySentence(how: Recovery, health: OwnerHealth): string {
  const replicas =
    health.state === 'ready' && health.wanted !== undefined
      ? ` ${health.ready} of ${health.wanted} replicas are ready.`
      : '';
  switch (how) {
    case 'healed':
      return `What failed works again.${replicas}`;
    case 'replaced':
      return `What failed was replaced and works now.${replicas}`;
    case 'gone':
      return 'The object was deleted.';
    case 'scaledToZero':
      return 'It was scaled to zero.';
  }
}

function recurrence(
  incident: Incident,
  findings: Findings,
  { clock, redactor, mode }: IncidentActionsDeps,
): Partial<IncidentStatus> {
  const { status } = incident;
  const again: Partial<IncidentStatus> = {
    ...numbers(findings),
    recoveredAt: undefined,
    recovery: undefined,
    recurrences: (status.recurrences ?? 0) + 1,
  };
  if (status.phase !== 'Recovered') return again;
  if (status.ticketId === undefined || mode === 'observe')
    return { ...again, phase: mode === 'observe' ? 'Observed' : 'Pending' };
  const message = redactor.redactLine(findings.signals[0]?.message ?? '').text;
  return {
    ...again,
    phase: 'Filed',
    comment: pendingComment(incident, 'recurred', { now: clock.now(), message }),
  };
}

function commented(
  incident: Incident,
  { comment: kind, findings }: Decision & { readonly kind: 'comment' },
  { clock, redactor }: IncidentActionsDeps,
): Partial<IncidentStatus> | undefined {
  if (incident.status.phase !== 'Filed' || incident.status.comment !== undefined) return undefined;
  const first = findings.signals[0];
  const now = clock.now();
  const { affected, occurrences } = findings;
  const comment = pendingComment(incident, kind, {
    now,
    affected,
    occurrences,
    message: redactor.redactLine(first?.message ?? '').text,
  });
  return {
    ...numbers(findings),
    ...(first === undefined ? {} : { class: first.class }),
    ...(kind === 'standing' ? { saidStandingAt: now } : {}),
    comment,
  };
}
