import { describe, expect, test } from '@jest/globals';
import {
  ignoreUntilProblem,
  type Silence,
  Silences,
  type SilenceQuery,
  unsilenced,
} from '../../src/correlate/silences.ts';
import { HOUR, MINUTE } from '../../src/domain/clock.ts';
import type { Signal } from '../../src/domain/failure.ts';
import { type NamespaceView, type ObjectView, refOf } from '../../src/domain/views.ts';
import {
  aNode,
  aPod,
  aSignal,
  aWorkload,
  CachedCorrelator,
  checkout,
  current,
  KEY,
  lookupOf,
  NOW,
  nowAt,
} from './fixtures.ts';

const shop: NamespaceView = {
  kind: 'Namespace',
  apiVersion: 'v1',
  namespace: '',
  name: 'shop',
  uid: 'ns-1',
  createdAt: 0,
};
const pod = aPod('checkout-a');
const until = (ms: number): string => new Date(NOW + ms).toISOString();
const maintenance: Silence = { reason: 'patching', hasSelector: false, until: NOW + HOUR };

function scene(views: readonly ObjectView[] = [], change: Partial<SilenceQuery> = {}): SilenceQuery {
  return { owner: checkout, view: pod, lookup: lookupOf(...views), now: NOW, ...change };
}

/** What keeps a crash back, and for how long. */
function kept(silences: readonly Silence[], given: SilenceQuery = scene([aWorkload(), shop])): string {
  const { kept: rule, signals } = unsilenced([aSignal()], new Silences(silences), given);
  if (rule === undefined) return `${signals.length} told`;
  return `${rule.by} for ${(rule.until - given.now) / MINUTE} min${rule.reason === undefined ? '' : `: ${rule.reason}`}`;
}

describe('annotation ignore-until', () => {
  test.each([
    ['of the owner', [aWorkload({ ignoreUntil: until(HOUR) }), shop], 'ignoredUntil for 60 min'],
    [
      'of its namespace',
      [aWorkload(), { ...shop, ignoreUntil: until(HOUR) }],
      'namespaceIgnoredUntil for 60 min',
    ],
    ['that is over', [aWorkload({ ignoreUntil: until(0) }), shop], '1 told'],
    ['that is nonsense', [aWorkload({ ignoreUntil: 'tomorrow' }), shop], '1 told'],
    ['that has no zone', [aWorkload({ ignoreUntil: '2026-11-23T09:00:00' }), shop], '1 told'],
    ['of years', [aWorkload({ ignoreUntil: '2206-11-23T09:00:00Z' }), shop], '1 told'],
    // A stale one on the workload hid the one of the namespace: caas-team/GoKubeDownscaler #482.
    [
      'that is over does not hide the one of the namespace',
      [aWorkload({ ignoreUntil: until(-HOUR) }), { ...shop, ignoreUntil: until(HOUR) }],
      'namespaceIgnoredUntil for 60 min',
    ],
    [
      'of both: the later one counts',
      [aWorkload({ ignoreUntil: until(2 * HOUR) }), { ...shop, ignoreUntil: until(HOUR) }],
      'ignoredUntil for 120 min',
    ],
  ] as const)('%s', (_name, views, expected) => {
    expect(kept([], scene(views))).toBe(expected);
  });

  test('of a node concerns the node, and its pods while it is not ready', () => {
    const lost = { type: 'Ready', status: 'Unknown', since: NOW };
    const node = { ...aNode(), ignoreUntil: until(HOUR) };
    const placed = aPod('checkout-a', { node: node.name });
    expect(kept([], scene([node], { owner: refOf(node), view: node }))).toBe('ignoredUntil for 60 min');
    expect(kept([], scene([aWorkload(), { ...node, conditions: [] }], { view: placed }))).toBe('1 told');
    expect(kept([], scene([aWorkload(), { ...node, conditions: [lost] }], { view: placed }))).toBe(
      'nodeIgnoredUntil for 60 min',
    );
  });

  test('what is wrong with it is said, but not of one that was copied from a template', () => {
    expect(ignoreUntilProblem(aWorkload({ ignoreUntil: 'next week' }), NOW)).toMatch('is not a time');
    expect(ignoreUntilProblem(aWorkload({ ignoreUntil: '2206-11-23T09:00:00Z' }), NOW)).toMatch(
      'more than a year ahead',
    );
    expect(ignoreUntilProblem(aWorkload({ ignoreUntil: until(-HOUR) }), NOW)).toBeUndefined();
    const { apiVersion, kind, name, uid } = checkout;
    const copied = aPod('checkout-a', { ignoreUntil: 'x', owner: { apiVersion, kind, name, uid } });
    expect(ignoreUntilProblem(copied, NOW)).toBeUndefined();
  });
});

