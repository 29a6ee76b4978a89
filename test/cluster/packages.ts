import { access } from 'node:fs/promises';
import { lastLines, runCommand } from './command.ts';
import { clusterError } from './failure.ts';
import type { Progress } from './progress.ts';

/** A Debian package and a file by which we see that it is there. */
export interface SystemPackage {
  readonly name: string;
  readonly file: string;
}

const clusterPackages: readonly SystemPackage[] = [
  { name: 'containerd', file: '/usr/bin/containerd' },
  { name: 'runc', file: '/usr/sbin/runc' },
  { name: 'containernetworking-plugins', file: '/usr/lib/cni/bridge' },
  { name: 'nftables', file: '/usr/sbin/nft' },
  { name: 'conntrack', file: '/usr/sbin/conntrack' },
  { name: 'iptables', file: '/usr/sbin/iptables' },
  { name: 'iproute2', file: '/usr/sbin/ip' },
  { name: 'busybox-static', file: '/usr/bin/busybox' },
  { name: 'buildah', file: '/usr/bin/buildah' },
  { name: 'openssl', file: '/usr/bin/openssl' },
  { name: 'unzip', file: '/usr/bin/unzip' },
  { name: 'ca-certificates', file: '/etc/ssl/certs/ca-certificates.crt' },
];

async function isMissing(entry: SystemPackage): Promise<boolean> {
  return access(entry.file).then(
    () => false,
    () => true,
  );
}

/** Names of the Debian packages that are needed, by the cluster if it is not said, and that the machine does not have. */
export async function missingPackages(needed = clusterPackages): Promise<string[]> {
  const states = await Promise.all(needed.map(isMissing));
  return needed.filter((_entry, index) => states[index]).map((entry) => entry.name);
}

async function install(names: readonly string[]): Promise<void> {
  // Somebody else may be installing at the same moment.
  const patient = ['-o', 'DPkg::Lock::Timeout=300'];
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await runCommand('apt-get', [...patient, 'update'], { env });
  await runCommand('apt-get', [...patient, 'install', '-y', '--no-install-recommends', ...names], { env });
}

/** Installs what is missing with apt-get. Throws ClusterError, naming the packages, where that is not possible. */
export async function ensurePackages(progress: Progress, needed = clusterPackages): Promise<void> {
  const names = await missingPackages(needed);
  if (names.length === 0) return;
  const list = names.join(' ');
  await progress.step(`Debian packages ${list}`, async () => {
    try {
      await install(names);
    } catch (error) {
      const part = 'Debian packages';
      const said = lastLines(error instanceof Error ? error.message : String(error));
      const remedy = `as root on Debian 12 run: apt-get update && apt-get install --no-install-recommends ${list}`;
      throw clusterError({ part, problem: 'cannot be installed', lastLines: said, remedy }, error);
    }
  });
}
