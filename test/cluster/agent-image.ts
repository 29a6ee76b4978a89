import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Buildah, withBuildah } from '../../scripts/release/buildah.ts';
import { writeImageArchive } from './archive.ts';
import { lastLines } from './command.ts';
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

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
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

async function buildIn(buildah: Buildah, dir: string, build: Required<ImageBuild>): Promise<void> {
  const { name, tarPath, contextDir } = build;
  const base = await buildNodeBaseImage(join(dir, 'base.tar'));
  await buildah(['pull'], `docker-archive:${base.tarPath}`);
  // The base of the Dockerfile is pinned by a digest that only the original has.
  const from = ['--build-arg', `BASE=${nodeBaseImage}`];
  await buildah(['build'], '--pull=never', ...from, '-t', name, contextDir);
  await rm(tarPath, { force: true });
  await buildah(['push'], name, `docker-archive:${tarPath}:${name}`);
}

/**
 * Builds a Dockerfile with buildah: no daemon, nothing pulled. The base image is a stand-in of the same name and layout,
 * so the Dockerfile may copy files and set metadata, but not run commands of another base. Needs root.
 * The caller makes what the Dockerfile copies (`npm run build`) first. Throws ClusterError with buildah's words.
 */
export async function buildAgentImage(build: ImageBuild): Promise<BuiltImage> {
  const complete = { name: agentImage, contextDir: projectDir, ...build };
  await ensurePackages(createTerminalProgress());
  await withBuildah((buildah, dir) => buildIn(buildah, dir, complete)).catch(async (error: unknown) => {
    throw await notBuilt(complete.contextDir, error);
  });
  return { name: complete.name, tarPath: complete.tarPath };
}
