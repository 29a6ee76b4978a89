/**
 * Writes what the documents and the custom resource say of the classes of failure from `src/domain/failure-classes.ts`:
 * `node scripts/render-classes.ts`. A test fails when one of them is stale.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { HOUR, MINUTE, SECOND } from '../src/domain/clock.ts';
import {
  type ClassDefinition,
  classDefinitions,
  detectedClasses,
  failureClasses,
} from '../src/domain/failure-classes.ts';
import { detectors } from '../src/detect/index.ts';
import { withPart } from './rendered-part.ts';

const SOURCE = 'src/domain/failure-classes.ts';
/** In the template of the custom resource: the descriptions of the fields that hold a class. */
const DESCRIPTION = /(description: The (?:most causal )?class of failure .*, such as ).*/g;

type Cells = (name: string, definition: ClassDefinition) => readonly string[];

function table(header: readonly string[], cells: Cells): readonly string[] {
  const rows = detectedClasses.map((name) => cells(name, classDefinitions[name]));
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
}

/** A duration as the configuration takes it. */
function sayMs(ms: number): string {
  for (const [unit, size] of Object.entries({ h: HOUR, m: MINUTE }))
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  return `${ms / SECOND}s`;
}

const inDetectorsTable = table(['class', 'looks at', '`for`', 'immediate when'], (name, definition) => [
  `[\`${name}\`](#${name})`,
  [...new Set(detectors.filter((one) => one.class === name).map(({ detector }) => detector.kind))].join(', '),
  `\`${sayMs(definition.forMs)}\``,
  `${definition.immediate}${definition.isOptIn ? '; **off by default**' : ''}`,
]);

const inConfigurationTable = table(['class', '`for`', 'severity'], (name, { forMs, severity }) => [
  `\`${name}\``,
  `\`${sayMs(forMs)}\``,
  `\`${severity}\``,
]);

/** The files as they have to be, by path below the repository's root. */
export async function renderClasses(): Promise<ReadonlyMap<string, string>> {
  const [inDetectors, inConfiguration] = ['docs/detectors.md', 'docs/configuration.md'];
  const inResource = 'charts/ankra-support-agent/templates/crd-incidents.yaml';
  const read = async (file: string) => ({ file, text: await readFile(pathOf(file), 'utf8') });
  const resource = await read(inResource);
  return new Map([
    [inDetectors, await withPart(await read(inDetectors), SOURCE, inDetectorsTable)],
    [inConfiguration, await withPart(await read(inConfiguration), SOURCE, inConfigurationTable)],
    [inResource, resource.text.replaceAll(DESCRIPTION, `$1${failureClasses.join(', ')}.`)],
  ]);
}

function pathOf(file: string): string {
  return resolve(import.meta.dirname, '..', file);
}

if (import.meta.main) {
  for (const [file, text] of await renderClasses()) await writeFile(pathOf(file), text);
}
