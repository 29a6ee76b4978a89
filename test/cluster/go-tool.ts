import { copyFile, mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, entryName } from './cache.ts';
import { CommandError, lastLines, runCommand } from './command.ts';
import { clusterError } from './failure.ts';
import type { Progress } from './progress.ts';

/** Programs that are built together from one Go module file. */
export interface GoTool {
  /** Folder of `versions/`, where the module file is pinned there. */
  readonly name: string;
  readonly version: string;
  readonly packages: readonly string[];
  readonly linkFlags: string;
  /** Build tag, where it needs one. */
  readonly tag?: string;
  /** Programs whose file has another name than the last part of the package. */
  readonly renames: Readonly<Record<string, string>>;
  /** How go.mod and go.sum come into a folder, where they are not pinned. */
  readonly modules?: {
    /** What is ours in go.mod: a change of it makes a new entry of the cache. */
    readonly recipe: string;
    readonly write: (dir: string) => Promise<void>;
  };
}

/** Static programs: no C compiler is needed, and they run in any image. What the user has set for Go does not count. */
export const goEnvironment = { CGO_ENABLED: '0', GOFLAGS: undefined, GOWORK: 'off' };

const versionsDir = join(import.meta.dirname, 'versions');

/** The texts of a folder of `versions/`, by name of the file. */
export async function readVersions(folder: string): Promise<string[]> {
  const dir = join(versionsDir, folder);
  const files = (await readdir(dir)).toSorted();
  return Promise.all(files.map((file) => readFile(join(dir, file), 'utf8')));
}

/** Copies a folder of `versions/`. */
export async function copyVersions(folder: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const file of await readdir(join(versionsDir, folder))) {
    await copyFile(join(versionsDir, folder, file), join(target, file));
  }
}

function goRemedy(error: unknown): string {
  // nice, which starts the compiler, ends with 127 when there is none.
  if (error instanceof CommandError && (error.exitCode === 127 || error.message.includes('ENOENT')))
    return 'install Go 1.26 or later (https://go.dev/dl/) and put it on the PATH.';
  if (error instanceof CommandError && /unknown revision|invalid version/.test(error.stderr))
    return 'there is no such version: https://kubernetes.io/releases/patch-releases/ lists them.';
  return 'check the network, the disk (8 GB free) and `go env GOPROXY`, then run the command again; what was compiled is kept.';
}

async function buildGoTool(tool: GoTool, dir: string, note: (text: string) => void): Promise<void> {
  const source = join(dir, 'source');
  const bin = join(dir, 'bin');
  await mkdir(bin);
  let compiled = 0;
  const onErrorLine = (line: string): void => {
    if (line.startsWith('go: ')) note(line.slice(4));
    else note(`${(compiled += 1)} packages compiled`);
  };
  const flags = [`-tags=${tool.tag ?? ''}`, `-ldflags=${tool.linkFlags}`];
  const args = ['build', '-v', '-mod=readonly', '-trimpath', ...flags, '-o', `${bin}/`];
  try {
    await (tool.modules?.write ?? ((target) => copyVersions(tool.name, target)))(source);
    const options = { cwd: source, env: goEnvironment, onErrorLine };
    await runCommand('nice', ['-n', '19', 'go', ...args, ...tool.packages], options);
  } catch (error) {
    const said = error instanceof CommandError ? lastLines(error.stderr) : String(error);
    const problem = `cannot be built (${tool.version})`;
    throw clusterError({ part: tool.name, problem, lastLines: said, remedy: goRemedy(error) }, error);
  }
  for (const [from, to] of Object.entries(tool.renames)) await rename(join(bin, from), join(bin, to));
}

/** Name of a tool's entry of the cache: a change of anything that goes into the build makes a new one. */
export async function toolEntry({
  name,
  version,
  packages,
  linkFlags,
  tag,
  modules,
}: GoTool): Promise<string> {
  const pinned = modules === undefined ? await readVersions(name) : [modules.recipe];
  // A tool without a tag keeps the name that it had before tags were a part of it: what is built takes half an hour.
  const tags = tag === undefined ? [] : [tag];
  return entryName(name, version, [...pinned, ...packages, linkFlags, ...tags]);
}

/** Folder with the programs of a tool; built at the first call. Throws ClusterError. */
export async function goTool(tool: GoTool, progress: Progress): Promise<string> {
  const make = (dir: string): Promise<void> => {
    const title = `build of ${tool.name} ${tool.version}`;
    return progress.step(title, (note) => buildGoTool(tool, dir, note));
  };
  const entry = await cached(await toolEntry(tool), make, progress);
  return join(entry, 'bin');
}
