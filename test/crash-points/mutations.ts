import type { IncidentStore, TicketApi } from '../../src/domain/ports.ts';
import type { Mutation, MutationParts } from './fleet.ts';
import { guards } from './guards.ts';

/** What the outbox rests on, each taken away once. The harness must find every one of them. */
export const mutations: Readonly<Record<string, Mutation>> = {
  'the look-up is removed': { desk: (desk) => ({ ...desk, find: () => Promise.resolve([]) }) },
  'the create is not atomic': { store: nonAtomicCreate },
  'the status is written before the POST': { desk: statusFirst },
  'an unknown outcome is sent again at once': { desk: sentAgain },
  'nothing waits for the list': {
    outbox: (deps) => ({ ...deps, options: { ...deps.options, lookupDelayMs: 0 } }),
  },
  'a busy API is taken for one that refuses': { desk: quickToGiveUp },
  'the Lease is not asked': { outbox: (deps) => ({ ...deps, isLeader: () => true }) },
  'no comment is looked for before it is repeated': { desk: blindComments },
  'no file is looked for before it is sent again': { desk: blindToFiles },
  'a file that is refused is taken for attached': { desk: deafToRefusals },
  'a closed ticket is taken for an open one': { desk: blindToClosed },
  'a ticket that is not found is taken for closed': { desk: quickToMiss },
  'a firewall that refuses one text is taken for bad credentials': { desk: deniedAs('paused', 403) },
  'what is not found for a moment is taken for a refusal': { desk: deniedAs('rejected', 404) },
  ...guards,
  'doubles are not closed': { desk: (desk) => ({ ...desk, close: () => Promise.resolve({ kind: 'done' }) }) },
};

/** No name is ever taken: the next number is used, by whoever asks. Some requests are long under way, and their senders lead no more. */
function nonAtomicCreate(
  store: IncidentStore,
  { world: { random, scheduler } }: MutationParts,
): IncidentStore {
  return {
    ...store,
    create: async (incident) => {
      const lateMs = random.chance(0.5) ? random.between(0, 15_000) : 0;
      await new Promise<void>((resolve) => scheduler.after(lateMs, resolve));
      for (let { name } = incident; ; name = name.replace(/\d+$/, (number) => String(Number(number) + 1))) {
        const made = await store.create({ ...incident, name });
        if (made.created) return made;
      }
    },
  };
}

function statusFirst(desk: TicketApi, { store, storeModel }: MutationParts): TicketApi {
  return {
    ...desk,
    create: async (request, signal) => {
      for (const incident of storeModel.incidents.values()) {
        const isIts = request.marker.length > 0 && request.subject.startsWith(incident.spec.target.name);
        if (isIts && incident.status.phase === 'Pending')
          await store.patchStatus(incident, { phase: 'Filed' }).catch(() => undefined);
      }
      return desk.create(request, signal);
    },
  };
}

function sentAgain(desk: TicketApi): TicketApi {
  return {
    ...desk,
    create: async (request, signal) => {
      const outcome = await desk.create(request, signal);
      return outcome.kind === 'unknown' ? desk.create(request, signal) : outcome;
    },
  };
}

function quickToGiveUp(desk: TicketApi): TicketApi {
  return {
    ...desk,
    create: async (request, signal) => {
      const outcome = await desk.create(request, signal);
      return outcome.kind === 'notSent' ? { kind: 'rejected', error: outcome.error, status: 429 } : outcome;
    },
  };
}

function blindComments(desk: TicketApi): TicketApi {
  return {
    ...desk,
    get: async (id, signal) => {
      const ticket = await desk.get(id, signal);
      return ticket === undefined ? undefined : { ...ticket, comments: [] };
    },
  };
}

function blindToFiles(desk: TicketApi): TicketApi {
  return {
    ...desk,
    get: async (id, signal) => {
      const ticket = await desk.get(id, signal);
      return ticket === undefined ? undefined : { ...ticket, attachments: [] };
    },
  };
}

function deafToRefusals(desk: TicketApi): TicketApi {
  return {
    ...desk,
    attach: async (id, file, signal) => {
      await desk.attach(id, file, signal);
      return { kind: 'done' };
    },
  };
}

function blindToClosed(desk: TicketApi): TicketApi {
  return {
    ...desk,
    get: async (id, signal) => {
      const ticket = await desk.get(id, signal);
      return ticket === undefined ? undefined : { ...ticket, status: 'open' };
    },
  };
}

function quickToMiss(desk: TicketApi): TicketApi {
  return {
    ...desk,
    get: async (id, signal) => {
      const ticket = await desk.get(id, signal);
      return (
        ticket ?? {
          id,
          subject: '',
          status: 'closed',
          createdAt: 0,
          description: '',
          comments: [],
          attachments: [],
        }
      );
    },
  };
}

function deniedAs(kind: 'paused' | 'rejected', status: number): (desk: TicketApi) => TicketApi {
  return (desk) => ({
    ...desk,
    create: async (request, signal) => {
      const outcome = await desk.create(request, signal);
      return outcome.kind === 'denied' && outcome.status === status
        ? { kind, status, error: outcome.error }
        : outcome;
    },
  });
}
