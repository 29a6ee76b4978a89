/** The image for every architecture, as a folder in the OCI image layout (https://github.com/opencontainers/image-spec/blob/main/image-layout.md). */
import { join } from 'node:path';
import { type Buildah, withBuildah } from './buildah.ts';
import { root } from './contents.ts';
import { readIndex } from './layout.ts';
import type { Release } from './sbom.ts';

/** Architectures of the image, as Go and the OCI name them. The bundle is the same for all; only the base differs. */
export const ARCHITECTURES = ['amd64', 'arm64'] as const;

/** What an image is built from. */
interface ImageInput extends Release {
  /** Commit, for the label `org.opencontainers.image.revision`. */
  readonly revision: string;
  /** Address of the repository. */
  readonly source: string;
  /** Another base than that of the Dockerfile: an index with every architecture, at a registry. */
  readonly base?: string;
  /** Talk to the registry of the base without TLS: for one on this machine. */
  readonly isPlain: boolean;
}

/** Builds the image of what lies in `dist/` into a folder. Gives the digest of its index. Throws CommandError with buildah's words. Needs root. */
export async function buildImage(folder: string, input: ImageInput): Promise<string> {
  await withBuildah(async (buildah) => {
    const names: string[] = [];
    for (const architecture of ARCHITECTURES) names.push(await buildOne(buildah, architecture, input));
    await buildah(['manifest', 'create'], 'localhost/release', ...names);
    await buildah(['manifest', 'push'], '--all', 'localhost/release', `oci:${folder}:${input.version}`);
  });
  return (await readIndex(folder)).digest;
}

async function buildOne(buildah: Buildah, architecture: string, input: ImageInput): Promise<string> {
  const name = `localhost/release:${architecture}`;
  const labels = { version: input.version, revision: input.revision, source: input.source };
  const options = {
    os: 'linux',
    arch: architecture,
    format: 'oci',
    tag: name,
    // The time of the commit for each file and for the image: otherwise no two builds are alike.
    timestamp: String(input.epoch),
    file: join(root, 'Dockerfile'),
    'tls-verify': String(!input.isPlain),
    ...(input.base === undefined ? {} : { 'build-arg': `BASE=${input.base}` }),
  };
  const flags = Object.entries(options).map(([option, value]) => `--${option}=${value}`);
  for (const [key, value] of Object.entries(labels))
    flags.push(`--label=org.opencontainers.image.${key}=${value}`);
  await buildah(['build'], ...flags, root);
  return name;
}
