import { beforeEach, describe, expect, test } from '@jest/globals';
import { incidentKey, incidentName } from '../../src/correlate/index.ts';
import type { UnreadableIncident } from '../../src/domain/incident.ts';
import { IncidentCache, type IncidentChange } from '../../src/incidents/index.ts';
import { anIncident, checkout, CLUSTER, KEY, keyOf, NOW } from '../correlate/fixtures.ts';

let cache: IncidentCache;
let told: string[];
let changes: IncidentChange[];
let freed: number;

beforeEach(() => {
  [told, changes, freed] = [[], [], 0];
  cache = new IncidentCache({
    clusterKey: CLUSTER,
    keyOf,
    report: {
      foreign: ({ name }) => told.push(`foreign ${name}`),
      unreadable: ({ name }, isForeign) => told.push(`unreadable ${name} ${isForeign}`),
    },
  });
  cache.onChange((change) => changes.push(change));
  cache.onKeysFreed(() => {
    freed += 1;
  });
});

const { name } = anIncident();
const second = anIncident({}, { name: incidentName(checkout, KEY, 2), uid: 'i-2' });

function unreadable(change: Partial<UnreadableIncident> = {}): UnreadableIncident {
  const base = { uid: 'u-1', resourceVersion: '200', namespace: 'support', unreadable: 'spec.class' };
  return { ...base, name: 'unread-1', keyPrefix: KEY.slice(0, 63), cluster: undefined, ...change };
}

describe('a list of all Incidents', () => {
  test('takes away what was written before it and is not in it, though the watch has never shown it', () => {
    cache.noteAnswer(anIncident());
    cache.noteList('begins');
    cache.noteAnswer(second);
    cache.noteList('ends');
    expect([...cache.all()]).toEqual([second]);
    expect(changes.at(-1)).toMatchObject({ name, after: undefined });
  });

  test('keeps what it or the watch has shown, and what is gone already', () => {
    cache.noteAnswer(anIncident());
    cache.noteAnswer(second);
    cache.noteList('begins');
    cache.upsert(anIncident());
    cache.remove(second);
    cache.noteList('ends');
    expect(changes).toHaveLength(3);
    cache.noteAnswer(anIncident({}, { resourceVersion: '1001' }), cache.named(name));
    cache.noteList('begins');
    cache.noteList('ends');
    expect(cache.named(name)?.resourceVersion).toBe('1001');
  });

  test('counts what was known when the last one began', () => {
    cache.noteList('begins');
    cache.noteAnswer(anIncident());
    cache.noteList('ends');
    expect(cache.named(name)).toBeDefined();
    cache.noteList('begins');
    cache.noteList('ends');
    expect(cache.named(name)).toBeUndefined();
  });
});

describe('a version', () => {
  const newer = anIncident({ phase: 'Recovered' }, { resourceVersion: '1000' });
  const older = anIncident({ phase: 'Pending' }, { resourceVersion: '99' });

  test('that is older, or known, is passed over, of an earlier Incident of the name as well', () => {
    cache.upsert(newer);
    for (const one of [older, newer, { ...older, uid: 'i-0' }]) {
      cache.upsert(one);
      expect(cache.noteAnswer(one)).toBe(one.uid === newer.uid ? cache.named(name) : one);
    }
    expect(changes).toHaveLength(1);
    expect(cache.named(name)?.status.phase).toBe('Recovered');
  });

  test('that is older is taken from the watch when the history of the server was rewritten', () => {
    cache.upsert(newer);
    cache.upsert(older, true);
    expect(cache.named(name)?.status.phase).toBe('Pending');
    cache.upsert(anIncident({}, { resourceVersion: '100' }));
    expect(cache.named(name)?.status.phase).toBe('Filed');
  });

  test('that answers a write on the newest is taken whatever it is, unless nothing has changed', () => {
    cache.upsert(newer);
    expect(cache.noteAnswer(newer, newer)).toBe(newer);
    expect(changes).toHaveLength(1);
    expect(cache.noteAnswer(older, newer)).toBe(older);
    expect(cache.named(name)).toBe(older);
    // The watch was faster than the answer to a write on what was known then.
    expect(cache.noteAnswer(newer, { ...older, resourceVersion: '98' })).toBe(newer);
    expect(cache.noteAnswer(older, { ...older, resourceVersion: '98' })).toBe(newer);
  });

  test('of one that cannot be read is passed over as well when it is older', () => {
    cache.upsert(newer);
    cache.upsert(unreadable({ name, uid: newer.uid, resourceVersion: '999' }));
    expect(cache.named(name)).toBe(newer);
    cache.upsert(unreadable({ name, uid: newer.uid, resourceVersion: '1001' }));
    cache.noteAnswer(newer, older);
    expect(cache.named(name)).toBeUndefined();
  });
});

