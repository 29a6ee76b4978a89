import { describe, expect, test } from '@jest/globals';
import { type SuppressionRules, suppressionOf } from '../../src/correlate/suppression.ts';
import type { ObjectRef } from '../../src/domain/failure.ts';
import { type NamespaceView, type ObjectView, refOf } from '../../src/domain/views.ts';
import { aNode, aPod, aWorkload, checkout, lookupOf } from './fixtures.ts';

const none: SuppressionRules = { excludeNamespaces: [], disabledClasses: new Set() };
const shop: NamespaceView = {
  kind: 'Namespace',
  apiVersion: 'v1',
  namespace: '',
  name: 'shop',
  uid: 'ns-1',
  createdAt: 0,
};
const pod = aPod('checkout-a');

function ruleFor(
  rules: Partial<SuppressionRules>,
  views: readonly ObjectView[] = [],
  owner: ObjectRef = checkout,
): string | undefined {
  return suppressionOf(owner, pod, { ...none, ...rules }, lookupOf(...views));
}

describe('what keeps an owner out of automatic filing', () => {
  test('nothing does by default', () => {
    expect(ruleFor({}, [aWorkload(), shop])).toBeUndefined();
  });

  test.each([
    [{ excludeNamespaces: ['shop'] }, 'namespaceExcluded'],
    [{ excludeNamespaces: ['other', 'sh*'] }, 'namespaceExcluded'],
    [{ excludeNamespaces: ['shop-*'] }, undefined],
    [{ includeNamespaces: ['team-*', 'sho?'] }, undefined],
    [{ includeNamespaces: ['team-*'] }, 'namespaceNotIncluded'],
    [{ includeNamespaces: ['shop'], excludeNamespaces: ['shop'] }, 'namespaceExcluded'],
  ])('its namespace by name and pattern: %j', (rules, expected) => {
    expect(ruleFor(rules, [aWorkload(), shop])).toBe(expected);
  });

  test('its namespace by label; one that cannot be seen is not passed over', () => {
    expect(ruleFor({}, [aWorkload(), { ...shop, unselected: true }])).toBe('namespaceNotSelected');
    expect(ruleFor({}, [aWorkload()])).toBeUndefined();
  });

  test('the annotation on the owner, and on its namespace', () => {
    expect(ruleFor({}, [aWorkload({ ignored: true })])).toBe('ignored');
    expect(ruleFor({}, [{ ...shop, ignored: true }])).toBe('namespaceIgnored');
  });

  test('a namespace that was deleted takes all with it but what is to go and cannot', () => {
    const deleted = { ...shop, deletedAt: 1 };
    expect(ruleFor({}, [aWorkload(), deleted])).toBe('namespaceDeleted');
    const leaving = { ...pod, deletedAt: 1 };
    expect(suppressionOf(checkout, leaving, none, lookupOf(aWorkload(), deleted))).toBeUndefined();
    expect(ruleFor({}, [deleted], refOf(shop))).toBeUndefined();
  });

  test('its own labels, whatever its pods have', () => {
    expect(ruleFor({}, [aWorkload({ unselected: true })])).toBe('workloadNotSelected');
    const rule = suppressionOf(checkout, { ...pod, unselected: true }, none, lookupOf(aWorkload()));
    expect(rule).toBeUndefined();
  });

  test('its pod, where the owner is of a kind that is not watched, whatever else has its name', () => {
    const rollout = { ...checkout, apiVersion: 'argoproj.io/v1alpha1' };
    const lookup = lookupOf(aWorkload({ ignored: true, unselected: true }));
    expect(suppressionOf(rollout, pod, none, lookup)).toBeUndefined();
    expect(suppressionOf(rollout, { ...pod, unselected: true }, none, lookup)).toBe('workloadNotSelected');
    expect(suppressionOf(rollout, { ...pod, ignored: true }, none, lookup)).toBe('ignored');
  });

  test('of a node no rule of namespaces, and of a namespace its own', () => {
    const rules = { excludeNamespaces: ['*'] };
    expect(ruleFor(rules, [], refOf(aNode()))).toBeUndefined();
    expect(ruleFor(rules, [], refOf(shop))).toBe('namespaceExcluded');
    expect(ruleFor({}, [{ ...shop, ignored: true }], refOf(shop))).toBe('namespaceIgnored');
  });

  test("the agent's own workload, and no other of its name", () => {
    const rules = { ownRelease: { namespace: 'shop', name: 'checkout' } };
    expect(ruleFor(rules)).toBe('ownRelease');
    expect(ruleFor(rules, [], { ...checkout, namespace: 'other' })).toBeUndefined();
  });
});
