import { Silences } from '../../src/correlate/index.ts';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { EventView, NamespaceView, ObjectView } from '../../src/domain/views.ts';
import { ClusterIndex } from '../../src/observe/cluster-index.ts';
import { ClusterObserver } from '../../src/observe/cluster-observer.ts';
import {
  anIncident,
  nowAt,
  aNode,
  aPod,
  aWorkload,
  CachedCorrelator,
  CLUSTER,
  current,
  KEY,
  NOW,
  options,
  ownedBy,
} from '../correlate/fixtures.ts';
import { createFakeClock, type FakeClock, settle } from '../support/fake-clock.ts';

/** Names of the objects that were looked at, and of those whose request is over. */
let looked: string[];
let withdrawn: string[];
let failed: string[];
/** Annotations that are not followed. */
let refused: string[];
/** Silences of the configuration. */
let silences: Silences;
/** Names of objects that cannot be judged. */
let unjudgeable: Set<string>;
let clock: FakeClock;
/** Kinds that are not current, and those that were last proven at some time. */
let stale: Set<string>;
let freshnesses: Map<string, { readonly since: number; readonly provenAt: number }>;
/** When what fails was shown to the correlator, in monotonic milliseconds. */
let shownAt: number[];
let enqueued: string[];
/** Keys of owners that have fallen behind. */
let fallen: string[];
let correlator: CachedCorrelator;
let observer: ClusterObserver;

beforeEach(() => {
  [looked, withdrawn, failed, shownAt, enqueued, fallen] = [[], [], [], [], [], []];
  [refused, silences] = [[], new Silences()];
  [stale, freshnesses, unjudgeable, clock, correlator] = [
    new Set(),
    new Map(),
    new Set(),
    createFakeClock(NOW),
    new CachedCorrelator(),
  ];
  restart();
});

/** A new observer with the silences as they are. */
function restart(): void {
  const { wrapped } = correlator;
  observer = new ClusterObserver({
    clock,
    index: new ClusterIndex(),
    correlator: {
      get size() {
        return wrapped.size;
      },
      noteFailing: (key) => fallen.push(key),
      has: (key) => wrapped.has(key),
      isFailing: () => false,
      begin: (now) => wrapped.begin(now),
      observe: (observation, now) => {
        if (observation.signals.length > 0) shownAt.push(now.monotonic);
        wrapped.observe(observation, now);
      },
    },
    clusterKey: CLUSTER,
    ownerReader: { read: () => Promise.resolve({ kind: 'absent' }) },
    freshnessOf: (kind) => freshnesses.get(kind) ?? (stale.has(kind) ? undefined : current(kind)),
    requests: {
      offer: ({ name }) => {
        looked.push(name);
        if (unjudgeable.has(name)) throw new Error(`no idea what ${name} is`);
      },
      withdraw: ({ name }) => withdrawn.push(name),
    },
    queue: { enqueue: (key) => enqueued.push(key) },
    rules: { excludeNamespaces: [], disabledClasses: new Set(), silences },
    detectOptions: { resolveAfterMs: options.resolveAfterMs },
    forMs: options.forMs,
    report: {
      suppressed: () => undefined,
      detectorFailed: () => undefined,
      ownerRead: () => undefined,
      evaluationFailed: ({ uid }) => failed.push(uid),
      annotationRefused: ({ name }, value, problem) => refused.push(`${name} ${value} ${problem}`),
    },
    signal: new AbortController().signal,
  });
}

const detail = { restartPolicy: 'Always', conditions: [], containers: [] };
const terminated = { exitCode: 3, startedAt: NOW - 3_000, finishedAt: NOW - 1_000 };
const crashed = { name: 'app', role: 'app', restartCount: 4, ready: false, terminated } as const;
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

function sync(...views: readonly ObjectView[]): void {
  for (const view of views) observer.upsert(view);
  observer.synced();
  looked = [];
}

