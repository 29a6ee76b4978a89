import { expect, test } from '@jest/globals';
import type { ObjectView } from '../../src/domain/views.ts';
import { ago, aPod, crashing, signalOf, signalsOf } from './fixtures.ts';

const asked = { options: { optIn: new Set(['terminating'] as const) } };
const pod = aPod({ containers: [crashing()] }, { deletedAt: ago(40), deletionDueAt: ago(39) });
const namespace: ObjectView = {
  kind: 'Namespace',
  apiVersion: 'v1',
  namespace: '',
  name: 'shop',
  uid: 'n-1',
  createdAt: ago(60),
  deletedAt: ago(35),
};

test('is off unless asked for', () => {
  expect([pod, namespace].flatMap((view) => signalsOf(view))).toEqual([]);
});

test('counts from the end of the grace period', () => {
  expect(signalOf(pod, asked)).toMatchObject({
    class: 'terminating',
    reason: 'Terminating',
    message: 'the pod is still there after the grace period of its deletion',
    since: ago(39),
    immediate: false,
  });
  expect(signalOf(namespace, asked)).toMatchObject({ class: 'terminating', since: ago(35) });
});

test('says nothing of what is not being deleted', () => {
  const { deletedAt: _deletedAt, ...kept } = namespace;
  expect(signalsOf(kept, asked)).toEqual([]);
  expect(signalsOf(aPod(), asked)).toEqual([]);
});
