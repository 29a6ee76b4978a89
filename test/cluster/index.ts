import { join } from 'node:path';
import { runClient } from './clients.ts';
import { runCommand, type CommandOptions } from './command.ts';
import { components, startComponent, type ComponentName } from './components.ts';
import { ClusterError } from './failure.ts';
import { importImage } from './images.ts';
import {
  auditLogPath,
  clusterDir,
  containerdSocket,
  etcdUrl,
  hostAddress,
  kubeconfigPath,
  serverUrl,
  type Layout,
} from './layout.ts';
import { createNodeClock } from './clock.ts';
import { endContainers, up } from './lifecycle.ts';
import {
  endProcesses,
  forgetProcess,
  identifyAll,
  isRunning,
  readRecords,
  type ProcessRecord,
} from './processes.ts';
import { createTerminalProgress } from './progress.ts';
import { shimProcesses } from './traces.ts';

/*
 * The cluster for end-to-end tests. Everything that a test may use is exported here.
 */

export { buildAgentImage, buildNodeBaseImage, type BuiltImage, type ImageBuild } from './agent-image.ts';
export { clientEnvironment, clientPath } from './clients.ts';
export { CommandError, runCommand, type CommandOptions } from './command.ts';
export type { ComponentName } from './components.ts';
export { startControlPlane, type LoneControlPlane } from './control-plane.ts';
export { ClusterError } from './failure.ts';
export { agentImage, busyboxImage, nodeBaseImage } from './image-names.ts';
export { writeMarkedBusybox } from './images.ts';
export { down } from './lifecycle.ts';
export { ensurePackages, type SystemPackage } from './packages.ts';
export { createTerminalProgress, silentProgress, type Progress } from './progress.ts';
export { kwokProgram, metricsServerProgram } from './toolchain.ts';

