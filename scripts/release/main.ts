/**
 * Builds, checks and publishes a release: `npm run release -- COMMAND`. The workflow of a release calls these and nothing else.
 *
 *   build --out FOLDER [--base IMAGE] [--plain-http]    image, chart, list of materials, notices and checksums
 *   verify FOLDER                                       checks what was built, or downloaded
 *   publish FOLDER --registry HOST/PATH [--plain-http]  pushes image and chart, prints what they are called by digest
 *   version --tag TAG                                   checks that the tag is that of this version
 *   passed                                              checks that CI has passed for this commit, by GitHub's `gh`
 */
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from '../../test/cluster/command.ts';
import { ensurePackages } from '../../test/cluster/packages.ts';
import { createTerminalProgress } from '../../test/cluster/progress.ts';
import { packageChart } from './chart.ts';
import { bundledPackages, type Metafile, NOTICES, noticesText, root } from './contents.ts';
import { buildImage } from './image.ts';
import { refuseUnlessPassed } from './passed.ts';
import { publish } from './publish.ts';
import { type Release, sbomText } from './sbom.ts';
import { problemsOf, writeChecksums } from './verify.ts';

/** Where the image is published, as the chart's values name it. */
const IMAGE = 'ghcr.io/ankraio/ankra-support-agent';

const progress = createTerminalProgress();
const { values, positionals } = parseArgs({
  options: {
    out: { type: 'string' },
    base: { type: 'string' },
    registry: { type: 'string' },
    tag: { type: 'string' },
    'plain-http': { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

interface Manifest {
  readonly version: string;
  readonly repository: { readonly url: string };
}

/** Version and address from package.json. */
async function readManifest(): Promise<Manifest> {
  return JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
}

/** The moment of the commit, or what `SOURCE_DATE_EPOCH` says (https://reproducible-builds.org/docs/source-date-epoch/). */
async function readRelease({ version }: Manifest): Promise<Release> {
  const epoch = process.env['SOURCE_DATE_EPOCH'] ?? (await git('log', '-1', '--format=%ct'));
  return { version, epoch: Number(epoch) };
}

async function git(...args: readonly string[]): Promise<string> {
  return (await runCommand('git', ['-C', root, ...args])).trim();
}

async function build(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) throw new Error(`${folder} is not empty`);
  const manifest = await readManifest();
  const release = await readRelease(manifest);
  const source = manifest.repository.url.replace(/\.git$/, '');
  await progress.step('bundle, notices and list of materials', () => buildBundle(folder, release));
  const isPlain = values['plain-http'];
  const revision = await git('rev-parse', 'HEAD');
  const base = values.base === undefined ? {} : { base: values.base };
  const input = { ...release, ...base, revision, source, isPlain };
  const digest = await progress.step('image', () => buildImage(join(folder, 'image'), input));
  const image = `${IMAGE}:${release.version}@${digest}`;
  await progress.step('chart', () => packageChart(folder, { ...release, source, image }));
  await writeChecksums(folder);
}

/** Builds `dist/`, from which the image is made. Throws where the notices are not those of what is in it. */
async function buildBundle(folder: string, release: Release): Promise<void> {
  const metafile = join(folder, 'metafile.json');
  await runCommand(process.execPath, [join(root, 'scripts/build.ts'), '--metafile', metafile]);
  const packages = bundledPackages(JSON.parse(await readFile(metafile, 'utf8')) as Metafile);
  await rm(metafile);
  const notices = noticesText(packages);
  if (notices !== (await readFile(NOTICES, 'utf8')))
    throw new Error('THIRD_PARTY_NOTICES is not what is bundled: npm run render');
  await writeFile(join(folder, 'THIRD_PARTY_NOTICES'), notices);
  const file = `ankra-support-agent-${release.version}.cdx.json`;
  await writeFile(join(folder, file), sbomText(packages, release));
}

async function verify(folder: string): Promise<void> {
  const problems = await problemsOf(folder, (await readManifest()).version);
  if (problems.length > 0) throw new Error(`this is no sound release:\n${problems.join('\n')}`);
  process.stderr.write('every checksum and digest is right, and the parts are of one release\n');
}

async function push(folder: string): Promise<void> {
  if (values.registry === undefined) throw new Error('publish needs --registry HOST/PATH');
  const target = { registry: values.registry, isPlain: values['plain-http'] };
  const { image, chart } = await publish(folder, (await readManifest()).version, target);
  // As a step of a workflow takes outputs: one `name=value` in a line.
  for (const [name, reference] of Object.entries({ image, chart }))
    process.stdout.write(`${name}=${reference}\n${name}-digest=${reference.split('@')[1] ?? ''}\n`);
}

async function checkTag(tag: string): Promise<void> {
  const { version } = await readManifest();
  if (tag !== `v${version}`)
    throw new Error(
      `the tag is ${tag}, and package.json has version ${version}: tag v${version}, or raise it`,
    );
}

async function main([command, folder]: readonly string[]): Promise<void> {
  if (command === 'passed') return await refuseUnlessPassed(await git('rev-parse', 'HEAD'));
  if (command === 'version' && values.tag !== undefined) return await checkTag(values.tag);
  await ensurePackages(progress, [
    { name: 'buildah', file: '/usr/bin/buildah' },
    { name: 'skopeo', file: '/usr/bin/skopeo' },
    { name: 'unzip', file: '/usr/bin/unzip' },
  ]);
  if (command === 'build' && values.out !== undefined) return await build(resolve(values.out));
  if (command === 'verify' && folder !== undefined) return await verify(resolve(folder));
  if (command === 'publish' && folder !== undefined) return await push(resolve(folder));
  throw new Error(
    'npm run release -- build --out FOLDER | verify FOLDER | publish FOLDER --registry HOST/PATH | version --tag TAG | passed',
  );
}

try {
  await main(positionals);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