describe('objects', () => {
  test('are looked at only once all of them are known', () => {
    observer.upsert(aPod('unwell', { detail, ...ownedBy(aWorkload()) }));
    observer.upsert(aWorkload());
    expect(looked).toEqual([]);
    observer.synced();
    expect(looked.toSorted()).toEqual(['checkout', 'unwell']);
  });

  test('one that cannot be judged keeps nobody else from it, and is looked at again later', async () => {
    const other = aWorkload({ name: 'other', uid: 'd-2' });
    unjudgeable.add('checkout');
    observer.upsert(aWorkload());
    observer.upsert(other);
    observer.synced();
    expect(looked).toEqual(['checkout', 'other']);
    expect(failed).toEqual([aWorkload().uid]);
    looked = [];
    await clock.advance(29_999);
    observer.lookAgain();
    expect(looked).toEqual([]);
    await clock.advance(1);
    // Nothing else has happened.
    observer.lookAgain();
    expect(looked).toEqual(['checkout']);
    unjudgeable.clear();
    looked = [];
    await clock.advance(30_000);
    observer.lookAgain();
    await clock.advance(30_000);
    observer.lookAgain();
    expect(looked).toEqual(['checkout']);
    expect(failed).toHaveLength(1);
  });

  test('a namespace whose objects are judged anew: one that cannot be does not stop the others', () => {
    sync(shop, aWorkload(), aWorkload({ name: 'other', uid: 'd-2' }));
    unjudgeable.add('checkout');
    observer.upsert({ ...shop, ignored: true });
    expect(looked).toEqual(['shop', 'checkout', 'other']);
  });

  test('of a namespace that is deleted are judged anew: they may have shown first how they go', () => {
    sync(shop, aWorkload());
    observer.upsert({ ...shop, deletedAt: NOW });
    expect(looked).toEqual(['shop', 'checkout']);
  });

  test('that cannot be judged and are gone are forgotten', async () => {
    unjudgeable.add('checkout');
    sync(aWorkload(), shop);
    observer.remove(aWorkload());
    await clock.advance(30_000);
    observer.lookAgain();
    expect(looked).toEqual([]);
  });

  test('that are looked at again are looked at as of when they were proven to be so', async () => {
    const unwell = aPod('unwell', { detail: { ...detail, containers: [crashed] } });
    sync(unwell);
    await clock.advance(60_000);
    shownAt = [];
    freshnesses.set('Pod', { since: 0, provenAt: 20_000 });
    observer.upsert(anEvent({ kind: 'Pod', namespace: 'shop', name: 'unwell', uid: unwell.uid }));
    observer.upsert(unwell);
    expect(shownAt).toEqual([20_000, 60_000]);
  });

  test('that are not known as they are now are looked at when they are', async () => {
    const unwell = aPod('unwell', { detail });
    sync(unwell, shop);
    stale.add('Pod');
    observer.upsert(anEvent({ kind: 'Pod', namespace: 'shop', name: 'unwell', uid: unwell.uid }));
    await clock.advance(60_000);
    observer.upsert(shop);
    expect(looked).toEqual(['shop']);
    expect(failed).toEqual([]);
    stale.clear();
    observer.lookAgain();
    expect(looked).toEqual(['shop', 'unwell']);
  });

  test.each(['has gone', 'is well again'] as const)(
    'that were not judged while they were not current are judged as they were when one %s',
    (how) => {
      const unwell = aPod('unwell', { detail: { ...detail, containers: [crashed] } });
      sync(unwell);
      stale.add('Pod');
      observer.upsert(anEvent({ kind: 'Pod', namespace: 'shop', name: 'unwell', uid: unwell.uid }));
      shownAt = [];
      if (how === 'has gone') observer.remove(unwell);
      else observer.upsert(aPod('unwell'));
      expect(shownAt).toHaveLength(1);
      stale.clear();
      looked = [];
      observer.lookAgain();
      expect(looked).toEqual([]);
    },
  );

  test('that change are looked at beside what they were before', () => {
    sync(aWorkload());
    correlator.setIncident(anIncident(), nowAt(NOW));
    observer.upsert(aWorkload({ ready: 1 }));
    expect(fallen).toEqual([KEY]);
  });

  test('that are gone are taken back, with their requests', async () => {
    const owner = ownedBy(aWorkload());
    const crashing = aPod('unwell', { detail: { ...detail, containers: [crashed] }, ...owner });
    sync(aWorkload(), crashing);
    await settle();
    expect([correlator.has(KEY), enqueued]).toEqual([true, [KEY]]);
    observer.remove(crashing);
    expect([correlator.has(KEY), enqueued, withdrawn]).toEqual([false, [KEY, KEY], ['unwell']]);
  });

  test('whose annotation is another one have their request withdrawn', () => {
    sync(aWorkload({ fileTicket: 'slow' }));
    observer.upsert(aWorkload({ fileTicket: 'slow', ready: 1 }));
    expect(withdrawn).toEqual([]);
    observer.upsert(aWorkload({ fileTicket: 'slower' }));
    expect(withdrawn).toEqual(['checkout']);
  });

  test('that come after their pods give them another look', () => {
    const owner = ownedBy({ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'rs-1' });
    sync(aPod('early', { detail, ...owner }), aPod('other', { detail, ...ownedBy(aWorkload()) }));
    observer.upsert({ ...owner.owner, kind: 'ReplicaSet', namespace: 'shop', createdAt: NOW });
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
    observer.upsert({ ...shop, ...change });
    expect(looked).toEqual(['shop', 'checkout', 'unwell']);
    looked = [];
    observer.upsert({ ...shop, ...change });
    expect(looked).toEqual(['shop']);
  });
});

