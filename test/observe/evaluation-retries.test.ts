import { expect, test } from '@jest/globals';
import { SECOND } from '../../src/domain/clock.ts';
import type { ObjectView } from '../../src/domain/views.ts';
import { EvaluationRetries } from '../../src/observe/evaluate-object.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const node: ObjectView = {
  kind: 'Node',
  apiVersion: 'v1',
  uid: 'n-1',
  namespace: '',
  name: 'worker-1',
  createdAt: 0,
  conditions: [],
  unschedulable: false,
};

test('an object that is not known at the moment is looked at as soon as it is, though nothing else happens', async () => {
  const clock = createFakeClock();
  const looked: number[] = [];
  let isKnown = false;
  const looks = new EvaluationRetries({
    clock,
    look: () => {
      if (isKnown) looked.push(clock.monotonic());
      return isKnown;
    },
    current: (view) => view,
    onFailure: () => undefined,
  });
  looks.at(node);
  await clock.advance(SECOND);
  looks.again();
  isKnown = true;
  await clock.advance(SECOND);
  looks.again();
  looks.again();
  expect(looked).toEqual([2 * SECOND]);
});
