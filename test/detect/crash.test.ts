import { describe, expect, test } from '@jest/globals';
import { HOUR, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { ContainerView, PodView } from '../../src/domain/views.ts';
import {
  ago,
  anEvent,
  aPod,
  aRun,
  classesOf,
  condition,
  crashing,
  jobOwner,
  NOW,
  running,
  signalOf,
  signalsOf,
  waiting,
} from './fixtures.ts';

function podWith(...containers: readonly ContainerView[]): PodView {
  return aPod({ containers });
}

const backOff = 'back-off 40s restarting failed container=app';

describe('a crash loop', () => {
  test('is told with its container, exit code, count and the end of its last run', () => {
    expect(signalOf(podWith(crashing()))).toEqual({
      class: 'crash',
      node: 'node-1',
      regarding: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'checkout', uid: 'u-1' },
      reason: 'CrashLoopBackOff',
      message: 'container app exits with code 3 (Error)',
      since: ago(1),
      lastSeenAt: ago(1),
      occurrences: 4,
      immediate: true,
      container: { name: 'app', role: 'app', exitCode: 3, restartCount: 4 },
    });
  });

  test('is the same while the kubelet shows CrashLoopBackOff for most of the back-off', () => {
    const shown = waiting('CrashLoopBackOff', backOff, { restartCount: 4, lastTerminated: aRun() });
    expect(signalOf(podWith(shown))).toEqual(signalOf(podWith(crashing())));
  });

  test('is seen by a kubelet that never shows CrashLoopBackOff, at every moment of its cycle', () => {
    const cycle = [
      crashing(),
      running({ ready: false, restartCount: 4, runningSince: ago(0.1), lastTerminated: aRun() }),
      running({ restartCount: 4, runningSince: ago(0.1), lastTerminated: aRun() }),
      waiting('ContainerCreating', undefined, { restartCount: 4, lastTerminated: aRun() }),
    ];
    expect(cycle.map((container) => classesOf(podWith(container)))).toEqual(cycle.map(() => ['crash']));
  });

  test('is seen in the CrashLoopBackOff of a container of which nothing else is known', () => {
    const shown = waiting('CrashLoopBackOff', backOff, { restartCount: 5 });
    const expected = { class: 'crash', since: ago(60), lastSeenAt: NOW, occurrences: 5 };
    expect(signalOf(podWith(shown))).toMatchObject(expected);
  });

  test('was there when the agent started: one look at a list is enough', () => {
    const old = crashing({ restartCount: 900, terminated: aRun({ finishedAt: ago(4) }) });
    expect(signalOf(podWith(old))).toMatchObject({ since: ago(4), occurrences: 900, immediate: true });
  });

  test.each([
    ['a jump of the restart count is seen while it runs', { restartCount: 5, lastTerminated: aRun() }],
    ['Terminated was never observed', { restartCount: 3, lastTerminated: aRun() }],
  ])('stands on when %s', (_, change) => {
    const signal = signalOf(podWith(running({ runningSince: ago(1), ...change })));
    expect(signal).toMatchObject({ class: 'crash', clearsAt: ago(1) + 10 * MINUTE });
  });

  test('counts a jump from 0 to 5 even when nothing is known of the runs, in a pod this young', () => {
    const container = running({ restartCount: 5, runningSince: ago(1) });
    expect(signalOf(podWith(container))).toMatchObject({ class: 'crash', since: ago(60), occurrences: 5 });
  });
});

