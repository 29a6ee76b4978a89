import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { environmentVariables, parseConfig } from '../../src/config/load.ts';
import { configSchema } from '../../src/config/schema.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/domain/clock.ts';
import { readPage, tableRows } from './pages.ts';

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
}

const page = readPage('docs/configuration.md');
const fields = tableRows(page, 'field');

/** Paths of all values that a person can write: `classes.<name>.for`, `redaction.patterns[].name`. */
function pathsOf(schema: JsonSchema, path = ''): readonly string[] {
  const inner = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    pathsOf(field, path === '' ? name : `${path}.${name}`),
  );
  if (typeof schema.additionalProperties === 'object')
    inner.push(...pathsOf(schema.additionalProperties, `${path}.<name>`));
  if (schema.items?.properties !== undefined) inner.push(...pathsOf(schema.items, `${path}[]`));
  return inner.length === 0 ? [path] : inner;
}

function sayMs(ms: number): string {
  for (const [unit, size] of Object.entries({ d: DAY, h: HOUR, m: MINUTE, s: SECOND }))
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  return `${ms}${ms === 0 ? 's' : 'ms'}`;
}

/** Every way in which a value may be written down; durations are numbers once they are read. */
function spellings(value: unknown): readonly string[] {
  if (value === undefined) return [''];
  if (typeof value === 'number') return [String(value), sayMs(value)];
  return [typeof value === 'string' ? value : JSON.stringify(value)];
}

describe('docs/configuration.md', () => {
  const schema = z.toJSONSchema(configSchema, { io: 'input' }) as JsonSchema;

  test('names every field of the schema, and no other', () => {
    expect(new Set(fields.map(([name]) => name))).toEqual(new Set(pathsOf(schema)));
  });

  test('says the defaults that the schema has', () => {
    const defaults = configSchema.parse({}) as Record<string, unknown>;
    const plain = fields.filter(([name = '']) => !/[<[]/.test(name));
    const wrong = plain.filter(([name = '', text = '']) => {
      const value = name
        .split('.')
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], defaults);
      return !spellings(value).includes(text);
    });
    expect(wrong).toEqual([]);
    expect(plain.length).toBeGreaterThan(20);
  });

  test('names every environment variable and the field that it sets', () => {
    const documented = Object.fromEntries(tableRows(page, 'variable').map(([name, field]) => [name, field]));
    const actual = Object.entries(environmentVariables).map(([name, path]) => [name, path.join('.')]);
    expect(documented).toEqual(Object.fromEntries(actual));
  });

  test('has examples that the agent accepts', () => {
    const examples = [...page.matchAll(/```json\n(.*?)```/gs)].map((match) => match[1] ?? '');
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) parseConfig(JSON.parse(example), 'the page');
  });
});
