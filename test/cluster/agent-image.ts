import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withTemporaryFolder, writeImageArchive } from './archive.ts';
import { lastLines, runCommand } from './command.ts';
import { clusterError } from './failure.ts';
import { agentImage, nodeBaseImage } from './image-names.ts';
import { nodeBase } from './images.ts';

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

/**
 * Builds a Dockerfile with buildah: no daemon, nothing pulled. The base image is a stand-in of the same name and layout,
 * so the Dockerfile may copy files and set metadata, but not run commands of another base.
 * The caller makes what the Dockerfile copies (`npm run build`) first. Throws ClusterError with buildah's words.
 */
export async function buildAgentImage(build: ImageBuild): Promise<BuiltImage> {
  const { tarPath, name = agentImage, contextDir = projectDir } = build;
  await withTemporaryFolder(async (dir) => {
    // Storage of its own, so that nothing stays in the machine's.
    const storage = ['--root', join(dir, 'root'), '--runroot', join(dir, 'run'), '--storage-driver', 'vfs'];
    const policy = join(dir, 'policy.json');
    const buildah = async (command: string, ...args: string[]): Promise<string> =>
      runCommand('buildah', [...storage, command, ...args], { env: { BUILDAH_ISOLATION: 'chroot' } });
    const base = await buildNodeBaseImage(join(dir, 'base.tar'));
    await writeFile(policy, '{"default":[{"type":"insecureAcceptAnything"}]}');
    try {
      await buildah('pull', '--signature-policy', policy, `docker-archive:${base.tarPath}`);
      await buildah('build', '--signature-policy', policy, '--pull=never', '-t', name, contextDir);
      await buildah('push', '--signature-policy', policy, name, `docker-archive:${tarPath}:${name}`);
    } catch (error) {
      const said = lastLines(error instanceof Error ? error.message : String(error));
      const dockerfile = join(contextDir, 'Dockerfile');
      const isThere = await access(dockerfile).then(
        () => true,
        () => false,
      );
      const remedy = isThere
        ? `read ${dockerfile}; run \`npm run build\` first.`
        : `there is no ${dockerfile}.`;
      throw clusterError({ part: 'agent image', problem: 'cannot be built', lastLines: said, remedy }, error);
    }
  });
  return { name, tarPath };
}