describe('how it ended', () => {
  test.each([
    [
      'exit 0 of something that should run on',
      { exitCode: 0, reason: 'Completed' },
      'CrashLoopBackOff',
      'container app ends with exit code 0 although it should keep running',
    ],
    [
      'SIGTERM',
      { exitCode: 143, reason: 'Error' },
      'CrashLoopBackOff',
      'container app exits with code 143 (SIGTERM, Error)',
    ],
    [
      '137 without a word about memory',
      { exitCode: 137, reason: 'Error' },
      'CrashLoopBackOff',
      'container app exits with code 137 (SIGKILL, Error)',
    ],
    [
      'out of memory',
      { exitCode: 137, reason: 'OOMKilled' },
      'OOMKilled',
      'container app is killed as memory ran out (OOMKilled, exit code 137)',
    ],
  ])('%s', (_, run, reason, message) => {
    expect(signalOf(podWith(crashing({ terminated: aRun(run) })))).toMatchObject({ reason, message });
  });

  test('out of memory is known from the last run as well', () => {
    const last = aRun({ exitCode: 137, reason: 'OOMKilled' });
    const shown = waiting('CrashLoopBackOff', backOff, { restartCount: 3, lastTerminated: last });
    expect(signalOf(podWith(shown)).reason).toBe('OOMKilled');
  });

  test('a run whose times a restart of the node has lost counts as short', () => {
    const container = crashing({ restartCount: 3, terminated: { exitCode: 255, reason: 'Unknown' } });
    const old = aPod({ containers: [container] }, { createdAt: NOW - 400 * HOUR });
    expect(signalOf(old)).toMatchObject({ class: 'crash', since: old.createdAt, lastSeenAt: NOW });
  });
});

describe('which container', () => {
  test.each([
    ['init', 'init container'],
    ['sidecar', 'sidecar'],
    ['app', 'container'],
  ] as const)('an %s container is told as %s', (role, words) => {
    const pod = aPod({ containers: [crashing({ role })] }, { phase: 'Pending' });
    const expected = { message: `${words} app exits with code 3 (Error)`, container: { role } };
    expect(signalOf(pod)).toMatchObject(expected);
  });

  test('two containers with different reasons are two signals', () => {
    const other = crashing({ name: 'proxy', terminated: aRun({ exitCode: 137, reason: 'OOMKilled' }) });
    const found = signalsOf(podWith(crashing(), other)).map(({ container, reason }) => [
      container?.name,
      reason,
    ]);
    expect(found).toEqual([
      ['app', 'CrashLoopBackOff'],
      ['proxy', 'OOMKilled'],
    ]);
  });

  test.each([
    ['linkerd-init', 'Error', { kind: 'InjectedContainer', name: 'linkerd-init' }],
    ['linkerd-init', 'OOMKilled', undefined],
    ['app', 'Error', undefined],
  ])('%s that ends with %s is put into other pods as well', (name, reason, sharedCause) => {
    const found = signalOf(
      podWith(crashing({ name, role: 'init', terminated: aRun({ exitCode: 3, reason }) })),
    );
    expect(found.sharedCause).toEqual(sharedCause);
  });

  test('a healthy one beside it says nothing', () => {
    expect(signalOf(podWith(running({ name: 'proxy' }), crashing())).container?.name).toBe('app');
  });

  test('an init container that succeeded after all is over', () => {
    const done = crashing({ role: 'init', terminated: aRun({ exitCode: 0 }), lastTerminated: aRun() });
    expect(signalsOf(podWith(done, running()))).toEqual([]);
  });

  test.each([
    ['Never', running({ name: 'work' }), ['crash']],
    ['Never', crashing({ name: 'work', terminated: aRun({ exitCode: 0 }) }), []],
    ['OnFailure', running({ name: 'work' }), []],
  ])(
    'a sidecar of a Job with restartPolicy %s counts while its work goes on',
    (restartPolicy, work, told) => {
      const containers = [crashing({ role: 'sidecar' }), work];
      expect(classesOf(aPod({ restartPolicy, containers }, { owner: jobOwner }))).toEqual(told);
    },
  );

  test.each([
    [9, {}, []],
    [10, {}, ['crash']],
    [10, { terminated: aRun({ exitCode: 0 }), lastTerminated: aRun() }, []],
  ])('a container of a Job that was restarted %d times %j', (restartCount, change, told) => {
    const containers = [crashing({ restartCount, ...change })];
    expect(classesOf(aPod({ restartPolicy: 'OnFailure', containers }, { owner: jobOwner }))).toEqual(told);
  });

  test('a sidecar that ends with 0 is not done', () => {
    expect(classesOf(podWith(crashing({ role: 'sidecar', terminated: aRun({ exitCode: 0 }) })))).toEqual([
      'crash',
    ]);
  });

  test('one that succeeded after all is over where nobody starts it again', () => {
    const done = crashing({ terminated: aRun({ exitCode: 0 }), lastTerminated: aRun() });
    const containers = [done, running({ name: 'other' })];
    expect(signalsOf(aPod({ restartPolicy: 'OnFailure', containers }))).toEqual([]);
    expect(classesOf(aPod({ restartPolicy: 'Always', containers }))).toEqual(['crash']);
  });

  test('a debug container never counts', () => {
    expect(signalsOf(podWith(running(), crashing({ role: 'ephemeral' })))).toEqual([]);
  });
});

