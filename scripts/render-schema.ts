/**
 * Writes the schema of the agent's configuration into the chart's values.schema.json, as `config`, and the limits of its durations, which
 * JSON Schema cannot compare, into a template: `node scripts/render-schema.ts`. The rest of values.schema.json is written by hand. A test
 * fails when one of them is stale.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { stringify } from 'yaml';
import { z } from 'zod';
import { renamedFields } from '../src/config/load.ts';
import { configSchema } from '../src/config/schema.ts';
import { sayMs } from '../src/config/values.ts';

const chart = join(resolve(import.meta.dirname, '..'), 'charts/ankra-support-agent');
const file = join(chart, 'values.schema.json');

/** The little of JSON Schema that is looked at here. */
export interface ObjectSchema {
  readonly properties?: Readonly<Record<string, ObjectSchema>>;
  readonly [keyword: string]: unknown;
}

/** Fields that the chart has at its top level: to be without them is the first mistake of an installation. */
const movedFields = ['clusterId', 'clusterName'] as const;

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

/** A field as the chart takes it. */
function ofChart(name: string, field: ObjectSchema): ObjectSchema {
  const rest = without(field, impliedFields[name]);
  // Any free port is no port that a probe could ask.
  const port = rest.properties?.['port'];
  return name === 'http' && port !== undefined
    ? { ...rest, properties: { ...rest.properties, port: { ...port, minimum: 1 } } }
    : rest;
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
  const moved = movedFields.map((name) => [name, { const: `(set ${name} at the top level of the values)` }]);
  return {
    ...schema,
    description: 'The configuration file of the agent: docs/install.md',
    properties: {
      ...Object.fromEntries(properties.map(([name, field]) => [name, ofChart(name, field)])),
      ...(Object.fromEntries(moved) as ObjectSchema['properties']),
    },
  };
}

/** The limits of each duration of the configuration and its default, in the shape of the configuration; `*` stands for any name. */
function durationLimits(
  schema: ObjectSchema = configValueSchema(),
  defaults: unknown = configSchema.parse({}),
): Record<string, unknown> | undefined {
  const limits = schema['x-duration'] as Record<string, unknown> | undefined;
  if (limits !== undefined)
    return { ...limits, ...(typeof defaults === 'number' ? { default: sayMs(defaults) } : {}) };
  const others = schema['additionalProperties'];
  const fields = {
    ...schema.properties,
    ...(typeof others === 'object' ? { '*': others as ObjectSchema } : {}),
  };
  const found = Object.entries(fields)
    .map(([name, field]) => {
      const inner = (defaults as Readonly<Record<string, unknown>> | undefined)?.[name];
      return [name, durationLimits(field, inner ?? {})] as const;
    })
    .filter(([, inner]) => inner !== undefined);
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** The template with these limits. */
export function durationsTemplate(): string {
  const head = '{{/* Written by scripts/render-schema.ts from src/config/schema.ts. */}}';
  return `${head}\n{{- define "agent.durationLimits" -}}\n${stringify(durationLimits())}{{- end }}\n`;
}

if (import.meta.main) {
  const schema = JSON.parse(await readFile(file, 'utf8')) as ObjectSchema;
  const whole = { ...schema, properties: { ...schema.properties, config: configValueSchema() } };
  await writeFile(
    file,
    await format(JSON.stringify(whole), { ...(await resolveConfig(file)), filepath: file }),
  );
  await writeFile(join(chart, 'templates/_durations.tpl'), durationsTemplate());
}
