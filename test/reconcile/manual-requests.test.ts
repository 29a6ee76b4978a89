import { expect, test } from '@jest/globals';
import { createClusterIndex } from '../../src/observe/cluster-index.ts';
import { createManualRequests } from '../../src/reconcile/manual-requests.ts';
import { aWorkload, CLUSTER, NOW } from '../correlate/fixtures.ts';

test('requests that are taken back are forgotten by a standby, which never works on them', () => {
  const requests = createManualRequests({
    clusterKey: CLUSTER,
    lookup: createClusterIndex(),
    actions: {
      open: () => Promise.reject(new Error('opened')),
      change: () => Promise.reject(new Error('changed')),
    },
    answers: { answer: () => Promise.reject(new Error('answered')) },
    incidentNamed: () => undefined,
    manualIncidents: () => [],
    filedIncidentOf: () => undefined,
    lookUp: () => Promise.resolve(undefined),
    now: () => NOW,
    perHour: 5,
    onRequest: () => undefined,
  });
  const asking = [1, 2, 3].map((turn) => aWorkload({ fileTicket: `slow since ${turn}` }));
  const keys = asking.map((view) => requests.offer(view));
  expect([...requests.waiting()]).toEqual(keys);
  for (const view of asking.slice(0, 2)) requests.withdraw(view);
  expect([...requests.waiting()]).toEqual(keys.slice(2));
});
