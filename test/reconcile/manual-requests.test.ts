import { beforeEach, expect, test } from '@jest/globals';
import { MINUTE } from '../../src/domain/clock.ts';
import type { IncidentStatus } from '../../src/domain/incident.ts';
import type { WorkloadView } from '../../src/domain/views.ts';
import type { IncidentCache } from '../../src/incidents/index.ts';
import { ClusterIndex } from '../../src/observe/cluster-index.ts';
import type { TicketMatches } from '../../src/outbox/index.ts';
import { ManualRequests } from '../../src/reconcile/manual-requests.ts';
import { anIncident, aWorkload, CLUSTER, createCache, NOW } from '../correlate/fixtures.ts';
import { createFakeClock } from '../support/fake-clock.ts';

let objects: ClusterIndex;
let incidents: IncidentCache;
let enqueued: string[];
let opened: string[];
let changed: (number | undefined)[];
let answered: string[];
let ids: string[];
let outcomes: string[];
let matches: Promise<TicketMatches | undefined> | undefined;
let created: boolean;
let requests: ManualRequests;

const running = new AbortController().signal;

beforeEach(() => {
  objects = new ClusterIndex();
  incidents = createCache();
  [enqueued, opened, changed, answered, ids, outcomes, created] = [[], [], [], [], [], [], true];
  requests = new ManualRequests({
    clock: createFakeClock(NOW),
    clusterKey: CLUSTER,
    lookup: objects,
    incidents,
    actions: {
      open: async ({ name }, lookup) => {
        opened.push(name);
        matches = lookup;
        return { created, incident: anIncident() };
      },
      change: async (incident, change) => void changed.push(change(incident)?.recoveredAt),
      searchTickets: () => Promise.resolve(undefined),
    },
    answers: {
      answer: async (_about, { reason, id }) => {
        answered.push(reason);
        ids.push(id);
      },
    },
    perHour: 2,
    queue: { enqueue: (key) => void enqueued.push(key) },
    report: { request: (outcome) => void outcomes.push(outcome) },
  });
});

function asks(fileTicket: string | undefined, change: Partial<WorkloadView> = {}): WorkloadView {
  const view = aWorkload({ ...change, ...(fileTicket === undefined ? {} : { fileTicket }) });
  objects.upsert(view);
  return view;
}

/** The Incident of a request, as a process that led before has made it. */
function recorded(key: string, status: Partial<IncidentStatus> = {}, openedAt = NOW): void {
  const name = requests.nameOf(key);
  incidents.upsert(anIncident(status, { name, uid: name, spec: { trigger: 'manual', openedAt } }), true);
}

/** The key of the request that is taken up, if it is. */
function offered(view: WorkloadView): string | undefined {
  const before = enqueued.length;
  requests.offer(view);
  return enqueued[before];
}

/** A request that is taken up. */
function offer(view: WorkloadView): string {
  const key = offered(view);
  if (key === undefined) throw new Error('not taken up');
  return key;
}

test('a request is opened once and answered, whoever else opened it first', async () => {
  const key = offer(asks('slow'));
  expect(requests.isRequest(key)).toBe(true);
  expect(await requests.work(key, running)).toBeUndefined();
  expect([opened, answered, outcomes]).toEqual([[requests.nameOf(key)], ['TicketRequested'], ['accepted']]);
  expect([...requests.keys()]).toEqual([]);
  created = false;
  const other = offer(asks('slower'));
  await requests.work(other, running);
  expect([opened.length, answered, outcomes]).toEqual([2, ['TicketRequested'], ['accepted']]);
});

test('a request that is recorded already costs a new leader nothing', async () => {
  const view = asks('slow');
  const key = offer(view);
  recorded(key);
  expect(offered(view)).toBeUndefined();
  // It was taken up before the Incident of the leader before was seen.
  await requests.work(key, running);
  expect([...requests.keys()]).toEqual([key]);
  await requests.work(key, running);
  expect([opened, changed, answered, outcomes]).toEqual([[], [], [], []]);
});

test('an Incident is released when its request is taken back, and kept again when it returns', async () => {
  const view = asks('slow');
  const key = offer(view);
  recorded(key);
  await requests.work(key, running);
  asks(undefined);
  requests.withdraw(view);
  await requests.work(key, running);
  expect(changed).toEqual([NOW]);
  recorded(key, { recoveredAt: NOW });
  await requests.work(key, running);
  expect(changed).toEqual([NOW]);
  expect(offered(asks('slow'))).toBe(key);
  await requests.work(key, running);
  await requests.work(key, running);
  expect(changed).toEqual([NOW, undefined]);
  expect(opened).toEqual([]);
});

test('a request that its object does not carry any more is not opened', async () => {
  const key = offer(asks('slow'));
  asks('another');
  await requests.work(key, running);
  expect([opened, [...requests.keys()]]).toEqual([[], []]);
});

test('a value that cannot be taken is refused once, for as long as it stands', async () => {
  const view = asks('two\nlines');
  const key = offer(view);
  await requests.work(key, running);
  expect([opened, answered, outcomes]).toEqual([[], ['TicketRefused'], ['refused']]);
  expect(ids).toEqual([expect.stringMatching(/^[0-9a-f]{10}$/)]);
  expect(offered(view)).toBeUndefined();
  requests.withdraw(view);
  expect(offered(view)).toBe(key);
});

test('beyond its share of an hour a request waits for its turn, and is told so once', async () => {
  for (const [at, value] of ['a', 'b'].entries()) {
    const key = offer(asks(value));
    recorded(key, {}, NOW - (50 - at) * MINUTE);
    await requests.work(key, running);
  }
  const key = offer(asks('third'));
  expect(await requests.work(key, running)).toBe(NOW + 10 * MINUTE);
  expect(await requests.work(key, running)).toBe(NOW + 10 * MINUTE);
  expect([opened, answered, outcomes]).toEqual([[], ['TicketDelayed'], ['delayed']]);
  expect(ids).toEqual([expect.stringMatching(/^[0-9a-f]{10}$/)]);
  expect([...requests.keys()]).toContain(key);
});

test('a wait of a minute is not worth a word', async () => {
  for (const value of ['a', 'b']) recorded(offer(asks(value)), {}, NOW - 59 * MINUTE);
  const key = offer(asks('third'));
  expect(await requests.work(key, running)).toBe(NOW + MINUTE);
  expect([answered, outcomes]).toEqual([[], []]);
});

test('a request about what has a ticket already is given that ticket', async () => {
  incidents.upsert(anIncident({ ticketId: 'T-1', filedAt: NOW - MINUTE }));
  await requests.work(offer(asks('slow')), running);
  expect(await matches).toEqual({
    own: [],
    sameKey: [{ id: 'T-1', subject: '', status: 'open', createdAt: NOW - MINUTE }],
  });
});

test('requests that are taken back are forgotten by a standby, which never works on them', () => {
  const asking = [1, 2, 3].map((turn) => aWorkload({ fileTicket: `slow since ${turn}` }));
  for (const view of asking) requests.offer(view);
  const keys = [...enqueued];
  expect([keys.length, [...requests.keys()]]).toEqual([3, keys]);
  for (const view of asking.slice(0, 2)) requests.withdraw(view);
  expect([...requests.keys()]).toEqual(keys.slice(2));
  // Who leads has something to do for them: their Incidents are over.
  expect(enqueued.slice(3)).toEqual(keys.slice(0, 2));
});
