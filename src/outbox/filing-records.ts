import { type Clock, MINUTE } from '../domain/clock.ts';
import type { Incident } from '../domain/incident.ts';
import type { TicketDraft } from '../domain/ticket.ts';
import type { IncidentCache, IncidentChange } from '../incidents/index.ts';
import type { WorkQueue } from '../lib/work-queue.ts';
import { type FilingFacts, type TicketMatches, unknownFacts } from './next-step.ts';

/** Drafts kept in memory until their tickets are filed; the others are read again from the store. */
const MAX_DRAFTS = 50;
/** A ticket that was sent so long ago is in the list. */
const SENT_MEMORY_MS = 10 * MINUTE;

export interface FilingRecordsDeps {
  readonly clock: Clock;
  readonly incidents: IncidentCache;
  /** Of the names of Incidents for which there may be something to do. */
  readonly queue: Pick<WorkQueue<unknown>, 'enqueue'>;
}

interface FilingRecord {
  readonly uid: string;
  facts: FilingFacts;
}

/** Records of what this process has tried and found for each Incident. They may be lost at any moment. */
export class FilingRecords {
  readonly #deps: FilingRecordsDeps;
  /** By name. */
  readonly #records = new Map<string, FilingRecord>();
  /** By uid. */
  readonly #drafts = new Map<string, TicketDraft>();
  /** When a ticket of a key was sent last (monotonic), oldest first. */
  readonly #sentAt = new Map<string, number>();
  #term = 0;

  constructor(deps: FilingRecordsDeps) {
    this.#deps = deps;
    deps.incidents.onChange((change) => this.#incidentChanged(change));
  }

  /** Counts the take-overs. */
  get term(): number {
    return this.#term;
  }

  /** What is known of an Incident that is known. */
  factsOf(incident: Incident): FilingFacts {
    return this.#recordOf(incident)?.facts ?? this.#arrivalFacts(incident);
  }

  /** What a step has come to. It says more than what the watch has brought meanwhile. */
  setFacts(incident: Incident, facts: FilingFacts): void {
    const record = this.#recordOf(incident);
    if (record !== undefined) record.facts = facts;
  }

  draftOf({ uid }: Incident): TicketDraft | undefined {
    return this.#drafts.get(uid);
  }

  /** What is known of everybody's attempts begins anew: another process may have been sending until a moment ago. */
  takeOver(): void {
    this.#term += 1;
    for (const incident of this.#deps.incidents.all()) this.setFacts(incident, this.#arrivalFacts(incident));
  }

  /** This process has made the Incident: nobody else can have tried to file it, so there is nothing to wait for. */
  begin(whole: Incident, matches: TicketMatches | undefined): void {
    const record = this.#recordOf(whole);
    const known = this.#deps.incidents.named(whole.name);
    if (record === undefined || known?.status.phase !== 'Pending') return;
    const { facts } = record;
    if (facts.failures > 0 || facts.matches !== undefined) return;
    // An earlier Incident of the key may have been deleted by hand a moment after its ticket was sent.
    const sent = this.#sentAt.get(whole.spec.key);
    if (sent !== undefined) record.facts = { ...facts, unknownSince: sent };
    else record.facts = { failures: 0, shrink: 0, ...(matches === undefined ? {} : { matches }) };
    const { draft } = whole.spec;
    if (draft !== undefined && this.#drafts.size < MAX_DRAFTS) this.#drafts.set(whole.uid, draft);
    this.#deps.queue.enqueue(whole.name);
  }

  /** A ticket of this incident's key may have been made just now, whatever becomes of the Incident. */
  noteSent({ uid, spec: { key } }: Incident): void {
    const { clock, incidents, queue } = this.#deps;
    const now = clock.monotonic();
    // Deleted by hand under our hands and opened anew: what the other knows of the list may be too old by now.
    for (const other of incidents.ofKey(key)) {
      if (other.uid === uid || other.status.phase !== 'Pending') continue;
      const { matches: _old, ...facts } = this.factsOf(other);
      this.setFacts(other, { ...facts, unknownSince: now });
      queue.enqueue(other.name);
    }
    this.#sentAt.delete(key);
    this.#sentAt.set(key, now);
    for (const [old, at] of this.#sentAt) {
      if (now - at < SENT_MEMORY_MS) return;
      this.#sentAt.delete(old);
    }
  }

  #recordOf({ name, uid }: Incident): FilingRecord | undefined {
    const record = this.#records.get(name);
    return record?.uid === uid ? record : undefined;
  }

  #arrivalFacts(incident: Incident): FilingFacts {
    const { clock } = this.#deps;
    return unknownFacts(incident, { now: clock.now(), elapsed: clock.monotonic() });
  }

  #incidentChanged({ name, key, before, after }: IncidentChange): void {
    if (before !== undefined && before.uid !== after?.uid) this.#drafts.delete(before.uid);
    if (after === undefined) this.#records.delete(name);
    else this.#noteVersion(after, before);
    const { incidents, queue } = this.#deps;
    queue.enqueue(name);
    for (const other of incidents.ofKey(key)) queue.enqueue(other.name);
  }

  #noteVersion(incident: Incident, before: Incident | undefined): void {
    const { name, uid, status } = incident;
    // Filed by another process, whose attempts nobody knows, or not filed any more: the cluster was restored from a backup. A
    // step of our own says more about it when it ends.
    if (before?.uid !== uid || isFiled(before) !== isFiled(incident))
      this.#records.set(name, { uid, facts: this.#arrivalFacts(incident) });
    if (status.phase !== 'Pending') this.#drafts.delete(uid);
  }
}

function isFiled({ status }: Incident): boolean {
  return status.ticketId !== undefined;
}
