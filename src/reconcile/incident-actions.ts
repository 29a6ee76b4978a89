import { type Decision, type Findings, incidentName, incidentNumber, keyMarker } from '../correlate/index.ts';
import type { Clock } from '../domain/clock.ts';
import type { ClusterFacts } from '../domain/environment.ts';
import type { FailureClass } from '../domain/failure.ts';
import type { CauseKind, Incident, NewIncident } from '../domain/incident.ts';
import type { ClusterReader, EarlyEvidence } from '../domain/ports.ts';
import type { Severity } from '../domain/ticket.ts';
import {
  type TicketReads,
  isTicketOver,
  type TicketMatches,
  type Outbox,
  sortMatches,
} from '../outbox/index.ts';
import {
  type Change,
  type ChangeContext,
  commented,
  noted,
  recovered,
  recurred,
  released,
  unfolded,
} from './status-changes.ts';
import { evidenceTarget } from './evidence-target.ts';
import {
  type ComposeInput,
  foldedIncident,
  mergeEvidence,
  type IncidentOpening,
  withoutOwner,
} from '../compose/incident-draft.ts';
import { BoundedMap } from '../lib/bounded-map.ts';

export interface IncidentActionsDeps {
  readonly clock: Clock;
  readonly clusterKey: string;
  /** An Incident that is not ours to touch has this name. */
  readonly isNameTaken: (name: string) => boolean;
  readonly reader: ClusterReader;
  readonly outbox: Pick<Outbox, 'open' | 'update' | 'reads'>;
  readonly compose: (input: ComposeInput) => NewIncident | Promise<NewIncident>;
  readonly severityOf: (failureClass: FailureClass) => Severity;
  /** Takes secrets out of one line. */
  readonly redact: (text: string, exact: readonly string[]) => string;
  readonly clusterFacts: (signal: AbortSignal) => Promise<ClusterFacts>;
  readonly mode: 'file' | 'observe';
  /** An Incident as it was written; with `isTrue` nobody knows of anything later, whatever the versions. */
  readonly onWritten: (incident: Incident, isTrue?: boolean) => void;
  readonly report: {
    /** The API server has dropped a field of an Incident that was made: its custom resource is of an earlier release. */
    readonly pruned: () => void;
  };
  /** An Incident that was to be written does not exist any more. */
  readonly onGone: (incident: Incident) => void;
  readonly onOpened: (incident: Incident, findings: Findings) => void;
  /** The incident of a common cause of this kind speaks for it. */
  readonly onFolded: (incident: Incident, cause: CauseKind) => void;
}

/** Carries out what correlation decided. Only the leader does. All of it throws what the stores throw. */
export interface IncidentActions {
  readonly act: (decision: Decision, signal: AbortSignal) => Promise<void>;
  /** Opens an Incident for a request by hand as well. */
  readonly open: (
    opening: IncidentOpening,
    lookup: Promise<TicketMatches | undefined>,
    signal: AbortSignal,
  ) => Promise<{ readonly created: boolean; readonly incident: Incident }>;
  /** Changes the status of the newest version of an Incident. */
  readonly change: (incident: Incident, how: (newest: Incident) => Change) => Promise<void>;
}

/** Early evidence of failures that are still in their hold. */
const MAX_EARLY_EVIDENCE = 100;

interface State extends IncidentActionsDeps {
  readonly early: BoundedMap<string, EarlyEvidence>;
}

/** The actions of one leader. */
export function createIncidentActions(deps: IncidentActionsDeps): IncidentActions {
  const state: State = { ...deps, early: new BoundedMap(MAX_EARLY_EVIDENCE) };
  return {
    open: (opening, lookup, signal) => open(state, opening, lookup, signal),
    act: (decision, signal) => act(state, decision, signal),
    change: (incident, how) => change(state, incident, how),
  };
}

async function act(state: State, decision: Decision, signal: AbortSignal): Promise<void> {
  switch (decision.kind) {
    case 'suspect':
      return suspect(state, decision.findings, signal);
    case 'open':
      return openAutomatic(state, decision.findings, decision.previous, signal);
    case 'release':
      return change(state, decision.incident, released);
    case 'fold':
      return fold(state, decision, signal);
    case 'unfold':
      return change(state, decision.incident, (newest) => unfolded(newest, context(state, [])));
    case 'recur':
      return recur(state, decision, signal);
    case 'recover':
      state.early.delete(decision.incident.spec.key);
      return change(state, decision.incident, (newest) => recovered(newest, decision, context(state, [])));
    case 'comment':
      return comment(state, decision, signal);
    case 'note':
      return change(state, decision.incident, (newest) => noted(newest, decision));
  }
}

function context({ clock, mode, redact }: State, exact: readonly string[]): ChangeContext {
  return { now: clock.now(), mode, redact: (text) => redact(text, exact) };
}

/** The cluster's words may hold what stands in the pod's own environment: it is looked up anew unless it was a moment ago, as after a restart nobody knows it. */
async function contextOf(state: State, findings: Findings, signal: AbortSignal): Promise<ChangeContext> {
  const early = state.early.get(findings.key);
  const target = evidenceTarget(findings, early?.evidence.pod?.uid);
  return context(state, await state.reader.secretValues(target, signal, early));
}

async function comment(
  state: State,
  decision: Extract<Decision, { readonly kind: 'comment' }>,
  signal: AbortSignal,
): Promise<void> {
  const known =
    decision.cause === undefined ? await contextOf(state, decision.findings, signal) : context(state, []);
  await change(state, decision.incident, (newest) => commented(newest, decision, known));
}

