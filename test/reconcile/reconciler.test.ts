import { beforeEach, describe, expect, test } from '@jest/globals';
import { createCorrelator, incidentName } from '../../src/correlate/index.ts';
import type { Now } from '../../src/domain/clock.ts';
import type { Incident } from '../../src/domain/incident.ts';
import type { EventView, NamespaceView, ObjectView } from '../../src/domain/views.ts';
import { createClusterIndex } from '../../src/observe/cluster-index.ts';
import { createReconciler, type Reconciler } from '../../src/reconcile/reconciler.ts';
import type { ManualRequests } from '../../src/reconcile/manual-requests.ts';
import {
  anIncident,
  aNode,
  aPod,
  aWorkload,
  checkout,
  CLUSTER,
  current,
  KEY,
  NOW,
  options,
  ownedBy,
  bookDeps,
} from '../correlate/fixtures.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

let looked: string[];
let gone: string[];
/** How many replicas were ready before a change, and after it. */
let falls: (readonly (number | undefined)[])[];
let offered: Incident[];
let truths: (boolean | undefined)[];
let forgotten: (string | undefined)[];
let changes: string[];
let full: number[];
let failed: string[];
let acted: string[];
/** Names of objects that cannot be judged. */
let unjudgeable: Set<string>;
let clock: FakeClock;
/** Kinds that are not current, and those that were last proven at some time. */
let stale: Set<string>;
let currencies: Map<string, { readonly since: number; readonly provenAt: number }>;
/** When objects were looked at, in monotonic milliseconds. */
let lookedAt: number[];
let isLeader: boolean;
let pipeline: Reconciler;
/** Incidents that are not as this release of this cluster's agent writes them. */
let told: string[];

beforeEach(() => {
  [looked, gone, offered, forgotten, changes, full, failed, isLeader] = [[], [], [], [], [], [], [], true];
  [stale, currencies, lookedAt, acted, falls] = [new Set(), new Map(), [], [], []];
  [unjudgeable, clock, truths, told] = [new Set(), createFakeClock(NOW), [], []];
  pipeline = createReconciler({
    currencyOf: (kind) => currencies.get(kind) ?? (stale.has(kind) ? undefined : current(kind)),
    clock,
    clusterKey: CLUSTER,
    index: createClusterIndex(),
    book: createCorrelator(options, bookDeps),
    outbox: {
      offer: (incident, isTrue) => {
        offered.push(incident);
        truths.push(isTrue);
      },
      forget: (_name, uid) => void forgotten.push(uid),
    },
    isLeader: () => isLeader,
    maxIncidents: 2,
    report: {
      full: (incidents) => full.push(incidents),
      changed: ({ status }) => changes.push(status.phase),
      actionFailed: () => undefined,
      lookFailed: ({ uid }) => failed.push(uid),
      foreign: ({ name }) => told.push(`foreign ${name}`),
      unreadable: ({ name }) => told.push(`unreadable ${name}`),
      unknown: ({ name }, words) => told.push(`unknown ${name} ${words.join()}`),
    },
  });
  pipeline.connect({
    observer: { look, gone: ({ name }) => gone.push(name), isOwnerOpen: () => false },
    actions: { act: async ({ kind }) => void acted.push(kind) },
    requests: undefined,
  });
});

function look(view: ObjectView, { monotonic }: Now, before?: ObjectView): void {
  const { name } = view;
  looked.push(name);
  if (before !== undefined) falls.push([readyOf(before), readyOf(view)]);
  lookedAt.push(monotonic);
  if (unjudgeable.has(name)) throw new Error(`no idea what ${name} is`);
}

function readyOf(view: ObjectView): number | undefined {
  return 'ready' in view ? view.ready : undefined;
}

const detail = { restartPolicy: 'Always', conditions: [], containers: [] };
const shop: NamespaceView = {
  kind: 'Namespace',
  apiVersion: 'v1',
  namespace: '',
  name: 'shop',
  uid: 'ns-1',
  createdAt: NOW,
};

function anEvent(regarding: EventView['regarding']): EventView {
  return {
    kind: 'Event',
    apiVersion: 'events.k8s.io/v1',
    namespace: 'default',
    name: 'event',
    uid: 'e-1',
    createdAt: NOW,
    regarding,
    reason: 'SystemOOM',
    note: '',
    count: 1,
    firstAt: NOW,
    lastAt: NOW,
  };
}

