import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  type Decision,
  incidentName,
  type OwnerHealth,
  type ClusterState,
} from '../../src/correlate/index.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { Signal } from '../../src/domain/failure.ts';
import type { Incident, IncidentStatus } from '../../src/domain/incident.ts';
import {
  anIncident,
  aSignal,
  CachedCorrelator,
  checkout,
  current,
  KEY,
  NOW,
  nowAt,
  options,
  podRef,
} from './fixtures.ts';

const ready: OwnerHealth = { state: 'ready', wanted: 3, ready: 3 };
const DUE = NOW + options.groupWaitMs;
const QUIET = options.resolveAfterMs;

let correlator: CachedCorrelator;
beforeEach(() => {
  correlator = new CachedCorrelator();
});

/** A pod shows these signals; none means that it is well. */
function show(pod: string, signals: readonly Signal[], at = NOW, gone = false): void {
  const own = signals.map((signal) => ({ ...signal, regarding: podRef(pod) }));
  correlator.observe(
    { object: { uid: `uid-${pod}`, gone }, owner: checkout, key: KEY, signals: own },
    nowAt(at),
  );
}

function clusterStateOf(health: OwnerHealth): ClusterState {
  return { health: () => health, freshnessOf: current };
}

/** Decides, and carries it out. */
function decide(at: number, health: OwnerHealth = ready): Decision | undefined {
  const decision = correlator.decide(KEY, nowAt(at), clusterStateOf(health));
  if (decision !== undefined) correlator.noteDone(decision, nowAt(at));
  return decision;
}

function findings(at: number) {
  return correlator.findings(KEY, nowAt(at), clusterStateOf(ready));
}

/** As epoch milliseconds. */
function wakeAt(at: number): number | undefined {
  correlator.decide(KEY, nowAt(at), clusterStateOf(ready));
  const next = correlator.requeueAt(KEY);
  return next === undefined ? undefined : next + NOW;
}

function setIncident(incident: Incident, at: number): void {
  correlator.setIncident(incident, nowAt(at));
}

/** Opens and files the incident of a crash at NOW. */
function file(status: Partial<IncidentStatus> = {}, pods: readonly string[] = ['checkout-a']): void {
  for (const pod of pods) show(pod, [aSignal()]);
  setIncident(anIncident({ affected: { count: pods.length, names: [] }, ...status }), NOW);
}

