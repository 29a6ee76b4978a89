import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { phases } from '../../src/domain/incident.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { readPage, root, tableRows } from './pages.ts';

const page = readPage('docs/operations.md');
const OWN = /^ankra_support_agent_/;

/** All sources, as one text. */
function sources(folder: string): string {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}

interface Described {
  readonly name: string;
  readonly labelNames: readonly string[];
}

describe('docs/operations.md', () => {
  test('names every metric with its labels, and no other', () => {
    const metrics = new Metrics('0.0.0').registry.getMetricsAsArray() as unknown as Described[];
    const actual = metrics
      .filter(({ name }) => OWN.test(name))
      .map(({ name, labelNames }) => [name, [...labelNames].toSorted().join(', ')]);
    const documented = tableRows(page, 'metric').map(([name = '', labels = '']) => [
      name,
      labels.replaceAll('`', '').split(', ').toSorted().join(', '),
    ]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(actual));
  });

  test('quotes log messages as the agent writes them', () => {
    const text = sources(join(root, 'src'));
    const quoted = tableRows(page, 'message').map(([message = '']) => message);
    expect(quoted.filter((message) => !text.includes(`'${message}'`))).toEqual([]);
    expect(quoted.length).toBeGreaterThan(10);
  });

  test('explains every phase', () => {
    expect(tableRows(page, 'phase').map(([phase]) => phase)).toEqual([...phases]);
  });
});
