import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { ClusterError } from './failure.ts';
import { goEnvironment, type GoTool } from './go-tool.ts';

/** The Kubernetes of the cluster where no other is asked for: its modules are pinned in `versions/kubernetes`. */
export const pinnedKubernetes = '1.36.3';

const packages = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy'].map(
  (program) => `k8s.io/kubernetes/cmd/${program}`,
);
const versionFlag = 'k8s.io/component-base/version.';

/**
 * A version as the option `--kubernetes` takes it: all three numbers, as in `1.29.15`, since the name of what is built must not change
 * its meaning with the next release. Throws ClusterError.
 */
export function parseKubernetesVersion(text: string): string {
  const version = /^v?(1\.\d{1,3}\.\d{1,3})$/.exec(text)?.[1];
  if (version !== undefined) return version;
  throw new ClusterError(
    `--kubernetes: ${JSON.stringify(text)} is no version of Kubernetes.\n` +
      'Remedy: give all three numbers, for example 1.29.15; https://kubernetes.io/releases/patch-releases/ lists them.',
  );
}

/** The second number of a version: 29 of `1.29.15`. Flags and features go by it. */
export function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}

/** How the five programs of this version are built. */
export function kubernetesTool(version: string): GoTool {
  const numbers = `${versionFlag}gitMajor=1 -X ${versionFlag}gitMinor=${minorOf(version)}`;
  return {
    name: 'kubernetes',
    version: `v${version}`,
    packages,
    // Without these the server calls itself v0.0.0.
    linkFlags: `-s -w -X ${versionFlag}gitVersion=v${version} -X ${numbers}`,
    renames: {},
    // Before 1.31 the clients of four clouds were built in; the tag leaves them out.
    ...(minorOf(version) < 31 ? { tag: 'providerless' } : {}),
    ...(version === pinnedKubernetes ? {} : { modules: modulesOf(version) }),
  };
}

/**
 * A module file for this version. `published` is the one of k8s.io/kubernetes itself: it replaces its own parts by folders that its
 * module zip does not have, and a replacement counts only in the main module.
 */
export function moduleFile(version: string, published: string): string {
  const parts = [...published.matchAll(/^\s*(k8s\.io\/\S+) => \.\/staging\//gm)].map(([, name = '']) => name);
  const replacements = parts.map((name) => `\t${name} => ${name} v0${version.slice(1)}`);
  return [
    'module ankra-support-agent/test/cluster/kubernetes',
    'go 1.26.0',
    `tool (\n${packages.map((name) => `\t${name}`).join('\n')}\n)`,
    `require k8s.io/kubernetes v${version}`,
    `replace (\n${replacements.join('\n')}\n)`,
    '',
  ].join('\n\n');
}

function modulesOf(version: string): NonNullable<GoTool['modules']> {
  return { recipe: moduleFile(version, ''), write: (dir) => resolveModules(version, dir) };
}

/** Writes go.mod and go.sum of a version that is not pinned here. Go checks each module against its checksum database. */
async function resolveModules(version: string, dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  const go = (args: readonly string[]): Promise<string> =>
    runCommand('go', args, { cwd: dir, env: goEnvironment });
  const about = await go(['mod', 'download', '-json', `k8s.io/kubernetes@v${version}`]);
  const { GoMod } = JSON.parse(about) as { GoMod: string };
  await writeFile(join(dir, 'go.mod'), moduleFile(version, await readFile(GoMod, 'utf8')));
  await go(['mod', 'tidy']);
}
