import { describe, expect, test } from '@jest/globals';
import { type Rules, suppressionOf } from '../../src/correlate/rules.ts';
import type { NamespaceView } from '../../src/domain/views.ts';
import { aWorkload, checkout, lookupOf } from './fixtures.ts';

const none: Rules = { excludeNamespaces: [], disabledClasses: new Set() };
const shop: NamespaceView = {
  kind: 'Namespace',
  apiVersion: 'v1',
  namespace: '',
  name: 'shop',
  uid: 'ns-1',
  createdAt: 0,
};

describe('what keeps an owner out of automatic filing', () => {
  test('nothing does by default', () => {
    expect(suppressionOf(checkout, none, lookupOf(aWorkload(), shop))).toBeUndefined();
  });

  test('an excluded namespace', () => {
    expect(suppressionOf(checkout, { ...none, excludeNamespaces: ['shop'] }, lookupOf())).toBe(
      'namespaceExcluded',
    );
  });

  test('the annotation on the owner', () => {
    expect(suppressionOf(checkout, none, lookupOf(aWorkload({ ignored: true })))).toBe('ignored');
  });

  test('the annotation on its namespace', () => {
    expect(suppressionOf(checkout, none, lookupOf({ ...shop, ignored: true }))).toBe('namespaceIgnored');
  });

  test("the agent's own workload, and no other of its name", () => {
    const rules = { ...none, ownRelease: { namespace: 'shop', name: 'checkout' } };
    expect(suppressionOf(checkout, rules, lookupOf())).toBe('ownRelease');
    expect(suppressionOf({ ...checkout, namespace: 'other' }, rules, lookupOf())).toBeUndefined();
  });
});