describe('silences of the configuration', () => {
  test.each([
    [{}, 'silenced for 60 min: patching'],
    [{ namespaces: ['shop'] }, 'silenced for 60 min: patching'],
    [{ namespaces: ['other', 'sh*'] }, 'silenced for 60 min: patching'],
    [{ namespaces: ['other'] }, '1 told'],
    [{ classes: ['crash', 'image'] }, 'silenced for 60 min: patching'],
    [{ classes: ['image'] }, '1 told'],
    [{ hasSelector: true }, '1 told'],
    // One that begins later silenced at once: keephq/keep #5184.
    [{ from: NOW + 1 }, '1 told'],
    [{ from: NOW }, 'silenced for 60 min: patching'],
    [{ until: NOW }, '1 told'],
    [
      { weekly: { days: ['Mon'], from: '03:00', to: '03:20', timeZone: 'UTC' } },
      'silenced for 20 min: patching',
    ],
    [{ weekly: { days: ['Tue'], from: '03:00', to: '03:20', timeZone: 'UTC' } }, '1 told'],
  ] as const)('%j', (change, expected) => {
    expect(kept([{ ...maintenance, ...change }])).toBe(expected);
  });

  test('a selector looks at the marks of the owner, in their order', () => {
    const selecting = { ...maintenance, hasSelector: true };
    const given = scene([aWorkload({ silences: [1] }), shop]);
    expect(kept([selecting], given)).toBe('1 told');
    expect(kept([{ ...selecting, until: NOW }, selecting], given)).toBe('silenced for 60 min: patching');
  });

  test('of several the longest counts; what no class of them names is told', () => {
    const short = { ...maintenance, until: NOW + MINUTE, reason: 'short' };
    expect(kept([short, maintenance])).toBe('silenced for 60 min: patching');
    const probes = [aSignal(), aSignal({ class: 'probe' })];
    const { signals } = unsilenced(probes, new Silences([{ ...maintenance, classes: ['crash'] }]), scene());
    expect(signals.map((signal) => signal.class)).toEqual(['probe']);
  });

  test('one without namespaces concerns nodes, and their pods while they are not ready', () => {
    const lost = { type: 'Ready', status: 'Unknown', since: NOW };
    const node = { ...aNode(), conditions: [lost], silences: [0] };
    const nodes = { ...maintenance, hasSelector: true, classes: ['node'] as const };
    const placed = aPod('checkout-a', { node: node.name });
    expect(kept([nodes], scene([aWorkload(), node], { view: placed }))).toBe('silenced for 60 min: patching');
    expect(kept([{ ...nodes, namespaces: ['shop'] }], scene([node], { view: placed }))).toBe('1 told');
  });

  test('the next change is the first beginning or end of any', () => {
    const later = { ...maintenance, from: NOW + MINUTE };
    expect(new Silences([maintenance, later]).nextChange(NOW)).toBe(NOW + MINUTE);
    expect(new Silences([maintenance, later]).nextChange(NOW + MINUTE)).toBe(NOW + HOUR);
    expect(new Silences([maintenance, later]).nextChange(NOW + HOUR)).toBe(Infinity);
    const silences = new Silences([maintenance, later, { ...maintenance, until: NOW }]);
    expect(silences.counts(NOW)).toEqual({ active: 1, pending: 1, expired: 1 });
  });
});

test('what has no time of its own has lasted since it was first seen, also while a silence kept it back', () => {
  const level = { level: '1 of 3', class: 'rollout', immediate: false } as const;
  const dueAfter = (change: Partial<Signal>): boolean | undefined => {
    const correlator = new CachedCorrelator();
    const signals = [aSignal({ ...level, ...change })];
    correlator.observe(
      { object: { uid: 'd-1', gone: false }, owner: checkout, key: KEY, signals },
      nowAt(NOW),
    );
    return correlator.findings(KEY, nowAt(NOW), { freshnessOf: current, health: () => ({ state: 'ready' }) })
      ?.isDue;
  };
  expect(dueAfter({})).toBe(false);
  expect(dueAfter({ seenFrom: nowAt(NOW).monotonic - HOUR })).toBe(true);
});
