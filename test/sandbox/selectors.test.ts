import { expect, test } from '@jest/globals';
import type { StoredObject } from '../../src/sandbox/api-types.ts';
import { aPod } from '../../src/sandbox/objects.ts';
import { resourceOf } from '../../src/sandbox/resources.ts';
import { parseFieldSelector, parseLabelSelector } from '../../src/sandbox/selectors.ts';

const pod = aPod({ name: 'web', labels: { app: 'web', 'example.com/tier': 'front' } }) as StoredObject;

test.each([
  ['', true],
  ['app=web', true],
  ['app == web', true],
  ['app!=web', false],
  ['absent!=web', true],
  ['example.com/tier in (back, front)', true],
  ['example.com/tier notin (back,front)', false],
  ['absent notin (x)', true],
  ['absent in (x)', false],
  ['app,!absent', true],
  ['!app', false],
  ['app=web,example.com/tier=back', false],
])('labels: %s', (selector, expected) => {
  expect(parseLabelSelector(selector)(pod)).toBe(expected);
});

test.each(['==', 'app=(web)', 'app in web', 'a b'])('labels: %s cannot be read', (selector) => {
  expect(() => parseLabelSelector(selector)).toThrow('unable to parse requirement');
});

test.each([
  ['metadata.name=web,spec.nodeName=node-1', true],
  ['metadata.namespace!=default', false],
  ['status.phase==Pending', true],
  ['status.podIP=', true],
])('fields: %s', (selector, expected) => {
  expect(parseFieldSelector(resourceOf('Pod'), selector)(pod)).toBe(expected);
});

test('fields: only those that the API server knows', () => {
  expect(() => parseFieldSelector(resourceOf('Pod'), 'spec.hostname=x')).toThrow(
    'field label not supported: spec.hostname',
  );
  expect(() => parseFieldSelector(resourceOf('Deployment'), 'spec.replicas=1')).toThrow(
    'is not a known field selector',
  );
  expect(() => parseFieldSelector(resourceOf('Pod'), 'nonsense')).toThrow("can't understand 'nonsense'");
});
