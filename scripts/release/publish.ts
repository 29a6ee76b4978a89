/** Pushes what was built to a registry. Nothing is built here, so that what is published is what was checked. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../../test/cluster/command.ts';
import { helmPath } from '../../test/chart/support/helm.ts';
import { type Descriptor, readIndex, sha256 } from './layout.ts';

/** Where a release goes. */
export interface Target {
  /** Host and path: `ghcr.io/ankraio`. The image is `ankra-support-agent` below it, the chart `charts/ankra-support-agent`. */
  readonly registry: string;
  /** Talk to it without TLS: for one on this machine. */
  readonly isPlain: boolean;
}

/** References with digests, without tags: what is signed. */
export interface Published {
  readonly image: string;
  readonly chart: string;
}

/**
 * Pushes image and chart of a folder. Throws CommandError with the tool's words, and where the tag is there with another digest: what others may
 * have pinned is not exchanged.
 */
export async function publish(folder: string, version: string, target: Target): Promise<Published> {
  const image = `${target.registry}/ankra-support-agent`;
  const { digest } = await readIndex(join(folder, 'image'));
  await refuseOtherDigest(`${image}:${version}`, digest, target);
  const from = `oci:${join(folder, 'image')}:${version}`;
  const tls = `--dest-tls-verify=${String(!target.isPlain)}`;
  const copy = ['copy', '--all', '--preserve-digests', tls];
  await runCommand('skopeo', [...copy, from, `docker://${image}:${version}`]);
  const file = join(folder, `ankra-support-agent-${version}.tgz`);
  await refuseOtherChart(`${target.registry}/charts/ankra-support-agent:${version}`, file, target);
  const chart = await pushChart(file, target);
  return { image: `${image}@${digest}`, chart: `${target.registry}/charts/ankra-support-agent@${chart}` };
}

async function refuseOtherDigest(reference: string, digest: string, target: Target): Promise<void> {
  const found = await remoteDigest(reference, target).catch(() => undefined);
  if (found !== undefined && found !== digest)
    throw new Error(
      `${reference} is there already, with another digest (${found}). A version is published once: raise it`,
    );
}

/** A chart's manifest has its package as the one layer. */
async function refuseOtherChart(reference: string, file: string, target: Target): Promise<void> {
  const args = ['inspect', '--raw', `--tls-verify=${String(!target.isPlain)}`, `docker://${reference}`];
  const raw = await runCommand('skopeo', args).catch(() => undefined);
  if (raw === undefined) return;
  const { layers } = JSON.parse(raw) as { readonly layers: readonly Descriptor[] };
  const own = `sha256:${sha256(await readFile(file))}`;
  if (!layers.some(({ digest }) => digest === own))
    throw new Error(
      `${reference} is there already, with another package. A version is published once: raise it`,
    );
}

/** The digest of what a registry has under a name. Throws CommandError where it has nothing, or cannot be reached. */
async function remoteDigest(reference: string, target: Target): Promise<string> {
  const format = ['--no-tags', '--format', '{{.Digest}}'];
  const args = ['inspect', `--tls-verify=${String(!target.isPlain)}`, ...format, `docker://${reference}`];
  return (await runCommand('skopeo', args)).trim();
}

/** Gives the digest of the chart's manifest. */
async function pushChart(file: string, { registry, isPlain }: Target): Promise<string> {
  const plain = isPlain ? ['--plain-http'] : [];
  // Helm writes the file's time into the manifest, in the zone of the machine: with one zone it is the same everywhere.
  const env = { TZ: 'UTC' };
  const helm = await helmPath();
  const script = ['-c', '"$@" 2>&1', 'sh', helm, 'push', file, `oci://${registry}/charts`, ...plain];
  // Helm 3 tells the digest on standard error, Helm 4 on standard output.
  const said = await runCommand('sh', script, { env });
  const [, digest] = /^Digest:\s*(sha256:[0-9a-f]{64})$/m.exec(said) ?? [];
  if (digest === undefined) throw new Error(`helm push told no digest, but:\n${said}`);
  return digest;
}
