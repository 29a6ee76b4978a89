/**
 * Writes the schema of the agent's configuration into the chart's values.schema.json, as `config`:
 * `node scripts/render-schema.ts`. The rest of that file is written by hand. A test fails when it is stale.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { z } from 'zod';
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

/** JSON Schema of the value `config`. The agent itself checks more: limits of durations, and how fields go together. */
export function configValueSchema(): ObjectSchema {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' });
  const properties = Object.entries((schema as ObjectSchema).properties ?? {});
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
