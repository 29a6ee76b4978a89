import { describe, expect, test } from '@jest/globals';
import { isSelected, type LabelSelector } from '../../src/lib/selectors.ts';

const labels = new Map([
  ['team', 'payments'],
  ['tier', 'gold'],
]);

describe('a label selector', () => {
  const selectors: readonly (readonly [string, LabelSelector, boolean])[] = [
    ['that is empty selects all', {}, true],
    ['needs every label', { matchLabels: { team: 'payments', tier: 'gold' } }, true],
    ['refuses one that is missing', { matchLabels: { team: 'payments', zone: 'a' } }, false],
    ['refuses another value', { matchLabels: { team: 'search' } }, false],
    ['In', { matchExpressions: [{ key: 'team', operator: 'In', values: ['search', 'payments'] }] }, true],
    ['In, without the label', { matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }, false],
    ['NotIn', { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['payments'] }] }, false],
    [
      'NotIn, without the label',
      { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] },
      true,
    ],
    ['Exists', { matchExpressions: [{ key: 'team', operator: 'Exists' }] }, true],
    ['Exists, without the label', { matchExpressions: [{ key: 'zone', operator: 'Exists' }] }, false],
    ['DoesNotExist', { matchExpressions: [{ key: 'team', operator: 'DoesNotExist' }] }, false],
    [
      'needs labels and expressions together',
      { matchLabels: { team: 'payments' }, matchExpressions: [{ key: 'zone', operator: 'Exists' }] },
      false,
    ],
  ];
  test.each(selectors)('%s', (_, selector, expected) => {
    expect(isSelected(selector, labels)).toBe(expected);
  });
});