describe('opening', () => {
  test('an empty correlator decides nothing and forgets what never failed', () => {
    show('checkout-a', []);
    expect(decide(NOW)).toBeUndefined();
    expect(correlator.size).toBe(0);
    expect(wakeAt(NOW)).toBeUndefined();
    expect(findings(NOW)).toBeUndefined();
  });

  test('the first signal is told once, so that evidence can be taken', () => {
    show('checkout-a', [aSignal()]);
    expect(decide(NOW)?.kind).toBe('suspect');
    expect(decide(NOW)).toBeUndefined();
  });

  test('waits for settle after the hold', () => {
    show('checkout-a', [aSignal()]);
    decide(NOW);
    expect(decide(DUE - 1)).toBeUndefined();
    expect(decide(DUE)?.kind).toBe('open');
  });

  test('the hold counts from the times of the object, not from when it was first seen', () => {
    show('checkout-a', [aSignal({ class: 'image', immediate: false, since: NOW - 5 * MINUTE })]);
    decide(NOW);
    expect(decide(DUE)?.kind).toBe('open');
  });

  test('what may pass is held back until its hold is over', () => {
    show('checkout-a', [aSignal({ class: 'image', immediate: false })]);
    expect(decide(NOW)?.kind).toBe('suspect');
    expect(wakeAt(NOW)).toBe(NOW + 5 * MINUTE);
    expect(decide(NOW + 5 * MINUTE)).toBeUndefined();
    expect(decide(NOW + 5 * MINUTE + options.groupWaitMs)?.kind).toBe('open');
  });

  test('its hold is over in the very millisecond, whatever fraction of it the monotonic clock shows', () => {
    show('checkout-a', [aSignal({ class: 'image', immediate: false })], NOW + SECOND);
    for (let n = 1; n <= 200; n += 1) {
      const now = { at: NOW + 5 * MINUTE, monotonic: 5 * MINUTE + n / 211 };
      expect([n, correlator.findings(KEY, now, clusterStateOf(ready))?.isDue]).toEqual([n, true]);
    }
  });

  test('a failure that passes within its hold opens nothing, and settle begins anew with the next', () => {
    show('checkout-a', [aSignal()]);
    decide(NOW);
    show('checkout-a', [], NOW + SECOND);
    expect(decide(DUE)).toBeUndefined();
    show('checkout-a', [aSignal()], DUE);
    expect(decide(DUE)?.kind).toBe('suspect');
    expect(decide(DUE + options.groupWaitMs - 1)).toBeUndefined();
    expect(decide(DUE + options.groupWaitMs)?.kind).toBe('open');
  });

  test('three replicas, two containers and ten restarts each are one incident', () => {
    const containers = ['app', 'proxy'].map((name) =>
      aSignal({ occurrences: 10, container: { name, role: 'app', restartCount: 10 } }),
    );
    for (const pod of ['checkout-a', 'checkout-b', 'checkout-c']) show(pod, containers);
    decide(NOW);
    expect(decide(DUE)).toMatchObject({
      kind: 'open',
      findings: {
        key: KEY,
        owner: checkout,
        occurrences: 60,
        affected: ['checkout-a', 'checkout-b', 'checkout-c'],
      },
    });
    setIncident(anIncident({ phase: 'Pending' }), DUE);
    expect(decide(DUE)).toBeUndefined();
  });

  test('the most causal class names the incident, whatever came first', () => {
    show('checkout-a', [aSignal({ class: 'probe', immediate: true })]);
    show('checkout-b', [aSignal({ class: 'config', immediate: true }), aSignal()]);
    const { signals } = findings(NOW) ?? { signals: [] };
    expect(signals.map((signal) => signal.class)).toEqual(['config', 'crash', 'probe']);
  });

  test('of containers that fail alike the one that has to run before the others does', () => {
    const of = (name: string, role: 'app' | 'init' | 'sidecar', occurrences: number) =>
      aSignal({ occurrences, container: { name, role, restartCount: occurrences } });
    show('checkout-a', [of('app', 'app', 9), of('migrate', 'init', 5), of('sql-proxy', 'sidecar', 3)]);
    const names = findings(NOW)?.signals.map(({ container }) => container?.name);
    expect(names).toEqual(['sql-proxy', 'migrate', 'app']);
  });

  test('the order of signals does not depend on their arrival', () => {
    const b = aSignal({ container: { name: 'b', role: 'app', restartCount: 3 } });
    const a = aSignal({ container: { name: 'a', role: 'app', restartCount: 3 } });
    show('checkout-b', [b, a]);
    show('checkout-a', [b, a]);
    const names = findings(NOW)?.signals.map(({ regarding, container }) => regarding.name + container?.name);
    expect(names).toEqual(['checkout-aa', 'checkout-ab', 'checkout-ba', 'checkout-bb']);
  });

  test('findings say since when, and when it was last seen', () => {
    show('checkout-a', [aSignal({ since: NOW - HOUR, lastSeenAt: NOW - MINUTE })]);
    show('checkout-b', [aSignal({ since: NOW - 2 * HOUR, lastSeenAt: NOW - 2 * MINUTE })]);
    expect(findings(NOW)).toMatchObject({ since: NOW - 2 * HOUR, lastSeenAt: NOW - MINUTE });
  });

  test('the same thing seen twice changes nothing', () => {
    show('checkout-a', [aSignal()]);
    decide(NOW);
    const before = findings(NOW);
    show('checkout-a', [aSignal()]);
    expect(findings(NOW)).toEqual(before);
    expect(decide(NOW)).toBeUndefined();
  });

  test('an owner that was only derived gets its uid as soon as it is known', () => {
    const observation = { object: { uid: 'p', gone: false }, key: KEY, signals: [aSignal()] };
    correlator.observe({ ...observation, owner: { ...checkout, uid: '' } }, nowAt(NOW));
    correlator.observe({ ...observation, owner: checkout }, nowAt(NOW));
    correlator.observe({ ...observation, owner: { ...checkout, uid: '' } }, nowAt(NOW));
    expect(findings(NOW)?.owner.uid).toBe('d-1');
  });
});

