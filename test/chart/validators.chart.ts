import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pythonProgram } from '../support/python-program.ts';
import { CommandError, runCommand } from '../cluster/index.ts';
import { cases, templateCase } from './support/render.ts';

/** Has the schemas of Kubernetes 1.25 to 1.37 in its package, and asks nobody. */
const VALIDATE = 'kubernetes-validate==1.37.0';
/** The oldest minor that the chart supports, and the one that the end-to-end tests run on. */
const minors = ['1.29', '1.36'];

let program: string;
let folder: string;

beforeAll(async () => {
  program = await pythonProgram(VALIDATE);
  folder = mkdtempSync(join(tmpdir(), 'validate-'));
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the validator says of these files; it ends with 1 when it objects to one. */
async function validate(minor: string, files: readonly string[]): Promise<readonly string[]> {
  const args = ['--kubernetes-version', minor, '--strict', ...files];
  const said = await runCommand(program, args).catch((error: unknown) => {
    if (error instanceof CommandError) return `${error.stdout}\n${error.stderr}`;
    throw error;
  });
  return said.split('\n').filter((line) => line !== '' && !line.startsWith('INFO '));
}

describe.each(minors)('the objects of the chart, by the schemas of Kubernetes %s', (minor) => {
  test('are valid, and none has a field that does not exist', async () => {
    const files = await Promise.all(
      cases.map(async (name) => {
        const file = join(folder, `${name}-${minor}.yaml`);
        // The policy of admission is not of 1.29, and the chart says so.
        const less = minor === '1.29' ? ['--set', 'admissionPolicy.enabled=false'] : [];
        writeFileSync(file, await templateCase(name, '--kube-version', minor, ...less));
        return file;
      }),
    );
    const said = await validate(minor, files);
    // Kinds of the Prometheus Operator are not Kubernetes' own.
    expect(said.filter((line) => !line.includes('with api version monitoring.coreos.com/v1'))).toEqual([]);
  });

  test('would be refused with a field that does not exist', async () => {
    const file = join(folder, `broken-${minor}.yaml`);
    writeFileSync(file, 'apiVersion: v1\nkind: Service\nmetadata: { name: a }\nspec: { sellector: {} }\n');
    expect((await validate(minor, [file])).join('\n')).toContain('sellector');
  });
});
