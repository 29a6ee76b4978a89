/** Reads a folder in the OCI image layout, and checks each file of it against the digest that it is called by. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A reference to a blob; `platform` stands where an index refers to an image. */
export interface Descriptor {
  readonly digest: string;
  readonly platform?: { readonly architecture: string; readonly os: string };
}

interface Index {
  readonly manifests: readonly Descriptor[];
}

/** The part of an image's configuration that is checked. */
export interface Configuration {
  readonly architecture: string;
  readonly os: string;
  readonly created: string;
  readonly config: {
    readonly User?: string;
    readonly Entrypoint?: readonly string[];
    readonly Labels?: Readonly<Record<string, string>>;
  };
}

/** SHA-256 in hexadecimal. */
export function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}

function blobPath(folder: string, digest: string): string {
  return join(folder, 'blobs', ...digest.split(':'));
}

async function readBlob<T>(folder: string, digest: string): Promise<T> {
  return JSON.parse(await readFile(blobPath(folder, digest), 'utf8')) as T;
}

/** The one image of a layout: the digest of its index, and the images of each architecture. Throws where there is not exactly one. */
export async function readIndex(
  folder: string,
): Promise<{ readonly digest: string; readonly images: readonly Descriptor[] }> {
  const { manifests } = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as Index;
  const [first, ...others] = manifests;
  if (first === undefined || others.length > 0)
    throw new Error(`${folder} has ${manifests.length} images and not one: build into an empty folder`);
  const images = (await readBlob<Index>(folder, first.digest)).manifests;
  return { digest: first.digest, images };
}

/** The configuration of one image. */
export async function readConfiguration(folder: string, image: Descriptor): Promise<Configuration> {
  const { config } = await readBlob<{ readonly config: Descriptor }>(folder, image.digest);
  return await readBlob<Configuration>(folder, config.digest);
}

/** Names of the blobs whose content is not what their name says. */
export async function damagedBlobs(folder: string): Promise<readonly string[]> {
  const blobs = join(folder, 'blobs', 'sha256');
  const damaged: string[] = [];
  for (const name of await readdir(blobs))
    if (sha256(await readFile(join(blobs, name))) !== name) damaged.push(name);
  return damaged;
}

/** What one of the documents of an image refers to: an index to manifests, a manifest to its configuration and its layers. */
interface References {
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

/** Names of the blobs that a layout refers to and does not have. */
export async function missingBlobs(folder: string): Promise<readonly string[]> {
  const missing = new Set<string>();
  const has = ({ digest }: Descriptor): boolean => {
    const isThere = existsSync(blobPath(folder, digest));
    if (!isThere) missing.add(digest.replace(/^\w+:/, ''));
    return isThere;
  };
  const follow = async ({ manifests = [], config, layers = [] }: References): Promise<void> => {
    [...layers, ...(config === undefined ? [] : [config])].forEach(has);
    for (const { digest } of manifests.filter(has)) await follow(await readBlob<References>(folder, digest));
  };
  await follow(JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as References);
  return [...missing];
}
