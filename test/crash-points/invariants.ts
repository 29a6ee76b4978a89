import { incidentMarker, incidentNumber, keyMarker } from '../../src/correlate/identity.ts';
import { SECOND } from '../../src/domain/clock.ts';
import type { Incident } from '../../src/domain/incident.ts';
import type { DeskModel, ModelTicket } from './desk-model.ts';
import type { Fleet } from './fleet.ts';
import type { StoreModel } from './store-model.ts';
import { falseRecoveries, falseRecurrences } from './said.ts';
import type { Strangers } from './strangers.ts';
import { isTooLarge } from './ports.ts';
import { SAYS_DOUBLE, SAYS_RECOVERED } from './texts.ts';
import type { Fault, Refusal, World } from './world.ts';

export interface Outcome {
  readonly world: World;
  readonly store: StoreModel;
  readonly desk: DeskModel;
  readonly fleet: Fleet;
  readonly strangers: Strangers;
}

/** Status writes that one Incident may cost, however hard the weather was. */
const MAX_WRITES = 80;
/** A comment may be on its way when a person closes the ticket. */
const CROSSING_MS = 3 * SECOND;

/** Everything that is not as the promises say, after the weather has been fair for long. */
export function brokenPromises(outcome: Outcome): readonly string[] {
  const { world, store, desk, fleet, strangers } = outcome;
  const ours = [...store.incidents.values()].filter(({ name }) => !strangers.isForeign(name));
  const faults = world.faults.filter(({ key }) => !strangers.isOccupied(key));
  return [
    ...(fleet.pending() > 0 ? [`the leader still has ${fleet.pending()} Incidents to file`] : []),
    ...ours.flatMap((incident) => brokenByIncident(outcome, incident)),
    ...faults.flatMap((fault) => brokenByFault(outcome, fault)),
    ...faults.flatMap((fault) => brokenByOwner(outcome, fault)),
    ...desk.tickets.flatMap((ticket) => brokenByTicket(outcome, ticket)),
    ...doubles(outcome),
    ...falseRecoveries(world, store),
    ...falseRecurrences(world, store),
    ...strangers.broken(),
  ];
}

function brokenByIncident(outcome: Outcome, incident: Incident): readonly string[] {
  const { name, status, uid } = incident;
  const writes = outcome.store.writes.get(uid) ?? 0;
  return [
    ...(writes > MAX_WRITES ? [`${name} has cost ${writes} status writes`] : []),
    ...(status.comment === undefined ? [] : [`${name} never said ${status.comment.kind}`]),
    ...brokenByFile(outcome, incident),
    ...(status.phase === 'Folded' ? brokenByFold(outcome, incident) : brokenByPhase(outcome, incident)),
  ];
}

/** A file is on the ticket of its Incident, or it is said why it is not. */
function brokenByFile({ desk }: Outcome, { name, status }: Incident): readonly string[] {
  const { attachment, ticketId, phase } = status;
  const ticket = desk.ticket(ticketId ?? '');
  if (ticket === undefined || (phase !== 'Filed' && phase !== 'Recovered')) return [];
  if (attachment === undefined) return [`${name} has ${ticket.id} and no file`];
  const isThere = ticket.attachments.includes(attachment.name);
  const states: Readonly<Record<string, boolean>> = {
    Attached: isThere,
    Refused: isTooLarge(attachment.name) && !isThere,
    Dropped: ticket.closed !== undefined,
  };
  if (states[attachment.state] === true) return [];
  return [`${name}: its file is ${attachment.state} and ${isThere ? '' : 'not '}on ${ticket.id}`];
}

/**
 * Another Incident of its owner goes on with the failure, and answers for the ticket. Two can stand only when one was deleted by
 * hand, or refused or found to have two tickets just when its failure came again.
 */