test('an owner is not well for the time in which nothing was judged, because a kind could not be listed', async () => {
  pipeline.upsert(aWorkload());
  pipeline.upsertIncident(anIncident());
  await clock.advance(2 * options.recoveryQuietMs);
  pipeline.synced();
  const stop = new AbortController();
  const done = pipeline.run(stop.signal);
  await clock.advance(options.recoveryQuietMs - 1);
  expect(acted).toEqual([]);
  await clock.advance(1);
  expect(acted).toContain('recover');
  stop.abort();
  await done;
});

function sync(...views: readonly ObjectView[]): void {
  for (const view of views) pipeline.upsert(view);
  pipeline.synced();
  looked = [];
}

describe('objects', () => {
  test('are looked at only once all of them are known', () => {
    pipeline.upsert(aPod('unwell', { detail, ...ownedBy(aWorkload()) }));
    pipeline.upsert(aWorkload());
    expect(looked).toEqual([]);
    pipeline.synced();
    expect(looked.toSorted()).toEqual(['checkout', 'unwell']);
  });

  test('one that cannot be judged keeps nobody else from it, and is looked at again later', async () => {
    const other = aWorkload({ name: 'other', uid: 'd-2' });
    unjudgeable.add('checkout');
    pipeline.upsert(aWorkload());
    pipeline.upsert(other);
    pipeline.synced();
    expect(looked).toEqual(['checkout', 'other']);
    expect(failed).toEqual([aWorkload().uid]);
    looked = [];
    await clock.advance(29_999);
    pipeline.lookAgain();
    expect(looked).toEqual([]);
    await clock.advance(1);
    // Nothing else has happened.
    pipeline.lookAgain();
    expect(looked).toEqual(['checkout']);
    unjudgeable.clear();
    looked = [];
    await clock.advance(30_000);
    pipeline.lookAgain();
    await clock.advance(30_000);
    pipeline.lookAgain();
    expect(looked).toEqual(['checkout']);
    expect(failed).toHaveLength(1);
  });

  test('a namespace whose objects are judged anew: one that cannot be does not stop the others', () => {
    sync(shop, aWorkload(), aWorkload({ name: 'other', uid: 'd-2' }));
    unjudgeable.add('checkout');
    pipeline.upsert({ ...shop, ignored: true });
    expect(looked).toEqual(['shop', 'checkout', 'other']);
  });

  test('that cannot be judged and are gone are forgotten', async () => {
    unjudgeable.add('checkout');
    sync(aWorkload(), shop);
    pipeline.remove(aWorkload());
    await clock.advance(30_000);
    pipeline.lookAgain();
    expect(looked).toEqual([]);
  });

  test('that are looked at again are looked at as of when they were proven to be so', async () => {
    const unwell = aPod('unwell', { detail });
    sync(unwell);
    await clock.advance(60_000);
    lookedAt = [];
    currencies.set('Pod', { since: 0, provenAt: 20_000 });
    pipeline.upsert(anEvent({ kind: 'Pod', namespace: 'shop', name: 'unwell', uid: unwell.uid }));
    pipeline.upsert(unwell);
    expect(lookedAt).toEqual([20_000, 60_000]);
  });

  test('that are not known as they are now are looked at when they are', async () => {
    const unwell = aPod('unwell', { detail });
    sync(unwell, shop);
    stale.add('Pod');
    pipeline.upsert(anEvent({ kind: 'Pod', namespace: 'shop', name: 'unwell', uid: unwell.uid }));
    await clock.advance(60_000);
    pipeline.upsert(shop);
    expect(looked).toEqual(['shop']);
    expect(failed).toEqual([]);
    stale.clear();
    pipeline.lookAgain();
    expect(looked).toEqual(['shop', 'unwell']);
  });

  test.each(['has gone', 'is well again'] as const)(
    'that were not judged while they were not current are judged as they were when one %s',
    (how) => {
      const unwell = aPod('unwell', { detail });
      sync(unwell);
      stale.add('Pod');
      pipeline.upsert(anEvent({ kind: 'Pod', namespace: 'shop', name: 'unwell', uid: unwell.uid }));
      expect(looked).toEqual([]);
      if (how === 'has gone') pipeline.remove(unwell);
      else pipeline.upsert(aPod('unwell'));
      expect([looked, gone]).toEqual(
        how === 'has gone' ? [['unwell'], ['unwell']] : [['unwell', 'unwell'], []],
      );
      stale.clear();
      looked = [];
      pipeline.lookAgain();
      expect(looked).toEqual([]);
    },
  );

  test('that change are looked at beside what they were before', () => {
    sync(aWorkload());
    pipeline.upsert(aWorkload({ ready: 1 }));
    expect(falls).toEqual([[3, 1]]);
  });

  test('that are gone are told as gone', () => {
    sync(aWorkload());
    pipeline.remove(aWorkload());
    expect(gone).toEqual(['checkout']);
  });

  test('that come after their pods give them another look', () => {
    const owner = ownedBy({ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'rs-1' });
    sync(aPod('early', { detail, ...owner }), aPod('other', { detail, ...ownedBy(aWorkload()) }));
    pipeline.upsert({ ...owner.owner, kind: 'ReplicaSet', namespace: 'shop', createdAt: NOW });
    expect(looked).toEqual(['rs', 'early']);
  });

  test.each([
    ['is ignored', { ignored: true }],
    ['is not selected any more', { unselected: true }],
  ] as const)('of a namespace are judged anew when it %s', (_, change) => {
    sync(
      shop,
      aWorkload(),
      aWorkload({ namespace: 'elsewhere', uid: 'd-2' }),
      aPod('unwell', { detail, ...ownedBy(aWorkload()) }),
    );
    pipeline.upsert({ ...shop, ...change });
    expect(looked).toEqual(['shop', 'checkout', 'unwell']);
    looked = [];
    pipeline.upsert({ ...shop, ...change });
    expect(looked).toEqual(['shop']);
  });
});

