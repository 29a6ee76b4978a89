import {
  type Decision,
  type Findings,
  incidentKey,
  incidentName,
  incidentNumber,
  keyMarker,
} from '../correlate/index.ts';
import type { Clock } from '../domain/clock.ts';
import type { ClusterFacts } from '../domain/environment.ts';
import type { CauseKind, Incident, NewIncident } from '../domain/incident.ts';
import type { ClusterReader, EarlyEvidence } from '../domain/ports.ts';
import type { SeverityOf } from '../compose/severity.ts';
import {
  type IncidentCache,
  type IncidentWriter,
  requireLease,
  type StatusChange,
} from '../incidents/index.ts';
import { isTicketOver, type Outbox, sortMatches, type TicketMatches } from '../outbox/index.ts';
import {
  type ChangeContext,
  commented,
  noted,
  recovered,
  recurred,
  released,
  unfolded,
} from './status-changes.ts';
import { evidenceTarget } from '../correlate/due-signals.ts';
import {
  type ComposeInput,
  foldedIncident,
  mergeEvidence,
  type IncidentOpening,
  withoutOwner,
} from '../compose/incident-draft.ts';
import { readMembers, withMemberLogs } from './read-members.ts';
import { BoundedMap } from '../lib/bounded-map.ts';

export interface IncidentActionsDeps {
  readonly clock: Clock;
  readonly clusterKey: string;
  readonly incidents: Pick<IncidentCache, 'isNameTaken'>;
  readonly writer: Pick<IncidentWriter, 'update'>;
  readonly reader: ClusterReader;
  readonly outbox: Pick<Outbox, 'open' | 'reads'>;
  readonly isLeader: () => boolean;
  readonly compose: (input: ComposeInput) => NewIncident | Promise<NewIncident>;
  readonly severityOf: SeverityOf;
  /** Takes secrets out of one line. */
  readonly redact: (text: string, exact: readonly string[]) => string;
  readonly clusterFacts: (signal: AbortSignal) => Promise<ClusterFacts>;
  readonly mode: 'file' | 'observe';
  readonly report: {
    /** The API server has dropped a field of an Incident that was made: its custom resource is of an earlier release. */
    readonly pruned: () => void;
    readonly opened: (incident: Incident, findings: Findings) => void;
    /** The incident of a common cause of this kind covers it. */
    readonly folded: (incident: Incident, cause: CauseKind) => void;
  };
}

type Of<Kind extends Decision['kind']> = Extract<Decision, { readonly kind: Kind }>;

/** Early evidence of failures that are still in their hold. */
const MAX_EARLY_EVIDENCE = 100;

/** Carries out what correlation decided. Only the leader does. All of it throws what the stores throw. */
export class IncidentActions {
  readonly #deps: IncidentActionsDeps;
  readonly #early = new BoundedMap<string, EarlyEvidence>(MAX_EARLY_EVIDENCE);

  constructor(deps: IncidentActionsDeps) {
    this.#deps = deps;
  }