function brokenByFold({ store, world }: Outcome, { name, spec }: Incident): readonly string[] {
  const isDeleted = [...store.deleted.values()].some(({ spec: { key } }) => key === spec.key);
  const isRefused = world.faults.some(({ key, refusal }) => key === spec.key && isForGood(refusal));
  return isDeleted || isRefused || !world.isStrict
    ? []
    : [`${name} was opened although another Incident stood`];
}

function isForGood(refusal: Refusal): boolean {
  return refusal === 'always' || refusal === 'denied';
}

function brokenByPhase({ world, desk, store: { intents } }: Outcome, incident: Incident): readonly string[] {
  const { name, status, spec, uid } = incident;
  if (status.phase === 'Pending') return [`${name} is still Pending: its ticket is lost`];
  if (status.phase === 'Rejected') {
    const isRefused = world.faults.some(
      ({ owner, refusal }) => owner.name === spec.target.name && isForGood(refusal),
    );
    return isRefused ? [] : [`${name} is Rejected, which nobody has done for good`];
  }
  const ticket = desk.ticket(status.ticketId ?? '');
  if (ticket === undefined) return [`${name} is ${status.phase} and has no ticket`];
  // Over before it could be told, on a ticket that a person has closed: there is nobody left to tell.
  if (status.recoveredAt !== undefined && ticket.closed !== undefined) return [];
  if (ticket.marker === incidentMarker(incident) || isAnnounced(intents, ticket, uid)) return [];
  return [`${name} has ${ticket.id}, which does not know of it`];
}

/** A comment on the ticket has told that it is now for this Incident as well. */
function isAnnounced(intents: StoreModel['intents'], ticket: ModelTicket, uid: string): boolean {
  return ticket.comments.some(({ body }) => intents.get(markerIn(body) ?? '')?.uid === uid);
}

function markerIn(body: string): string | undefined {
  return /\[(c-[0-9a-f]+)\]/.exec(body)?.[1];
}

function newestOf({ store }: Outcome, fault: Fault): Incident | undefined {
  return [...store.incidents.values()]
    .filter(({ spec }) => spec.key === fault.key)
    .toSorted((left, right) => incidentNumber(right.name) - incidentNumber(left.name))[0];
}

/** What the ticket says last about the level. */
function lastWord({ store: { intents } }: Outcome, ticket: ModelTicket): 'failing' | 'recovered' {
  const text = ticket.description === SAYS_RECOVERED ? 'recovered' : 'recurred';
  return (levelWords(intents, ticket).at(-1) ?? text) === 'recovered' ? 'recovered' : 'failing';
}

/** The comments that tell of the level. */
function levelWords(
  intents: StoreModel['intents'],
  { comments }: ModelTicket,
): readonly (string | undefined)[] {
  // One that was long under way does not belie what was said after it was sent.
  const inOrder = comments.toSorted((left, right) => left.sentAt - right.sentAt);
  const kinds = inOrder.map(({ body }) => intents.get(markerIn(body) ?? '')?.kind);
  return kinds.filter((kind) => kind === 'recovered' || kind === 'recurred' || kind === 'adopted');
}

function brokenByFault(outcome: Outcome, fault: Fault): readonly string[] {
  const incident = newestOf(outcome, fault);
  const { name } = fault.owner;
  if (incident === undefined) return fault.isFailing ? [`${name} fails and has no Incident`] : [];
  const { phase, recoveredAt, ticketId } = incident.status;
  const ticket = outcome.desk.ticket(ticketId ?? '');
  if (phase === 'Rejected' || ticket === undefined) return [];
  const isOver = recoveredAt !== undefined;
  if (fault.isFailing === isOver) return [`${name} ${isOver ? 'fails' : 'works'} but is ${phase}`];
  return brokenByLevel(outcome, fault, ticket);
}

/**
 * One standing Incident for each owner, even if the one with the highest number is deleted between the looks of two processes,
 * which take two names then.
 */
function brokenByOwner({ store }: Outcome, { key, owner }: Fault): readonly string[] {
  const standing = [...store.incidents.values()].filter(
    ({ spec, status }) =>
      spec.key === key && status.phase !== 'Recovered' && status.recoveredAt === undefined,
  );
  return standing.length > 1 ? [`${owner.name} has ${standing.length} Incidents that stand`] : [];
}

