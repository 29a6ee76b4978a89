import { incidentName, incidentNumber, keyMarker, manualKey } from '../../src/correlate/identity.ts';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { CommentKind, Incident, IncidentStatus, NewIncident } from '../../src/domain/incident.ts';
import { isTicketOver, type Lookup, type Outbox, sortLookup } from '../../src/outbox/index.ts';
import { pendingComment } from '../../src/tickets/render/comments.ts';
import type { AgentProcess } from './process.ts';
import type { StoreEvent } from './store-model.ts';
import { EPOCH, type Fault, type World } from './world.ts';

/** A failure is over when it has been quiet for so long. */
const QUIET_MS = 5 * SECOND;
const RETRY_MS = 5 * SECOND;
/** Numbers are noted this often; an Incident that was deleted unseen is found out by it. */
const NOTE_MS = 10 * MINUTE;
/** Everything is looked at again this often, as the wake-up times of the real book do. */
const LOOK_MS = 5 * SECOND;

/**
 * The stages before the outbox, reduced to what they ask of it: decisions by levels, carried out as `src/pipeline/incidents.ts` and
 * `src/pipeline/requests.ts` do it.
 */
export interface PipelinePart {
  readonly onStoreEvent: (event: StoreEvent) => void;
  readonly setOutbox: (outbox: Outbox) => void;
  /** Decides and acts until the signal is aborted. */
  readonly lead: (stop: AbortSignal) => void;
}

export interface PipelineDeps {
  readonly world: World;
  readonly process: AgentProcess;
  /** A comment that is now to be said. */
  readonly onIntent: (incident: Incident, marker: string, kind: CommentKind) => void;
}

interface State extends PipelineDeps {
  readonly incidents: Map<string, Incident>;
  readonly notedAt: Map<string, number>;
  readonly busy: Set<string>;
  readonly again: Set<string>;
  outbox: Outbox | undefined;
  stop: AbortSignal | undefined;
}

/** The stages of one process. */
export function createPipelinePart(deps: PipelineDeps): PipelinePart {
  const state: State = {
    ...deps,
    incidents: new Map(),
    notedAt: new Map(),
    busy: new Set(),
    again: new Set(),
    outbox: undefined,
    stop: undefined,
  };
  const lookAround = (): void => {
    if (state.stop?.aborted !== false) return;
    for (const fault of state.world.faults) touch(state, fault);
    deps.process.after(LOOK_MS, lookAround);
  };
  return {
    setOutbox: (outbox) => {
      state.outbox = outbox;
    },
    onStoreEvent: (event) => {
      if (event.kind === 'upsert') upsertIncident(state, event.incident);
      else removeIncident(state, event.incident);
    },
    lead: (stop) => {
      state.stop = stop;
      lookAround();
    },
  };
}

function upsertIncident(state: State, incident: Incident): void {
  const known = state.incidents.get(incident.name);
  if (known?.uid === incident.uid && Number(incident.resourceVersion) < Number(known.resourceVersion)) return;
  state.incidents.set(incident.name, incident);
  state.outbox?.offer(incident);
  touchKey(state, incident);
}

function removeIncident(state: State, incident: Incident): void {
  if (state.incidents.get(incident.name)?.uid === incident.uid) state.incidents.delete(incident.name);
  state.outbox?.forget(incident.name, incident.uid);
  touchKey(state, incident);
}

function touchKey(state: State, incident: Incident): void {
  const fault = state.world.faults.find(({ key }) => key === incident.spec.key);
  if (fault !== undefined) touch(state, fault);
}

/** Never twice at once for one owner. */
function touch(state: State, fault: Fault): void {
  const { busy, again, process, stop } = state;
  if (stop?.aborted !== false || !process.isLeader()) return;
  if (busy.has(fault.key)) {
    again.add(fault.key);
    return;
  }
  busy.add(fault.key);
  void decideAll(state, fault, stop)
    .catch(() => {
      process.after(RETRY_MS, () => touch(state, fault));
    })
    .finally(() => {
      busy.delete(fault.key);
      if (again.delete(fault.key)) touch(state, fault);
    });
}

