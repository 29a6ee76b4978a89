import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '../crash-points/random.ts';
import { findMutants, type Mutant } from './mutants.ts';

/** A mutant and the file it is in, by its path relative to the root. */
export interface Drawn {
  readonly file: string;
  readonly source: string;
  readonly mutant: Mutant;
}

/** How a mutant is found again after lines have moved: what is changed, and the line as it stands in the source. */
export interface Place {
  readonly file: string;
  readonly operator: string;
  readonly code: string;
}

/** A mutant that changes no behaviour, and why. Where a line has several of the same operator, all of them are meant. */
export interface Equivalent extends Place {
  readonly reason: string;
}

/** Every mutant of the folders, in the order of their places. */
export function mutantsBelow(root: string, folders: readonly string[], skipped: readonly string[]): Drawn[] {
  return folders
    .flatMap((folder) => globSync(folder.endsWith('.ts') ? folder : `${folder}/**/*.ts`, { cwd: root }))
    .toSorted()
    .filter((file) => !skipped.some((folder) => file.startsWith(`${folder}/`)))
    .flatMap((file) => {
      const source = readFileSync(join(root, file), 'utf8');
      return findMutants(source).map((mutant) => ({ file, source, mutant }));
    });
}

/** So many of them, as the seed wants it. */
export function drawMutants(all: readonly Drawn[], seed: number, count: number): readonly Drawn[] {
  const rest = [...all];
  const random = createRandom(seed);
  const drawn: Drawn[] = [];
  while (drawn.length < count && rest.length > 0) {
    const [one] = rest.splice(Math.floor(random.next() * rest.length), 1);
    if (one !== undefined) drawn.push(one);
  }
  return drawn;
}

/** Where a mutant is. */
export function placeOf({ file, source, mutant }: Drawn): Place {
  return { file, operator: mutant.operator, code: source.split('\n')[mutant.line - 1]?.trim() ?? '' };
}

/** Whether a mutant is at a place. */
export function isAt(drawn: Drawn, place: Place): boolean {
  const { file, operator, code } = placeOf(drawn);
  return file === place.file && operator === place.operator && code === place.code;
}

/** The list of mutants that change nothing, which are not drawn. */
export function readEquivalents(root: string): readonly Equivalent[] {
  return JSON.parse(
    readFileSync(join(root, 'test/mutation/equivalent.json'), 'utf8'),
  ) as readonly Equivalent[];
}
