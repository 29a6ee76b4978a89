import { expect, test } from '@jest/globals';
import { ClusterIndex } from '../../src/observe/cluster-index.ts';
import { ManualRequests } from '../../src/reconcile/manual-requests.ts';
import { aWorkload, CLUSTER, createCache } from '../correlate/fixtures.ts';
import { createFakeClock } from '../support/fake-clock.ts';

test('requests that are taken back are forgotten by a standby, which never works on them', () => {
  const enqueued: string[] = [];
  const requests = new ManualRequests({
    clock: createFakeClock(),
    clusterKey: CLUSTER,
    lookup: new ClusterIndex(),
    incidents: createCache(),
    actions: {
      open: () => Promise.reject(new Error('opened')),
      change: () => Promise.reject(new Error('changed')),
      searchTickets: () => Promise.reject(new Error('searched')),
    },
    answers: { answer: () => Promise.reject(new Error('answered')) },
    perHour: 5,
    enqueue: (key) => enqueued.push(key),
    report: { request: () => undefined },
  });
  const asking = [1, 2, 3].map((turn) => aWorkload({ fileTicket: `slow since ${turn}` }));
  for (const view of asking) requests.offer(view);
  const keys = [...enqueued];
  expect([keys.length, [...requests.keys()]]).toEqual([3, keys]);
  for (const view of asking.slice(0, 2)) requests.withdraw(view);
  expect([...requests.keys()]).toEqual(keys.slice(2));
  // Who leads has something to do for them: their Incidents are over.
  expect(enqueued.slice(3)).toEqual(keys.slice(0, 2));
});
