/**
 * Writes the schema of the agent's configuration into the chart's values.schema.json, as `config`:
 * `node scripts/render-schema.ts`. The rest of that file is written by hand. A test fails when it is stale.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { z } from 'zod';
import { renamedFields } from '../src/config/load.ts';
import { configSchema } from '../src/config/schema.ts';

const file = join(resolve(import.meta.dirname, '..'), 'charts/ankra-support-agent/values.schema.json');

/** The little of JSON Schema that is looked at here. */
export interface ObjectSchema {
  readonly properties?: Readonly<Record<string, ObjectSchema>>;
  readonly [keyword: string]: unknown;
}

/** What the chart says by other values (`ticketApi`, the name of the release, its mounts), by its parent's name. */
const impliedFields: Readonly<Record<string, readonly string[]>> = {
  ticketApi: ['url', 'tokenFile', 'organisationId', 'caFile', 'proxy'],
  lease: ['name'],
};

function without(schema: ObjectSchema, names: readonly string[] = []): ObjectSchema {
  if (names.length === 0) return schema;
  const kept = Object.entries(schema.properties ?? {}).filter(([name]) => !names.includes(name));
  return { ...schema, properties: Object.fromEntries(kept) };
}

/** Adds the old names of fields. They take no value, so that what refuses them names the new one. */
function withOldNames(schema: ObjectSchema): ObjectSchema {
  return Object.entries(renamedFields).reduce(
    (whole, [from, to]) => withOldName(whole, from.split('.'), to),
    schema,
  );
}

function withOldName(
  schema: ObjectSchema,
  [name = '', ...path]: readonly string[],
  to: string,
): ObjectSchema {
  if (name === '*')
    return {
      ...schema,
      additionalProperties: withOldName(schema['additionalProperties'] as ObjectSchema, path, to),
    };
  const inner =
    path.length === 0
      ? { const: `(it is called ${to} now)` }
      : withOldName(schema.properties?.[name] ?? {}, path, to);
  return { ...schema, properties: { ...schema.properties, [name]: inner } };
}

/** JSON Schema of the value `config`. The agent itself checks more: limits of durations, and how fields go together. */
export function configValueSchema(): ObjectSchema {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' });
  const properties = Object.entries(withOldNames(schema as ObjectSchema).properties ?? {});
  return {
    ...schema,
    description: 'The configuration file of the agent: docs/install.md',
    properties: Object.fromEntries(
      properties.map(([name, field]) => [name, without(field, impliedFields[name])]),
    ),
  };
}

if (import.meta.main) {
  const schema = JSON.parse(await readFile(file, 'utf8')) as ObjectSchema;
  const whole = { ...schema, properties: { ...schema.properties, config: configValueSchema() } };
  await writeFile(
    file,
    await format(JSON.stringify(whole), { ...(await resolveConfig(file)), filepath: file }),
  );
}
