import { describe, expect, test } from '@jest/globals';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import { fieldAt, textAt, type StoredObject } from '../../src/sandbox/api-types.ts';
import { conditionList } from '../../src/sandbox/pod-status.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { backOffMs } from '../../src/sandbox/scenarios/pod-stories.ts';
import {
  crashLoop,
  fix,
  healthyRollout,
  initCrash,
  oom,
  scenarios,
  type Scenario,
} from '../../src/sandbox/scenarios/index.ts';
import type { Client, WatchEvent } from '../contract/kubernetes-client.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { openSandbox } from './fixtures.ts';

interface Play {
  readonly clock: FakeClock;
  readonly sandbox: Sandbox;
  readonly client: Client;
  readonly steps: string[];
  readonly run: (scenario: Scenario, options?: { speed?: number }) => Promise<void>;
  readonly stop: () => void;
}

async function play(): Promise<Play> {
  const clock = createFakeClock();
  const { sandbox, client } = await openSandbox({ clock });
  const stop = new AbortController();
  const steps: string[] = [];
  const context = { sandbox, clock, signal: stop.signal, onStep: (text: string) => void steps.push(text) };
  return {
    clock,
    sandbox,
    client,
    steps,
    run: (scenario, options = {}) => scenario.run({ ...context, ...options }),
    stop: () => stop.abort(),
  };
}

function podsOf(sandbox: Sandbox, app: string): StoredObject[] {
  return sandbox.objects.list({ kind: 'Pod', namespace: 'shop', labelSelector: `app=${app}` });
}

function first(object: unknown, list: string): unknown {
  const found = fieldAt(object, list);
  return Array.isArray(found) ? found[0] : undefined;
}

function container(pod: StoredObject | undefined, list = 'containerStatuses'): unknown {
  return first(pod, `status.${list}`);
}

function statusOf(sandbox: Sandbox, name: string): unknown {
  return sandbox.objects.get({ kind: 'Deployment', namespace: 'shop', name })?.['status'];
}

/** What the Deployment says of its rollout, and the ReplicaSet of the revision that it should speak of. */
function progress(sandbox: Sandbox, name: string, revision: string): { said: string; replicaSet: string } {
  const sets = sandbox.objects.list({ kind: 'ReplicaSet', namespace: 'shop', labelSelector: `app=${name}` });
  const set = sets.find(
    ({ metadata }) => metadata.annotations?.['deployment.kubernetes.io/revision'] === revision,
  );
  const said = textAt(condition(statusOf(sandbox, name), 'Progressing'), 'message');
  return { said, replicaSet: set?.metadata.name ?? 'missing' };
}

function condition(status: unknown, wanted: string): unknown {
  return conditionList(status).find(({ type }) => type === wanted);
}