/** Takes every key for one of its own. */
function requestsThatNote(worked: string[]): ManualRequests {
  return {
    offer: () => undefined,
    keyOf: () => undefined,
    withdraw: () => undefined,
    keyOfIncident: ({ name }) => name,
    isRequest: () => true,
    nameOf: (key) => key,
    waiting: () => ['waiting'],
    work: (key) => {
      worked.push(key);
      return Promise.resolve(undefined);
    },
  };
}

test('a standby keeps no list of what happened, and a new leader looks at everything, requests too', async () => {
  const worked: string[] = [];
  pipeline.connect({
    observer: { look, gone: () => undefined, isOwnerOpen: () => false },
    actions: { act: () => Promise.resolve() },
    requests: requestsThatNote(worked),
  });
  const stop = new AbortController();
  pipeline.upsertIncident(anIncident());
  pipeline.enqueue('gone');
  pipeline.enqueueCause('gone as well');
  await clock.advance(60_000);
  const done = pipeline.run(stop.signal);
  await clock.advance(60_000);
  expect(worked).toEqual([KEY, 'waiting']);
  pipeline.enqueue('news');
  await clock.advance(0);
  expect(worked.at(-1)).toBe('news');
  stop.abort();
  await done;
  pipeline.enqueue('missed');
  const again = new AbortController();
  const next = pipeline.run(again.signal);
  await clock.advance(60_000);
  expect(worked.slice(3)).toEqual([KEY, 'waiting']);
  again.abort();
  await next;
});

describe('events', () => {
  const aboutNode = anEvent({ kind: 'Node', namespace: '', name: 'node-1', uid: 'node-1' });

  test('lead to a look at what they are about, when they come and when they expire', () => {
    sync(aNode());
    pipeline.upsert(aboutNode);
    pipeline.remove(aboutNode);
    expect(looked).toEqual(['node-1', 'node-1']);
    expect(gone).toEqual([]);
  });

  test('that cannot be judged are forgotten when they expire', async () => {
    const lonely = anEvent({ kind: 'HorizontalPodAutoscaler', namespace: 'shop', name: 'web', uid: 'h-1' });
    unjudgeable.add('event');
    pipeline.upsert(lonely);
    sync(shop);
    pipeline.remove(lonely);
    await clock.advance(30_000);
    unjudgeable.clear();
    pipeline.upsert(shop);
    expect(looked).toEqual(['shop']);
  });

  test('about what is not watched are looked at themselves', () => {
    const lonely = anEvent({ kind: 'HorizontalPodAutoscaler', namespace: 'shop', name: 'web', uid: 'h-1' });
    pipeline.upsert(lonely);
    pipeline.synced();
    pipeline.upsert(lonely);
    pipeline.remove(lonely);
    expect([looked, gone]).toEqual([['event', 'event'], ['event']]);
  });
});

