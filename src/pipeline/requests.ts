import {
  type ClusterLookup,
  incidentName,
  type ManualRequest,
  manualKey,
  manualRequest,
  rootOwner,
} from '../correlate/index.ts';
import type { ObjectRef } from '../domain/failure.ts';
import type { Incident } from '../domain/incident.ts';
import type { EventAnswers } from '../domain/ports.ts';
import { type ObjectView, refOf } from '../domain/views.ts';
import { hashParts } from '../lib/hash.ts';
import type { Lookup, Outbox } from '../outbox/index.ts';
import type { IncidentActions } from './incidents.ts';

export interface RequestsDeps {
  readonly clusterKey: string;
  readonly lookup: ClusterLookup;
  readonly actions: IncidentActions;
  readonly outbox: Outbox;
  readonly answers: EventAnswers;
  /** The Incident of this name, if there is one. */
  readonly incidentNamed: (name: string) => Incident | undefined;
  /** The standing automatic Incident of an owner that has a ticket. */
  readonly filedIncidentOf: (owner: ObjectRef) => Incident | undefined;
  readonly lookUp: (key: string, signal: AbortSignal) => Promise<Lookup | undefined>;
  readonly now: () => number;
  readonly onRequest: (outcome: 'accepted' | 'refused') => void;
}

/** Requests by annotation: one Incident for each value on each object, whoever looks and however often. */
export interface Requests {
  /** Notes the request of an object that carries the annotation; returns the key to work on, if there is work. */
  readonly offer: (view: ObjectView) => string | undefined;
  readonly isRequest: (key: string) => boolean;
  readonly waiting: () => Iterable<string>;
  readonly work: (key: string, signal: AbortSignal) => Promise<void>;
  /** The annotation of this view was taken away or changed: its Incident may be cleaned up in time. */
  readonly withdrawn: (before: ObjectView) => void;
}

const KEY_PREFIX = 'request/';

interface State extends RequestsDeps {
  readonly noted: Map<string, { readonly view: ObjectView; readonly request: ManualRequest }>;
}

/** The requests of one agent. */
export function createRequests(deps: RequestsDeps): Requests {
  const state: State = { ...deps, noted: new Map() };
  return {
    offer: (view) => offer(state, view),
    isRequest: (key) => key.startsWith(KEY_PREFIX),
    waiting: () => state.noted.keys(),
    work: async (key, signal) => {
      const noted = state.noted.get(key);
      if (noted === undefined) return;
      await carryOut(state, noted, signal);
      if (state.noted.get(key) === noted) state.noted.delete(key);
    },
    withdrawn: (before) => {
      const incident = deps.incidentNamed(nameOf(state, before, before.fileTicket ?? ''));
      if (incident === undefined || incident.status.recoveredAt !== undefined) return;
      // Only the clean-up depends on it: if the write fails, the Incident is kept longer.
      void deps.outbox.update(incident, () => ({ recoveredAt: deps.now() })).catch(() => undefined);
    },
  };
}

function nameOf({ clusterKey }: State, view: ObjectView, value: string): string {
  return incidentName(refOf(view), manualKey(clusterKey, view.uid, value), 1);
}

function offer(state: State, view: ObjectView): string | undefined {
  const request = manualRequest(view);
  if (request === undefined) return undefined;
  const name = nameOf(state, view, request.value);
  if (state.incidentNamed(name) !== undefined) return undefined;
  const key = `${KEY_PREFIX}${name}`;
  state.noted.set(key, { view, request });
  return key;
}

async function carryOut(
  state: State,
  { view, request }: { readonly view: ObjectView; readonly request: ManualRequest },
  signal: AbortSignal,
): Promise<void> {
  if (request.kind === 'request') return file(state, view, request, signal);
  state.onRequest('refused');
  await state.answers.answer(refOf(view), {
    reason: 'TicketRefused',
    note: `No ticket was filed: ${request.reason}.`,
    id: hashParts({ refused: request.value }).slice(0, 10),
  });
}

async function file(
  state: State,
  view: ObjectView,
  request: ManualRequest & { readonly kind: 'request' },
  signal: AbortSignal,
): Promise<void> {
  const name = nameOf(state, view, request.value);
  if (state.incidentNamed(name) !== undefined) return;
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
function joining(standing: Incident): Lookup {
  const { ticketId = '', filedAt = 0 } = standing.status;
  return { own: [], sameKey: [{ id: ticketId, subject: '', status: 'open', createdAt: filedAt }] };
}
