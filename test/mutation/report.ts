import { relative } from 'node:path';
import { type Drawn, placeOf } from './draw.ts';

/** What became of a mutant. */
export type Fate = 'noticed' | 'timed out' | 'not noticed' | 'no test reaches it';

interface Tally {
  tried: number;
  caught: number;
  late: number;
}

/** Two levels below src where a folder is large, so that a weak part is seen. */
function folderOf(file: string): string {
  const [folder = 'src', inner = ''] = relative('src', file).split('/').slice(0, -1);
  return ['kube', 'tickets', 'enrich'].includes(folder) && inner !== '' ? `${folder}/${inner}` : folder;
}

function tallyByFolder(fates: readonly (readonly [Drawn, Fate])[]): ReadonlyMap<string, Tally> {
  const folders = new Map<string, Tally>();
  for (const [{ file }, fate] of fates) {
    const tally = folders.get(folderOf(file)) ?? { tried: 0, caught: 0, late: 0 };
    tally.tried += 1;
    if (fate === 'noticed' || fate === 'timed out') tally.caught += 1;
    if (fate === 'timed out') tally.late += 1;
    folders.set(folderOf(file), tally);
  }
  return folders;
}

/** The table: folders, how many mutants were tried in each and how many were noticed. */
export function tableOf(fates: readonly (readonly [Drawn, Fate])[]): readonly string[] {
  const folders = [...tallyByFolder(fates)].toSorted(([a], [b]) => a.localeCompare(b));
  const rows = folders.map(
    ([folder, { tried, caught, late }]) =>
      `${folder.padEnd(20)} ${caught} of ${tried}${late === 0 ? '' : `, ${late} by the time limit`}`,
  );
  const caught = folders.reduce((sum, [, tally]) => sum + tally.caught, 0);
  const share = ((100 * caught) / Math.max(1, fates.length)).toFixed(1);
  return [...rows, `${caught} of ${fates.length} noticed (${share} %)`];
}

/** One line about a mutant: where it is, and what it changes. */
export function describeMutant(drawn: Drawn): string {
  const { file, operator, code } = placeOf(drawn);
  return `${file}:${drawn.mutant.line} ${operator}: ${code}`;
}