describe('a deletion', () => {
  test('takes no later Incident of the name with it', () => {
    cache.upsert(anIncident({}, { uid: 'i-2' }));
    cache.remove(anIncident());
    expect(cache.named(name)?.uid).toBe('i-2');
    cache.remove(anIncident({}, { uid: 'i-2' }));
    expect(cache.named(name)).toBeUndefined();
  });

  test('that was seen makes a late answer no news, until the watch sees it again', () => {
    cache.upsert(anIncident());
    cache.remove(anIncident());
    const answer = anIncident({ phase: 'Recovered' }, { resourceVersion: '101' });
    expect(cache.noteAnswer(answer, anIncident())).toBe(answer);
    expect(cache.named(name)).toBeUndefined();
    cache.upsert(answer);
    expect(cache.named(name)).toBe(answer);
  });

  test('is remembered for a bounded number', () => {
    for (let n = 0; n <= 1_000; n += 1) cache.remove({ name, uid: `u-${n}` });
    cache.noteAnswer(anIncident({}, { uid: 'u-1' }));
    expect(cache.named(name)).toBeUndefined();
    cache.noteAnswer(anIncident({}, { uid: 'u-0' }));
    expect(cache.named(name)).toBeDefined();
  });
});

describe('the Incidents of a key', () => {
  test('are told of with the newest automatic one before', () => {
    cache.upsert(anIncident());
    cache.upsert(second);
    cache.upsert(anIncident({ phase: 'Recovered' }, { resourceVersion: '101' }));
    cache.remove(second);
    expect(
      changes.map(({ before, after, newestBefore }) => [before?.uid, after?.uid, newestBefore?.uid]),
    ).toEqual([
      [undefined, 'i-1', undefined],
      [undefined, 'i-2', 'i-1'],
      ['i-1', 'i-1', 'i-2'],
      ['i-2', undefined, 'i-2'],
    ]);
    expect(cache.newestOf(KEY)?.status.phase).toBe('Recovered');
    expect(cache.ofKey(KEY).map(({ uid }) => uid)).toEqual(['i-1']);
  });

  test('are told of for each key, where an Incident has the name of one of another key', () => {
    cache.upsert(anIncident());
    const other = { ...checkout, name: 'other' };
    const spec = { key: incidentKey(CLUSTER, other), target: other };
    cache.upsert(anIncident({}, { uid: 'i-9', resourceVersion: '101', spec }));
    expect(changes.map(({ key, after }) => [key, after?.uid])).toEqual([
      [KEY, 'i-1'],
      [KEY, undefined],
      [spec.key, 'i-9'],
    ]);
    expect([cache.newestOf(KEY), cache.ofKey(KEY)]).toEqual([undefined, []]);
  });

  test('are filed when they have a ticket and were not asked for', () => {
    const request = anIncident({}, { name: 'by-hand', uid: 'i-9', spec: { trigger: 'manual' } });
    cache.upsert(request);
    expect([cache.filedOf(KEY), cache.newestOf(KEY), cache.manual()]).toEqual([
      undefined,
      undefined,
      [request],
    ]);
    cache.upsert(anIncident({ phase: 'Pending' }));
    expect(cache.filedOf(KEY)).toBeUndefined();
    cache.upsert(second);
    expect(cache.filedOf(KEY)).toBe(second);
  });

  test('that are folded have the ticket of the common cause, as long as it covers them', () => {
    const cause = { kind: 'storm', key: 'k', incident: 'storm-1' } as const;
    const storm = anIncident({}, { name: 'storm-1', uid: 's', spec: { trigger: 'storm', key: 'k' } });
    const folded = anIncident({ phase: 'Folded', foldedInto: 'storm-1' }, { spec: { cause } });
    for (const one of [folded, storm]) cache.upsert(one);
    expect([cache.filedOf(KEY)?.name, cache.count]).toEqual(['storm-1', 2]);
    const over = { ...folded, resourceVersion: '101', status: { ...folded.status, recoveredAt: NOW } };
    cache.upsert(over);
    expect(cache.filedOf(KEY)).toBeUndefined();
    // What is folded and over says nothing of how full it is.
    expect(cache.count).toBe(1);
    cache.remove(over);
    expect(cache.count).toBe(1);
  });

  test('are kept without their drafts', () => {
    const draft = {
      subject: '',
      description: '',
      category: 'technical',
      severity: 'critical',
      environment: '{}',
    } as const;
    cache.noteAnswer(anIncident({}, { spec: { draft } }));
    expect(cache.named(name)).toEqual(anIncident());
  });
});

