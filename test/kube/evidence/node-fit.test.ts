import { describe, expect, test } from '@jest/globals';
import { nodeLacks, requirementsOf } from '../../../src/kube/evidence/node-fit.ts';
import { matchesTerms, termLines } from '../../../src/kube/evidence/node-terms.ts';

const amounts = { cpu: '4', memory: '8Gi', pods: '110' };
const aNode = (taints: readonly object[], labels: object = {}): object => ({
  metadata: { name: 'a', labels },
  spec: { taints },
  status: { allocatable: amounts },
});

describe('a taint is tolerated', () => {
  const taint = { key: 'team', value: 'a', effect: 'NoSchedule' };

  test.each<[string, object, boolean]>([
    ['by key and value', { key: 'team', value: 'a' }, true],
    ['by key alone, whatever its value', { key: 'team', operator: 'Exists' }, true],
    ['by a toleration of everything', { operator: 'Exists' }, true],
    ['with the same effect', { key: 'team', operator: 'Exists', effect: 'NoSchedule' }, true],
    ['not with another effect', { key: 'team', operator: 'Exists', effect: 'NoExecute' }, false],
    ['not with another value', { key: 'team', value: 'b' }, false],
    ['not with another key', { key: 'gpu', operator: 'Exists' }, false],
  ])('%s', (_how, toleration, isTolerated) => {
    const required = requirementsOf({ spec: { tolerations: [toleration] } });
    expect(nodeLacks(aNode([taint]), required)).toEqual(
      isTolerated ? [] : ['taint team=a:NoSchedule is not tolerated'],
    );
  });

  test('if it only makes a node less liked it keeps nobody away', () => {
    expect(
      nodeLacks(aNode([{ key: 'a', effect: 'PreferNoSchedule' }]), requirementsOf({ spec: {} })),
    ).toEqual([]);
  });
});

test('of a resource that a node does not have it has nothing', () => {
  const containers = [{ resources: { requests: { 'nvidia.com/gpu': '1' } } }];
  expect(nodeLacks(aNode([]), requirementsOf({ spec: { containers } }))).toEqual([
    'nvidia.com/gpu: 1 requested, 0 allocatable',
  ]);
});

describe('terms of node affinity', () => {
  const node = { name: 'a', labels: { zone: 'x', cpus: '8' } };
  const term = (operator: string, key: string, ...values: string[]): object => ({
    matchExpressions: [{ key, operator, values }],
  });

  test.each<[readonly object[], boolean]>([
    [[term('In', 'zone', 'x', 'y')], true],
    [[term('In', 'zone', 'y')], false],
    [[term('NotIn', 'zone', 'y')], true],
    [[term('NotIn', 'gpu', 'y')], true],
    [[term('Exists', 'zone')], true],
    [[term('Exists', 'gpu')], false],
    [[term('DoesNotExist', 'gpu')], true],
    [[term('Gt', 'cpus', '4')], true],
    [[term('Gt', 'gpu', '4')], false],
    [[term('Lt', 'cpus', '4')], false],
    [[term('In', 'zone', 'y'), term('Exists', 'zone')], true],
    [[{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }] }], true],
    [[{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['b'] }] }], false],
    [[{}], false],
  ])('%j: %j', (terms, matches) => {
    expect(matchesTerms(terms, node)).toBe(matches);
  });

  test('are told in words', () => {
    expect(termLines([term('In', 'zone', 'a', 'b'), term('Exists', 'gpu')])).toEqual([
      'zone in (a, b)',
      'gpu exists',
    ]);
  });
});