async function decideAll(state: State, fault: Fault, stop: AbortSignal): Promise<void> {
  for (const value of fault.requests) await request(state, fault, { value, stop });
  for (let decisions = 0; decisions < 5 && !stop.aborted; decisions += 1) {
    if (!(await decide(state, fault, stop))) return;
  }
}

function newestOf({ incidents }: State, key: string): Incident | undefined {
  let newest: Incident | undefined;
  for (const incident of incidents.values()) {
    if (incident.spec.key !== key) continue;
    if (newest === undefined || incidentNumber(incident.name) > incidentNumber(newest.name))
      newest = incident;
  }
  return newest;
}

/** False when there is nothing to do, as levels stand. */
async function decide(state: State, fault: Fault, stop: AbortSignal): Promise<boolean> {
  const incident = newestOf(state, fault.key);
  if (incident !== undefined && isStanding(incident)) {
    if (fault.isFailing) return (await comment(state, incident, fault)) || note(state, incident);
    if (state.world.scheduler.now() < fault.since + QUIET_MS) return false;
    await change(state, incident, (newest) => recovered(newest, state));
    return true;
  }
  if (!fault.isFailing) return false;
  if (incident === undefined || incident.status.phase === 'Rejected')
    await openAutomatic(state, fault, { previous: incident, stop });
  else await recur(state, incident, { fault, stop });
  return true;
}

function isStanding({ status }: Incident): boolean {
  return status.phase !== 'Recovered' && status.recoveredAt === undefined;
}

async function comment(state: State, incident: Incident, fault: Fault): Promise<boolean> {
  const { status } = incident;
  const isDue = status.phase === 'Filed' && status.comment === undefined;
  if (!isDue || fault.affected < 2 * (status.affected?.count ?? 1)) return false;
  await change(state, incident, (newest) => {
    if (newest.status.phase !== 'Filed' || newest.status.comment !== undefined) return undefined;
    return { affected: affected(fault), ...intent(state, newest, 'grown') };
  });
  return true;
}

async function note(state: State, incident: Incident): Promise<boolean> {
  const now = state.world.scheduler.now();
  const notedAt = state.notedAt.get(incident.uid) ?? now;
  state.notedAt.set(incident.uid, now < notedAt + NOTE_MS ? notedAt : now);
  if (now < notedAt + NOTE_MS) return false;
  await change(state, incident, () => ({ lastSeenAt: state.process.clock.now() }));
  return true;
}

function affected({ affected: count }: Fault): NonNullable<IncidentStatus['affected']> {
  return { count, names: [] };
}

function intent(state: State, incident: Incident, kind: CommentKind): Pick<IncidentStatus, 'comment'> {
  const pending = pendingComment(incident, kind, { now: state.process.clock.now() });
  state.onIntent(incident, pending.marker, kind);
  return { comment: pending };
}

async function openAutomatic(
  state: State,
  fault: Fault,
  { previous, stop }: { readonly previous: Incident | undefined; readonly stop: AbortSignal },
): Promise<void> {
  const n = previous === undefined ? 1 : incidentNumber(previous.name) + 1;
  const name = incidentName(fault.owner, fault.key, n);
  const incident = newIncident(state, fault, { name, key: fault.key, trigger: 'automatic' });
  await open(state, incident, { lookup: lookUp(state, fault.key, stop), stop });
}

function newIncident(
  { process }: State,
  { owner }: Fault,
  {
    name,
    key,
    trigger,
  }: { readonly name: string; readonly key: string; readonly trigger: 'automatic' | 'manual' },
): NewIncident {
  return {
    name,
    spec: {
      trigger,
      target: owner,
      key,
      class: trigger === 'manual' ? 'manual' : 'crash',
      reason: 'Error',
      openedAt: process.clock.now(),
      draft: {
        subject: `${owner.name} fails`,
        description: 'It fails.',
        category: 'technical',
        severity: 'critical',
        environment: '{}',
      },
    },
  };
}

