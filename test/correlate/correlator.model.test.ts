import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type Failure, play, type Step, waits, type WatchedKind } from './correlator-model.ts';

const owner = fc.nat({ max: 1 });
const pod = fc.nat({ max: 2 });
const lost = fc.boolean();
const isZero = fc.boolean();
const how = fc.constantFrom<Failure>('crash', 'crash', 'image', 'probe', 'config');

/** Kinds that are to come oftener are named oftener. */
function oneOf<Kind extends Step['kind']>(...kinds: readonly Kind[]): fc.Arbitrary<Kind> {
  return fc.constantFrom(...kinds);
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 15,
    arbitrary: fc.record({
      kind: oneOf('fail', 'fail', 'run', 'heal', 'replace', 'repeat'),
      owner,
      pod,
      how,
      lost,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: oneOf('rollOut', 'rollOut', 'scale', 'remove', 'recreate'),
      owner,
      isZero,
      how: fc.option(how, { nil: undefined }),
    }),
  },
  { weight: 8, arbitrary: fc.record({ kind: oneOf('wait'), ms: fc.constantFrom(...waits) }) },
  { weight: 4, arbitrary: fc.record({ kind: oneOf('file', 'file', 'close', 'deleteIncident'), owner }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Step>({ kind: 'resync' }, { kind: 'restart' }, { kind: 'restart' }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: oneOf('hide', 'stall', 'restartHidden', 'relist', 'relist', 'resume'),
      what: fc.constantFrom<WatchedKind | 'all'>('all', 'all', 'Pod', 'Deployment', 'ReplicaSet', 'Event'),
    }),
  },
);
const history = fc.array(step, { maxLength: 60, size: 'max' });

test('no history of a cluster breaks a rule of the correlator', () => {
  const seen = new Set<string>();
  const property = fc.property(history, (steps) => {
    for (const { kind } of play(steps).decisions) seen.add(kind);
  });
  fc.assert(property, { numRuns: 500 });
  // Histories that never get anywhere would prove nothing.
  expect([...seen].toSorted()).toEqual(['comment', 'note', 'open', 'recover', 'recur', 'suspect']);
});
