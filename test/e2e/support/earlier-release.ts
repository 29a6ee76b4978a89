import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { agentImage, buildAgentImage, type Cluster, runCommand } from '../../cluster/index.ts';

const root = resolve(import.meta.dirname, '../../..');

/**
 * Before the chart asked for the name of the cluster, several names of the configuration changed, Incidents told their cluster and a class
 * was one record: as far behind as a release may be from which one upgrades.
 */
const EARLIER = '9678645';

/** Chart and image of an earlier commit. */
export interface EarlierRelease {
  readonly chart: string;
  readonly image: { readonly repository: string; readonly tag: string };
  readonly remove: () => Promise<void>;
}

/** Whether the history of this clone reaches back to that commit: that of a shallow clone does not, and then a line on standard error says so. */
export function hasEarlierRelease(): boolean {
  const isThere =
    spawnSync('git', ['cat-file', '-e', `${EARLIER}^{commit}`], { cwd: root, stdio: 'ignore' }).status === 0;
  if (!isThere)
    process.stderr.write(
      `commit ${EARLIER} is not in this clone, so no upgrade from it is played: git fetch --unshallow\n`,
    );
  return isThere;
}

/** Takes an earlier commit out of the history, bundles it, and makes the cluster know its image. Throws where the history is not whole. */
export async function provideEarlierRelease(cluster: Cluster): Promise<EarlierRelease> {
  const folder = await mkdtemp(join(tmpdir(), 'e2e-earlier-'));
  const source = join(folder, 'source');
  await mkdir(source);
  try {
    await runCommand('bash', ['-c', `git archive ${EARLIER} | tar -x -C ${source}`], { cwd: root });
  } catch (error) {
    throw new Error(`commit ${EARLIER} is not in this clone: git fetch --unshallow`, { cause: error });
  }
  await symlink(join(root, 'node_modules'), join(source, 'node_modules'));
  await runCommand(process.execPath, ['scripts/build.ts'], { cwd: source });
  const name = agentImage.replace(/[^:]+$/, 'e2e-earlier');
  const { tarPath } = await buildAgentImage({
    tarPath: join(folder, 'earlier.tar'),
    name,
    contextDir: source,
  });
  await cluster.loadImage(tarPath);
  const colon = name.lastIndexOf(':');
  return {
    chart: join(source, 'charts/ankra-support-agent'),
    image: { repository: name.slice(0, colon), tag: name.slice(colon + 1) },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
