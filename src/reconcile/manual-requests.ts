import {
  type ClusterLookup,
  incidentName,
  type ManualRequest,
  manualKey,
  manualRequest,
  requestNamespace,
  rootOwner,
} from '../correlate/index.ts';
import { MINUTE } from '../domain/clock.ts';
import type { ObjectRef } from '../domain/failure.ts';
import type { Incident } from '../domain/incident.ts';
import type { EventAnswers } from '../domain/ports.ts';
import { type ObjectView, refOf } from '../domain/views.ts';
import { hashParts } from '../lib/hash.ts';
import type { TicketMatches } from '../outbox/index.ts';
import type { IncidentActions } from './incident-actions.ts';
import { createManualRateLimiter, type ManualRateLimiter } from './manual-rate-limiter.ts';

export interface ManualRequestsDeps {
  readonly clusterKey: string;
  readonly lookup: ClusterLookup;
  readonly actions: Pick<IncidentActions, 'open' | 'change'>;
  readonly answers: EventAnswers;
  /** The Incident of this name, if there is one. */
  readonly incidentNamed: (name: string) => Incident | undefined;
  /** All Incidents of requests. */
  readonly manualIncidents: () => readonly Incident[];
  /** The standing automatic Incident of an owner that has a ticket. */
  readonly filedIncidentOf: (owner: ObjectRef) => Incident | undefined;
  readonly lookUp: (key: string, signal: AbortSignal) => Promise<TicketMatches | undefined>;
  readonly now: () => number;
  /** How many requests one namespace may have filed in an hour. */
  readonly perHour: number;
  readonly onRequest: (outcome: RequestOutcome) => void;
}

/** Delayed: others of its namespace were first, and it waits for its turn. */
export type RequestOutcome = 'accepted' | 'delayed' | 'refused';

/**
 * Requests by annotation: one Incident for each value on each object, whoever looks and however often. Decided by levels: what stands
 * on the objects is compared with the Incidents there are.
 */
export interface ManualRequests {
  /** Notes the request of an object that carries the annotation; returns the key to work on, if there is work. */
  readonly offer: (view: ObjectView) => string | undefined;
  /** The key of the request that this view carries, for when it does so no more. */
  readonly keyOf: (view: ObjectView) => string | undefined;
  /** This view carries its request no more: what is remembered of it is forgotten. */
  readonly withdraw: (view: ObjectView) => void;
  readonly keyOfIncident: (incident: Incident) => string;
  readonly isRequest: (key: string) => boolean;
  /** Name of the Incident of the request with this key. */
  readonly nameOf: (key: string) => string;
  /** Everything worth a look by a new leader. */
  readonly waiting: () => Iterable<string>;
  /** Resolves with the time of the next look, if there is one (epoch milliseconds). */
  readonly work: (key: string, signal: AbortSignal) => Promise<number | undefined>;
}

const KEY_PREFIX = 'request/';

interface Noted {
  readonly view: ObjectView;
  readonly request: ManualRequest;
}

interface State extends ManualRequestsDeps {
  readonly noted: Map<string, Noted>;
  /** Refused ones, as long as they stand. */
  readonly refused: Set<string>;
  /** Delayed ones that were told so. */
  readonly delayed: Set<string>;
  readonly pace: ManualRateLimiter;
}

/** The requests of one agent. */
export function createManualRequests(deps: ManualRequestsDeps): ManualRequests {
  const pace = createManualRateLimiter(deps);
  const state: State = { ...deps, noted: new Map(), refused: new Set(), delayed: new Set(), pace };
  return {
    offer: (view) => offer(state, view),
    keyOf: (view) => keyOfView(state, view),
    withdraw: (view) => withdraw(state, view),
    keyOfIncident: ({ name }) => keyOfName(name),
    isRequest: (key) => key.startsWith(KEY_PREFIX),
    nameOf: (key) => key.slice(KEY_PREFIX.length),
    waiting: () => [...state.noted.keys(), ...deps.manualIncidents().map(({ name }) => keyOfName(name))],
    work: (key, signal) => work(state, key, signal),
  };
}

function keyOfName(name: string): string {
  return `${KEY_PREFIX}${name}`;
}

function nameOf({ clusterKey }: ManualRequestsDeps, view: ObjectView, value: string): string {
  return incidentName(refOf(view), manualKey(clusterKey, view.uid, value), 1);
}

function keyOfView(state: State, view: ObjectView): string | undefined {
  return view.fileTicket === undefined ? undefined : keyOfName(nameOf(state, view, view.fileTicket));
}

/** Not left to the work on its key, which a standby never does. */
function withdraw(state: State, view: ObjectView): void {
  const key = keyOfView(state, view);
  if (key === undefined) return;
  forget(state, key);
  state.refused.delete(key);
}

function offer(state: State, view: ObjectView): string | undefined {
  const request = manualRequest(view);
  if (request === undefined) return undefined;
  const name = nameOf(state, view, request.value);
  const key = keyOfName(name);
  const incident = state.incidentNamed(name);
  // It was taken back and is there again: its Incident is to be kept.
  if (incident !== undefined) return incident.status.recoveredAt === undefined ? undefined : key;
  if (state.refused.has(key)) return undefined;
  state.noted.set(key, { view, request });
  return key;
}