describe('crashLoop', () => {
  test('begins with three healthy replicas of revision 6', async () => {
    const { clock, sandbox, run, stop } = await play();
    const played = run(crashLoop);
    await clock.advance(0);
    expect(statusOf(sandbox, 'checkout')).toMatchObject({ replicas: 3, readyReplicas: 3 });
    const deployment = sandbox.objects.get({ kind: 'Deployment', namespace: 'shop', name: 'checkout' });
    expect(deployment?.metadata).toMatchObject({
      creationTimestamp: '2026-11-20T03:00:00Z',
      annotations: { 'deployment.kubernetes.io/revision': '6' },
    });
    stop();
    await played;
  });

  test('takes every replica down; a minute later each has been restarted three times', async () => {
    const { clock, sandbox, run, stop } = await play();
    const played = run(crashLoop);
    await clock.advance(50 * SECOND);
    const pods = podsOf(sandbox, 'checkout');
    expect(pods).toHaveLength(3);
    for (const pod of pods)
      expect(container(pod)).toMatchObject({
        restartCount: 3,
        ready: false,
        state: { terminated: { exitCode: 3, reason: 'Error' } },
        lastState: { terminated: { exitCode: 3 } },
      });
    expect(statusOf(sandbox, 'checkout')).toMatchObject({ unavailableReplicas: 3, observedGeneration: 2 });
    expect(condition(statusOf(sandbox, 'checkout'), 'Available')).toMatchObject({
      status: 'False',
      reason: 'MinimumReplicasUnavailable',
    });
    const { said, replicaSet } = progress(sandbox, 'checkout', '7');
    expect(said).toContain(replicaSet);
    stop();
    await played;
  });

  test('shows CrashLoopBackOff for a tenth of a second before each start, terminated for the rest', async () => {
    const { clock, sandbox, run, stop } = await play();
    const seen = new Map<string, [at: number, state: string, restarts: string][]>();
    const played = run(crashLoop);
    for (let passed = 0; passed < 45 * SECOND; passed += 50) {
      await clock.advance(50);
      for (const pod of podsOf(sandbox, 'checkout')) {
        const status = container(pod);
        const state = Object.keys(fieldAt(status, 'state') as object)[0] ?? '';
        const history = seen.get(pod.metadata.name) ?? [];
        if (history.at(-1)?.[1] !== state) history.push([clock.now(), state, textAt(status, 'restartCount')]);
        seen.set(pod.metadata.name, history);
      }
    }
    const newest =
      [...seen.values()].filter((history) => history.some(([, state]) => state === 'terminated')).at(-1) ??
      [];
    const backOffs = newest.flatMap(([at, state], index) =>
      state === 'waiting' && index > 0 ? [newest[index + 1]![0] - at] : [],
    );
    expect(backOffs).toEqual([100, 100]);
    expect(newest.map(([, state, restarts]) => `${state} ${restarts}`)).toEqual([
      'waiting 0',
      'running 0',
      'terminated 0',
      'running 1',
      'terminated 1',
      'waiting 1',
      'running 2',
      'terminated 2',
      'waiting 2',
      'running 3',
      'terminated 3',
    ]);
    stop();
    await played;
  });

  test('leaves Events in both APIs and a log that ends with the cause', async () => {
    const { clock, sandbox, client, run, stop } = await play();
    const played = run(crashLoop);
    await clock.advance(50 * SECOND);
    const [pod] = podsOf(sandbox, 'checkout');
    const selector = `regarding.uid=${pod?.metadata.uid}`;
    const path = `/apis/events.k8s.io/v1/namespaces/shop/events?fieldSelector=${encodeURIComponent(selector)}`;
    const events = (await client.request('GET', path)).body['items'] as WatchEvent['object'][];
    const counted = Object.fromEntries(
      events.map((event) => [textAt(event, 'reason'), textAt(event, 'deprecatedCount')]),
    );
    expect(counted).toEqual({ Scheduled: '', Pulled: '4', Created: '4', Started: '4', BackOff: '3' });
    const logPath = `/api/v1/namespaces/shop/pods/${pod?.metadata.name}/log?previous=true&tailLines=1`;
    expect((await client.request('GET', logPath)).text).toContain('fatal: payments.provider must be one of');
    stop();
    await played;
  });

  test('ends with fix, which replaces the pods by ready ones of revision 8', async () => {
    const { clock, sandbox, steps, run } = await play();
    const played = run(crashLoop);
    await clock.advance(50 * SECOND);
    const fixed = run(fix);
    await clock.advance(20 * SECOND);
    await fixed;
    await clock.advance(5 * MINUTE);
    await played;
    expect(clock.sleeping).toBe(0);
    expect(podsOf(sandbox, 'checkout').map((pod) => container(pod))).toMatchObject(
      Array.from({ length: 3 }, () => ({ ready: true, restartCount: 0 })),
    );
    const sets = sandbox.objects.list({
      kind: 'ReplicaSet',
      namespace: 'shop',
      labelSelector: 'app=checkout',
    });
    const byRevision = sets.map((set) => [
      set.metadata.annotations?.['deployment.kubernetes.io/revision'],
      textAt(set, 'spec.replicas'),
    ]);
    expect(byRevision.sort(([a = ''], [b = '']) => a.localeCompare(b))).toEqual([
      ['6', '0'],
      ['7', '0'],
      ['8', '3'],
    ]);
    expect(condition(statusOf(sandbox, 'checkout'), 'Progressing')).toMatchObject({
      reason: 'NewReplicaSetAvailable',
    });
    expect(steps.at(-1)).toBe('all replicas of checkout are ready');
  });

  test('can be played faster', async () => {
    const { clock, sandbox, run, stop } = await play();
    const played = run(crashLoop, { speed: 10 });
    await clock.advance(5 * SECOND);
    expect(container(podsOf(sandbox, 'checkout')[0])).toMatchObject({ restartCount: 3 });
    stop();
    await played;
  });
});

test('oom is killed at its limit', async () => {
  const { clock, sandbox, run, stop } = await play();
  const played = run(oom);
  await clock.advance(MINUTE);
  const [pod] = podsOf(sandbox, 'reports');
  expect(container(pod)).toMatchObject({ state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } });
  expect(first(pod, 'spec.containers')).toMatchObject({ resources: { limits: { memory: '32Mi' } } });
  stop();
  await played;
});

test('initCrash never starts the containers of its pods', async () => {
  const { clock, sandbox, run, stop } = await play();
  const played = run(initCrash);
  await clock.advance(MINUTE);
  const pods = podsOf(sandbox, 'inventory');
  expect(pods).toHaveLength(2);
  for (const pod of pods) {
    expect(textAt(pod, 'status.phase')).toBe('Pending');
    expect(container(pod, 'initContainerStatuses')).toMatchObject({ restartCount: 3, name: 'migrate' });
    expect(container(pod)).toMatchObject({
      restartCount: 0,
      state: { waiting: { reason: 'PodInitializing' } },
    });
  }
  stop();
  await played;
});

test('healthyRollout restarts nothing and keeps its replicas', async () => {
  const { clock, sandbox, run } = await play();
  const played = run(healthyRollout);
  let fewest = Infinity;
  for (let passed = 0; passed < 10 * SECOND; passed += 100) {
    await clock.advance(100);
    const pods = podsOf(sandbox, 'web');
    fewest = Math.min(fewest, Number(textAt(statusOf(sandbox, 'web'), 'readyReplicas')));
    expect(pods.map((pod) => textAt(container(pod), 'restartCount'))).not.toContain('1');
  }
  await played;
  expect(fewest).toBe(3);
  const { said, replicaSet } = progress(sandbox, 'web', '2');
  expect(said).toBe(`ReplicaSet "${replicaSet}" has successfully progressed.`);
  expect(clock.sleeping).toBe(0);
});

test('the kubelet waits longer and longer, five minutes at most', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7].map((restart) => backOffMs(restart) / SECOND)).toEqual([
    0, 10, 20, 40, 80, 160, 300, 300,
  ]);
});

test('every scenario has a name of its own and a summary', () => {
  expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
  for (const { summary } of scenarios) expect(summary).toMatch(/\.$/);
});

test('a failure inside a scenario is not taken for its end', async () => {
  const { clock, sandbox } = await play();
  const apply = (): never => {
    throw new Error('broken');
  };
  const broken = { ...sandbox, objects: { ...sandbox.objects, apply } };
  await expect(crashLoop.run({ sandbox: broken, clock })).rejects.toThrow('broken');
});
