/** Writes docs/environment.schema.json, the published form of the `environment` that tickets carry. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { environmentSchema } from '../src/domain/environment.ts';

/** The schema as it is published. */
export function environmentJsonSchema(): string {
  const schema = z.toJSONSchema(environmentSchema, { io: 'output' });
  const head = {
    $schema: schema.$schema,
    $id: 'https://support.ankra.app/schemas/environment-1.json',
    title: 'Environment of a ticket filed by ankra-support-agent',
  };
  return `${JSON.stringify({ ...head, ...schema }, undefined, 2)}\n`;
}

if (import.meta.main) {
  await writeFile(resolve(import.meta.dirname, '../docs/environment.schema.json'), environmentJsonSchema());
}
