import { beforeEach, describe, expect, test } from '@jest/globals';
import type { UnreadableIncident } from '../../src/domain/incident.ts';
import {
  createSetAsideIncidents,
  isOfCluster,
  type SetAsideIncidents,
} from '../../src/reconcile/set-aside.ts';
import { anIncident, checkout, CLUSTER, KEY } from '../correlate/fixtures.ts';

let aside: SetAsideIncidents;
let told: string[];

beforeEach(() => {
  told = [];
  aside = createSetAsideIncidents({
    clusterKey: CLUSTER,
    report: {
      foreign: ({ name }) => told.push(`foreign ${name}`),
      unreadable: ({ name }, isForeign) => told.push(`unreadable ${name} ${isForeign}`),
    },
  });
});

function unreadable(change: Partial<UnreadableIncident> = {}): UnreadableIncident {
  const base = { uid: 'u-1', resourceVersion: '1', namespace: 'support', unreadable: 'spec.class' };
  return { ...base, name: 'unread-1', keyPrefix: KEY.slice(0, 63), cluster: undefined, ...change };
}

describe('whose an Incident is', () => {
  test.each([
    ['this cluster stands in it', { cluster: CLUSTER, key: 'anything' }, true],
    ['another one stands in it', { cluster: 'cluster-2' }, false],
    ['none stands in it, and its key is that of the owner here', {}, true],
    ['none stands in it, and its key is that of the owner elsewhere', { key: 'f'.repeat(64) }, false],
    ['none stands in it, and no owner tells its key', { trigger: 'manual', key: 'f'.repeat(64) }, true],
    ['none stands in it, and it is of a later release', { trigger: 'forecast', key: 'f'.repeat(64) }, true],
  ])('%s', (_what, spec, isOurs) => {
    expect(isOfCluster(anIncident({}, { spec }), CLUSTER)).toBe(isOurs);
  });
});

test('an Incident of another cluster is told of once, has its name, and keeps no key to itself', () => {
  const foreign = anIncident({}, { spec: { cluster: 'cluster-2' } });
  expect(aside.isForeign(foreign)).toBe(true);
  expect(aside.isForeign({ ...foreign, resourceVersion: '101' })).toBe(true);
  expect(told).toEqual([`foreign ${foreign.name}`]);
  expect([aside.isTaken(foreign.name), aside.isUnreadable(foreign.name)]).toEqual([true, false]);
  expect(aside.isOccupied(KEY)).toBe(false);
  expect(aside.counts()).toEqual({ foreign: 1, unreadable: 0 });
});

test('one that cannot be read has its name and its key', () => {
  aside.noteUnreadable(unreadable());
  aside.noteUnreadable(unreadable({ resourceVersion: '2' }));
  expect(told).toEqual(['unreadable unread-1 false']);
  expect([aside.isTaken('unread-1'), aside.isUnreadable('unread-1')]).toEqual([true, true]);
  expect([aside.isOccupied(KEY), aside.isOccupied('0'.repeat(64))]).toEqual([true, false]);
  expect(aside.counts()).toEqual({ foreign: 0, unreadable: 1 });
});

test('one that cannot be read and is of another cluster keeps no key to itself', () => {
  aside.noteUnreadable(unreadable({ cluster: 'cluster-2' }));
  expect(aside.isOccupied(KEY)).toBe(false);
  expect(aside.counts()).toEqual({ foreign: 1, unreadable: 0 });
});

test('one whose key is not known keeps its name alone', () => {
  aside.noteUnreadable(unreadable({ keyPrefix: undefined }));
  expect([aside.isTaken('unread-1'), aside.isOccupied(KEY)]).toEqual([true, false]);
});

test('the end of one does not free what a successor of its name has', () => {
  aside.noteUnreadable(unreadable({ uid: 'u-2' }));
  expect(aside.forget('unread-1', 'u-1')).toBe(false);
  expect(aside.isTaken('unread-1')).toBe(true);
  expect(aside.forget('unread-1', 'u-2')).toBe(true);
  expect(aside.isTaken('unread-1')).toBe(false);
  expect(aside.forget(checkout.name)).toBe(false);
});
