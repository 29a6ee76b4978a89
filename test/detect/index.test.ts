import { describe, expect, test } from '@jest/globals';
import { type AnyDetector, detect, detectors } from '../../src/detect/index.ts';
import { defaultHoldMs } from '../../src/correlate/index.ts';
import { causality, failureClasses } from '../../src/domain/failure.ts';
import { ago, aPod, crashing, NOW, options } from './fixtures.ts';

const view = aPod({ containers: [crashing()] });
const observation = { view, events: [], now: NOW, options };
const broken: AnyDetector = {
  class: 'probe',
  kind: 'Pod',
  detect: () => {
    throw new Error('a bug');
  },
};

describe('detect', () => {
  test('goes on when a detector throws, and tells which', () => {
    const found = detect(observation, [broken, ...detectors]);
    expect(found.signals.map((signal) => signal.class)).toEqual(['crash']);
    expect(found.failures).toEqual([{ detector: 'probe', error: new Error('a bug') }]);
  });

  test('asks only detectors of the kind', () => {
    expect(detect(observation, [{ ...broken, kind: 'Node' }]).failures).toEqual([]);
  });

  test.each([
    ['leaving', { deletedAt: ago(1) }],
    ['failed', { phase: 'Failed' }],
    ['finished', { phase: 'Succeeded' }],
  ] as const)('shows a pod that is %s only to a detector that asks for it', (stage, change) => {
    const seen = { ...observation, view: { ...view, ...change } };
    expect(detect(seen, [broken]).failures).toEqual([]);
    expect(detect(seen, [{ ...broken, alsoSees: stage }]).failures).toHaveLength(1);
  });

  test('asks a detector that is off by default only when it is wanted', () => {
    const using: readonly AnyDetector[] = [{ ...broken, isOptIn: true }];
    const wanted = { ...observation, options: { ...options, optIn: new Set(['probe'] as const) } };
    expect(detect(observation, using).failures).toEqual([]);
    expect(detect(wanted, using).failures).toHaveLength(1);
  });
});

describe('the list of detectors', () => {
  const classes = detectors.map((detector) => detector.class);

  test('has every class but the one that a person names', () => {
    expect(new Set([...classes, 'manual'])).toEqual(new Set(failureClasses));
  });

  test('is in the order of causality', () => {
    expect(classes.map(causality)).toEqual(classes.map(causality).toSorted((left, right) => left - right));
  });

  test('has a hold for every class', () => {
    expect(Object.keys(defaultHoldMs)).toEqual([...failureClasses]);
  });
});
