import { describe, expect, test } from '@jest/globals';
import { type ClassDetector, detect, detectors } from '../../src/detect/index.ts';
import { failureClasses } from '../../src/domain/failure-classes.ts';
import { ago, aPod, aRun, crashing, NOW, options } from './fixtures.ts';

const view = aPod({ containers: [crashing()] });
const observation = { view, events: [], now: NOW, options };
function broken(change: Partial<ClassDetector['detector']> = {}): ClassDetector {
  const detector = {
    kind: 'Pod',
    detect: () => {
      throw new Error('a bug');
    },
    ...change,
  } as const;
  return { class: 'probe', detector };
}

describe('detect', () => {
  test('goes on when a detector throws, and tells which', () => {
    const found = detect(observation, [broken(), ...detectors]);
    expect(found.signals.map((signal) => signal.class)).toEqual(['crash']);
    expect(found.failures).toEqual([{ detector: 'probe', error: new Error('a bug') }]);
  });

  test('asks only detectors of the kind', () => {
    expect(detect(observation, [broken({ kind: 'Node' })]).failures).toEqual([]);
  });

  test.each([
    ['leaving', { deletedAt: ago(1) }],
    ['failed', { phase: 'Failed' }],
    ['finished', { phase: 'Succeeded' }],
  ] as const)('shows a pod that is %s only to a detector that asks for it', (stage, change) => {
    const seen = { ...observation, view: { ...view, ...change } };
    expect(detect(seen, [broken()]).failures).toEqual([]);
    expect(detect(seen, [broken({ alsoSees: stage })]).failures).toHaveLength(1);
  });

  test('says no time before the object was there: its node has another clock', () => {
    const terminated = aRun({ finishedAt: ago(240) });
    const young = aPod({ containers: [crashing({ terminated })] }, { createdAt: ago(10) });
    const [signal] = detect({ ...observation, view: young }).signals;
    expect(signal).toMatchObject({ class: 'crash', since: ago(10), lastSeenAt: ago(10) });
  });

  test('asks a detector that is off by default only when it is wanted', () => {
    const using: readonly ClassDetector[] = [{ ...broken(), class: 'terminating' }];
    const wanted = { ...observation, options: { ...options, optIn: new Set(['terminating'] as const) } };
    expect(detect(observation, using).failures).toEqual([]);
    expect(detect(wanted, using).failures).toHaveLength(1);
  });
});

describe('the list of detectors', () => {
  test('has one or more for every class but the one that a person names, most causal first', () => {
    const classes = detectors.map((one) => one.class);
    expect([...new Set(classes)]).toEqual(failureClasses.filter((name) => name !== 'manual'));
  });
});