/** Breaks and mends parts of our own cluster. */
export interface Faults {
  /**
   * Ends a component: with SIGTERM it may finish (forced after 10 s), with SIGKILL it may not. Pods run on when
   * containerd or the kubelet is ended. Already ended is no error.
   */
  stop(name: ComponentName, signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts a component, with these flags beside its own, and waits until it is healthy. Already running is no error. Throws ClusterError. */
  start(name: ComponentName, flags?: readonly string[]): Promise<void>;
  /** Stop and start. */
  restart(name: ComponentName, signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /**
   * What a reboot of the node does to its containers: containerd and all that it runs end at once, and containerd starts anew. The
   * kubelet goes on. The images stay, but for those of `lostImages`.
   */
  rebootRuntime(lostImages?: readonly string[]): Promise<void>;
  /**
   * Puts the wall clock of the node this many seconds ahead of the machine's (behind when negative; 0 ends it): of the kubelet, of containerd
   * and of its shims, which write all times that a node writes. Those that are started later have it within a tenth of a second.
   */
  shiftClock(seconds: number): Promise<void>;
  /** Runs etcdctl on the cluster's etcd, for example `['compaction', '1234']`; returns what it printed. */
  etcdctl(args: readonly string[]): Promise<string>;
}

/** What only a cluster that we started can offer. */
export interface OwnCluster {
  /** Address of the host on the pods' network: a test server that listens here is reached by pods. */
  readonly hostAddress: string;
  /** The API server's audit log (level Metadata), one JSON object a line. */
  readonly auditLogPath: string;
  /** Folder with one log for each component. */
  readonly logsDir: string;
  /** Runs containerd's client on the node's images, for example `['images', 'ls']`; returns what it printed. */
  ctr(args: readonly string[]): Promise<string>;
  /** etcdctl and the flags that lead it to the cluster's etcd, for a test that runs it itself. */
  readonly etcdctlCommand: readonly string[];
  readonly faults: Faults;
}

/** A Kubernetes cluster for tests: ours, or the one that KUBECONFIG names. */
export interface Cluster {
  readonly adminKubeconfigPath: string;
  /** Base URL of the API server. */
  readonly serverUrl: string;
  /** Undefined when KUBECONFIG names another cluster. */
  readonly own: OwnCluster | undefined;
  /** Runs kubectl as administrator; returns what it printed. Throws CommandError. */
  kubectl(args: readonly string[], options?: CommandOptions): Promise<string>;
  /** Runs Helm 4 as administrator; returns what it printed. Throws CommandError. */
  helm(args: readonly string[], options?: CommandOptions): Promise<string>;
  /**
   * Makes the image of a docker-archive tar known to the node, under the name in the tar. For another cluster the
   * command of E2E_LOAD_IMAGE is run with the path as its last argument, e.g. `kind load image-archive`.
   */
  loadImage(tarPath: string): Promise<void>;
}

/**
 * The cluster for tests: the one of KUBECONFIG when that is set, else our own, built and started if need be.
 * Progress goes to standard error. Throws ClusterError, or CommandError when KUBECONFIG's cluster does not answer.
 */
export async function ensureCluster(): Promise<Cluster> {
  const kubeconfig = process.env['KUBECONFIG'] ?? '';
  if (kubeconfig !== '' && !kubeconfig.startsWith(`${clusterDir}/`)) return otherCluster(kubeconfig);
  const layout = await up(createTerminalProgress());
  return {
    ...clientsOf(kubeconfigPath(layout, 'admin')),
    serverUrl: serverUrl(layout),
    loadImage: (tarPath) => importImage(layout, tarPath),
    own: {
      hostAddress,
      auditLogPath: auditLogPath(layout),
      logsDir: join(layout.dir, 'logs'),
      ctr: (args) => ctr(layout, args),
      etcdctlCommand: etcdctlCommand(layout),
      faults: createFaults(layout),
    },
  };
}

function clientsOf(kubeconfig: string): Pick<Cluster, 'adminKubeconfigPath' | 'kubectl' | 'helm'> {
  return {
    adminKubeconfigPath: kubeconfig,
    kubectl: (args, options) => runClient('kubectl', kubeconfig, args, options),
    helm: (args, options) => runClient('helm', kubeconfig, args, options),
  };
}

async function otherCluster(kubeconfig: string): Promise<Cluster> {
  const clients = clientsOf(kubeconfig);
  const query = ['config', 'view', '--minify', '-o', 'jsonpath={.clusters[0].cluster.server}'];
  const url = (await clients.kubectl(query)).trim();
  // A cluster that is gone should fail here and not in the middle of a test.
  await clients.kubectl(['version', '--request-timeout=10s']);
  return { ...clients, serverUrl: url, own: undefined, loadImage: loadIntoOther };
}

async function loadIntoOther(tarPath: string): Promise<void> {
  const [program, ...args] = (process.env['E2E_LOAD_IMAGE'] ?? '').split(' ').filter((word) => word !== '');
  if (program === undefined) {
    throw new ClusterError(
      'KUBECONFIG names another cluster, and nothing says how to load an image into it.\n' +
        'Remedy: set E2E_LOAD_IMAGE to the command that takes a tar, for example "kind load image-archive".',
    );
  }
  await runCommand(program, [...args, tarPath]);
}

const stopGraceMs = 10_000;

function createFaults(layout: Layout): Faults {
  const [program, ...flags] = etcdctlCommand(layout);
  const recordsOf = async (name: ComponentName): Promise<ProcessRecord[]> =>
    (await readRecords(layout.dir)).filter((record) => record.name === name);

  async function stop(name: ComponentName, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await endProcesses(await recordsOf(name), signal === 'SIGTERM' ? stopGraceMs : 0);
    await forgetProcess(layout.dir, name);
  }

  async function start(name: ComponentName, more: readonly string[] = []): Promise<void> {
    const [record] = await recordsOf(name);
    if (record !== undefined && (await isRunning(record))) return;
    const component = components(layout).find((candidate) => candidate.name === name);
    if (component !== undefined)
      await startComponent(layout, { ...component, args: [...component.args, ...more] });
  }

  return {
    stop,
    start,
    restart: async (name, signal) => {
      await stop(name, signal);
      await start(name);
    },
    rebootRuntime: async (lostImages = []) => {
      await stop('containerd', 'SIGKILL');
      await endContainers(layout);
      await start('containerd');
      if (lostImages.length > 0) await ctr(layout, ['images', 'rm', '--sync', ...lostImages]);
    },
    shiftClock: createNodeClock(async () => [
      ...(await recordsOf('kubelet')),
      ...(await recordsOf('containerd')),
      ...(await identifyAll(await shimProcesses(layout))),
    ]),
    etcdctl: (args) => runCommand(program, [...flags, ...args]),
  };
}

function ctr(layout: Layout, args: readonly string[]): Promise<string> {
  return runCommand('ctr', ['-a', containerdSocket(layout), '-n', 'k8s.io', ...args]);
}

function etcdctlCommand(layout: Layout): [program: string, ...flags: string[]] {
  return [join(layout.binDir, 'etcdctl'), '--endpoints', etcdUrl(layout)];
}
