import { describe, expect, test } from '@jest/globals';
import {
  amountLacks,
  freeOf,
  matchesTerms,
  nodeLacks,
  requirementsOf,
  termLines,
} from '../../../src/kube/evidence/node-fit.ts';

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
    const wish = requirementsOf({ spec: { tolerations: [toleration] } });
    expect(nodeLacks(aNode([taint]), wish)).toEqual(
      isTolerated ? [] : ['taint team=a:NoSchedule is not tolerated'],
    );
  });

  test('if it only makes a node less liked it keeps nobody away', () => {
    expect(
      nodeLacks(aNode([{ key: 'a', effect: 'PreferNoSchedule' }]), requirementsOf({ spec: {} })),
    ).toEqual([]);
  });
});

describe('amounts', () => {
  const asking = (requests: object) =>
    requirementsOf({ spec: { containers: [{ resources: { requests } }] } });

  test.each<[object, readonly string[]]>([
    [{ 'nvidia.com/gpu': '1' }, ['nvidia.com/gpu: 1 requested, 0 allocatable']],
    [{ 'nvidia.com/gpu': '0' }, []],
    [{ cpu: '4', memory: '8Gi' }, []],
    [{ cpu: '4001m' }, ['cpu: 4.001 requested, 4 allocatable']],
    [
      { cpu: '5', memory: '9Gi' },
      ['cpu: 5 requested, 4 allocatable', 'memory: 9Gi requested, 8Gi allocatable'],
    ],
  ])('%j of an empty node: %j', (requests, lacks) => {
    expect(nodeLacks(aNode([]), asking(requests))).toEqual(lacks);
  });

  test('are free up to what the pods of the node request, and never less than nothing', () => {
    const free = freeOf(
      aNode([]),
      new Map([
        ['cpu', 3],
        ['pods', 110],
        ['memory', 9 * 2 ** 30],
        ['other', 1],
      ]),
    );
    expect(Object.fromEntries(free)).toEqual({ cpu: 1, pods: 0, memory: -(2 ** 30) });
    const crowded = freeOf(aNode([]), new Map([['cpu', 5]]));
    expect(amountLacks(crowded, asking({ cpu: '0' }), 'free')).toEqual([]);
    expect(amountLacks(free, asking({ cpu: '1' }), 'free')).toEqual(['pods: 1 requested, 0 free']);
    expect(amountLacks(free, asking({ cpu: '1100m', memory: '1Gi' }), 'free')).toEqual([
      'cpu: 1.1 requested, 1 free',
      'memory: 1Gi requested, 0 free',
      'pods: 1 requested, 0 free',
    ]);
  });
});

describe('a node selector', () => {
  test.each<[object, readonly string[]]>([
    [{ zone: 'x' }, []],
    [{ zone: 'y' }, ['label zone=y is wanted, it is x']],
    [{ gpu: 'yes' }, ['label gpu=yes is wanted, it has none']],
  ])('%j: %j', (nodeSelector, lacks) => {
    expect(nodeLacks(aNode([], { zone: 'x' }), requirementsOf({ spec: { nodeSelector } }))).toEqual(lacks);
  });
});

describe('a node that takes no pods', () => {
  const cordoned = {
    metadata: { name: 'a' },
    spec: { unschedulable: true },
    status: { allocatable: amounts },
  };
  const tainted = (key: string, effect: string) => aNode([{ key, effect }]);
  const CORDON = 'node.kubernetes.io/unschedulable';

  test.each<[string, object, object, readonly string[]]>([
    ['is cordoned', cordoned, {}, ['it is cordoned']],
    ['but for those that tolerate it', cordoned, { key: CORDON, operator: 'Exists' }, []],
    [
      'is told once',
      { ...cordoned, spec: { unschedulable: true, taints: [{ key: CORDON, effect: 'NoSchedule' }] } },
      {},
      ['it is cordoned'],
    ],
    ['or drives them out', tainted('down', 'NoExecute'), {}, ['taint down:NoExecute is not tolerated']],
    ['but for a taint without value', tainted('down', 'NoExecute'), { key: 'down', value: '' }, []],
  ])('%s', (_what, node, toleration, lacks) => {
    expect(nodeLacks(node, requirementsOf({ spec: { tolerations: [toleration] } }))).toEqual(lacks);
  });
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
    [[term('Gt', 'cpus', '8')], false],
    [[term('Lt', 'cpus', '4')], false],
    [[term('Lt', 'cpus', '8')], false],
    [[term('Lt', 'cpus', '9')], true],
    [[term('Lt', 'gpu', '9')], false],
    // Of an operator of a later release nothing is said.
    [[term('Near', 'zone', 'y')], true],
    [[term('In', 'zone', 'y'), term('Exists', 'zone')], true],
    [[{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }] }], true],
    [[{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['b'] }] }], false],
    [[{}], false],
  ])('%j: %j', (terms, matches) => {
    expect(matchesTerms(terms, node)).toBe(matches);
  });

  test('are told in words', () => {
    const both = {
      ...term('Gt', 'cpus', '4'),
      matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }],
    };
    expect(
      termLines([term('In', 'zone', 'a', 'b'), term('Exists', 'gpu'), both, term('Near', 'zone', 'c')]),
    ).toEqual(['zone in (a, b)', 'gpu exists', 'cpus > (4) and metadata.name in (a)', 'zone Near (c)']);
  });
});
