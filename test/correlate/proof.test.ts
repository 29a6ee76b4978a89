import { beforeEach, describe, expect, test } from '@jest/globals';
import { type Decision, type OwnerHealth } from '../../src/correlate/index.ts';
import { scopesOf } from '../../src/correlate/owner-health.ts';
import { DAY, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { Freshness } from '../../src/domain/ports.ts';
import type { ObjectRef, Signal } from '../../src/domain/failure.ts';
import type { ViewKind } from '../../src/domain/views.ts';
import { anIncident, aSignal, CachedCorrelator, checkout, KEY, NOW, options, podRef } from './fixtures.ts';

const QUIET = options.resolveAfterMs;
const image = aSignal({ class: 'image', immediate: false });

let correlator: CachedCorrelator;
/** Monotonic milliseconds; the cluster's time is NOW plus this, and what it is off by. */
let now: number;
let offBy: number;
let watches: Map<ViewKind, Freshness | undefined>;
let health: OwnerHealth;

beforeEach(() => {
  correlator = new CachedCorrelator({ ...options, groupWaitMs: 0 });
  [now, offBy, watches, health] = [0, 0, new Map(), { state: 'ready' }];
});

function moment() {
  return { at: NOW + now + offBy, monotonic: now };
}

function show(signals: readonly Signal[]): void {
  const own = signals.map((signal) => ({ ...signal, regarding: podRef('a') }));
  correlator.observe(
    { object: { uid: 'a', gone: false }, owner: checkout, key: KEY, signals: own },
    moment(),
  );
}

/** What is not set otherwise has been current for ever. */
function freshnessOf(kind: ViewKind): Freshness | undefined {
  return watches.has(kind) ? watches.get(kind) : { since: -Infinity, provenAt: now };
}

function decide(isWritten = true): Decision | undefined {
  const decision = correlator.decide(KEY, moment(), { health: () => health, freshnessOf });
  if (decision !== undefined && isWritten) correlator.noteDone(decision, moment());
  return decision;
}

function kindAt(at: number): Decision['kind'] | undefined {
  now = at;
  const kind = decide()?.kind;
  return kind === 'suspect' ? decide()?.kind : kind;
}

const needed: readonly ViewKind[] = ['Pod', 'Deployment', 'ReplicaSet', 'Event'];

describe('a recovery', () => {
  beforeEach(() => {
    correlator.setIncident(anIncident(), moment());
  });

  test.each(needed)('is not said while %s is not current, and after it only by a new quiet time', (kind) => {
    watches.set(kind, undefined);
    expect(kindAt(4 * QUIET)).toBeUndefined();
    expect(correlator.requeueAt(KEY)).toBeLessThanOrEqual(now + 10 * SECOND);
    const since = now;
    watches.set(kind, { since, provenAt: since + QUIET - 1 });
    expect(kindAt(since + QUIET - 1)).toBeUndefined();
    watches.set(kind, { since, provenAt: since + QUIET });
    expect(kindAt(since + QUIET)).toBe('recover');
  });

  test('does not depend on whether anybody looked while the picture was not current', () => {
    watches.set('Pod', { since: 3 * QUIET, provenAt: 4 * QUIET - 1 });
    expect(kindAt(4 * QUIET - 1)).toBeUndefined();
    expect(correlator.requeueAt(KEY)).toBe(4 * QUIET);
  });

  test('asks for a proof where that is all that is missing, and looks again soon', () => {
    watches.set('Event', { since: 0, provenAt: QUIET - 1 });
    expect(kindAt(QUIET - 1)).toBeUndefined();
    expect(correlator.awaits(KEY)).toEqual([]);
    expect(kindAt(QUIET)).toBeUndefined();
    expect(correlator.awaits(KEY)).toEqual([{ kind: 'Event', namespace: 'shop' }]);
    expect(correlator.requeueAt(KEY)).toBe(QUIET + 2 * SECOND);
  });

  test('of an owner that lacks replicas asks for nothing', () => {
    watches.set('Event', { since: 0, provenAt: 0 });
    health = { state: 'notReady' };
    expect(kindAt(2 * QUIET)).toBeUndefined();
    expect(correlator.awaits(KEY)).toEqual([]);
  });

  test('counts from a crash that was only seen when the container ran again', () => {
    const crash = aSignal({ lastSeenAt: NOW, occurrences: 3, clearsAt: NOW + MINUTE });
    show([crash]);
    now = 5 * MINUTE;
    show([{ ...crash, occurrences: 4, lastSeenAt: NOW + now, clearsAt: NOW + now + MINUTE }]);
    expect(kindAt(5 * MINUTE + QUIET - 1)).toBeUndefined();
    expect(kindAt(5 * MINUTE + QUIET)).toBe('recover');
  });

  test.each([
    ['opened', anIncident({}, { name: 'deployment-checkout-2', uid: 'i-2' })],
    ['taken up again', anIncident({ recurrences: 1 })],
  ])(
    'is not said of what another replica has just %s, though this one saw nothing of it',
    (_what, incident) => {
      correlator.setIncident(anIncident({ phase: 'Recovered', recoveredAt: NOW }), moment());
      now = 3 * QUIET;
      correlator.setIncident(incident, moment());
      expect(kindAt(4 * QUIET - 1)).toBeUndefined();
      expect(kindAt(4 * QUIET)).toBe('recover');
    },
  );

  test('counts from the end of a pod that had not been proven well', () => {
    show([aSignal({ lastSeenAt: NOW, clearsAt: NOW + QUIET })]);
    now = QUIET - SECOND;
    correlator.observe(
      { object: { uid: 'a', gone: true }, owner: checkout, key: KEY, signals: [] },
      moment(),
    );
    expect(kindAt(2 * QUIET - SECOND - 1)).toBeUndefined();
    expect(kindAt(2 * QUIET - SECOND)).toBe('recover');
  });

  test('of a crash loop is not said by the growing age of its last run', () => {
    show([aSignal({ clearsAt: NOW + QUIET })]);
    // A connection that is dead, and nobody knows yet.
    watches.set('Pod', { since: -Infinity, provenAt: MINUTE });
    expect(kindAt(4 * QUIET)).toBeUndefined();
    watches.set('Pod', undefined);
    expect(kindAt(5 * QUIET)).toBeUndefined();
  });
});

describe('an opening', () => {
  test('is not made by a hold that only the picture has reached', () => {
    show([image]);
    expect(kindAt(MINUTE)).toBeUndefined();
    watches.set('Pod', undefined);
    expect(kindAt(20 * MINUTE)).toBeUndefined();
    watches.set('Pod', { since: 21 * MINUTE, provenAt: 21 * MINUTE });
    expect(kindAt(21 * MINUTE)).toBe('open');
  });

  test('asks for a proof at the end of a hold', () => {
    show([image]);
    watches.set('Pod', { since: 0, provenAt: 4 * MINUTE });
    expect(kindAt(5 * MINUTE)).toBeUndefined();
    expect(correlator.awaits(KEY)).toEqual([{ kind: 'Pod', namespace: 'shop' }]);
  });

  test('of what was proven to fail does not wait for its watch to come back', () => {
    show([aSignal()]);
    expect(decide()?.kind).toBe('open');
    watches.set('Pod', undefined);
    expect(kindAt(MINUTE)).toBe('open');
  });

  test('does not need Events for what a pod shows', () => {
    watches.set('Event', undefined);
    show([image]);
    expect(kindAt(5 * MINUTE)).toBe('open');
  });

  test('is not made again by a crash that had cleared when its watch broke down', () => {
    correlator.setIncident(anIncident({ phase: 'Recovered', recoveredAt: NOW }), moment());
    show([aSignal({ clearsAt: NOW + MINUTE })]);
    expect(kindAt(2 * MINUTE)).toBeUndefined();
    watches.set('Pod', undefined);
    expect(kindAt(3 * MINUTE)).toBeUndefined();
  });
});

describe('a recurrence', () => {
  const crash = aSignal({ lastSeenAt: NOW, occurrences: 3, clearsAt: NOW + MINUTE });
  const over = () => anIncident({ phase: 'Recovered', recoveredAt: moment().at });

  test('is not said of a crash that had cleared, because its watch breaks down before this replica has proven it', () => {
    watches.set('Pod', { since: -Infinity, provenAt: 0 });
    show([crash]);
    now = 2 * MINUTE;
    // By the leader, whose watch has proven it.
    correlator.setIncident(over(), moment());
    watches.set('Pod', undefined);
    expect(kindAt(4 * MINUTE)).toBeUndefined();
  });

  test('is not said of a crash that had cleared, because the time of the cluster was put back', () => {
    now = 2 * MINUTE;
    correlator.setIncident(over(), moment());
    [now, offBy] = [5 * MINUTE, -5 * MINUTE];
    show([crash]);
    expect(kindAt(5 * MINUTE)).toBeUndefined();
  });

  test('is not said of what this replica has last seen before the recovery, until it is proven to be so', () => {
    show([aSignal()]);
    watches.set('Pod', { since: -Infinity, provenAt: 0 });
    now = MINUTE;
    correlator.setIncident(over(), moment());
    now = 2 * MINUTE;
    expect(decide()).toBeUndefined();
    expect(correlator.awaits(KEY)).toEqual([{ kind: 'Pod', namespace: 'shop' }]);
    watches.set('Pod', { since: -Infinity, provenAt: now });
    expect(kindAt(2 * MINUTE)).toBe('recur');
  });

  test.each([0, 6 * MINUTE, -6 * MINUTE, DAY, -DAY])(
    'is said at once of what fails since then, where the clock of the recovery was off by %d ms',
    (wrong) => {
      now = MINUTE;
      correlator.setIncident(anIncident({ phase: 'Recovered', recoveredAt: NOW + now + wrong }), moment());
      now = 2 * MINUTE;
      show([aSignal({ lastSeenAt: NOW + now })]);
      watches.set('Pod', undefined);
      expect(kindAt(2 * MINUTE)).toBe('recur');
    },
  );

  test('is said of a crash that was seen when its container ran again', () => {
    now = 2 * MINUTE;
    correlator.setIncident(over(), moment());
    now = 3 * MINUTE;
    show([{ ...crash, lastSeenAt: NOW + now, occurrences: 4, clearsAt: NOW + now + MINUTE }]);
    expect(kindAt(3 * MINUTE)).toBe('recur');
  });
});

describe('holds of five minutes take five minutes', () => {
  test.each([6 * MINUTE, DAY])('where the clock that wrote the times is %d ms ahead', (ahead) => {
    show([{ ...image, since: NOW + ahead, lastSeenAt: NOW + ahead }]);
    expect(kindAt(5 * MINUTE - 1)).toBeUndefined();
    const decision = kindAt(5 * MINUTE);
    expect(decision).toBe('open');
    expect(correlator.findings(KEY, moment(), { health: () => health, freshnessOf })).toMatchObject({
      since: NOW + 5 * MINUTE,
      lastSeenAt: NOW + 5 * MINUTE,
    });
  });

  test.each([-6 * MINUTE, -DAY])('where the cluster time is corrected by %d ms meanwhile', (correction) => {
    show([image]);
    offBy = correction;
    expect(kindAt(5 * MINUTE - 1)).toBeUndefined();
    expect(kindAt(5 * MINUTE)).toBe('open');
  });

  test('and begin anew with a failure that is not the same', () => {
    show([image]);
    now = 4 * MINUTE;
    show([{ ...image, since: NOW + 4 * MINUTE }]);
    expect(kindAt(5 * MINUTE)).toBeUndefined();
    expect(kindAt(9 * MINUTE)).toBe('open');
  });
});

test.each([6 * MINUTE, -6 * MINUTE, DAY, -DAY])(
  'a correction of the cluster time by %d ms is no quiet',
  (by) => {
    correlator.setIncident(anIncident(), moment());
    offBy = by;
    expect(kindAt(QUIET - 1)).not.toBe('recover');
    expect(kindAt(QUIET)).toBe('recover');
  },
);

test('what could not be written is decided anew, and at once', () => {
  correlator.setIncident(anIncident({ occurrences: 3 }), moment());
  show([aSignal({ occurrences: 4 })]);
  now = 10 * MINUTE;
  expect(decide(false)?.kind).toBe('note');
  expect(decide(false)?.kind).toBe('note');
  expect(decide()?.kind).toBe('note');
  expect(decide()).toBeUndefined();
});

test('a suspicion that was not followed up is told again', () => {
  show([image]);
  expect(decide(false)?.kind).toBe('suspect');
  expect(decide()?.kind).toBe('suspect');
  expect(decide()).toBeUndefined();
});

describe('what would bring a signal', () => {
  const ref = (apiVersion: string, kind: string, namespace = 'shop'): ObjectRef => ({
    apiVersion,
    kind,
    namespace,
    name: 'x',
    uid: '',
  });
  const everything = 'CronJob DaemonSet Deployment Event Job Pod ReplicaSet StatefulSet';

  test.each([
    [ref('apps/v1', 'Deployment'), 'Deployment Event Pod ReplicaSet'],
    [ref('apps/v1', 'StatefulSet'), 'Event Pod StatefulSet'],
    [ref('batch/v1', 'CronJob'), 'CronJob Event Job Pod'],
    [ref('batch/v1', 'Job'), 'Event Job Pod'],
    [ref('v1', 'Pod'), 'Event Pod'],
    [ref('v1', 'Node', ''), 'Event Node'],
    [ref('v1', 'Secret'), 'Event Pod'],
    [ref('', 'Registry', ''), 'Event Pod'],
    [ref('autoscaling/v2', 'HorizontalPodAutoscaler'), 'Event Pod'],
    [ref('', 'Cluster', ''), everything],
    [ref('argoproj.io/v1alpha1', 'Rollout'), everything],
    [ref('batch.volcano.sh/v1alpha1', 'Job'), everything],
  ])('of %j', (owner, kinds) => {
    expect(
      scopesOf(owner)
        .map(({ kind }) => kind)
        .toSorted()
        .join(' '),
    ).toBe(kinds);
  });

  test('of a cause that lies nowhere is that of all namespaces', () => {
    expect(scopesOf(ref('', 'Registry', ''))).toEqual([{ kind: 'Pod' }, { kind: 'Event' }]);
  });
});
