import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Incident } from '../../../src/domain/incident.ts';
import { statusPatch, toLabelValue } from '../../../src/kube/incident-store/store.ts';

const createdAt = Date.UTC(2026, 10, 23, 3);
const incident: Incident = {
  name: 'pod-web-01234567-1',
  uid: 'u-1',
  resourceVersion: '7',
  createdAt,
  spec: {
    trigger: 'automatic',
    target: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web', uid: 'u-2' },
    key: 'abc',
    class: 'crash',
    reason: 'Error',
    openedAt: createdAt,
  },
  status: { phase: 'Pending' },
};

function conditionTimes(patch: object): Record<string, string> {
  const { status } = patch as { status: { conditions: { type: string; lastTransitionTime: string }[] } };
  return Object.fromEntries(status.conditions.map((one) => [one.type, one.lastTransitionTime]));
}

describe('statusPatch', () => {
  test('carries the version that was read and nulls what is removed', () => {
    expect(
      statusPatch(incident, { attempts: 2, lastError: undefined, filedAt: undefined }, createdAt),
    ).toEqual({
      metadata: { resourceVersion: '7' },
      status: { attempts: 2, lastError: null, filedAt: null },
    });
  });

  test('times of conditions move only when their status does', () => {
    const filedAt = createdAt + 60_000;
    const filed = { ...incident, status: { phase: 'Filed', filedAt } } as const;
    const now = createdAt + 600_000;
    expect(conditionTimes(statusPatch(incident, { phase: 'Filed', filedAt }, filedAt))).toEqual({
      Ready: '2026-11-23T03:01:00.000Z',
    });
    expect(conditionTimes(statusPatch(filed, { phase: 'Recovered' }, now))).toEqual({
      Ready: '2026-11-23T03:01:00.000Z',
    });
    expect(conditionTimes(statusPatch(incident, { phase: 'Rejected' }, now))).toEqual({
      Ready: '2026-11-23T03:00:00.000Z',
      Stalled: '2026-11-23T03:10:00.000Z',
    });
  });
});

describe('statusPatch on an Incident of a later release', () => {
  const parked: Incident = { ...incident, kept: { phase: 'Parked' } };
  const filed = { ...parked, status: { phase: 'Filed', ticketId: 't-1' } } as const;

  test.each([
    ['a ticket', parked, { phase: 'Filed', ticketId: 't-1' }],
    ['a recovery', filed, { phase: 'Recovered', recoveredAt: createdAt }],
    ['a new failure', filed, { phase: 'Filed', recoveredAt: undefined }],
    ['the loss of its ticket', filed, { phase: 'Pending', ticketId: undefined }],
    ['a common cause', parked, { phase: 'Folded', foldedInto: 'storm-1' }],
  ] as const)('leaves the phase as it is where %s tells it', (_what, before, changes) => {
    const { status } = statusPatch(before, changes, createdAt) as { status: object };
    expect(Object.keys(status)).toEqual(Object.keys(changes).filter((name) => name !== 'phase'));
  });

  test.each(['Rejected', 'Observed'] as const)('writes %s, which no other field tells', (phase) => {
    expect(statusPatch(parked, { phase }, createdAt)).toMatchObject({ status: { phase } });
  });

  test('sends conditions of other types along', () => {
    const others = [{ type: 'Acknowledged', status: 'True', by: 'a person' }];
    const patch = statusPatch({ ...incident, kept: { conditions: others } }, { phase: 'Filed' }, createdAt);
    expect(patch).toMatchObject({ status: { conditions: [{ type: 'Ready' }, others[0]] } });
  });
});

describe('toLabelValue', () => {
  test.each([
    ['checkout', 'checkout'],
    ['', ''],
    ['-a b/c-', 'a-b-c'],
    ['ü', ''],
    [`${'x'.repeat(62)}.yz`, 'x'.repeat(62)],
  ])('%j becomes %j', (value, label) => {
    expect(toLabelValue(value)).toBe(label);
  });

  test('always gives what a label may hold', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200, unit: 'binary' }), (value) => {
        expect(toLabelValue(value)).toMatch(/^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/);
      }),
    );
  });
});
