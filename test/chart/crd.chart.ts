import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { incidentSpecSchema, incidentStatusSchema } from '../../src/domain/incident.ts';
import { commentTimes, specTimes, statusTimes } from '../../src/kube/incident-store/read.ts';
import { manifests, only, templateCase } from './support/render.ts';

/** The part of JSON Schema that both sides use. */
interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string }[];
}

async function crdSchema(): Promise<{ readonly spec: Schema; readonly status: Schema }> {
  const crd = only(manifests(await templateCase('default')), 'CustomResourceDefinition');
  const { versions } = crd['spec'] as {
    versions: readonly [{ schema: { openAPIV3Schema: { properties: { spec: Schema; status: Schema } } } }];
  };
  return versions[0].schema.openAPIV3Schema.properties;
}

function domainSchema(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema) as Schema;
}

/** Paths of what is a number in the domain and a time on the wire. */
const times: readonly string[] = [
  ...specTimes,
  ...statusTimes,
  ...commentTimes.map((name) => `comment.${name}`),
];

interface Field {
  readonly path: string;
  readonly schema: Schema;
}

/** All fields of a schema, nested ones too; items of a list are `[]`. */
function fields(schema: Schema, path = ''): readonly Field[] {
  const nested = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    fields(field, path === '' ? name : `${path}.${name}`),
  );
  const items = schema.items === undefined ? [] : fields(schema.items, `${path}[]`);
  return [{ path, schema }, ...nested, ...items];
}

function describeFields(schema: Schema): unknown {
  const described = fields(schema)
    .filter(({ path }) => !path.startsWith('conditions'))
    .map(({ path, schema: { type, format } }) => {
      const isTime = format === 'date-time' || times.includes(path);
      return [path, isTime ? 'time' : type];
    });
  return Object.fromEntries(described as [string, unknown][]);
}

describe('the CustomResourceDefinition', () => {
  test('has every field that the agent writes, of the same type, and no other', async () => {
    const { spec, status } = await crdSchema();
    expect(describeFields(spec)).toEqual(describeFields(domainSchema(incidentSpecSchema)));
    expect(describeFields(status)).toEqual(describeFields(domainSchema(incidentStatusSchema)));
  });

  test('lists no words, so that one of a later release can be written and read', async () => {
    const { spec, status } = await crdSchema();
    const listing = [...fields(spec), ...fields(status)].filter(
      ({ schema, path }) => schema.enum !== undefined && !path.startsWith('conditions'),
    );
    expect(listing).toEqual([]);
  });

  test('keeps fields that it does not know, in each of its objects', async () => {
    const { spec, status } = await crdSchema();
    const pruning = [...fields(spec), ...fields(status)].filter(
      ({ schema, path }) =>
        schema.type === 'object' &&
        schema['x-kubernetes-preserve-unknown-fields'] !== true &&
        !path.startsWith('conditions'),
    );
    expect(pruning).toEqual([]);
  });

  test('requires of the spec what the agent always writes', async () => {
    const { spec } = await crdSchema();
    const domain = domainSchema(incidentSpecSchema);
    expect(spec.required?.toSorted()).toEqual(domain.required?.toSorted());
    expect(spec.properties?.['draft']?.required?.toSorted()).toEqual(
      domain.properties?.['draft']?.required?.toSorted(),
    );
  });

  test('accepts every text that the agent may write', async () => {
    const { spec, status } = await crdSchema();
    const limits = new Map(
      [...fields(spec), ...fields(status)].map((field) => [field.path, field.schema.maxLength]),
    );
    const tooLong = [incidentSpecSchema, incidentStatusSchema]
      .flatMap((schema) => fields(domainSchema(schema)))
      .filter(({ path, schema }) => (schema.maxLength ?? 0) > (limits.get(path) ?? Infinity));
    expect(tooLong).toEqual([]);
  });

  test('bounds every text and every list, without which the cost of its rules cannot be known', async () => {
    const { spec, status } = await crdSchema();
    const unbounded = [...fields(spec), ...fields(status)].filter(
      ({ schema }) =>
        (schema.type === 'string' && !schema.maxLength && !schema.enum && schema.format !== 'date-time') ||
        (schema.type === 'array' && !schema.maxItems),
    );
    expect(unbounded).toEqual([]);
  });

  test('lets nobody change the spec: each field by itself, and whether the optional ones are there', async () => {
    const { spec } = await crdSchema();
    const rules = (spec['x-kubernetes-validations'] ?? []).map(({ rule }) => rule).join('\n');
    for (const [name, field] of Object.entries(spec.properties ?? {})) {
      expect({ name, rules: field['x-kubernetes-validations'] }).toMatchObject({
        name,
        rules: [{ rule: 'self == oldSelf' }],
      });
    }
    // A rule of a field is not asked when the field comes or goes.
    const optional = Object.keys(spec.properties ?? {}).filter(
      (name) => spec.required?.includes(name) !== true,
    );
    expect(optional.filter((name) => !rules.includes(`has(self.${name})`))).toEqual([]);
    expect(rules).toContain('!has(self.draft) || has(oldSelf.draft)');
  });
});
