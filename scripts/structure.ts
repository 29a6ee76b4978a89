/**
 * Prints the folders of `src` and what each imports of the others, highest first: `npm run structure`, with `-- --counts` the number of imports
 * beside each. With `--write` it writes them into docs/architecture.md.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';

const src = resolve(import.meta.dirname, '../src');

/** Where the structure stands as text. */
export const DOCUMENT = resolve(import.meta.dirname, '../docs/architecture.md');

const BEGIN = '<!-- Written by `npm run structure -- --write`. -->\n\n```text\n';
const END = '\n```\n';

/** How often a folder imports from each of the others, types included. */
type Arrows = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** The arrows between the folders of `src`. */
export function readArrows(): Arrows {
  const arrows = new Map<string, Map<string, number>>();
  for (const file of readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(isSource)) {
    const from = folderOf(file);
    const counts = arrows.get(from) ?? new Map<string, number>();
    arrows.set(from, counts);
    for (const [, target = ''] of readFileSync(join(src, file), 'utf8').matchAll(IMPORT)) {
      const to = folderOf(relative(src, resolve(src, dirname(file), target)));
      if (to !== from) counts.set(to, (counts.get(to) ?? 0) + 1);
    }
  }
  return arrows;
}

const IMPORT = /(?:\bfrom|\bimport\(?)\s*'(\.[^']*)'/g;

function isSource(file: string): boolean {
  return file.endsWith('.ts');
}

/** The folder right below `src`, or the file that lies there. */
function folderOf(file: string): string {
  return file.split(sep)[0] ?? '';
}

/** Folders before those that they import. Throws when that is not possible: two import each other, if only by way of others. */
export function highestFirst(arrows: Arrows): readonly string[] {
  const left = new Set([...arrows.keys()].toSorted());
  const sorted: string[] = [];
  while (left.size > 0) {
    const top = [...left].filter((folder) => ![...left].some((other) => arrows.get(other)?.has(folder)));
    if (top.length === 0) throw new Error(`these folders import each other: ${[...left].join(', ')}`);
    for (const folder of top) left.delete(folder);
    sorted.push(...top);
  }
  return sorted;
}

/** One line for each folder: `watch → domain, kube, lib`. */
export function structureText(arrows: Arrows, withCounts = false): string {
  const folders = highestFirst(arrows);
  const width = Math.max(...folders.map(({ length }) => length));
  const lines = folders.map((folder) => {
    const targets = folders.flatMap((to) => {
      const count = arrows.get(folder)?.get(to);
      if (count === undefined) return [];
      return withCounts ? `${to} ${count}` : to;
    });
    return `${folder.padEnd(width)} → ${targets.join(', ') || '(none)'}`;
  });
  return lines.join('\n');
}

/** The document with the structure as it is now. */
export function withStructure(document: string): string {
  const begin = document.indexOf(BEGIN) + BEGIN.length;
  const end = document.indexOf(END, begin);
  if (begin < BEGIN.length || end === -1) throw new Error(`${DOCUMENT} has no place for the structure`);
  return document.slice(0, begin) + structureText(readArrows()) + document.slice(end);
}

if (import.meta.main) {
  const options = { counts: { type: 'boolean' }, write: { type: 'boolean' } } as const;
  const { values } = parseArgs({ options });
  if (values.write === true) writeFileSync(DOCUMENT, withStructure(readFileSync(DOCUMENT, 'utf8')));
  else process.stdout.write(`${structureText(readArrows(), values.counts)}\n`);
}
