/** Checks a folder with a release: every file against its checksum, the image against its digests, and that the parts are of one release. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { runCommand } from '../../test/cluster/command.ts';
import { ARCHITECTURES } from './image.ts';
import { damagedBlobs, missingBlobs, readConfiguration, readIndex, sha256 } from './layout.ts';

const CHECKSUMS = 'checksums.txt';

/** Writes the checksums of all files but the image's blobs, whose names are theirs; in the form of sha256sum. */
export async function writeChecksums(folder: string): Promise<void> {
  const lines: string[] = [];
  for (const file of await summedFiles(folder))
    lines.push(`${sha256(await readFile(join(folder, file)))}  ${file}\n`);
  await writeFile(join(folder, CHECKSUMS), lines.join(''));
}

async function summedFiles(folder: string): Promise<readonly string[]> {
  const files = (await readdir(folder)).filter((file) => file !== CHECKSUMS && file !== 'image');
  return [...files, 'image/index.json'].toSorted();
}

/** What is wrong with a release, one line each; empty where all is well. */
export async function problemsOf(folder: string, version: string): Promise<readonly string[]> {
  const image = join(folder, 'image');
  const checksums = await checksumProblems(folder);
  if (checksums.length > 0) return checksums;
  // What a damaged blob says cannot be read, and what is missing cannot be looked into.
  const damaged = (await damagedBlobs(image)).map((name) => `image: blob ${name} is damaged`);
  if (damaged.length > 0) return damaged;
  const missing = (await missingBlobs(image)).map((name) => `image: blob ${name} is missing`);
  if (missing.length > 0) return missing;
  return [...(await imageProblems(image, version)), ...(await partsProblems(folder, version))];
}

async function checksumProblems(folder: string): Promise<readonly string[]> {
  const sums = new Map(
    (await readFile(join(folder, CHECKSUMS), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => [line.slice(66), line.slice(0, 64)]),
  );
  const problems: string[] = [];
  for (const file of await summedFiles(folder)) {
    const expected = sums.get(file);
    if (expected === undefined) problems.push(`${file}: has no checksum`);
    else if (sha256(await readFile(join(folder, file))) !== expected)
      problems.push(`${file}: is not what its checksum says`);
    sums.delete(file);
  }
  return [...problems, ...[...sums.keys()].map((file) => `${file}: is missing`)];
}

async function imageProblems(folder: string, version: string): Promise<readonly string[]> {
  const problems: string[] = [];
  const { images } = await readIndex(folder);
  const found = images.map(({ platform }) => platform?.architecture ?? '?').toSorted();
  if (found.join() !== [...ARCHITECTURES].join())
    problems.push(`image: is for ${found.join(', ')} instead of ${ARCHITECTURES.join(', ')}`);
  for (const image of images) {
    const { architecture, config } = await readConfiguration(folder, image);
    const where = `image for ${architecture}`;
    if (architecture !== image.platform?.architecture) problems.push(`${where}: its index says another one`);
    if (config.User !== '65532:65532') problems.push(`${where}: runs as ${config.User ?? 'root'}`);
    if (config.Labels?.['org.opencontainers.image.version'] !== version)
      problems.push(`${where}: is not of version ${version}`);
  }
  return problems;
}

/** That chart and list of materials are of this version, and the chart names this very image. */
async function partsProblems(folder: string, version: string): Promise<readonly string[]> {
  const problems: string[] = [];
  const file = join(folder, `ankra-support-agent-${version}.tgz`);
  const chartYaml = await runCommand('tar', ['-xzOf', file, 'ankra-support-agent/Chart.yaml']);
  const chart = parse(chartYaml) as { appVersion: string; annotations: Record<string, string> };
  if (chart.appVersion !== version) problems.push(`chart: appVersion is ${chart.appVersion}`);
  const { digest } = await readIndex(join(folder, 'image'));
  if (chart.annotations['artifacthub.io/images']?.includes(`:${version}@${digest}`) !== true)
    problems.push('chart: names another image');
  const sbom = await readFile(join(folder, `ankra-support-agent-${version}.cdx.json`), 'utf8');
  const { metadata } = JSON.parse(sbom) as { metadata: { component: { version: string } } };
  if (metadata.component.version !== version)
    problems.push(`list of materials: is of ${metadata.component.version}`);
  return problems;
}