describe('a container that runs between two crashes', () => {
  const flapping = aSignal({ clearsAt: NOW + QUIET });

  test('stands until it has run for long enough', () => {
    show('checkout-a', [flapping]);
    decide(NOW);
    expect(findings(NOW + QUIET - 1)?.signals).toHaveLength(1);
    expect(findings(NOW + QUIET)?.signals).toHaveLength(0);
    expect(wakeAt(DUE)).toBe(NOW + QUIET);
  });

  test('keeps its incident open over many crashes', () => {
    file();
    for (let crash = 1; crash <= 20; crash += 1) {
      const at = NOW + crash * 5 * MINUTE;
      show('checkout-a', [aSignal({ clearsAt: at + QUIET })], at - MINUTE);
      expect(decide(at)?.kind).not.toBe('recover');
      show('checkout-a', [aSignal()], at);
      expect(decide(at)?.kind).not.toBe('recover');
    }
  });

  test('is over by itself when the time comes, although nothing happens any more', () => {
    file();
    show('checkout-a', [flapping], NOW);
    expect(decide(NOW + QUIET)).toMatchObject({ kind: 'recover', how: 'healed' });
  });
});

describe('recovery', () => {
  test('needs quiet and all wanted replicas', () => {
    file();
    const healed = NOW + MINUTE;
    show('checkout-a', [], healed);
    expect(decide(healed + QUIET - 1)).toBeUndefined();
    expect(decide(healed + QUIET, { state: 'notReady', wanted: 3, ready: 2 })).toBeUndefined();
    expect(decide(healed + QUIET)).toMatchObject({ kind: 'recover', how: 'healed', health: ready });
    expect(wakeAt(NOW + QUIET)).toBe(healed + QUIET);
  });

  test('is never said while anything fails, not even what is still in its hold', () => {
    file();
    show('checkout-a', [], NOW + MINUTE);
    show('checkout-b', [aSignal({ class: 'probe', immediate: false, since: NOW + MINUTE })], NOW + MINUTE);
    expect(decide(NOW + MINUTE + QUIET)?.kind).not.toBe('recover');
  });

  test.each([['gone'], ['scaledToZero']] as const)('says that the owner is %s', (state) => {
    file();
    show('checkout-a', [], NOW, true);
    expect(decide(NOW + QUIET, { state })).toMatchObject({ kind: 'recover', how: state });
  });

  test('says that what failed was replaced', () => {
    file();
    show('checkout-a', [], NOW, true);
    expect(decide(NOW + QUIET)).toMatchObject({ kind: 'recover', how: 'replaced' });
  });

  test('after a restart waits for quiet again, and then comes', () => {
    setIncident(anIncident(), NOW + HOUR);
    expect(decide(NOW + HOUR)).toBeUndefined();
    expect(decide(NOW + HOUR + QUIET)?.kind).toBe('recover');
  });

  test.each(['Pending', 'Rejected', 'Observed', 'Folded'] as const)(
    'is noted of one that is %s, once',
    (phase) => {
      correlator = new CachedCorrelator({ ...options, mode: 'observe' });
      setIncident(anIncident({ phase }), NOW);
      expect(decide(NOW + QUIET)?.kind).toBe('recover');
      setIncident(anIncident({ phase, recoveredAt: NOW + QUIET }), NOW);
      expect(decide(NOW + QUIET)).toBeUndefined();
    },
  );
});