describe('no loop', () => {
  const runs: readonly (readonly [string, ContainerView])[] = [
    ['after two restarts', crashing({ restartCount: 2 })],
    ['when the count was reset', crashing({ restartCount: 0 })],
    ['without a restart, however it ended', crashing({ restartCount: 0, terminated: aRun({ exitCode: 1 }) })],
  ];
  test.each(runs)('%s', (_, container) => {
    expect(signalsOf(podWith(container))).toEqual([]);
  });

  test('in a pod that is being deleted, whatever its containers do', () => {
    const terminated = aRun({ exitCode: 143 });
    expect(
      signalsOf(aPod({ containers: [crashing({ terminated })] }, { deletedAt: ago(1), deletionDueAt: NOW })),
    ).toEqual([]);
  });

  test('in a pod that is about to be disrupted', () => {
    const conditions = [condition('DisruptionTarget', 'True', { reason: 'EvictionByEvictionAPI' })];
    expect(signalsOf(aPod({ conditions, containers: [crashing()] }))).toEqual([]);
  });

  test.each(['Succeeded', 'Failed'])('in a pod that has %s', (phase) => {
    expect(signalsOf(aPod({ containers: [crashing()] }, { phase }))).toEqual([]);
  });

  test('in a pod of a Job, which counts and retries by itself', () => {
    expect(signalsOf(aPod({ containers: [crashing()] }, { owner: jobOwner }))).toEqual([]);
  });

  test('restarts of long ago are none', () => {
    const last = aRun({ startedAt: ago(90_000), finishedAt: ago(80_000) });
    const container = running({ restartCount: 20, runningSince: ago(80_000), lastTerminated: last });
    expect(signalsOf(aPod({ containers: [container] }, { createdAt: ago(200_000) }))).toEqual([]);
  });
});

describe('over', () => {
  const recovered = running({
    restartCount: 4,
    runningSince: ago(11),
    lastTerminated: aRun({ finishedAt: ago(11) }),
  });

  test('when it has run for longer than the quiet time', () => {
    expect(signalsOf(podWith(recovered))).toEqual([]);
    expect(classesOf(podWith({ ...recovered, runningSince: ago(9) }))).toEqual(['crash']);
  });

  test('says beforehand when that will be', () => {
    const look = { now: ago(5), options: { resolveAfterMs: 30 * SECOND } };
    const young = { ...recovered, runningSince: ago(5) - 10 * SECOND };
    expect(signalOf(podWith(young), look).clearsAt).toBe(ago(5) + 20 * SECOND);
  });

  test('a replacement pod that is well says nothing of its predecessor', () => {
    expect(signalsOf(podWith(running()))).toEqual([]);
  });
});

describe('a slow loop', () => {
  const longRun = aRun({ startedAt: ago(26), finishedAt: ago(1) });

  test('of runs longer than the back-off remembers, at two restarts an hour', () => {
    const container = crashing({ restartCount: 3, terminated: longRun });
    expect(classesOf(aPod({ containers: [container] }, { createdAt: ago(80) }))).toEqual(['crash']);
    const old = aPod({ containers: [container] }, { createdAt: ago(120) });
    expect(signalOf(old).unproven).toBe('tooFew');
  });

  test('is over only after a run twice as long as usual', () => {
    const container = running({ restartCount: 4, runningSince: ago(1), lastTerminated: longRun });
    const view = aPod({ containers: [container] }, { createdAt: ago(100) });
    expect(signalOf(view).clearsAt).toBe(ago(1) + 50 * MINUTE);
  });

  test('long runs that are rare prove no loop', () => {
    const container = crashing({ restartCount: 12, terminated: longRun });
    const old = aPod({ containers: [container] }, { createdAt: ago(30 * 24 * 60) });
    expect(signalOf(old).unproven).toBe('tooFew');
  });
});

