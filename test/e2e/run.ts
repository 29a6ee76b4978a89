/**
 * The end-to-end suite on a real Kubernetes: builds the bundle and the image, brings the cluster up (or takes the
 * one that KUBECONFIG names), runs jest, and takes a cluster that it started down again.
 *
 *   npm run test:e2e                          everything, as far as possible side by side
 *   npm run test:e2e -- --keep                the cluster stays up
 *   npm run test:e2e -- -t 'crash loop'       further arguments go to jest, one suite after another
 */
import { join, resolve } from 'node:path';
import { type Cluster, createTerminalProgress, down, ensureCluster } from '../cluster/index.ts';
import { provideImage, run, runQuietly } from './support/image.ts';
import { stages } from './support/plan.ts';

const root = resolve(import.meta.dirname, '../..');
const args = process.argv.slice(2);
const isKept = args.includes('--keep');

/** The custom resource: the contract suite creates Incidents without an installed agent. */
async function installCrd(cluster: Cluster): Promise<void> {
  await cluster.kubectl(['delete', 'crd', 'incidents.support.ankra.app', '--ignore-not-found']);
  await cluster.kubectl(['create', '-f', join(root, 'deploy/crd.yaml')]);
}

/** How jest is called, and with what environment. */
function jest(
  cluster: Cluster,
  testMatch: string,
  more: readonly string[],
): readonly [args: readonly string[], env: NodeJS.ProcessEnv] {
  const env = {
    ...process.env,
    KUBECONFIG: cluster.adminKubeconfigPath,
    ...(cluster.own === undefined ? {} : { CONTRACT_ETCDCTL: cluster.own.etcdctlCommand.join(' ') }),
  };
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const program = 'node_modules/jest/bin/jest.js';
  // Without the last one Node may spin for ever in its own clean-up, after the watch suite: it waits for requests of sockets that are gone.
  const match = ['--testMatch', `<rootDir>/${testMatch}`, '--runInBand', '--passWithNoTests', '--forceExit'];
  // Of a test that names no time of its own: kubectl alone may take seconds while others use the machine.
  const time = ['--testTimeout', '60000'];
  return [[...flags, program, ...match, ...time, ...more], env];
}

/** Whatever jest is asked for, one suite after another. */
async function playChosen(cluster: Cluster, more: readonly string[]): Promise<number> {
  let worst = 0;
  for (const testMatch of ['test/contract/real-cluster.contract.ts', 'test/e2e/**/*.e2e.ts'])
    worst = Math.max(worst, await run(process.execPath, ...jest(cluster, testMatch, more)));
  return worst;
}

/** Everything. What a suite has said is shown when it is over, or that of several would be mixed up. */
async function playAll(cluster: Cluster): Promise<number> {
  let worst = 0;
  for (const lanes of stages) {
    await installCrd(cluster);
    await Promise.all(
      lanes.map(async (lane) => {
        for (const file of lane) {
          const startedAt = performance.now();
          const { code, output } = await runQuietly(process.execPath, ...jest(cluster, file, ['--verbose']));
          worst = Math.max(worst, code);
          const seconds = Math.round((performance.now() - startedAt) / 1_000);
          process.stdout.write(`${output}--- ${file}: exit code ${code} after ${seconds} s\n`);
        }
      }),
    );
  }
  return worst;
}

async function main(): Promise<number> {
  const cluster = await ensureCluster();
  const more = args.filter((arg) => arg !== '--keep');
  try {
    await provideImage(cluster);
    if (more.length === 0) return await playAll(cluster);
    await installCrd(cluster);
    return await playChosen(cluster, more);
  } finally {
    if (!isKept && cluster.own !== undefined) await down(createTerminalProgress());
  }
}

process.exitCode = await main();