describe('evictions', () => {
  const evicted = aSignal({ class: 'eviction', immediate: false, since: NOW - HOUR });

  test('count while the owner lacks replicas', () => {
    show('checkout-a', [evicted]);
    expect(decide(NOW, { state: 'notReady' })?.kind).toBe('suspect');
    expect(decide(DUE, { state: 'notReady' })?.kind).toBe('open');
  });

  test('are over when the owner has its replicas again, although the pods stay', () => {
    show('checkout-a', [evicted]);
    expect(decide(NOW)).toBeUndefined();
    setIncident(anIncident(), NOW);
    expect(decide(NOW + QUIET)?.kind).toBe('recover');
  });

  test('that were a loop are over ten minutes after the last, and somebody looks then', () => {
    for (const n of [1, 2, 3]) {
      const since = NOW - 5 * MINUTE + n * MINUTE;
      show(`checkout-${n}`, [aSignal({ ...evicted, since, madeAt: since - 30 * SECOND })]);
    }
    setIncident(anIncident({ class: 'eviction' }), NOW);
    const overAt = NOW + 8 * MINUTE;
    decide(NOW);
    expect(wakeAt(DUE)).toBe(overAt);
    expect(findings(overAt - 1)?.signals).toHaveLength(3);
    expect(findings(overAt)?.signals).toEqual([]);
  });

  test('of a bare pod count in any case', () => {
    show('checkout-a', [{ ...evicted, immediate: true }]);
    decide(NOW);
    expect(decide(DUE)?.kind).toBe('open');
  });
});

describe('coming again', () => {
  test('a recovered incident goes on, after hold and settle', () => {
    setIncident(anIncident({ phase: 'Recovered', recoveredAt: NOW - HOUR }), NOW);
    show('checkout-a', [aSignal()]);
    expect(decide(NOW)?.kind).toBe('suspect');
    expect(decide(DUE)).toMatchObject({ kind: 'recur', incident: { name: anIncident().name } });
  });

  test('one that recovered before it was filed goes on as well', () => {
    setIncident(anIncident({ phase: 'Pending', recoveredAt: NOW }), NOW);
    show('checkout-a', [aSignal()]);
    decide(NOW);
    expect(decide(DUE)?.kind).toBe('recur');
  });

  test('a refused one stands until its failure has gone, and then opens anew', () => {
    setIncident(anIncident({ phase: 'Rejected' }), NOW);
    show('checkout-a', [aSignal()]);
    expect(decide(DUE)?.kind).not.toBe('open');
    setIncident(anIncident({ phase: 'Rejected', recoveredAt: DUE }), DUE);
    decide(DUE);
    expect(decide(DUE + options.groupWaitMs)).toMatchObject({
      kind: 'open',
      previous: { name: anIncident().name },
    });
  });

  test('only the newest Incident of an owner counts, whatever order they come in', () => {
    const second = anIncident({}, { name: incidentName(checkout, KEY, 2), uid: 'i-2' });
    setIncident(second, NOW);
    setIncident(anIncident({ phase: 'Recovered' }), NOW);
    show('checkout-a', [aSignal()]);
    expect(decide(DUE)).toBeUndefined();
  });

  test('an Incident that was deleted by hand is opened anew while its failure stands', () => {
    file();
    correlator.dropIncident(anIncident({}, { uid: 'another' }), nowAt(NOW));
    expect(decide(DUE)).toBeUndefined();
    correlator.dropIncident(anIncident(), nowAt(NOW));
    decide(DUE);
    expect(decide(DUE + options.groupWaitMs)?.kind).toBe('open');
  });

  test('nothing is kept of an owner without signals and Incident', () => {
    file();
    show('checkout-a', [], NOW);
    correlator.dropIncident(anIncident(), nowAt(NOW));
    expect([...correlator.keys()]).toEqual([]);
  });
});

