import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { unknownWords } from '../../../src/domain/incident.ts';
import {
  IncidentFormatError,
  incidentFromObject,
  unreadableFromObject,
} from '../../../src/kube/incident-store/read.ts';

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

  // Argo Workflows 7139, Argo Rollouts 389: one object of another release stopped the controller.
  test('keeps the words of a later release', () => {
    const comment = { kind: 'handedOver', marker: 'c-1', at: '2026-11-23T03:00:00Z', text: 'Night shift.' };
    const cause = { kind: 'zone', key: 'k', incident: 'zone-eu-1', since: '2026-11-23T03:00:00Z' };
    const draft = { subject: 's', description: 'd', environment: '{}', language: 'de' };
    const incident = incidentFromObject({
      ...object,
      spec: {
        ...object.spec,
        trigger: 'forecast',
        class: 'quota',
        cause,
        draft: { ...draft, category: 'network', severity: 'emergency' },
        tenant: 'a',
      },
      status: { phase: 'Parked', class: 'quota', comment, parkedUntil: 'Monday' },
    });
    expect(incident.spec).toMatchObject({
      trigger: 'forecast',
      class: 'quota',
      cause: { kind: 'zone', key: 'k', incident: 'zone-eu-1' },
      draft: { category: 'other', severity: 'high' },
    });
    expect(incident.status.comment).toMatchObject({ kind: 'handedOver', text: 'Night shift.' });
    expect(unknownWords(incident)).toEqual([
      'spec.trigger: forecast',
      'spec.class: quota',
      'spec.cause.kind: zone',
      'status.phase: Parked',
      'status.class: quota',
      'status.comment.kind: handedOver',
    ]);
  });

  test.each([
    [{}, 'Pending'],
    [{ recoveredAt: '2026-11-23T03:00:00Z' }, 'Pending'],
    [{ ticketId: 't-1' }, 'Filed'],
    [{ ticketId: 't-1', recoveredAt: '2026-11-23T03:00:00Z' }, 'Recovered'],
    [{ foldedInto: 'storm-1' }, 'Folded'],
    [{ foldedInto: 'storm-1', ticketId: 't-1' }, 'Filed'],
  ])('reads a phase that it does not know by the other fields: %j is %s', (fields, phase) => {
    const incident = incidentFromObject({ ...object, status: { phase: 'Parked', ...fields } });
    expect(incident.status.phase).toBe(phase);
    expect(incident.kept).toEqual({ phase: 'Parked' });
  });

  // Kargo 6622: a merge patch of the list took the conditions of others away.
  test('keeps conditions of types that it does not write', () => {
    const mine = { type: 'Ready', status: 'True' };
    const other = { type: 'Acknowledged', status: 'True', by: 'a person' };
    const status = { phase: 'Filed', conditions: [mine, other] };
    expect(incidentFromObject({ ...object, status }).kept).toEqual({ conditions: [other] });
  });

  test('has nothing to keep of what it has written itself', () => {
    expect(incidentFromObject(object)).not.toHaveProperty('kept');
    expect(unknownWords(incidentFromObject(object))).toEqual([]);
  });

  test.each([
    ['spec.class', { spec: { ...object.spec, class: '' } }],
    ['spec.trigger', { spec: { ...object.spec, trigger: ['automatic'] } }],
    ['spec.openedAt: must be an RFC 3339 time', { spec: { ...object.spec, openedAt: 'yesterday' } }],
    ['spec.target.uid', { spec: { ...object.spec, target: { ...object.spec.target, uid: 4 } } }],
    ['status.phase', { status: { phase: 7 } }],
    ['status.ticketId', { status: { phase: 'Parked', ticketId: 42 } }],
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

describe('unreadableFromObject', () => {
  const KEY = `0123abcd${'ef'.repeat(28)}`;
  const error = new IncidentFormatError('Incident x: spec.class: bad');
  const labels = { 'support.ankra.app/key': KEY.slice(0, 63), 'support.ankra.app/cluster': 'c-1' };
  const { metadata } = object;

  test.each([
    ['its spec', { metadata: { ...metadata, labels }, spec: { key: KEY, cluster: 'c-2' } }, KEY, 'c-2'],
    ['its labels', { metadata: { ...metadata, labels }, spec: { key: { v: 2 } } }, KEY.slice(0, 63), 'c-1'],
    ['its name', { metadata: { ...metadata, name: 'pod-web-0123abcd-12' } }, '0123abcd', undefined],
    ['nothing', { metadata: { ...metadata, name: 'mine', labels: 'none' } }, undefined, undefined],
  ])('tells the key by %s', (_by, given, keyPrefix, cluster) => {
    expect(unreadableFromObject(given, error)).toMatchObject({
      keyPrefix,
      cluster,
      unreadable: error.message,
    });
  });

  test('says nothing of what has no name', () => {
    expect(unreadableFromObject({ metadata: { ...metadata, name: undefined } }, error)).toBeUndefined();
  });
});