async function work(state: State, key: string, signal: AbortSignal): Promise<number | undefined> {
  const noted = state.noted.get(key);
  if (noted !== undefined) {
    const turn = isCarried(state, noted.view, key) ? await carryOut(state, noted, signal) : undefined;
    if (turn === undefined && state.noted.get(key) === noted) forget(state, key);
    return turn;
  }
  const incident = state.incidentNamed(key.slice(KEY_PREFIX.length));
  if (incident !== undefined) await keepOrRelease(state, incident, key);
  else state.refused.delete(key);
  return undefined;
}

function forget({ noted, delayed }: State, key: string): void {
  noted.delete(key);
  delayed.delete(key);
}

/** Whether the object still carries the value that this key was made from. */
function isCarried(state: State, { kind, uid }: Pick<ObjectRef, 'kind' | 'uid'>, key: string): boolean {
  const view = state.lookup.byUid(kind, uid);
  const request = view === undefined ? undefined : manualRequest(view);
  return view !== undefined && request !== undefined && keyOfName(nameOf(state, view, request.value)) === key;
}

/** A request stands as long as its annotation; only the clean-up of its Incident depends on it. */
async function keepOrRelease(state: State, incident: Incident, key: string): Promise<void> {
  const stands = isCarried(state, incident.spec.target, key);
  if (stands === (incident.status.recoveredAt === undefined)) return;
  await state.actions.change(incident, () => ({ recoveredAt: stands ? undefined : state.now() }));
}

/** Files the request, refuses it, or says when its turn is (epoch milliseconds). */
async function carryOut(
  state: State,
  { view, request }: Noted,
  signal: AbortSignal,
): Promise<number | undefined> {
  const name = nameOf(state, view, request.value);
  if (request.kind === 'refused') {
    await refuse(state, view, request);
    return undefined;
  }
  if (state.incidentNamed(name) !== undefined) return undefined;
  const namespace = requestNamespace(refOf(view));
  const turn = state.pace.turn(namespace);
  if (turn !== undefined) return delay(state, view, request, turn);
  const done = state.pace.begin(namespace);
  try {
    await file(state, view, request, signal);
  } finally {
    done();
  }
  return undefined;
}

async function refuse(
  state: State,
  view: ObjectView,
  request: ManualRequest & { readonly kind: 'refused' },
): Promise<void> {
  const about = refOf(view);
  if (state.pace.mayAnswer(requestNamespace(about)))
    await state.answers.answer(about, {
      reason: 'TicketRefused',
      note: `No ticket was filed: ${request.reason}.`,
      id: hashParts({ refused: request.value }).slice(0, 10),
    });
  state.refused.add(keyOfName(nameOf(state, view, request.value)));
  state.onRequest('refused');
}

/** It waits for its turn, and the person who asked is told so once. */
async function delay(
  state: State,
  view: ObjectView,
  request: ManualRequest & { readonly kind: 'request' },
  turn: number,
): Promise<number> {
  const about = refOf(view);
  const key = keyOfName(nameOf(state, view, request.value));
  // A wait that nobody notices is not worth a word.
  const isLong = turn - state.now() > MINUTE;
  if (isLong && !state.delayed.has(key) && state.pace.mayAnswer(requestNamespace(about))) {
    state.delayed.add(key);
    state.onRequest('delayed');
    const time = new Date(turn).toISOString().slice(11, 16);
    await state.answers.answer(about, {
      reason: 'TicketDelayed',
      note: `${state.perHour} requests an hour are filed for one namespace, and others came first. This one is filed from ${time} UTC on, in turn, while the annotation stands; take the annotation away to withdraw it.`,
      id: hashParts({ delayed: request.value }).slice(0, 10),
    });
  }
  return turn;
}

async function file(
  state: State,
  view: ObjectView,
  request: ManualRequest & { readonly kind: 'request' },
  signal: AbortSignal,
): Promise<void> {
  const name = nameOf(state, view, request.value);
  const about = refOf(view);
  const key = manualKey(state.clusterKey, view.uid, request.value);
  const standing = state.filedIncidentOf(rootOwner(view, state.lookup));
  const { created } = await state.actions.open(
    {
      name,
      key,
      trigger: 'manual',
      owner: about,
      signals: [],
      since: state.now(),
      occurrences: 1,
      affected: [],
      note: request.note,
    },
    standing === undefined ? state.lookUp(key, signal) : Promise.resolve(joining(standing)),
    signal,
  );
  if (!created) return;
  state.onRequest('accepted');
  await state.answers.answer(about, {
    reason: 'TicketRequested',
    note: `The request is recorded as Incident ${name}.`,
    id: key.slice(0, 10),
  });
}

/** The request becomes a comment on the ticket that stands already. */
function joining(standing: Incident): TicketMatches {
  const { ticketId = '', filedAt = 0 } = standing.status;
  return { own: [], sameKey: [{ id: ticketId, subject: '', status: 'open', createdAt: filedAt }] };
}