function brokenByLevel(
  outcome: Outcome,
  { owner, isFailing }: Fault,
  ticket: ModelTicket,
): readonly string[] {
  const word = lastWord(outcome, ticket);
  if (isFailing && ticket.closed?.by === 'agent' && !isWithdrawn(ticket))
    return [`${owner.name} fails and ${ticket.id} was closed`];
  // A ticket that a person closed while it failed is respected. One that was closed after its recovery tells nobody.
  if (isFailing && word === 'recovered')
    return [`${owner.name} fails and ${ticket.id} says it has recovered`];
  if (isFailing || word === 'recovered' || ticket.closed !== undefined) return [];
  return [`${owner.name} works and ${ticket.id} does not say so`];
}

function brokenByTicket(outcome: Outcome, ticket: ModelTicket): readonly string[] {
  const { world } = outcome;
  const broken: string[] = [];
  const seen = new Set<string>();
  const files = new Set(ticket.attachments);
  if (world.isStrict && files.size < ticket.attachments.length)
    broken.push(`${ticket.id} has a file twice: ${ticket.attachments.join(', ')}`);
  for (const { body, sentAt } of ticket.comments) {
    if (world.isStrict && seen.has(body)) broken.push(`${ticket.id} has twice: ${body}`);
    seen.add(body);
    if (ticket.closed?.by === 'person' && sentAt > ticket.closed.at + CROSSING_MS)
      broken.push(`${ticket.id} was closed by a person and then got: ${body}`);
  }
  return broken;
}

function doubles(outcome: Outcome): readonly string[] {
  const { world, desk } = outcome;
  const groups = groupedBy(desk.tickets, ({ marker }) => marker);
  const broken = [...groups.values()].flatMap((tickets) => brokenByMarker(outcome, tickets));
  return world.isStrict ? [...broken, ...sameOwner(outcome)] : broken;
}

/** All tickets of one marker: in a strict world there is one, elsewhere one is kept. */
function brokenByMarker({ world, store }: Outcome, tickets: readonly ModelTicket[]): readonly string[] {
  if (tickets.length < 2) return [];
  const ids = tickets.map(({ id }) => id).join(', ');
  if (world.isStrict) return [`${ids} have the same marker`];
  const open = tickets.filter(({ closed }) => closed === undefined);
  const incidents = [...store.incidents.values()];
  const stands = incidents.some((incident) => incidentMarker(incident) === tickets[0]?.marker);
  if (stands && open.length > 1) return [`${ids}: doubles stay open`];
  return tickets.every(isWithdrawn) ? [`${ids}: all were closed as doubles`] : [];
}

function isWithdrawn({ comments, closed }: ModelTicket): boolean {
  return closed?.by === 'agent' && comments.some(({ body }) => body.startsWith(SAYS_DOUBLE));
}

/**
 * One open ticket for each owner. An Incident that was deleted just when its ticket was sent may cost a second one, if the process
 * that sent the first is dead and nobody knows of it.
 */
function sameOwner({ world, desk, store }: Outcome): readonly string[] {
  return world.faults.flatMap(({ key, owner }) => {
    const open = desk.tickets.filter(
      ({ marker, closed }) => closed === undefined && marker.startsWith(keyMarker(key)),
    );
    const deleted = new Set([...store.deleted.values()].map(incidentMarker));
    const kept = open.filter(({ marker }) => !deleted.has(marker));
    const senders = new Set(open.map(({ sender }) => sender));
    if (open.length < 2 || (kept.length < 2 && senders.size === open.length)) return [];
    return [`${owner.name} has several open tickets: ${open.map(({ id }) => id).join(', ')}`];
  });
}

function groupedBy<T>(list: readonly T[], keyOf: (entry: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const entry of list) groups.set(keyOf(entry), [...(groups.get(keyOf(entry)) ?? []), entry]);
  return groups;
}
