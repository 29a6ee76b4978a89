import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { runClient } from './clients.ts';
import { runCommand } from './command.ts';
import { components, componentStates, startComponent, type ComponentName } from './components.ts';
import { clusterError } from './failure.ts';
import { auditPolicy, proxyConfiguration } from './flags.ts';
import { importStandardImages } from './images.ts';
import { pinnedKubernetes } from './kubernetes.ts';
import {
  auditLogPath,
  bridgeName,
  clusterDir,
  clusterLayout,
  kubeconfigPath,
  type Layout,
  versionPath,
} from './layout.ts';
import { withLock } from './lock.ts';
import { createBridge, refuseForeignNode, refuseUsedPorts, removeNetwork } from './network.ts';
import { containerdConfiguration, kubeletConfiguration, networkConfiguration } from './node-files.ts';
import { ensurePackages } from './packages.ts';
import { createPki } from './pki.ts';
import { endProcesses, identifyAll, readRecords } from './processes.ts';
import type { Progress } from './progress.ts';
import { clusterBinDir } from './toolchain.ts';
import {
  allowForwarding,
  containerIds,
  containerProcesses,
  mountsBelow,
  rememberBefore,
  removeCgroups,
  removeTraces,
  shimProcesses,
  unrecordedProcesses,
} from './traces.ts';

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The folder may have been removed by hand, and the bridge be left; a bridge of this name is nobody else's. */
async function hasLeftovers(layout: Layout): Promise<boolean> {
  return (await isThere(layout.dir)) || isThere(`/sys/class/net/${bridgeName}`);
}

function refuseUnprivileged(): void {
  if (process.getuid?.() === 0 && process.platform === 'linux') return;
  throw clusterError({
    part: 'cluster',
    problem: 'a kubelet and containerd need root on Linux',
    remedy:
      'run as root on Debian 12, or set KUBECONFIG to a throw-away cluster (kind, k3d, minikube) for the tests.',
  });
}

const busyTimeoutMs = 20_000;

/** Whether every component runs and is healthy; on a busy machine a component gets time to answer. */
async function isUp(layout: Layout): Promise<boolean> {
  const startedAt = performance.now();
  for (;;) {
    const states = await componentStates(layout);
    if (states.every((state) => state.isHealthy)) return true;
    if (states.some((state) => state.pid === undefined)) return false;
    if (performance.now() - startedAt > busyTimeoutMs) return false;
    await wait(500);
  }
}

/** Version of the Kubernetes of which something runs here. */
async function runningVersion(layout: Layout): Promise<string | undefined> {
  const states = await componentStates(layout);
  if (states.every((state) => state.pid === undefined)) return undefined;
  // A cluster that was started before there was a choice has not written it down.
  return readFile(versionPath(layout), 'utf8').catch(() => pinnedKubernetes);
}

function refuseOtherVersion(running: string | undefined, wanted: string): void {
  if (running === undefined || running === wanted) return;
  throw clusterError({
    part: 'cluster',
    problem: `Kubernetes ${running} runs here, and ${wanted} was asked for; there is room for one`,
    remedy: '`npm run cluster -- down`, then this command again.',
  });
}

/**
 * Starts the cluster, and builds what is missing first. When it runs already, nothing happens; when only a part of it
 * runs, that part is removed and a new cluster is started. Without a version it is the one that runs, else the pinned one. Throws
 * ClusterError, also where another version runs than the one that is asked for.
 */
export async function up(progress: Progress, wanted?: string): Promise<Layout> {
  refuseUnprivileged();
  await ensurePackages(progress);
  const running = await runningVersion(clusterLayout(''));
  const version = wanted ?? running ?? pinnedKubernetes;
  refuseOtherVersion(running, version);
  const layout = clusterLayout(await clusterBinDir(progress, version), version);
  const onWait = (): void => progress.say('waiting for another `up` or `down`');
  return withLock(clusterDir, onWait, async () => {
    // Somebody else may have started one while this one was built.
    refuseOtherVersion(await runningVersion(layout), version);
    if (await isUp(layout)) {
      progress.say(`the cluster is already running: Kubernetes ${version}`);
      return layout;
    }
    if (await hasLeftovers(layout)) {
      await progress.step('removal of what an earlier run left', () => removeEverything(layout));
    }
    await startEverything(layout, progress);
    return layout;
  });
}

/** Ends the cluster and removes everything that it put on the machine. The cache of programs stays. */
export async function down(progress: Progress): Promise<void> {
  refuseUnprivileged();
  await withLock(
    clusterDir,
    () => progress.say('waiting for another `up` or `down`'),
    async () => {
      const layout = clusterLayout('');
      if (await hasLeftovers(layout))
        await progress.step('removal of the cluster', () => removeEverything(layout));
      else progress.say('there is no cluster');
    },
  );
}

