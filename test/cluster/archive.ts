import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runCommand } from './command.ts';

/** The parts of an image's configuration that our images use; the names are those of the image format. */
export interface ImageConfiguration {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
}

/** This machine's processor, as images call it. */
const ownArchitecture = process.arch === 'x64' ? 'amd64' : process.arch;

/** The image configuration file of a one-layer image for Linux, on this machine's processor if none is said. */
export function imageConfiguration(
  config: ImageConfiguration,
  layerDigest: string,
  architecture = ownArchitecture,
): string {
  const rootfs = { type: 'layers', diff_ids: [`sha256:${layerDigest}`] };
  return JSON.stringify({ architecture, os: 'linux', config, rootfs });
}

/** Runs work with a folder of its own below `parent`, and removes the folder afterwards. */
export async function withTemporaryFolder<T>(
  work: (dir: string) => Promise<T>,
  parent: string = tmpdir(),
): Promise<T> {
  const dir = await mkdtemp(join(parent, 'ankra-support-agent-'));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** An image to be made: a name, what runs, and a function that fills its root folder. */
export interface ImageRecipe {
  readonly name: string;
  readonly config: ImageConfiguration;
  /** Default: that of this machine. Another one is for those who only put images together and do not run them. */
  readonly architecture?: string;
  fill(rootfs: string): Promise<void>;
}

/** Writes an image with one layer as a docker-archive tar, which containerd and buildah read. */
export async function writeImageArchive(recipe: ImageRecipe, tarPath: string): Promise<void> {
  const writeIn = async (dir: string): Promise<void> => {
    const rootfs = join(dir, 'rootfs');
    await mkdir(rootfs);
    await recipe.fill(rootfs);
    const owner = ['--owner=0', '--group=0', '--numeric-owner'];
    await runCommand('tar', [...owner, '-C', rootfs, '-cf', join(dir, 'layer.tar'), '.']);
    const digest = await digestOf(join(dir, 'layer.tar'));
    await writeFile(join(dir, 'config.json'), imageConfiguration(recipe.config, digest, recipe.architecture));
    const manifest = [{ Config: 'config.json', RepoTags: [recipe.name], Layers: ['layer.tar'] }];
    await writeFile(join(dir, 'manifest.json'), JSON.stringify(manifest));
    await runCommand('tar', ['-C', dir, '-cf', tarPath, 'manifest.json', 'config.json', 'layer.tar']);
  };
  await withTemporaryFolder(writeIn, dirname(tarPath));
}
