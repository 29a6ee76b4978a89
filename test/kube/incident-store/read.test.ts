import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { IncidentFormatError, incidentFromObject } from '../../../src/kube/incident-store/read.ts';

const object = {
  apiVersion: 'support.ankra.app/v1alpha1',
  kind: 'Incident',
  metadata: {
    name: 'pod-web-01234567-1',
    namespace: 'ankra-support',
    uid: 'u-1',
    resourceVersion: '7',
    creationTimestamp: '2026-11-23T03:00:01Z',
  },
  spec: {
    trigger: 'automatic',
    target: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web', uid: 'u-2' },
    key: 'abc',
    class: 'crash',
    reason: 'Error',
    openedAt: '2026-11-23T03:00:00.5Z',
  },
};

describe('incidentFromObject', () => {
  test('reads an incident without status as Pending', () => {
    expect(incidentFromObject(object)).toMatchObject({
      name: 'pod-web-01234567-1',
      createdAt: Date.UTC(2026, 10, 23, 3, 0, 1),
      spec: { openedAt: Date.UTC(2026, 10, 23, 3, 0, 0, 500) },
      status: { phase: 'Pending' },
    });
  });

  test('ignores conditions and fields of a later version', () => {
    const status = { phase: 'Filed', conditions: [{ type: 'Ready' }], mood: 'good', lastError: null };
    expect(incidentFromObject({ ...object, status }).status).toEqual({ phase: 'Filed' });
  });

  test.each([
    ['spec.class', { spec: { ...object.spec, class: 'crush' } }],
    ['spec.openedAt: must be an RFC 3339 time', { spec: { ...object.spec, openedAt: 'yesterday' } }],
    ['spec.target.uid', { spec: { ...object.spec, target: { ...object.spec.target, uid: 4 } } }],
    ['status.phase', { status: { phase: 'Lost' } }],
    ['status.attempts', { status: { attempts: -1 } }],
    ['status.filedAt: must be an RFC 3339 time', { status: { filedAt: 12 } }],
    [
      'status.comment.at: must be an RFC 3339 time',
      { status: { comment: { kind: 'grown', marker: '', at: '', text: '' } } },
    ],
    ['metadata must have', { metadata: { name: 'x' } }],
  ])('names the field at fault: %s', (field, change) => {
    expect(() => incidentFromObject({ ...object, ...change })).toThrow(IncidentFormatError);
    expect(() => incidentFromObject({ ...object, ...change })).toThrow(field);
  });

  test('throws nothing but IncidentFormatError, whatever it is given', () => {
    const anything = fc.record(
      {
        metadata: fc.oneof(fc.jsonValue(), fc.constant(object.metadata)),
        spec: fc.jsonValue(),
        status: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), anything), (value) => {
        expect(() => incidentFromObject(value)).toThrow(IncidentFormatError);
      }),
    );
  });
});
