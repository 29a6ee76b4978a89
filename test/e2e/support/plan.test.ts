import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { stages } from './plan.ts';

test('every suite is played, and none twice', async () => {
  const folder = join(import.meta.dirname, '..');
  const suites = (await readdir(folder)).filter((file) => file.endsWith('.e2e.ts'));
  const planned = stages.flat(2).filter((file) => !file.startsWith('test/contract/'));
  expect(planned.toSorted()).toEqual(suites.map((file) => `test/e2e/${file}`).toSorted());
});