async function suspect({ early, reader }: State, findings: Findings, signal: AbortSignal): Promise<void> {
  const evidence = await reader.early(evidenceTarget(findings), signal);
  early.set(findings.key, evidence);
}

async function open(
  state: State,
  opening: IncidentOpening,
  lookup: Promise<TicketMatches | undefined>,
  signal: AbortSignal,
): ReturnType<IncidentActions['open']> {
  const { reader, early: allEarly, clock, outbox, severityOf } = state;
  const early = allEarly.get(opening.key);
  const [fresh, cluster] = await Promise.all([
    reader.evidence(evidenceTarget(opening, early?.evidence.pod?.uid), signal, early),
    state.clusterFacts(signal),
  ]);
  const evidence = mergeEvidence(fresh, early?.evidence);
  const isOwn = opening.trigger === 'automatic' || opening.trigger === 'manual';
  const composed = await state.compose({
    opening,
    evidence: isOwn ? evidence : withoutOwner(evidence),
    cluster,
    severity: severityFor(opening, severityOf),
    now: clock.now(),
  });
  signal.throwIfAborted();
  const opened = await outbox.open(ofCluster(composed, state), lookup);
  allEarly.delete(opening.key);
  state.onWritten(opened.incident);
  if (opened.created && opened.incident.spec.cluster === undefined) state.report.pruned();
  return opened;
}

/** What ended long ago wakes nobody. */
function severityFor({ signals }: IncidentOpening, severityOf: State['severityOf']): Severity {
  if (signals.length > 0 && signals.every(({ isLeftover }) => isLeftover === true)) return 'low';
  return severityOf(signals[0]?.class ?? 'manual');
}

/** Copied into another cluster, it is to be told there that it is not that cluster's. */
function ofCluster({ name, spec }: NewIncident, { clusterKey }: State): NewIncident {
  return { name, spec: { ...spec, cluster: clusterKey } };
}

async function openAutomatic(
  state: State,
  findings: Findings,
  previous: Incident | undefined,
  signal: AbortSignal,
): Promise<void> {
  const previousTicketId = previous?.status.ticketId;
  const kind = findings.common?.kind;
  const opening: IncidentOpening = {
    ...findings,
    name: nameAfter(previous, findings, state),
    trigger: kind === 'shared' || kind === 'storm' ? kind : 'automatic',
    ...(previousTicketId === undefined ? {} : { previousTicketId }),
  };
  const { created, incident } = await open(
    state,
    opening,
    searchBeforeOpening({ ...state, desk: state.outbox.reads }, findings.key, signal),
    signal,
  );
  if (created) state.onOpened(incident, findings);
}

function nameAfter(
  previous: Incident | undefined,
  { owner, key }: Findings,
  { isNameTaken }: Pick<State, 'isNameTaken'>,
): string {
  let number = previous === undefined ? 1 : incidentNumber(previous.name) + 1;
  while (isNameTaken(incidentName(owner, key, number))) number += 1;
  return incidentName(owner, key, number);
}

/** Written down without evidence and without a ticket: in a storm there are thousands. */
async function fold(
  state: State,
  { findings, cause, previous }: Extract<Decision, { readonly kind: 'fold' }>,
  signal: AbortSignal,
): Promise<void> {
  const { kind, incident } = cause;
  const signals = findings.signals.map((one) => ({ ...one, reason: state.redact(one.reason, []) }));
  const folded = foldedIncident(
    { ...findings, signals, name: nameAfter(previous, findings, state) },
    { kind, key: incident.spec.key, incident: incident.name },
    state.clock.now(),
  );
  signal.throwIfAborted();
  const opened = await state.outbox.open(ofCluster(folded, state));
  state.early.delete(findings.key);
  state.onWritten(opened.incident);
  if (opened.created) state.onFolded(opened.incident, kind);
}

async function change(state: State, incident: Incident, how: (newest: Incident) => Change): Promise<void> {
  const written = await state.outbox.update(incident, how);
  if (written === undefined) state.onGone(incident);
  // Versions of a restored API server are lower than what is known. What has not changed at all is no news.
  else state.onWritten(written, written.resourceVersion !== incident.resourceVersion);
}

/** An open ticket is taken up again; one that a person has closed is left alone, and a new one names it. */
async function recur(
  state: State,
  decision: Extract<Decision, { readonly kind: 'recur' }>,
  signal: AbortSignal,
): Promise<void> {
  const { incident, findings } = decision;
  if (await isTicketClosed(state, incident, signal)) return openAutomatic(state, findings, incident, signal);
  const known = await contextOf(state, decision.findings, signal);
  await change(state, incident, (newest) => recurred(newest, decision, known));
  state.early.delete(findings.key);
}

async function isTicketClosed(
  { mode, outbox }: State,
  { spec, status: { phase, ticketId } }: Incident,
  signal: AbortSignal,
): Promise<boolean> {
  if (phase !== 'Recovered' || ticketId === undefined || mode === 'observe') return false;
  return isTicketOver(outbox.reads, { id: ticketId, keyMarker: keyMarker(spec.key) }, signal);
}

/** Asked while the evidence is gathered; the outbox looks itself when this fails. */
export async function searchBeforeOpening(
  deps: { readonly desk: TicketReads; readonly mode: string },
  key: string,
  signal: AbortSignal,
): Promise<TicketMatches | undefined> {
  if (deps.mode === 'observe') return undefined;
  try {
    // No ticket can carry the marker of an Incident that is only about to be made.
    return sortMatches(await deps.desk.find(keyMarker(key), signal), 'no marker yet');
  } catch {
    return undefined;
  }
}
