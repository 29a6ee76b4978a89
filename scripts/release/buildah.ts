/** Runs buildah in storage of its own: no daemon, and nothing stays in the storage of the machine. */
import { access, mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCommand } from '../../test/cluster/command.ts';

/** Runs one command of buildah and gives its standard output. Throws CommandError with buildah's words. */
export type Buildah = (command: readonly string[], ...args: readonly string[]) => Promise<string>;

const blobCache = '/var/lib/containers/cache/blob-info-cache-v1.boltdb';

/** Runs work with buildah, with a folder for its files beside the storage; both are gone afterwards. Needs root, as buildah's chroot does. */
export async function withBuildah<T>(work: (buildah: Buildah, dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'buildah-'));
  const hadCache = await isThere(blobCache);
  try {
    const policy = join(dir, 'policy.json');
    await writeFile(policy, '{"default":[{"type":"insecureAcceptAnything"}]}');
    const storage = ['--root', join(dir, 'root'), '--runroot', join(dir, 'run'), '--storage-driver', 'vfs'];
    const env = { BUILDAH_ISOLATION: 'chroot' };
    const buildah: Buildah = (command, ...args) => {
      // It reads no image, and does not know the option.
      const policyOption = command.join(' ') === 'manifest create' ? [] : ['--signature-policy', policy];
      return runCommand('buildah', [...storage, ...command, ...policyOption, ...args], { env });
    };
    return await work(buildah, dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
    if (!hadCache) await removeBlobCache();
  }
}

/** The one file that buildah insists on writing outside the storage it is given. Its folders go only when empty: others may keep images there. */
async function removeBlobCache(): Promise<void> {
  await rm(blobCache, { force: true });
  for (const folder of [dirname(blobCache), dirname(dirname(blobCache))])
    await rmdir(folder).catch(() => undefined);
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
