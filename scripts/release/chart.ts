/** The chart as a package that can be pushed to a registry: with the annotations of Artifact Hub, links that work outside of the repository, and the same bytes each time. */
import { cp, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { parseDocument } from 'yaml';
import { runCommand } from '../../test/cluster/command.ts';
import { helmPath } from '../../test/chart/support/helm.ts';
import { root } from './contents.ts';
import type { Release } from './sbom.ts';

const NAME = 'ankra-support-agent';
const CHART = `charts/${NAME}`;

/** What the package says beside what stands in the repository. */
interface ChartInput extends Release {
  /** Address of the repository, without `.git`. */
  readonly source: string;
  /** The image with its tag and digest. */
  readonly image: string;
}

/** Packages the chart into a folder. Gives the file's name. Throws CommandError with Helm's words. */
export async function packageChart(folder: string, input: ChartInput): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'chart-'));
  try {
    const staged = join(dir, NAME);
    await cp(join(root, CHART), staged, { recursive: true });
    await rewrite(join(staged, 'Chart.yaml'), async (text) =>
      annotated(text, input, await readFile(join(root, 'CHANGELOG.md'), 'utf8')),
    );
    await rewrite(join(staged, 'README.md'), (text) => absoluteLinks(text, CHART, linkBase(input)));
    return await pack(staged, folder, input);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function rewrite(file: string, change: (text: string) => string | Promise<string>): Promise<void> {
  await writeFile(file, await change(await readFile(file, 'utf8')));
}

function linkBase({ source, version }: ChartInput): string {
  return `${source}/blob/v${version}`;
}

/**
 * Helm checks and packs it; then it is packed again, because Helm writes the present moment into each file (helm/helm#8212).
 * The file itself gets the time of the commit: `helm push` writes it into the manifest (helm/helm#12159).
 */
async function pack(staged: string, folder: string, { version, epoch }: ChartInput): Promise<string> {
  const dir = dirname(staged);
  await runCommand(await helmPath(), ['package', staged, '--destination', dir]);
  await rm(staged, { recursive: true });
  const file = `${NAME}-${version}.tgz`;
  await runCommand('tar', ['-xzf', join(dir, file), '-C', dir]);
  const target = join(folder, file);
  const same = ['--sort=name', `--mtime=@${epoch}`, '--owner=0', '--group=0', '--numeric-owner'];
  const mode = '--mode=u=rwX,go=rX';
  await runCommand('tar', [
    ...same,
    mode,
    '--use-compress-program=gzip -n -9',
    '-cf',
    target,
    '-C',
    dir,
    NAME,
  ]);
  await utimes(target, epoch, epoch);
  return file;
}

/** Chart.yaml with version, image, changes and links. Comments and order stay. Throws where a version in it is not the one that is released. */
export function annotated(chartYaml: string, input: ChartInput, changelog: string): string {
  const document = parseDocument(chartYaml);
  for (const field of ['version', 'appVersion']) {
    const found = String(document.get(field));
    if (found !== input.version)
      throw new Error(`${CHART}/Chart.yaml: ${field} is ${found}; set it to ${input.version}`);
  }
  const annotations: Readonly<Record<string, string>> = {
    'artifacthub.io/images': yamlList([{ name: NAME, image: input.image }]),
    'artifacthub.io/changes': yamlList(
      changesOf(absoluteLinks(changelog, '.', linkBase(input)), input.version),
    ),
    'artifacthub.io/prerelease': String(input.version.includes('-') || input.version.startsWith('0.')),
    'artifacthub.io/links': yamlList([
      { name: 'documentation', url: `${linkBase(input)}/docs/README.md` },
      { name: 'upgrading', url: `${linkBase(input)}/UPGRADING.md` },
    ]),
  };
  for (const [key, value] of Object.entries(annotations)) document.setIn(['annotations', key], value);
  return document.toString({ lineWidth: 0 });
}

/** Artifact Hub takes lists as YAML in a string; JSON is YAML. */
function yamlList(entries: readonly unknown[]): string {
  return JSON.stringify(entries);
}

/** One change, as Artifact Hub shows it (https://artifacthub.io/docs/topics/annotations/helm/). */
export interface Change {
  readonly kind: string;
  readonly description: string;
}

/**
 * The entries of a version in a changelog of the form Keep a Changelog, without headings below their kind; those of `Unreleased` where the
 * version has no section yet.
 */
export function changesOf(changelog: string, version: string): readonly Change[] {
  const sections = changelog.split(/^## /m);
  const section =
    sections.find((text) => text.startsWith(`[${version}]`)) ??
    sections.find((text) => text.startsWith('[Unreleased]')) ??
    '';
  return section
    .split(/^### /m)
    .slice(1)
    .flatMap((part) => {
      const kind = (part.split('\n')[0] ?? '').trim().toLowerCase();
      const entries = part
        .replaceAll(/^#### .*$/gm, '')
        .split(/^- /m)
        .slice(1);
      return entries.map((entry) => ({ kind, description: entry.replaceAll(/\s+/g, ' ').trim() }));
    });
}

/** Markdown of a page of the repository with its links made absolute, so that they work wherever the page is shown. */
export function absoluteLinks(markdown: string, folder: string, base: string): string {
  return markdown.replaceAll(/\]\((?![a-z]+:|#)([^)\s]+)\)/g, (_link, target: string) => {
    const [path = '', anchor] = target.split('#');
    const absolute = `${base}/${posix.normalize(posix.join(folder, path))}`;
    return `](${absolute}${anchor === undefined ? '' : `#${anchor}`})`;
  });
}