async function open(
  state: State,
  incident: NewIncident,
  { lookup, stop }: { readonly lookup: Promise<Lookup | undefined>; readonly stop: AbortSignal },
): Promise<void> {
  const { world, process, outbox } = state;
  // The evidence is gathered.
  await process.clock.sleep(world.random.between(10, 1_500));
  stop.throwIfAborted();
  const opened = await outbox?.open(incident, lookup);
  if (opened !== undefined) upsertIncident(state, opened.incident);
}

/** No ticket can carry the marker of an Incident that is only about to be made. */
async function lookUp({ outbox }: State, key: string, stop: AbortSignal): Promise<Lookup | undefined> {
  try {
    if (outbox === undefined) return undefined;
    return sortLookup(await outbox.reads.find(keyMarker(key), stop), 'no marker yet');
  } catch {
    return undefined;
  }
}

async function change(
  state: State,
  incident: Incident,
  how: (newest: Incident) => Partial<IncidentStatus> | undefined,
): Promise<void> {
  const written = await state.outbox?.update(incident, how);
  if (written === undefined) removeIncident(state, incident);
  else upsertIncident(state, written);
}

function recovered(incident: Incident, state: State): Partial<IncidentStatus> | undefined {
  if (incident.status.recoveredAt !== undefined) return undefined;
  const facts = { recoveredAt: state.process.clock.now(), recovery: 'It works again.' };
  if (incident.status.phase !== 'Filed') return facts;
  return { ...facts, phase: 'Recovered', ...intent(state, incident, 'recovered') };
}

async function recur(
  state: State,
  incident: Incident,
  { fault, stop }: { readonly fault: Fault; readonly stop: AbortSignal },
): Promise<void> {
  const { phase, ticketId } = incident.status;
  if (phase === 'Recovered' && ticketId !== undefined) {
    const reads = state.outbox?.reads;
    const ticket = { id: ticketId, keyMarker: keyMarker(fault.key) };
    if (reads === undefined || (await isTicketOver(reads, ticket, stop)))
      return openAutomatic(state, fault, { previous: incident, stop });
  }
  await change(state, incident, (newest) => recurrence(newest, fault, state));
}

function recurrence(incident: Incident, fault: Fault, state: State): Partial<IncidentStatus> {
  const { status } = incident;
  const again = {
    affected: affected(fault),
    recoveredAt: undefined,
    recovery: undefined,
    recurrences: (status.recurrences ?? 0) + 1,
  };
  if (status.phase !== 'Recovered') return again;
  if (status.ticketId === undefined) return { ...again, phase: 'Pending' };
  return { ...again, phase: 'Filed', ...intent(state, incident, 'recurred') };
}

/** A person has asked for a ticket. An open automatic one of the same owner takes the request as a comment. */
async function request(
  state: State,
  fault: Fault,
  { value, stop }: { readonly value: string; readonly stop: AbortSignal },
): Promise<void> {
  const key = manualKey('cluster', fault.owner.uid, value);
  const name = incidentName(fault.owner, key, 1);
  if (state.incidents.has(name)) return;
  const standing = [...state.incidents.values()].find(
    ({ spec, status }) => spec.key === fault.key && status.phase === 'Filed',
  );
  const incident = newIncident(state, fault, { name, key, trigger: 'manual' });
  const lookup = standing === undefined ? lookUp(state, key, stop) : Promise.resolve(joining(standing));
  await open(state, incident, { lookup, stop });
}

function joining({ status }: Incident): Lookup {
  const { ticketId = '', filedAt = EPOCH } = status;
  return { own: [], sameKey: [{ id: ticketId, subject: '', status: 'open', createdAt: filedAt }] };
}