async function startEverything(layout: Layout, progress: Progress): Promise<void> {
  await refuseForeignNode();
  await rememberBefore(layout);
  await progress.step('certificates and configuration', async () => {
    await writeConfiguration(layout);
    await createPki(layout);
    await allowForwarding();
    await createBridge();
    await refuseUsedPorts(layout);
  });
  const all = new Map(components(layout).map((component) => [component.name, component]));
  const start = (...names: ComponentName[]): Promise<void> =>
    progress.step(names.join(', '), async () => {
      const chosen = names.map((name) => all.get(name)).filter((component) => component !== undefined);
      await Promise.all(chosen.map((component) => startComponent(layout, component)));
    });
  await start('etcd', 'containerd');
  await start('kube-apiserver');
  await Promise.all([
    progress.step('images', () => importStandardImages(layout)),
    start('kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy'),
  ]);
  await progress.step('node Ready, default service account', () => waitUntilUsable(layout));
}

async function writeConfiguration(layout: Layout): Promise<void> {
  const files: Record<string, string> = {
    'kubernetes-version': layout.kubernetes,
    'config/audit-policy.yaml': auditPolicy,
    'config/kube-proxy.yaml': proxyConfiguration(layout),
    'config/kubelet.yaml': kubeletConfiguration(layout),
    'config/containerd.toml': containerdConfiguration(layout),
    'cni/10-pods.conflist': networkConfiguration(layout),
  };
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(layout.dir, file)), { recursive: true });
    await writeFile(join(layout.dir, file), text);
  }
  await mkdir(dirname(auditLogPath(layout)), { recursive: true });
}

const usableTimeoutMs = 60_000;

async function waitUntilUsable(layout: Layout): Promise<void> {
  const kubectl = (...args: string[]): Promise<string> =>
    runClient('kubectl', kubeconfigPath(layout, 'admin'), args);
  const ready = '{.items[*].status.conditions[?(@.type=="Ready")].status}';
  let said = '';
  for (
    const startedAt = performance.now();
    performance.now() - startedAt < usableTimeoutMs;
    await wait(200)
  ) {
    try {
      const status = await kubectl('get', 'nodes', '-o', `jsonpath=${ready}`);
      await kubectl('-n', 'default', 'get', 'serviceaccount', 'default');
      if (status === 'True') return;
      said = await kubectl('describe', 'nodes');
    } catch (error) {
      said = error instanceof Error ? error.message : String(error);
    }
  }
  const problem = `no Ready node with a default service account after ${usableTimeoutMs / 1000} s`;
  const remedy = `read the logs in ${join(layout.dir, 'logs')}, kubelet.log and containerd.log first.`;
  throw clusterError({ part: 'node', problem, lastLines: said, remedy });
}

async function unmountAll(layout: Layout): Promise<void> {
  const mounts = async (): Promise<string[]> =>
    mountsBelow(layout.dir, await readFile('/proc/self/mountinfo', 'utf8'));
  for (const point of await mounts()) await runCommand('umount', ['--lazy', point]).catch(() => '');
  const left = await mounts();
  if (left.length === 0) return;
  // Removing files now could remove those of a folder of the host that a pod has mounted.
  const remedy = 'end what uses them (`fuser -m <path>`), unmount them, and run the command again.';
  throw clusterError({ part: 'mounts', problem: `cannot be unmounted: ${left.join(' ')}`, remedy });
}

/** Ends whatever containerd runs, at once; returns the ids of the containers. */
export async function endContainers(layout: Layout): Promise<readonly string[]> {
  const ids = await containerIds(layout);
  // Without their shims nobody can tell how they ended.
  await endProcesses(await identifyAll(await shimProcesses(layout)), 0);
  await endProcesses(await identifyAll(await containerProcesses(ids)), 0);
  return ids;
}

/** The kubelet and the controllers first, so that nobody restarts what is being ended. */
async function removeEverything(layout: Layout): Promise<void> {
  const records = await readRecords(layout.dir);
  const lastOnes: readonly string[] = ['etcd', 'containerd'] satisfies ComponentName[];
  await endProcesses(
    records.filter((record) => !lastOnes.includes(record.name)),
    5000,
  );
  await endProcesses(
    records.filter((record) => lastOnes.includes(record.name)),
    5000,
  );
  await endProcesses(await identifyAll(await unrecordedProcesses(layout)), 0);
  const ids = await endContainers(layout);
  await unmountAll(layout);
  await removeCgroups(ids);
  await removeNetwork();
  await removeTraces(layout);
  // A process that has just been killed may still be writing.
  await rm(layout.dir, { recursive: true, force: true, maxRetries: 5 });
}