  async act(decision: Decision, signal: AbortSignal): Promise<void> {
    switch (decision.kind) {
      case 'suspect':
        return this.#suspect(decision.findings, signal);
      case 'open':
        return this.#openAutomatic(decision.findings, decision.previous, signal);
      case 'release':
        return this.change(decision.incident, released);
      case 'fold':
        return this.#fold(decision, signal);
      case 'unfold':
        return this.change(decision.incident, (newest) => unfolded(newest, this.#context([])));
      case 'recur':
        return this.#recur(decision, signal);
      case 'recover':
        this.#early.delete(decision.incident.spec.key);
        return this.change(decision.incident, (newest) => recovered(newest, decision, this.#context([])));
      case 'comment':
        return this.#comment(decision, signal);
      case 'note':
        return this.change(decision.incident, (newest) => noted(newest, decision));
    }
  }

  /** Opens an Incident, for a request by hand as well. */
  async open(
    opening: IncidentOpening,
    matches: Promise<TicketMatches | undefined>,
    signal: AbortSignal,
  ): ReturnType<Outbox['open']> {
    const { reader, clock, clusterKey, outbox, severityOf, clusterFacts, compose, report } = this.#deps;
    const early = this.#early.get(opening.key);
    const [fresh, cluster, others] = await Promise.all([
      reader.evidence(evidenceTarget(opening, early?.evidence.pod?.uid), signal, early),
      clusterFacts(signal),
      readMembers(
        opening,
        { reader, earlyOf: (owner) => this.#early.get(incidentKey(clusterKey, owner)) },
        signal,
      ),
    ]);
    const evidence = withMemberLogs(mergeEvidence(fresh, early?.evidence), others);
    const isOwn = opening.trigger === 'automatic' || opening.trigger === 'manual';
    const composed = await compose({
      opening,
      evidence: isOwn ? evidence : withoutOwner(evidence),
      cluster,
      severity: severityOf(opening, evidence),
      now: clock.now(),
    });
    signal.throwIfAborted();
    const opened = await outbox.open(this.#ofCluster(composed), matches);
    this.#early.delete(opening.key);
    if (opened.created && opened.incident.spec.cluster === undefined) report.pruned();
    return opened;
  }

  /** Changes the status of the newest version of an Incident. */
  async change(incident: Incident, how: StatusChange): Promise<void> {
    const { isLeader, writer } = this.#deps;
    requireLease(isLeader);
    await writer.update(incident, how);
  }

  /** Searches for tickets of a key while the evidence is gathered; the outbox searches itself when this fails. */
  async searchTickets(key: string, signal: AbortSignal): Promise<TicketMatches | undefined> {
    const { mode, outbox } = this.#deps;
    if (mode === 'observe') return undefined;
    try {
      // No ticket can carry the marker of an Incident that is only about to be made.
      return sortMatches(await outbox.reads.find(keyMarker(key), signal), 'no marker yet');
    } catch {
      return undefined;
    }
  }

  #context(exact: readonly string[]): ChangeContext {
    const { clock, mode, redact } = this.#deps;
    return { now: clock.now(), mode, redact: (text) => redact(text, exact) };
  }

  /** The cluster's words may hold what stands in the pod's own environment: it is looked up anew unless it was a moment ago, as after a restart nobody knows it. */
  async #contextOf(findings: Findings, signal: AbortSignal): Promise<ChangeContext> {
    const early = this.#early.get(findings.key);
    const target = evidenceTarget(findings, early?.evidence.pod?.uid);
    return this.#context(await this.#deps.reader.secretValues(target, signal, early));
  }

  async #comment(decision: Of<'comment'>, signal: AbortSignal): Promise<void> {
    const { cause, findings, incident } = decision;
    const known = cause === undefined ? await this.#contextOf(findings, signal) : this.#context([]);
    await this.change(incident, (newest) => commented(newest, decision, known));
  }

  async #suspect(findings: Findings, signal: AbortSignal): Promise<void> {
    const evidence = await this.#deps.reader.early(evidenceTarget(findings), signal);
    this.#early.set(findings.key, evidence);
  }

  /** Copied into another cluster, it is to be told there that it is not that cluster's. */
  #ofCluster({ name, spec }: NewIncident): NewIncident {
    return { name, spec: { ...spec, cluster: this.#deps.clusterKey } };
  }

  async #openAutomatic(
    findings: Findings,
    previous: Incident | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const previousTicketId = previous?.status.ticketId;
    const kind = findings.common?.kind;
    const opening: IncidentOpening = {
      ...findings,
      name: this.#nameAfter(previous, findings),
      trigger: kind === 'shared' || kind === 'storm' ? kind : 'automatic',
      ...(previousTicketId === undefined ? {} : { previousTicketId }),
    };
    const matches = this.searchTickets(findings.key, signal);
    const { created, incident } = await this.open(opening, matches, signal);
    if (created) this.#deps.report.opened(incident, findings);
  }

  #nameAfter(previous: Incident | undefined, { owner, key }: Findings): string {
    let number = previous === undefined ? 1 : incidentNumber(previous.name) + 1;
    while (this.#deps.incidents.isNameTaken(incidentName(owner, key, number))) number += 1;
    return incidentName(owner, key, number);
  }

  /** Written down without evidence and without a ticket: in a storm there are thousands. */
  async #fold({ findings, cause, previous }: Of<'fold'>, signal: AbortSignal): Promise<void> {
    const { redact, clock, outbox, report } = this.#deps;
    const { kind, incident } = cause;
    const signals = findings.signals.map((one) => ({ ...one, reason: redact(one.reason, []) }));
    const folded = foldedIncident(
      { ...findings, signals, name: this.#nameAfter(previous, findings) },
      { kind, key: incident.spec.key, incident: incident.name },
      clock.now(),
    );
    signal.throwIfAborted();
    const opened = await outbox.open(this.#ofCluster(folded));
    this.#early.delete(findings.key);
    if (opened.created) report.folded(opened.incident, kind);
  }

  /** An open ticket is taken up again; one that a person has closed is left alone, and a new one names it. */
  async #recur(decision: Of<'recur'>, signal: AbortSignal): Promise<void> {
    const { incident, findings } = decision;
    if (await this.#isTicketClosed(incident, signal)) return this.#openAutomatic(findings, incident, signal);
    const known = await this.#contextOf(findings, signal);
    await this.change(incident, (newest) => recurred(newest, decision, known));
    this.#early.delete(findings.key);
  }

  async #isTicketClosed(
    { spec, status: { phase, ticketId } }: Incident,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { mode, outbox } = this.#deps;
    if (phase !== 'Recovered' || ticketId === undefined || mode === 'observe') return false;
    return isTicketOver(outbox.reads, { id: ticketId, keyMarker: keyMarker(spec.key) }, signal);
  }
}
