import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { IncidentStatus } from '../../../src/domain/incident.ts';
import { incidentFromObject } from '../../../src/kube/incident-store/read.ts';
import { statusPatch } from '../../../src/kube/incident-store/store.ts';
import { mergePatch } from '../../../src/sandbox/patch.ts';

/** Whatever this release does to an Incident of a later one: it reads back what it meant, and the rest is as it was. */
const AT = Date.UTC(2026, 10, 23, 3);
const base = {
  metadata: { name: 'pod-web-01234567-1', uid: 'u-1', resourceVersion: '7' },
  spec: {
    trigger: 'automatic',
    target: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web', uid: 'u-2' },
    key: 'abc',
    class: 'crash',
    reason: 'Error',
    openedAt: '2026-11-23T03:00:00.000Z',
  },
};

/** All changes of a status that the stages make, by what they are. */
const changes: readonly Partial<IncidentStatus>[] = [
  { phase: 'Filed', ticketId: 't-1', filedAt: AT },
  { phase: 'Filed', ticketId: 't-2', recoveredAt: undefined, recovery: undefined },
  { ticketId: 't-3', phase: 'Recovered', recoveredAt: AT },
  { phase: 'Recovered', recoveredAt: AT, recovery: 'It works.' },
  { recoveredAt: AT, recovery: 'It works.' },
  { recoveredAt: undefined, recovery: undefined, recurrences: 1 },
  { phase: 'Pending', ticketId: undefined, filedAt: undefined },
  { phase: 'Pending', recoveredAt: undefined },
  { phase: 'Rejected', lastError: 'no' },
  { phase: 'Observed' },
  { phase: 'Folded', foldedInto: 'storm-1' },
  { phase: 'Folded', foldedInto: 'pod-web-01234567-2', recoveredAt: AT },
  { occurrences: 9, lastSeenAt: AT },
  { comment: { kind: 'grown', marker: 'c', at: AT, text: 't' } },
  { comment: undefined },
];

const laterFields = { parkedUntil: 'Monday', acknowledgedBy: { team: 'shop' } };
const otherCondition = { type: 'Acknowledged', status: 'True', by: 'a person' };

test('what is meant is read back, and what is not known stays, whatever is done in whatever order', () => {
  const steps = fc.array(fc.constantFrom(...changes), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(steps, (done) => {
      let object: object = {
        ...base,
        status: { phase: 'Parked', ...laterFields, conditions: [otherCondition] },
      };
      for (const change of done) {
        object = mergePatch(object, statusPatch(incidentFromObject(object), change, AT)) as object;
        const after = incidentFromObject(object);
        expect(after.status).toEqual({ ...after.status, ...change });
        expect(object).toMatchObject({ status: laterFields });
        expect(after.kept?.conditions).toEqual([otherCondition]);
      }
    }),
  );
});