describe('Incidents', () => {
  test('go to the outbox, and an old version of them goes nowhere', () => {
    pipeline.upsertIncident(anIncident({}, { resourceVersion: '100' }));
    pipeline.upsertIncident(anIncident({ phase: 'Pending' }, { resourceVersion: '99' }));
    pipeline.upsertIncident(anIncident({ phase: 'Recovered' }, { resourceVersion: '1000' }));
    expect(offered.map(({ status }) => status.phase)).toEqual(['Filed', 'Recovered']);
    expect(pipeline.incidentNamed(anIncident().name)?.status.phase).toBe('Recovered');
  });

  test('that were restored from a backup are taken, by the outbox as well, though their versions are lower', () => {
    pipeline.upsertIncident(anIncident({}, { resourceVersion: '900000' }));
    pipeline.upsertIncident(anIncident({ phase: 'Pending' }, { resourceVersion: '50' }), true);
    expect(pipeline.incidentNamed(anIncident().name)?.status.phase).toBe('Pending');
    expect(truths).toEqual([false, true]);
  });

  test('that change are told of by the leader alone', () => {
    pipeline.upsertIncident(anIncident({}, { resourceVersion: '1' }));
    pipeline.upsertIncident(anIncident({ phase: 'Recovered' }, { resourceVersion: '2' }));
    isLeader = false;
    pipeline.upsertIncident(anIncident({}, { resourceVersion: '3' }));
    expect(changes).toEqual(['Recovered']);
  });

  test('that are removed late do not take their successor of the same name with them', () => {
    pipeline.upsertIncident(anIncident({}, { uid: 'i-1' }));
    pipeline.upsertIncident(anIncident({}, { uid: 'i-2', resourceVersion: '101' }));
    pipeline.removeIncident(anIncident({}, { uid: 'i-1' }));
    expect(pipeline.incidentNamed(anIncident().name)?.uid).toBe('i-2');
    expect(forgotten).toEqual(['i-1']);
  });

  test('are found by the owner, when they have a ticket and were not asked for', () => {
    const request = anIncident({}, { name: 'by-hand', uid: 'i-9', spec: { trigger: 'manual' } });
    pipeline.upsertIncident(request);
    expect(pipeline.filedIncidentOf(checkout)).toBeUndefined();
    expect(pipeline.manualIncidents()).toEqual([request]);
    pipeline.upsertIncident(anIncident({ phase: 'Pending' }));
    expect(pipeline.filedIncidentOf(checkout)).toBeUndefined();
    const second = anIncident({}, { name: incidentName(checkout, KEY, 2), uid: 'i-2' });
    pipeline.upsertIncident(second);
    expect(pipeline.filedIncidentOf(checkout)).toBe(second);
  });
});

