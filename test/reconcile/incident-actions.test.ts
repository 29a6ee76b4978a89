import { expect, test } from '@jest/globals';
import { LeaseLostError } from '../../src/incidents/index.ts';
import { IncidentActions } from '../../src/reconcile/incident-actions.ts';
import { anIncident, CLUSTER } from '../correlate/fixtures.ts';
import { createFakeClock } from '../support/fake-clock.ts';

test('writes nothing that was decided on before the Lease was lost', async () => {
  const written: string[] = [];
  let isLeader = true;
  const never = () => Promise.reject(new Error('not here'));
  const actions = new IncidentActions({
    clock: createFakeClock(),
    clusterKey: CLUSTER,
    incidents: { isNameTaken: () => false },
    writer: {
      update: async (incident, change) => {
        written.push(incident.name);
        return { ...incident, status: { ...incident.status, ...change(incident) } };
      },
    },
    reader: { evidence: never, early: never, lastLines: never, secretValues: never, cluster: never },
    outbox: { open: never, reads: { find: never, get: never } as never },
    isLeader: () => isLeader,
    compose: never,
    severityOf: () => 'critical',
    redact: (text) => text,
    clusterFacts: never,
    mode: 'file',
    report: { pruned: () => undefined, opened: () => undefined, folded: () => undefined },
  });
  const release = { kind: 'release', incident: anIncident({ phase: 'Observed' }) } as const;
  const { signal } = new AbortController();
  await actions.act(release, signal);
  // The process stood still in between: its timers have not told it yet that its term is over.
  isLeader = false;
  await expect(actions.act(release, signal)).rejects.toThrow(LeaseLostError);
  expect(written).toHaveLength(1);
});