describe('whose an Incident is', () => {
  test.each([
    ['this cluster stands in it', { cluster: CLUSTER, key: 'anything' }, true],
    ['another one stands in it', { cluster: 'cluster-2' }, false],
    ['none stands in it, and its key is that of the owner here', {}, true],
    ['none stands in it, and its key is that of the owner elsewhere', { key: 'f'.repeat(64) }, false],
    ['none stands in it, and no owner tells its key', { trigger: 'manual', key: 'f'.repeat(64) }, true],
    ['none stands in it, and it is of a later release', { trigger: 'forecast', key: 'f'.repeat(64) }, true],
  ])('%s', (_what, spec, isOurs) => {
    cache.upsert(anIncident({}, { spec }));
    expect(cache.named(name) !== undefined).toBe(isOurs);
  });
});

describe('an Incident of another cluster', () => {
  const foreign = anIncident({}, { spec: { cluster: 'cluster-2' } });

  test('is told of once, has its name, and reaches nobody', () => {
    cache.upsert(foreign);
    cache.upsert({ ...foreign, resourceVersion: '101' });
    expect(told).toEqual([`foreign ${name}`]);
    expect([cache.isNameTaken(name), cache.isUnreadable(name), cache.isKeyOccupied(KEY)]).toEqual([
      true,
      false,
      false,
    ]);
    expect([cache.count, cache.setAside, changes]).toEqual([0, { foreign: 1, unreadable: 0 }, []]);
    cache.remove(foreign);
    expect([cache.isNameTaken(name), cache.setAside.foreign, freed]).toEqual([false, 0, 0]);
  });

  test('that took the name of one of ours takes its place nowhere', () => {
    cache.upsert(anIncident());
    cache.upsert({ ...foreign, uid: 'i-2', resourceVersion: '200' });
    expect(changes.at(-1)).toMatchObject({ name, before: { uid: 'i-1' }, after: undefined });
    expect(cache.newestOf(KEY)).toBeUndefined();
  });
});

describe('an Incident that cannot be read', () => {
  test('is told of once, and has its name and its key', () => {
    cache.upsert(unreadable());
    cache.upsert(unreadable({ resourceVersion: '201' }));
    expect(told).toEqual(['unreadable unread-1 false']);
    expect([cache.isNameTaken('unread-1'), cache.isUnreadable('unread-1')]).toEqual([true, true]);
    expect([cache.isKeyOccupied(KEY), cache.isKeyOccupied('0'.repeat(64))]).toEqual([true, false]);
    expect(cache.setAside).toEqual({ foreign: 0, unreadable: 1 });
  });

  test('and is of another cluster keeps no key to itself', () => {
    cache.upsert(unreadable({ cluster: 'cluster-2' }));
    expect([cache.isKeyOccupied(KEY), cache.setAside.foreign, told]).toEqual([
      false,
      1,
      ['unreadable unread-1 true'],
    ]);
  });

  test('and whose key is not known keeps its name alone', () => {
    cache.upsert(unreadable({ keyPrefix: undefined }));
    expect([cache.isNameTaken('unread-1'), cache.isKeyOccupied(KEY)]).toEqual([true, false]);
  });

  test('any more is forgotten as it was, until it can be read again, which frees its key', () => {
    cache.upsert(anIncident());
    cache.upsert(unreadable({ name, uid: 'i-1' }));
    expect([cache.named(name), cache.setAside, freed]).toEqual([undefined, { foreign: 0, unreadable: 1 }, 0]);
    cache.upsert(anIncident({}, { resourceVersion: '300' }));
    expect([cache.newestOf(KEY)?.resourceVersion, cache.setAside, freed]).toEqual([
      '300',
      { foreign: 0, unreadable: 0 },
      1,
    ]);
  });

  test('frees its key when it is gone, if it is not a successor of its name that has it', () => {
    cache.upsert(unreadable({ uid: 'u-2' }));
    cache.remove({ name: 'unread-1', uid: 'u-1' });
    expect([cache.isNameTaken('unread-1'), freed]).toEqual([true, 0]);
    cache.remove({ name: 'unread-1', uid: 'u-2' });
    expect([cache.isNameTaken('unread-1'), freed]).toEqual([false, 1]);
  });
});
