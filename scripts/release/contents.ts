/**
 * What the bundle contains of others, read from esbuild's record of the build: so neither what is not bundled is listed, nor what nobody has
 * named as a dependency forgotten. `node scripts/release/contents.ts` writes THIRD_PARTY_NOTICES.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** Root of the repository. */
export const root = resolve(import.meta.dirname, '../..');

/** Where the notices of the bundle stand. */
export const NOTICES = join(root, 'THIRD_PARTY_NOTICES');

/** The part of esbuild's metafile that is read here. */
export interface Metafile {
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
  >;
}

/** One package of npm in the bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX identifier, as the package's own manifest says. */
  readonly license: string;
  /** Below the root, without a slash at the end: the key of package-lock.json. */
  readonly folder: string;
  /** Texts of its files of licence and notice, in the order of their names. */
  readonly texts: readonly string[];
  readonly author: string;
}

/** Licences that may be bundled into a program under Apache-2.0: each asks for a notice at most. */
export const ALLOWED_LICENSES: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Unlicense',
]);

const MODULES = 'node_modules/';

/** Folders of the packages of which at least one byte is in an output, sorted. */
export function bundledFolders({ outputs }: Metafile): readonly string[] {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const folders = inputs
    .filter(([file, { bytesInOutput }]) => bytesInOutput > 0 && file.includes(MODULES))
    .map(([file]) => {
      const start = file.lastIndexOf(MODULES) + MODULES.length;
      const [scope = '', name = ''] = file.slice(start).split('/');
      return file.slice(0, start) + (scope.startsWith('@') ? `${scope}/${name}` : scope);
    });
  return [...new Set(folders)].toSorted();
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name?: string };
}

/** Reads a package's manifest and licence files. */
function readPackage(folder: string): BundledPackage {
  const path = join(root, folder);
  const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest;
  const { author = '' } = manifest;
  const files = readdirSync(path).filter((file) => /^(?:un)?(?:licen[cs]e|notice|copying)/i.test(file));
  return {
    name: manifest.name,
    version: manifest.version,
    license: manifest.license ?? '',
    folder,
    texts: files.toSorted().map((file) => readFileSync(join(path, file), 'utf8')),
    author: typeof author === 'string' ? author : (author.name ?? ''),
  };
}

/** The packages in the bundle, by name and version. Throws, naming each, where one has a licence that is not allowed. */
export function bundledPackages(metafile: Metafile): readonly BundledPackage[] {
  const packages = bundledFolders(metafile).map(readPackage);
  refuseLicenses(packages);
  return packages.toSorted((a, b) => (titleOf(a) < titleOf(b) ? -1 : 1));
}

/** Throws where a licence is not one of those that are allowed, and says what can be done. */
export function refuseLicenses(packages: readonly BundledPackage[]): void {
  const refused = packages.filter(({ license }) => !ALLOWED_LICENSES.has(license));
  if (refused.length === 0) return;
  const list = refused.map((entry) => `${titleOf(entry)}: ${entry.license || 'no licence'}`).join('\n');
  throw new Error(
    `These packages would be bundled under a licence that is not in ALLOWED_LICENSES of scripts/release/contents.ts.\n` +
      `Replace them, or have the licence looked at and add it.\n${list}`,
  );
}

function titleOf({ name, version }: Pick<BundledPackage, 'name' | 'version'>): string {
  return `${name} ${version}`;
}

const RULE = '-'.repeat(80);

/** The notices of all packages as one text; equal texts stand once, below the names of all who have them. */
export function noticesText(packages: readonly BundledPackage[]): string {
  const byText = new Map<string, string[]>();
  for (const entry of packages) {
    const text = textOf(entry);
    byText.set(text, [...(byText.get(text) ?? []), `${titleOf(entry)} (${entry.license})`]);
  }
  const parts = [...byText].map(([text, titles]) => `${RULE}\n${titles.join('\n')}\n${RULE}\n\n${text}\n`);
  const head =
    'The program of ankra-support-agent contains these packages, each under its own licence.\n' +
    'Written by `npm run render` from what is bundled.\n';
  return [head, ...parts].join('\n');
}

function textOf({ texts, license, author }: BundledPackage): string {
  if (texts.length === 0)
    return `The package has no file with its licence. Its manifest says: ${license}${author === '' ? '' : `, by ${author}`}.`;
  // Blanks at the ends of lines and line ends of other systems say nothing.
  return texts.map((text) => text.replaceAll(/[^\S\n]+$/gm, '').trim()).join('\n\n');
}

/** Bundles the program into a folder of its own and gives what it is made of. Throws what the build says. */
async function readMetafile(): Promise<Metafile> {
  const folder = await mkdtemp(join(tmpdir(), 'contents-'));
  try {
    const metafile = join(folder, 'metafile.json');
    const build = join(root, 'scripts/build.ts');
    const outdir = join(folder, 'dist');
    const args = [build, '--outdir', outdir, '--metafile', metafile];
    await promisify(execFile)(process.execPath, args);
    return JSON.parse(await readFile(metafile, 'utf8')) as Metafile;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) await writeFile(NOTICES, noticesText(bundledPackages(await readMetafile())));