describe('Incidents that are set aside', () => {
  const foreign = anIncident({}, { spec: { cluster: 'cluster-2' } });
  const unreadable = {
    name: anIncident().name,
    uid: 'i-1',
    resourceVersion: '200',
    namespace: 'support',
    unreadable: 'spec.class',
    keyPrefix: KEY.slice(0, 63),
    cluster: CLUSTER,
  };

  test('of another cluster reach no stage, and are counted and told of', () => {
    pipeline.upsertIncident(foreign);
    expect(offered).toEqual([]);
    expect(pipeline.filedIncidentOf(checkout)).toBeUndefined();
    expect(pipeline.incidentNamed(foreign.name)).toBeUndefined();
    expect([pipeline.incidentCount(), pipeline.setAside().foreign]).toEqual([0, 1]);
    expect(pipeline.isNameTaken(foreign.name)).toBe(true);
    expect(told).toEqual([`foreign ${foreign.name}`]);
    pipeline.removeIncident(foreign);
    expect([pipeline.isNameTaken(foreign.name), pipeline.setAside().foreign]).toEqual([false, 0]);
  });

  test('that took the name of one of ours take its place in no stage', () => {
    pipeline.upsertIncident(anIncident());
    pipeline.upsertIncident({ ...foreign, uid: 'i-2', resourceVersion: '200' });
    expect(forgotten).toEqual(['i-1']);
    expect(pipeline.incidentNamed(foreign.name)).toBeUndefined();
  });

  test('as they cannot be read any more are forgotten by all stages, until they can be read again', async () => {
    pipeline.upsertIncident(anIncident());
    pipeline.upsertUnreadable(unreadable);
    expect(forgotten).toEqual(['i-1']);
    expect(pipeline.filedIncidentOf(checkout)).toBeUndefined();
    expect(pipeline.setAside()).toEqual({ foreign: 0, unreadable: 1 });
    pipeline.upsertIncident(anIncident({}, { resourceVersion: '300' }));
    expect(pipeline.setAside()).toEqual({ foreign: 0, unreadable: 0 });
    expect(offered.at(-1)?.resourceVersion).toBe('300');
    expect(pipeline.filedIncidentOf(checkout)?.name).toBe(unreadable.name);
  });

  test('lead to a look at all keys when they are gone: which were theirs is not known for certain', async () => {
    pipeline.upsertUnreadable({ ...unreadable, name: 'unread' });
    pipeline.upsertIncident(anIncident());
    const worked: string[] = [];
    pipeline.connect({
      observer: { look, gone: () => undefined, isOwnerOpen: () => false },
      actions: { act: () => Promise.resolve() },
      requests: requestsThatNote(worked),
    });
    const stop = new AbortController();
    const done = pipeline.run(stop.signal);
    await clock.advance(0);
    const before = worked.length;
    pipeline.removeIncident({ name: 'unread', uid: unreadable.uid });
    await clock.advance(0);
    expect(worked.slice(before)).toEqual([KEY, 'waiting']);
    stop.abort();
    await done;
  });

  test('words of a later release are told of once', () => {
    const later = anIncident({}, { spec: { class: 'quota' } });
    pipeline.upsertIncident(later);
    pipeline.upsertIncident({ ...later, resourceVersion: '200' });
    expect(told).toEqual([`unknown ${later.name} spec.class: quota`]);
    pipeline.upsertIncident(anIncident({}, { name: 'other', uid: 'o' }));
    pipeline.upsertIncident(
      anIncident({}, { name: 'other', uid: 'o', resourceVersion: '200', kept: { phase: 'Parked' } }),
    );
    expect(told).toHaveLength(2);
    expect(offered).toHaveLength(4);
  });
});

test('it is told once that there are as many Incidents as there may be, until there is room again', () => {
  const [first, second, third] = ['1', '2', '3'].map((n) => anIncident({}, { name: `i-${n}`, uid: n }));
  if (first === undefined || second === undefined || third === undefined) throw new Error('no Incidents');
  for (const one of [first, second, third]) pipeline.upsertIncident(one);
  expect(full).toEqual([2]);
  pipeline.removeIncident(second);
  pipeline.removeIncident(third);
  pipeline.upsertIncident(second);
  expect(full).toEqual([2, 2]);
  expect(pipeline.incidentCount()).toBe(2);
});

test('who asks for a ticket of an owner for which another incident speaks is led to that one', () => {
  const cause = { kind: 'storm', key: 'k', incident: 'storm-1' } as const;
  const storm = anIncident({}, { name: 'storm-1', uid: 's', spec: { trigger: 'storm', key: 'k' } });
  const folded = anIncident({ phase: 'Folded', foldedInto: 'storm-1' }, { spec: { cause } });
  for (const one of [folded, storm]) pipeline.upsertIncident(one);
  expect(pipeline.filedIncidentOf(checkout)?.name).toBe('storm-1');
  // When the common cause is over for it, it has no ticket any more.
  const over = { ...folded, resourceVersion: '101', status: { ...folded.status, recoveredAt: NOW } };
  pipeline.upsertIncident(over);
  expect(pipeline.filedIncidentOf(checkout)).toBeUndefined();
});

test('Incidents that were folded and are over say nothing of how full it is', () => {
  const cause = { kind: 'storm', key: 'k', incident: 'storm-1' } as const;
  const folded = anIncident({ phase: 'Folded', foldedInto: 'storm-1' }, { spec: { cause } });
  pipeline.upsertIncident(folded);
  expect(pipeline.incidentCount()).toBe(1);
  const over = { ...folded, resourceVersion: '101', status: { ...folded.status, recoveredAt: NOW } };
  pipeline.upsertIncident(over);
  expect(pipeline.incidentCount()).toBe(0);
  pipeline.removeIncident(over);
  expect(pipeline.incidentCount()).toBe(0);
});
