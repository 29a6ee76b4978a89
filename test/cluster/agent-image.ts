import { access, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withTemporaryFolder, writeImageArchive } from './archive.ts';
import { lastLines, runCommand } from './command.ts';
import { clusterError } from './failure.ts';
import { agentImage, nodeBaseImage } from './image-names.ts';
import { nodeBase } from './images.ts';
import { ensurePackages } from './packages.ts';
import { createTerminalProgress } from './progress.ts';

/** An image as a docker-archive tar. */
export interface BuiltImage {
  /** The name that pods use. */
  readonly name: string;
  readonly tarPath: string;
}

/** What is built, and where the tar is put. */
export interface ImageBuild {
  readonly tarPath: string;
  /** Default: the agent's image name. */
  readonly name?: string;
  /** Folder of the Dockerfile. Default: the project. */
  readonly contextDir?: string;
}

const projectDir = join(import.meta.dirname, '..', '..');

/** Writes the stand-in of the Dockerfile's base image as a tar; its name is `nodeBaseImage`. */
export async function buildNodeBaseImage(tarPath: string): Promise<BuiltImage> {
  await writeImageArchive(nodeBase, tarPath);
  return { name: nodeBaseImage, tarPath };
}

const blobCache = '/var/lib/containers/cache/blob-info-cache-v1.boltdb';

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Runs work with buildah, and removes the one file that buildah insists on writing outside the storage it is given. */
async function withoutBlobCache<T>(work: () => Promise<T>): Promise<T> {
  if (await isThere(blobCache)) return work();
  try {
    return await work();
  } finally {
    await rm(blobCache, { force: true });
    // Only when empty: somebody else may keep images there.
    for (const folder of [dirname(blobCache), dirname(dirname(blobCache))]) {
      await rmdir(folder).catch(() => undefined);
    }
  }
}

async function notBuilt(contextDir: string, error: unknown): Promise<Error> {
  const dockerfile = join(contextDir, 'Dockerfile');
  const hasDockerfile = await isThere(dockerfile);
  const remedy = hasDockerfile
    ? `read ${dockerfile}; run \`npm run build\` first.`
    : `there is no ${dockerfile}.`;
  const said = lastLines(error instanceof Error ? error.message : String(error));
  return clusterError({ part: 'agent image', problem: 'cannot be built', lastLines: said, remedy }, error);
}

async function buildInFolder(dir: string, build: Required<ImageBuild>): Promise<void> {
  const { name, tarPath, contextDir } = build;
  // Storage of its own, so that nothing stays in the machine's.
  const storage = ['--root', join(dir, 'root'), '--runroot', join(dir, 'run'), '--storage-driver', 'vfs'];
  const policy = join(dir, 'policy.json');
  const buildah = (command: string, ...args: string[]): Promise<string> =>
    runCommand('buildah', [...storage, command, '--signature-policy', policy, ...args], {
      env: { BUILDAH_ISOLATION: 'chroot' },
    });
  await writeFile(policy, '{"default":[{"type":"insecureAcceptAnything"}]}');
  const base = await buildNodeBaseImage(join(dir, 'base.tar'));
  await buildah('pull', `docker-archive:${base.tarPath}`);
  await buildah('build', '--pull=never', '-t', name, contextDir);
  await rm(tarPath, { force: true });
  await buildah('push', name, `docker-archive:${tarPath}:${name}`);
}

/**
 * Builds a Dockerfile with buildah: no daemon, nothing pulled. The base image is a stand-in of the same name and layout,
 * so the Dockerfile may copy files and set metadata, but not run commands of another base. Needs root.
 * The caller makes what the Dockerfile copies (`npm run build`) first. Throws ClusterError with buildah's words.
 */
export async function buildAgentImage(build: ImageBuild): Promise<BuiltImage> {
  const complete = { name: agentImage, contextDir: projectDir, ...build };
  await ensurePackages(createTerminalProgress());
  await withoutBlobCache(() =>
    withTemporaryFolder((dir) => buildInFolder(dir, complete)).catch(async (error: unknown) => {
      throw await notBuilt(complete.contextDir, error);
    }),
  );
  return { name: complete.name, tarPath: complete.tarPath };
}