describe('events', () => {
  const aboutNode = anEvent({ kind: 'Node', namespace: '', name: 'node-1', uid: 'node-1' });

  test('lead to a look at what they are about, when they come and when they expire', () => {
    sync(aNode());
    observer.upsert(aboutNode);
    observer.remove(aboutNode);
    expect(looked).toEqual(['node-1', 'node-1']);
    expect(withdrawn).toEqual([]);
  });

  test('that cannot be judged are forgotten when they expire', async () => {
    const lonely = anEvent({ kind: 'HorizontalPodAutoscaler', namespace: 'shop', name: 'web', uid: 'h-1' });
    unjudgeable.add('event');
    observer.upsert(lonely);
    sync(shop);
    observer.remove(lonely);
    await clock.advance(30_000);
    unjudgeable.clear();
    observer.upsert(shop);
    expect(looked).toEqual(['shop']);
  });

  test('about what is not watched are looked at themselves', () => {
    const lonely = anEvent({ kind: 'HorizontalPodAutoscaler', namespace: 'shop', name: 'web', uid: 'h-1' });
    observer.upsert(lonely);
    observer.synced();
    observer.upsert(lonely);
    observer.remove(lonely);
    expect([looked, withdrawn]).toEqual([['event', 'event'], ['event']]);
  });
});

describe('silences', () => {
  const owner = ownedBy(aWorkload());
  const crashing = aPod('unwell', { detail: { ...detail, containers: [crashed] }, ...owner });
  const inAnHour = new Date(NOW + 3_600_000).toISOString();

  test('what still fails at the end of an annotation is told at once', async () => {
    // Told only hours later, or never: prometheus/alertmanager #3367, elastic/kibana #215634.
    sync(aWorkload({ ignoreUntil: inAnHour }), crashing);
    await clock.advance(3_599_999);
    observer.lookAgain();
    expect(correlator.has(KEY)).toBe(false);
    await clock.advance(1);
    observer.lookAgain();
    expect(correlator.has(KEY)).toBe(true);
  });

  test('one is over at its end, though its objects are proven up to an earlier moment alone', async () => {
    sync(aWorkload({ ignoreUntil: inAnHour }), crashing);
    freshnesses.set('Pod', { since: 0, provenAt: 3_580_000 });
    await clock.advance(3_600_000);
    observer.lookAgain();
    expect(correlator.has(KEY)).toBe(true);
  });

  test('what is well again by the end is not told of', async () => {
    sync(aWorkload({ ignoreUntil: inAnHour }), crashing);
    await clock.advance(1_800_000);
    observer.upsert(aPod('unwell', owner));
    await clock.advance(1_800_000);
    observer.lookAgain();
    expect(correlator.has(KEY)).toBe(false);
  });

  test('one that begins while something waits for its time keeps it back as well', async () => {
    // What was known before was not judged anew: roxy-wi/IncidentRelay #37.
    silences = new Silences([
      { reason: 'patching', hasSelector: false, from: NOW + 60_000, until: NOW + 120_000 },
    ]);
    restart();
    sync(aWorkload(), crashing);
    expect(correlator.has(KEY)).toBe(true);
    await clock.advance(60_000);
    observer.lookAgain();
    expect(correlator.has(KEY)).toBe(false);
    await clock.advance(60_000);
    observer.lookAgain();
    expect(correlator.has(KEY)).toBe(true);
  });

  test('a node that is ready again leaves its pods to themselves', () => {
    const lost = { type: 'Ready', status: 'Unknown', since: NOW };
    const node = { ...aNode(), ignoreUntil: inAnHour };
    sync(aWorkload(), { ...node, conditions: [lost] }, { ...crashing, node: node.name });
    expect(correlator.has(KEY)).toBe(false);
    observer.upsert({ ...node, conditions: [] });
    expect(correlator.has(KEY)).toBe(true);
  });

  test('an annotation that cannot be followed is told of once for each value', () => {
    sync(aWorkload({ ignoreUntil: 'tomorrow' }));
    observer.upsert(aWorkload({ ignoreUntil: 'tomorrow', ready: 1 }));
    observer.upsert(aWorkload({ ignoreUntil: '2026-11-24' }));
    observer.upsert(aWorkload());
    observer.upsert(aWorkload({ ignoreUntil: 'tomorrow' }));
    expect(refused).toEqual([
      expect.stringMatching(/^checkout tomorrow is not a time/),
      expect.stringMatching(/^checkout 2026-11-24 is not a time/),
      expect.stringMatching(/^checkout tomorrow is not a time/),
    ]);
  });
});
