import { describe, expect, test } from '@jest/globals';
import { oldRevisionServes, severityBy } from '../../src/compose/severity.ts';
import { ConfigError, type ConfigInput, parseConfig } from '../../src/config/index.ts';
import type { Evidence, RolloutFacts } from '../../src/domain/environment.ts';
import type { DetectedClass } from '../../src/domain/failure-classes.ts';
import type { Signal } from '../../src/domain/failure.ts';

const owner = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u' };
const nothing: Evidence = { takenAt: 0, containers: [], events: [], logs: [], omitted: [], secretValues: [] };

function signal(failureClass: DetectedClass, more: Partial<Signal> = {}): Signal {
  return {
    class: failureClass,
    regarding: owner,
    reason: 'r',
    message: 'm',
    since: 0,
    lastSeenAt: 0,
    occurrences: 1,
    immediate: true,
    ...more,
  };
}

function severity(
  rules: ConfigInput['severity'],
  failureClass: DetectedClass = 'crash',
  {
    evidence = nothing,
    namespace = 'shop',
  }: { readonly evidence?: Evidence; readonly namespace?: string } = {},
): string {
  const config = parseConfig({ severity: rules, classes: { probe: { severity: 'high' } } }, 'test');
  return severityBy(config)({ owner: { ...owner, namespace }, signals: [signal(failureClass)] }, evidence);
}

describe('the severity of a ticket', () => {
  test('is critical, or that of its class, where no rule fits', () => {
    expect(severity([])).toBe('critical');
    expect(severity([], 'probe')).toBe('high');
    expect(severity([{ namespaces: ['dev-*'], severity: 'low' }])).toBe('critical');
  });

  test('is that of the first rule that fits', () => {
    const rules = [
      { namespaces: ['sh?p'], classes: ['image' as const], severity: 'medium' as const },
      { namespaces: ['shop'], severity: 'low' as const },
    ];
    expect(severity(rules, 'image')).toBe('medium');
    expect(severity(rules, 'crash')).toBe('low');
    expect(severity(rules, 'crash', { namespace: 'web' })).toBe('critical');
  });

  test('of a node is no matter of rules for namespaces', () => {
    expect(severity([{ namespaces: ['*'], severity: 'low' }], 'node', { namespace: '' })).toBe('critical');
  });

  test('by labels needs the labels', () => {
    const rules = [
      {
        workloadSelector: {
          matchExpressions: [{ key: 'tier', operator: 'NotIn' as const, values: ['gold'] }],
        },
        severity: 'low' as const,
      },
    ];
    const labelled = (ownerLabels: Record<string, string>) => ({ evidence: { ...nothing, ownerLabels } });
    expect(severity(rules, 'crash', labelled({ tier: 'bronze' }))).toBe('low');
    expect(severity(rules, 'crash', labelled({ tier: 'gold' }))).toBe('critical');
    // Of an owner that could not be read nobody knows that it is not gold.
    expect(severity(rules)).toBe('critical');
  });

  test('may be lower while the revision before serves', () => {
    const rules = [{ oldRevisionServes: true, severity: 'medium' as const }];
    const rollout = (ready: number): RolloutFacts => ({
      changes: [],
      revisions: [
        { name: 'web-2', revision: '2', isCurrent: true, pods: 1, ready: 0 },
        { name: 'web-1', revision: '1', isCurrent: false, pods: 3, ready },
      ],
    });
    expect(severity(rules, 'rollout', { evidence: { ...nothing, rollout: rollout(3) } })).toBe('medium');
    expect(severity(rules, 'rollout', { evidence: { ...nothing, rollout: rollout(0) } })).toBe('critical');
    expect(severity(rules)).toBe('critical');
  });

  test('is low of what ended long ago, whatever the rules say', () => {
    const config = parseConfig({ severity: [{ namespaces: ['shop'], severity: 'high' }] }, 'test');
    expect(severityBy(config)({ owner, signals: [signal('job', { isLeftover: true })] }, nothing)).toBe(
      'low',
    );
  });
});

describe('the revision before', () => {
  const facts = (pods: number, old: number, ready: number): Pick<Evidence, 'owner' | 'rollout'> => ({
    owner: { ...owner, labels: {}, conditions: [], chain: [], replicas: { wanted: 3, ready } },
    rollout: {
      changes: [],
      revisions: [
        { name: 'b', revision: '2', isCurrent: true, pods },
        { name: 'a', revision: '1', isCurrent: false, pods: old },
      ],
    },
  });

  test('of a StatefulSet serves where more are ready than the newest could be', () => {
    expect(oldRevisionServes(facts(1, 2, 2))).toBe(true);
    expect(oldRevisionServes(facts(1, 2, 0))).toBe(false);
    expect(oldRevisionServes(facts(3, 0, 3))).toBe(false);
    expect(oldRevisionServes({})).toBe(false);
  });
});

test.each([
  [[{ severity: 'low' }], 'must have a condition beside it'],
  [[{ severity: 'low', namespaces: [] }], 'must name a namespace'],
  [[{ severity: 'urgent', namespaces: ['a'] }], 'severity[0].severity'],
  [[{ severity: 'low', classes: ['crashes'] }], 'classes'],
  [[{ severity: 'low', namespace: 'a', classes: ['crash'] }], 'namespace'],
])('%j is refused by name', (rules, words) => {
  const parse = () => parseConfig({ severity: rules } as ConfigInput, 'test');
  expect(parse).toThrow(ConfigError);
  expect(parse).toThrow(words);
});
