/**
 * The end-to-end suite on a real Kubernetes: builds the bundle and the image, brings the cluster up (or takes the
 * one that KUBECONFIG names), runs jest, and takes a cluster that it started down again.
 *
 *   npm run test:e2e                          everything
 *   npm run test:e2e -- --keep                the cluster stays up
 *   npm run test:e2e -- -t 'crash loop'       further arguments go to jest
 */
import { join, resolve } from 'node:path';
import { type Cluster, createTerminalProgress, down, ensureCluster } from '../cluster/index.ts';
import { provideImage, run } from './support/image.ts';

const root = resolve(import.meta.dirname, '../..');
const args = process.argv.slice(2);
const isKept = args.includes('--keep');

/** The CRD as the chart has it: the contract suite creates Incidents without an installed agent. */
async function installCrd(cluster: Cluster): Promise<void> {
  const crd = await cluster.helm([
    'template',
    'agent',
    join(root, 'charts/ankra-support-agent'),
    '--set',
    'ticketApi.existingSecret.name=none',
    '--show-only',
    'templates/crd-incidents.yaml',
  ]);
  await cluster.kubectl(['delete', 'crd', 'incidents.support.ankra.app', '--ignore-not-found']);
  await cluster.kubectl(['create', '-f', '-'], { input: crd });
}

function jest(cluster: Cluster, testMatch: string, more: readonly string[]): Promise<number> {
  const env = {
    ...process.env,
    KUBECONFIG: cluster.adminKubeconfigPath,
    ...(cluster.own === undefined ? {} : { CONTRACT_ETCDCTL: cluster.own.etcdctlCommand.join(' ') }),
  };
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const program = 'node_modules/jest/bin/jest.js';
  return run(
    process.execPath,
    [...flags, program, '--testMatch', `<rootDir>/${testMatch}`, '--runInBand', '--passWithNoTests', ...more],
    env,
  );
}

async function main(): Promise<number> {
  const cluster = await ensureCluster();
  const more = args.filter((arg) => arg !== '--keep');
  try {
    await provideImage(cluster);
    await installCrd(cluster);
    const contract = await jest(cluster, 'test/contract/real-cluster.contract.ts', more);
    const scenarios = await jest(cluster, 'test/e2e/**/*.e2e.ts', more);
    return Math.max(contract, scenarios);
  } finally {
    if (!isKept && cluster.own !== undefined) await down(createTerminalProgress());
  }
}

process.exitCode = await main();