describe('what one look at an old pod proves', () => {
  const MONTH = 30 * 24 * 60;
  const oldPod = (container: ContainerView): PodView =>
    aPod({ containers: [container] }, { createdAt: ago(MONTH) });

  test('is nothing for restarts of long ago and one failed start', () => {
    const container = running({ restartCount: 60, runningSince: ago(0.1), lastTerminated: aRun() });
    expect(signalOf(oldPod(container)).unproven).toBe('tooFew');
  });

  test('is nothing at all when it ended more than an hour ago and runs', () => {
    const lastTerminated = aRun({ startedAt: ago(90), finishedAt: ago(61) });
    const container = running({ restartCount: 60, runningSince: ago(61), lastTerminated });
    expect(signalsOf(oldPod(container))).toEqual([]);
  });

  test.each([
    ['back-off 20s restarting failed container=app', 'tooFew'],
    ['back-off 40s restarting failed container=app', undefined],
    ['back-off 1m20s restarting failed container=app', undefined],
    ['back-off 5m0s restarting failed container=app', undefined],
  ])('%s', (message, unproven) => {
    const shown = waiting('CrashLoopBackOff', message, { restartCount: 60, lastTerminated: aRun() });
    expect(signalOf(oldPod(shown)).unproven).toBe(unproven);
  });

  test.each([
    [
      'of this container, often and over minutes',
      { count: 40, firstAt: ago(600), lastAt: ago(5) },
      undefined,
    ],
    ['of another container', { count: 40, firstAt: ago(600), lastAt: ago(5), container: 'proxy' }, 'tooFew'],
    ['within seconds', { count: 6, firstAt: ago(6), lastAt: ago(5) }, 'tooFew'],
    ['an hour ago', { count: 40, firstAt: ago(600), lastAt: ago(60) }, 'tooFew'],
    ['once a day', { count: 6, firstAt: ago(6 * 24 * 60), lastAt: ago(5) }, 'tooFew'],
  ])('Events of its back-off %s', (_, times, unproven) => {
    const event = anEvent('BackOff', 'Back-off restarting failed container app in pod checkout', times);
    const lastTerminated = aRun({ startedAt: ago(20), finishedAt: ago(6) });
    const container = running({ restartCount: 60, runningSince: ago(5), lastTerminated });
    expect(signalOf(oldPod(container), { events: [event] }).unproven).toBe(unproven);
  });
});

describe('a run that may be the one that stays', () => {
  const lastTerminated = aRun({ startedAt: ago(1), finishedAt: ago(0.9) });

  test('is ready, and longer than the one before', () => {
    const container = running({ restartCount: 5, runningSince: ago(0.8), lastTerminated });
    expect(signalOf(podWith(container))).toMatchObject({ unproven: 'mayBeOver' });
  });

  test('is none while it is not ready, or as short as the one before', () => {
    const unready = running({ ready: false, restartCount: 5, runningSince: ago(0.8), lastTerminated });
    const short = running({ restartCount: 5, runningSince: ago(0.2), lastTerminated });
    for (const container of [unready, short]) expect(signalOf(podWith(container)).unproven).toBeUndefined();
  });
});

test('flapping between Running and terminated is one level: every look says the same incident', () => {
  const up = running({ restartCount: 4, runningSince: ago(0.5), lastTerminated: aRun() });
  const looks = [crashing(), up, crashing({ restartCount: 5 }), { ...up, restartCount: 5 }];
  const found = looks.map((container) => signalOf(podWith(container)));
  expect(found.map(({ class: name, occurrences }) => [name, occurrences])).toEqual([
    ['crash', 4],
    ['crash', 4],
    ['crash', 5],
    ['crash', 5],
  ]);
});

test('a static pod, which its node owns, crashes like any other', () => {
  const owner = { apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: 'n-1' };
  expect(classesOf(aPod({ containers: [crashing()] }, { owner }))).toEqual(['crash']);
});

