import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentJsonSchema } from '../../scripts/render-environment-schema.ts';
import { environmentSchema } from '../../src/domain/environment.ts';
import { fitEnvironment } from '../../src/enrich/index.ts';
import { storyOf } from '../tickets/render/hostile.ts';

const published = readFileSync(join(import.meta.dirname, '../../docs/environment.schema.json'), 'utf8');

test('the published schema is current: `npm run render` writes it', () => {
  expect(published).toBe(environmentJsonSchema());
});

test('the published schema takes what the agent sends, and nothing else', () => {
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(published) as object);
  const environment = fitEnvironment(storyOf('x').environment, 65_536);
  expect(environmentSchema.safeParse(environment).success).toBe(true);
  expect(validate(JSON.parse(JSON.stringify(environment)))).toBe(true);
  expect(validate({ ...environment, more: 1 })).toBe(false);
  expect(validate({ ...environment, version: '2' })).toBe(false);
});
