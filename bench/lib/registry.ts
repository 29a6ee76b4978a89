import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Bench } from './bench.ts';

const folder = resolve(import.meta.dirname, '..');

function entryOf(name: string): string {
  return join(folder, name, 'index.ts');
}

/** The names of all benches: folders with an `index.ts`. */
export function benchNames(): readonly string[] {
  return readdirSync(folder)
    .filter((name) => existsSync(entryOf(name)))
    .toSorted();
}

/** Loads the bench of this name. Throws when there is none. */
export async function loadBench(name: string): Promise<Bench> {
  if (!benchNames().includes(name))
    throw new Error(`no bench is named "${name}"; there are: ${benchNames().join(', ')}`);
  const module = (await import(entryOf(name))) as { readonly bench: Bench };
  return module.bench;
}
