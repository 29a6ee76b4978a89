import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  apiGroup,
  incidentKey,
  incidentMarker,
  incidentName,
  incidentNumber,
  keyMarker,
  manualKey,
} from '../../src/correlate/identity.ts';
import { checkout, CLUSTER, KEY } from './fixtures.ts';

describe('the key of an owner', () => {
  test('is the same whatever version of the API names the owner, and whichever object of that name it is', () => {
    expect(incidentKey(CLUSTER, { ...checkout, apiVersion: 'apps/v1beta2', uid: 'another' })).toBe(KEY);
  });

  test.each([
    ['cluster', CLUSTER + 'x', checkout],
    ['namespace', CLUSTER, { ...checkout, namespace: 'other' }],
    ['group', CLUSTER, { ...checkout, apiVersion: 'argoproj.io/v1' }],
    ['kind', CLUSTER, { ...checkout, kind: 'StatefulSet' }],
    ['name', CLUSTER, { ...checkout, name: 'cart' }],
  ])('is another for another %s', (_part, cluster, owner) => {
    expect(incidentKey(cluster, owner)).not.toBe(KEY);
  });

  test('cannot be had by moving letters from one part into the next', () => {
    const left = incidentKey(CLUSTER, { ...checkout, namespace: 'a', name: 'bc' });
    expect(incidentKey(CLUSTER, { ...checkout, namespace: 'ab', name: 'c' })).not.toBe(left);
  });

  test('has the empty group for the core API', () => {
    expect(apiGroup('v1')).toBe('');
    expect(apiGroup('apps/v1')).toBe('apps');
  });
});

test('a request is known by the object and the value', () => {
  const key = manualKey(CLUSTER, 'uid-1', 'slow');
  expect(manualKey(CLUSTER, 'uid-1', 'slow')).toBe(key);
  expect(manualKey(CLUSTER, 'uid-2', 'slow')).not.toBe(key);
  expect(manualKey(CLUSTER, 'uid-1', 'slow!')).not.toBe(key);
  expect(manualKey('cluster-2', 'uid-1', 'slow')).not.toBe(key);
});

describe('the name of an Incident', () => {
  test('says what it is about', () => {
    expect(incidentName(checkout, KEY, 2)).toBe(`deployment-checkout-${KEY.slice(0, 8)}-2`);
  });

  test('is a name for objects and labels, whatever the owner is called', () => {
    const text = fc.string({ minLength: 1, maxLength: 253, unit: 'grapheme' });
    const kinds = fc.stringMatching(/^[A-Z][A-Za-z0-9]{0,62}$/);
    const property = fc.property(kinds, text, fc.nat(), (kind, name, n) => {
      const made = incidentName({ ...checkout, kind, name }, KEY, n);
      expect(made.length).toBeLessThanOrEqual(63);
      expect(made).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
      expect(incidentNumber(made)).toBe(n);
    });
    fc.assert(property, { numRuns: 300 });
  });

  test('has the number 0 when somebody else made it', () => {
    expect(incidentNumber('by-hand')).toBe(0);
  });
});

test('the marker holds the key for the look-up, and the uid for the very Incident', () => {
  const marker = incidentMarker({ uid: 'i-1', spec: { key: KEY } });
  expect(marker).toMatch(/^k8s-[0-9a-f]{10}-[0-9a-f]{5}$/);
  expect(marker.startsWith(`${keyMarker(KEY)}-`)).toBe(true);
  expect(incidentMarker({ uid: 'i-2', spec: { key: KEY } })).not.toBe(marker);
});
