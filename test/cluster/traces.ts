import { access, mkdir, readdir, readFile, readlink, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { componentNames } from './components.ts';
import { clusterDir, networkName, type Layout } from './layout.ts';

/*
 * Traces: what containerd, the kubelet and CNI write at paths that they do not let anybody choose, and a kernel
 * setting. What was there before the cluster stays; what came with it goes.
 */

const fixedFolders = [
  '/opt/cni',
  '/run/containerd',
  '/run/netns',
  '/run/flannel',
  '/run/runc',
  '/var/lib/cni',
  '/var/lib/kubelet',
  '/var/lib/containerd',
  '/var/log/containers',
  '/var/log/pods',
] as const;

const forwardingPath = '/proc/sys/net/ipv4/ip_forward';

/** How the machine was before the cluster. */
export interface Before {
  /** Those of the fixed folders that did not exist. */
  readonly absentFolders: readonly string[];
  /** net.ipv4.ip_forward: `0` or `1`. */
  readonly forwarding: string;
}

function beforePath(layout: Layout): string {
  return join(layout.dir, 'before.json');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Writes down how the machine is, before anything is changed. */
export async function rememberBefore(layout: Layout): Promise<void> {
  const states = await Promise.all(fixedFolders.map(exists));
  const before: Before = {
    absentFolders: fixedFolders.filter((_folder, index) => !states[index]),
    forwarding: (await readFile(forwardingPath, 'utf8')).trim(),
  };
  await mkdir(layout.dir, { recursive: true, mode: 0o711 });
  await writeFile(beforePath(layout), JSON.stringify(before));
}

/** Forwarding between pods and services needs the kernel's consent. */
export async function allowForwarding(): Promise<void> {
  await writeFile(forwardingPath, '1');
}

async function readBefore(layout: Layout): Promise<Before | undefined> {
  const text = await readFile(beforePath(layout), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Before);
}

async function removeShimSockets(layout: Layout): Promise<void> {
  for (const id of await containerIds(layout)) {
    const address = await readFile(join(tasksDir(layout), id, 'address'), 'utf8').catch(() => '');
    const socket = address.trim().replace('unix://', '');
    if (socket.startsWith('/run/containerd/s/')) await rm(socket, { force: true });
  }
}

async function removeLogLinks(): Promise<void> {
  const folder = '/var/log/containers';
  for (const file of await readdir(folder).catch(() => [])) {
    const target = await readlink(join(folder, file)).catch(() => '');
    if (target.startsWith(`${clusterDir}/`)) await rm(join(folder, file), { force: true });
  }
}

async function removeNetworkResults(): Promise<void> {
  const folder = '/var/lib/cni/results';
  for (const file of await readdir(folder).catch(() => [])) {
    if (file.startsWith(`${networkName}-`)) await rm(join(folder, file), { force: true });
  }
}

/** Removes the traces outside the cluster's folder. Nothing of the cluster may run any more. */
export async function removeTraces(layout: Layout): Promise<void> {
  await removeShimSockets(layout);
  await removeLogLinks();
  await removeNetworkResults();
  const before = await readBefore(layout);
  for (const folder of before?.absentFolders ?? []) await removeUnlessBusy(folder);
  if (before !== undefined) await writeFile(forwardingPath, before.forwarding);
}

/** A folder on which somebody else has mounted something since (`ip netns` does on its own) is not ours to remove. */
async function removeUnlessBusy(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
  }
}

/** Where containerd keeps one folder for each container that runs, named by the container's id. */
function tasksDir(layout: Layout): string {
  return join(layout.dir, 'containerd', 'state', 'io.containerd.runtime.v2.task', 'k8s.io');
}

/** Ids of all containers, those of sandboxes too, that the cluster's containerd has started and not removed. */
export async function containerIds(layout: Layout): Promise<string[]> {
  return readdir(tasksDir(layout)).catch(() => []);
}

const cgroupRoot = '/sys/fs/cgroup';

/** The folders in which containerd makes a cgroup for each container: one for each controller (v1), or one (v2). */
async function cgroupParents(): Promise<string[]> {
  const controllers = await readdir(cgroupRoot).catch(() => []);
  return ['k8s.io', ...controllers.map((name) => join(name, 'k8s.io'))].map((name) => join(cgroupRoot, name));
}

async function cgroupsOf(ids: readonly string[]): Promise<string[]> {
  return (await cgroupParents()).flatMap((parent) => ids.map((id) => join(parent, id)));
}

/** Numbers of all processes in containers of these ids; they may have outlived shim and containerd. */
export async function containerProcesses(ids: readonly string[]): Promise<number[]> {
  const pids = new Set<number>();
  for (const folder of await cgroupsOf(ids)) {
    const text = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '');
    for (const line of text.split('\n')) if (line !== '') pids.add(Number(line));
  }
  return [...pids];
}

/** Removes the cgroups of containers that have ended, and their parents if nobody else uses them. */
export async function removeCgroups(ids: readonly string[]): Promise<void> {
  const folders = [...(await cgroupsOf(ids)), ...(await cgroupParents())];
  // The kernel refuses to remove a cgroup that is in use, and that is right here.
  for (const folder of folders) await rmdir(folder).catch(() => undefined);
}

/** Numbers of the processes that containerd starts for each pod, and that outlive it. */
export function shimProcesses(layout: Layout): Promise<number[]> {
  return unrecordedProcesses(layout, [SHIM]);
}

/** Mount points below a folder, the deepest first, from the text of /proc/self/mountinfo. */
export function mountsBelow(folder: string, mountinfo: string): string[] {
  const points = mountinfo.split('\n').flatMap((line) => line.split(' ')[4] ?? []);
  const unescaped = points.map((point) =>
    point.replaceAll(/\\(\d{3})/g, (_match, octal: string) =>
      String.fromCodePoint(Number.parseInt(octal, 8)),
    ),
  );
  // Later mounts hide earlier ones, so the last goes first.
  return unescaped.filter((point) => point.startsWith(`${folder}/`)).toReversed();
}

const SHIM = 'containerd-shim-runc-v2';

/** Whether a command line is that of a component or shim which was started for a folder. */
export function isStartedFor(
  dir: string,
  words: readonly string[],
  names: readonly string[] = [...componentNames, SHIM],
): boolean {
  const [program = '', ...args] = words;
  return names.includes(basename(program)) && args.some((argument) => argument.includes(`${dir}/`));
}

/** Numbers of processes of the cluster that are not written down: shims, or any when a start was cut short. */
export async function unrecordedProcesses(layout: Layout, names?: readonly string[]): Promise<number[]> {
  const pids: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const commandLine = await readFile(join('/proc', entry, 'cmdline'), 'utf8').catch(() => '');
    if (isStartedFor(layout.dir, commandLine.split('\0'), names)) pids.push(Number(entry));
  }
  return pids;
}