test('a custom owner makes no difference', () => {
  const owner = { apiVersion: 'example.org/v1', kind: 'Database', name: 'orders', uid: 'x-1' };
  expect(classesOf(aPod({ containers: [crashing()] }, { owner }))).toEqual(['crash']);
});

describe('a run that a probe has ended', () => {
  const killed = crashing({ terminated: aRun({ exitCode: 137 }) });
  const unhealthy = (note: string, lastAt = ago(1)) => [anEvent('Unhealthy', note, { lastAt })];

  test.each([
    [137, 'Liveness probe failed: HTTP probe failed with statuscode: 500'],
    [143, 'Liveness probe failed: connection refused'],
    [0, 'Startup probe failed: connection refused'],
  ])('with exit code %i is told by what the probe said', (exitCode, note) => {
    const pod = podWith(crashing({ terminated: aRun({ exitCode }) }));
    expect(signalOf(pod, { events: unhealthy(note) }).message).toBe(
      `container app is restarted by the kubelet (exit code ${exitCode}): ${note}`,
    );
  });

  test('is not put down to the probe of another container', () => {
    const events = unhealthy('Liveness probe failed: timeout').map((one) => ({ ...one, container: 'proxy' }));
    expect(signalOf(podWith(killed), { events }).message).toContain('SIGKILL');
  });

  test('and that said nothing', () => {
    expect(signalOf(podWith(killed), { events: unhealthy('Liveness probe failed: ') }).message).toBe(
      'container app is restarted by the kubelet (exit code 137): Liveness probe failed',
    );
  });

  test('is not what a run is that ended by itself, or ran out of memory', () => {
    const events = unhealthy('Liveness probe failed: timeout');
    const oom = crashing({ terminated: aRun({ exitCode: 137, reason: 'OOMKilled' }) });
    expect(signalOf(podWith(crashing()), { events }).message).toContain('exits with code 3');
    expect(signalOf(podWith(oom), { events }).message).toContain('memory ran out');
  });

  test('is not believed of a probe that failed before the run, or that only decides about traffic', () => {
    const before = unhealthy('Liveness probe failed: timeout', ago(5));
    expect(signalOf(podWith(killed), { events: before }).message).toContain('SIGKILL');
    const readiness = unhealthy('Readiness probe failed: timeout');
    expect(signalOf(podWith(killed), { events: readiness }).message).toContain('SIGKILL');
  });
});

describe('a run that the kubelet has ended as the postStart hook failed', () => {
  const hook = (note: string, at = NOW) => [
    anEvent('FailedPostStartHook', note, { firstAt: at, lastAt: at }),
  ];
  const ended = (exitCode: number) =>
    podWith(crashing({ terminated: aRun({ exitCode, reason: 'Completed' }) }));

  test.each([0, 137, 143])('says so, whatever its exit code %d means elsewhere', (exitCode) => {
    expect(signalOf(ended(exitCode), { events: hook('PostStartHook failed') }).message).toBe(
      `container app is stopped as its postStart hook failed (exit code ${exitCode})`,
    );
  });

  test('says what the hook said, where an older kubelet tells it', () => {
    const said = `Exec lifecycle hook ([sh -c x]) for Container "app" in Pod "p" failed - error: command 'sh -c x' exited with 1: , message: "no route"`;
    expect(signalOf(ended(0), { events: hook(said) }).message).toContain(
      'postStart hook failed (exit code 0): exit code 1: no route',
    );
  });

  test('is not believed of a hook that failed before the run', () => {
    expect(signalOf(ended(0), { events: hook('PostStartHook failed', ago(5)) }).message).toContain(
      'although it should keep running',
    );
  });
});

test('a run that never began, of a container that runs now, is told in the words of the runtime', () => {
  const run = aRun({ exitCode: 128, reason: 'StartError', message: 'exec: "/etc": permission denied' });
  const container = running({ restartCount: 4, lastTerminated: run, runningSince: NOW - SECOND });
  expect(signalOf(podWith(container)).message).toBe(
    'container app could not be started: exec: "/etc": permission denied',
  );
});