describe('comments', () => {
  test('a worse cause is said once', () => {
    file();
    show('checkout-a', [aSignal({ class: 'config' }), aSignal()]);
    expect(decide(NOW)).toMatchObject({ kind: 'comment', comment: 'worse' });
    setIncident(anIncident({ class: 'config' }), NOW);
    expect(decide(NOW)).toBeUndefined();
  });

  test('what has not stood for its hold is no cause, neither at the opening nor later', () => {
    const young = aSignal({ class: 'scheduling', regarding: podRef('checkout-b'), immediate: false });
    show('checkout-a', [aSignal()]);
    show('checkout-b', [young]);
    decide(NOW);
    const opening = decide(NOW + options.groupWaitMs);
    expect(opening).toMatchObject({
      kind: 'open',
      findings: { signals: [aSignal()], affected: ['checkout-a'] },
    });
    file();
    expect(decide(NOW + options.groupWaitMs)).toBeUndefined();
    expect(decide(NOW + options.forMs.scheduling)).toMatchObject({ kind: 'comment', comment: 'worse' });
  });

  test('many more failing objects are said, and measured from what was said', () => {
    file({ affected: { count: 1, names: [] } });
    for (const pod of ['checkout-b', 'checkout-c']) show(pod, [aSignal()]);
    expect(decide(NOW)).toBeUndefined();
    show('checkout-d', [aSignal()]);
    expect(decide(NOW)).toMatchObject({ kind: 'comment', comment: 'grown' });
    setIncident(anIncident({ affected: { count: 4, names: [] } }), NOW);
    expect(decide(NOW)).toBeUndefined();
    for (const pod of ['e', 'f', 'g']) show(pod, [aSignal()]);
    expect(decide(NOW)).toBeUndefined();
    show('h', [aSignal()]);
    expect(decide(NOW)).toMatchObject({ comment: 'grown' });
  });

  test('that it stands is said after a day, once', () => {
    file();
    expect(decide(NOW + DAY - 1)?.kind).not.toBe('comment');
    expect(wakeAt(NOW + DAY - MINUTE)).toBe(NOW + DAY);
    expect(decide(NOW + DAY)).toMatchObject({ kind: 'comment', comment: 'unresolved' });
    setIncident(anIncident({ saidUnresolvedAt: NOW + DAY }), NOW);
    expect(decide(NOW + 2 * DAY)?.kind).not.toBe('comment');
  });

  test('one waits for the other', () => {
    file({ comment: { kind: 'adopted', marker: 'c-1', at: NOW, text: '' } });
    show('checkout-a', [aSignal({ class: 'node' })]);
    expect(decide(NOW)).toBeUndefined();
  });

  test.each(['Pending', 'Rejected', 'Folded'] as const)('there are none on one that is %s', (phase) => {
    file({ phase });
    show('checkout-a', [aSignal({ class: 'node' })]);
    expect(decide(NOW + DAY)?.kind).not.toBe('comment');
  });
});

describe('numbers', () => {
  test('are noted at most every ten minutes, and only when they grow', () => {
    file({ occurrences: 3 });
    show('checkout-a', [aSignal({ occurrences: 4 })]);
    expect(decide(NOW + 10 * MINUTE - 1)).toBeUndefined();
    expect(decide(NOW + 10 * MINUTE)).toMatchObject({ kind: 'note', findings: { occurrences: 4 } });
    expect(decide(NOW + 10 * MINUTE)).toBeUndefined();
    setIncident(anIncident({ occurrences: 4, affected: { count: 1, names: [] } }), NOW);
    expect(decide(NOW + 30 * MINUTE)).toBeUndefined();
  });

  test('of failing objects are noted where no ticket has them', () => {
    file({ phase: 'Pending', affected: { count: 1, names: [] }, occurrences: 100 });
    show('checkout-b', [aSignal()]);
    expect(decide(NOW + 10 * MINUTE)?.kind).toBe('note');
    setIncident(anIncident({ phase: 'Filed', affected: { count: 1, names: [] }, occurrences: 100 }), NOW);
    expect(decide(NOW + 20 * MINUTE)).toBeUndefined();
  });
});

describe('after a trial', () => {
  test('what was only observed and still stands is released for filing', () => {
    file({ phase: 'Observed' });
    expect(decide(NOW)).toMatchObject({ kind: 'release' });
  });

  test('it is not while the trial lasts', () => {
    correlator = new CachedCorrelator({ ...options, mode: 'observe' });
    file({ phase: 'Observed' });
    expect(decide(NOW)).toBeUndefined();
  });
});
