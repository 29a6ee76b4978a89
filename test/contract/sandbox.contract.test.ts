import { toTime } from '../../src/sandbox/api-types.ts';
import { aContainer, aPod } from '../../src/sandbox/objects.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { logText, type ContractCluster, type LogPods } from './contract-cluster.ts';
import { describeKubernetesContract } from './kubernetes-api.contract.ts';

const namespace = 'contract';
const at = toTime(Date.UTC(2026, 10, 23, 3, 0, 0));
const containers = [aContainer('app')];
const status = { name: 'app', image: 'app', imageID: '', restartCount: 0 };
const running = { running: { startedAt: at } };
const ended = {
  terminated: { exitCode: 3, reason: 'Error', startedAt: at, finishedAt: at, containerID: 'containerd://1' },
};

function startLogPods({ objects, setLogs }: Sandbox): LogPods {
  const pods = {
    crashed: { ...status, state: running, lastState: ended, restartCount: 1 },
    running: { ...status, state: running, lastState: {} },
    waiting: { ...status, state: { waiting: { reason: 'ErrImagePull' } }, lastState: {} },
  };
  for (const [name, containerStatus] of Object.entries(pods)) {
    objects.apply(aPod({ name, namespace, containers, status: { containerStatuses: [containerStatus] } }));
    setLogs([namespace, name, 'app'], { current: logText, previous: logText });
  }
  return { crashed: 'crashed', running: 'running', waiting: 'waiting' };
}

async function connect(): Promise<ContractCluster> {
  const sandbox = await createSandbox({ token: 'let-me-in', bookmarkIntervalMs: 20 });
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

describeKubernetesContract('the sandbox', connect);
