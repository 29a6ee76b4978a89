import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { agentImage, buildAgentImage, type Cluster } from '../../cluster/index.ts';
import { run } from './image.ts';

const root = resolve(import.meta.dirname, '../../..');

/** Tag of the image of a later release. */
export const laterTag = 'e2e-later';

/**
 * What a later release calls the phases that this one knows. It does not know ours any more than we know its: an upgrade tries one
 * direction, a downgrade the other.
 */
export const laterWords: ReadonlyMap<string, string> = new Map([
  ['Filed', 'Ticketed'],
  ['Recovered', 'Resolved'],
  ['Folded', 'Merged'],
]);

/** Builds the agent with the words of a later release, and makes the cluster know its image. */
export async function provideLaterRelease(cluster: Cluster): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'e2e-later-'));
  try {
    const dist = join(folder, 'dist');
    if ((await run(process.execPath, ['scripts/build.ts', '--outdir', dist], process.env, 2)) !== 0)
      throw new Error('the bundle could not be built');
    await rename(dist);
    for (const file of ['Dockerfile', 'LICENSE', 'THIRD_PARTY_NOTICES'])
      await copyFile(join(root, file), join(folder, file));
    const name = agentImage.replace(/[^:]+$/, laterTag);
    const { tarPath } = await buildAgentImage({
      tarPath: join(folder, 'later.tar'),
      name,
      contextDir: folder,
    });
    await cluster.loadImage(tarPath);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function rename(dist: string): Promise<void> {
  const files = (await readdir(dist, { recursive: true })).filter((file) => file.endsWith('.mjs'));
  const found = new Set<string>();
  for (const file of files) {
    let text = await readFile(join(dist, file), 'utf8');
    for (const [word, later] of laterWords) {
      // A whole string, or a name in an object: nothing of what is said to people.
      const places = new RegExp(`(["'\`])${word}\\1|(?<=[{,])${word}(?=:)`, 'g');
      if (!places.test(text)) continue;
      found.add(word);
      text = text.replaceAll(places, (place) => place.replace(word, later));
    }
    await writeFile(join(dist, file), text);
  }
  const missing = [...laterWords.keys()].filter((word) => !found.has(word));
  if (missing.length > 0) throw new Error(`the bundle does not have ${missing.join(', ')}`);
}
