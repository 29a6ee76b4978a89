import type { Clock } from '../../src/domain/clock.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { toTime } from '../../src/sandbox/api-types.ts';
import { aContainer, aPod } from '../../src/sandbox/objects.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { logText, type ContractCluster, type LogPods } from './contract-cluster.ts';
import { describeKubernetesContract } from './kubernetes-api.contract.ts';

/** A clock on which a watch of three seconds is over in thirty milliseconds. */
const hurriedClock: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic() * 100,
  sleep: (ms, signal) => systemClock.sleep(ms / 100, signal),
};

const namespace = 'contract';
const at = toTime(Date.UTC(2026, 10, 23, 3, 0, 0));
const containers = [aContainer('app')];
const status = { name: 'app', image: 'app', imageID: '', restartCount: 0 };
const running = { running: { startedAt: at } };
const ended = {
  terminated: { exitCode: 3, reason: 'Error', startedAt: at, finishedAt: at, containerID: 'containerd://1' },
};

function startLogPods(sandbox: Sandbox): LogPods {
  const pods = {
    crashed: { ...status, state: running, lastState: ended, restartCount: 1 },
    running: { ...status, state: running, lastState: {} },
    waiting: { ...status, state: { waiting: { reason: 'ErrImagePull' } }, lastState: {} },
  };
  for (const [name, containerStatus] of Object.entries(pods)) {
    sandbox.objects.apply(
      aPod({ name, namespace, containers, status: { containerStatuses: [containerStatus] } }),
    );
    sandbox.setLogs([namespace, name, 'app'], { current: logText, previous: logText });
  }
  return { crashed: 'crashed', running: 'running', waiting: 'waiting' };
}

async function connect(): Promise<ContractCluster> {
  const sandbox = await createSandbox({ token: 'let-me-in', clock: hurriedClock });
  sandbox.objects.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  return {
    url: sandbox.url,
    token: 'let-me-in',
    namespace,
    compact: async () => sandbox.compact(),
    startLogPods: async () => startLogPods(sandbox),
    cleanup: () => sandbox.close(),
  };
}

describeKubernetesContract('the sandbox', connect, { hasNoLaterRelease: true });
