/**
 * Writes the table of values in the chart's README from the comments of its values.yaml: `node scripts/render-values.ts`. A test fails when
 * it is stale. The comments have the form of helm-docs: `# -- text` above a value, `# @default -- text` where the default is too long for a
 * cell. `# @section -- name` begins a section, for all values up to the next.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isMap, isScalar, type Pair, parse, parseDocument, type YAMLMap } from 'yaml';
import { withPart } from './rendered-part.ts';

const chart = join(resolve(import.meta.dirname, '..'), 'charts/ankra-support-agent');
const file = join(chart, 'README.md');

interface Row {
  readonly path: string;
  readonly default: string;
  readonly meaning: string;
}

/** What a comment says of the value below it. */
interface Said {
  readonly section?: string;
  readonly default?: string;
  readonly meaning?: string;
}

const MARK = /^ *(@section |@default )?-- /;

/** The lines of a comment that belong to its marks; a line without one goes on with what was said before it. */
function read(comment: string): Said {
  const said: Record<string, string> = {};
  let current: string | undefined;
  for (const line of comment.split('\n')) {
    const mark = MARK.exec(line);
    if (line.trim() === '') current = undefined;
    else if (mark !== null) {
      current = mark[1]?.trim().slice(1) ?? 'meaning';
      said[current] = line.slice(mark[0].length).trim();
    } else if (current !== undefined) said[current] += ` ${line.trim()}`;
  }
  return said;
}

/** The comment above a pair; the parser gives that above the first pair of a map to the map. */
function commentOf(pair: Pair, index: number, parent: YAMLMap): string {
  const key = isScalar(pair.key) ? (pair.key.commentBefore ?? '') : '';
  return index === 0 ? `${parent.commentBefore ?? ''}\n${key}` : key;
}

/** A row for each value, by section. Throws for a value that nothing is said about. */
export function rowsOf(text: string): ReadonlyMap<string, readonly Row[]> {
  const document = parseDocument(text);
  const sections = new Map<string, Row[]>();
  let section = '';
  const walk = (map: YAMLMap, above: readonly string[]): void => {
    for (const [index, pair] of map.items.entries()) {
      const said = read(commentOf(pair, index, map));
      section = said.section ?? section;
      const path = [...above, String(pair.key)];
      if (said.meaning === undefined && isMap(pair.value) && pair.value.items.length > 0)
        walk(pair.value, path);
      else sections.set(section, [...(sections.get(section) ?? []), rowOf(path.join('.'), pair, said)]);
    }
  };
  if (isMap(document.contents)) walk(document.contents, []);
  return sections;
}

/** A value on one line, in quotes only where YAML needs them. */
function asYaml(value: unknown): string {
  const quoted = JSON.stringify(value).replaceAll(',', ', ');
  return typeof value === 'string' && value !== '' && parse(value) === value ? value : quoted;
}

function rowOf(path: string, { value }: Pair, { meaning = '', default: words }: Said): Row {
  if (meaning === '')
    throw new Error(`values.yaml: nothing is said about ${path}: write \`# -- \` and a text above it`);
  const plain = (value as { toJSON(): unknown } | null)?.toJSON() ?? null;
  return { path, default: words ?? `\`${asYaml(plain)}\``, meaning };
}

/** The README with the tables as values.yaml says them. Throws as `rowsOf` does. */
export async function renderValues(readme: string, values: string): Promise<string> {
  const lines = [...rowsOf(values)].flatMap(([section, rows]) => [
    `### ${section}`,
    '',
    '| value | default | meaning |',
    '| --- | --- | --- |',
    ...rows.map((row) => `| \`${row.path}\` | ${row.default} | ${row.meaning.replaceAll('|', '\\|')} |`),
    '',
  ]);
  return withPart({ file, text: readme }, 'values.yaml', lines);
}

if (import.meta.main) {
  const values = await readFile(join(chart, 'values.yaml'), 'utf8');
  await writeFile(file, await renderValues(await readFile(file, 'utf8'), values));
}
