import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { answersOk, components, startComponent, type Component } from './components.ts';
import { auditPolicy, loneApiServerArguments } from './flags.ts';
import { pinnedKubernetes } from './kubernetes.ts';
import { auditLogPath, kubeconfigPath, serverUrl, type Layout } from './layout.ts';
import { createPki } from './pki.ts';
import { endProcesses, readRecords } from './processes.ts';
import { createTerminalProgress } from './progress.ts';
import { clusterBinDir } from './toolchain.ts';

/**
 * A real etcd and kube-apiserver without controllers or nodes: enough to ask what the API answers. Needs no root, and ends
 * with the process that started it.
 */
export interface LoneControlPlane {
  readonly adminKubeconfigPath: string;
  readonly serverUrl: string;
  /** Ends both programs and removes their files. */
  stop(): Promise<void>;
}

function loneComponents(layout: Layout): Component[] {
  const isHealthy = (): Promise<boolean> => answersOk(`${serverUrl(layout)}/readyz`);
  const args = loneApiServerArguments(layout);
  const program = join(layout.binDir, 'kube-apiserver');
  const etcd = components(layout).filter((component) => component.name === 'etcd');
  const both: Component[] = [...etcd, { name: 'kube-apiserver', program, args, isHealthy }];
  return both.map((component) => ({ ...component, diesWithUs: true }));
}

/**
 * Starts a control plane of its own on loopback, beside any other. The programs come from the folder
 * KUBEBUILDER_ASSETS when it is set (as tests with envtest have it), else from the cache, built if need be.
 * Throws ClusterError.
 */
export async function startControlPlane(): Promise<LoneControlPlane> {
  const assets = process.env['KUBEBUILDER_ASSETS'] ?? '';
  const layout: Layout = {
    dir: await mkdtemp(join(tmpdir(), 'ankra-control-plane-')),
    binDir: assets === '' ? await clusterBinDir(createTerminalProgress()) : assets,
    kubernetes: pinnedKubernetes,
    address: '127.0.0.1',
    apiPort: await freePort(),
    etcdPort: await freePort(),
    etcdPeerPort: await freePort(),
  };
  const stop = async (): Promise<void> => {
    await endProcesses(await readRecords(layout.dir), 5000);
    await rm(layout.dir, { recursive: true, force: true });
  };
  try {
    await mkdir(dirname(auditLogPath(layout)), { recursive: true });
    await mkdir(join(layout.dir, 'config'));
    await writeFile(join(layout.dir, 'config', 'audit-policy.yaml'), auditPolicy);
    await createPki(layout);
    for (const component of loneComponents(layout)) await startComponent(layout, component);
  } catch (error) {
    await stop();
    throw error;
  }
  return { adminKubeconfigPath: kubeconfigPath(layout, 'admin'), serverUrl: serverUrl(layout), stop };
}
