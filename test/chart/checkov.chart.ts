import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CommandError, runCommand } from '../cluster/index.ts';
import { pythonProgram } from '../support/python-program.ts';
import { cases, templateCase } from './support/render.ts';

/** Has its checks in its package, and with `--skip-download` asks nobody. */
const CHECKOV = 'checkov==3.3.30';

/** What checkov says and the chart does all the same: the check, where, and the reason. */
const exceptions: readonly (readonly [check: RegExp, place: RegExp, reason: string])[] = [
  [/^CKV_K8S_11$/, /./, 'a limit of processor time slows the agent down when it has most to do'],
  [/^CKV_K8S_15$/, /./, 'a registry that is down must not keep the agent from starting'],
  [/^CKV_K8S_38$/, /./, 'the agent asks the API server; no other pod mounts its token'],
  [/^CKV_K8S_43$/, /./, 'a digest is a value: image.digest'],
  [/^CKV_K8S_[89]$/, / Pod\..*-check$/, 'the pod of helm test runs to its end'],
  [/^CKV_K8S_40$/, /^openshift /, 'OpenShift gives the ids'],
  [/^CKV_K8S_(?:[89]|10|12|13|14|21|22)$/, /^extras /, 'containers and an object of the values'],
];

interface Report {
  readonly results: {
    readonly failed_checks: readonly {
      readonly check_id: string;
      readonly resource: string;
      readonly file_path: string;
    }[];
  };
}

let program: string;
let folder: string;

beforeAll(async () => {
  program = await pythonProgram(CHECKOV);
  folder = mkdtempSync(join(tmpdir(), 'checkov-'));
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What it says of all files of the folder, as `check case object`. */
async function objections(): Promise<readonly (readonly [check: string, place: string])[]> {
  const args = [
    '--directory',
    folder,
    '--framework',
    'kubernetes',
    '--skip-download',
    '--quiet',
    '--output',
    'json',
  ];
  const said = await runCommand(program, args).catch((error: unknown) => {
    if (error instanceof CommandError && error.exitCode === 1) return error.stdout;
    throw error;
  });
  return (JSON.parse(said) as Report).results.failed_checks.map(({ check_id, resource, file_path }) => [
    check_id,
    `${file_path.replace(/^\/(.*)\.yaml$/, '$1')} ${resource}`,
  ]);
}

test('checkov objects to nothing but what is listed, and every exception is needed', async () => {
  for (const name of cases) writeFileSync(join(folder, `${name}.yaml`), await templateCase(name));
  const broken =
    'apiVersion: v1\nkind: Pod\nmetadata: { name: root }\nspec: { hostPID: true, containers: [] }\n';
  writeFileSync(join(folder, 'broken.yaml'), broken);
  const said = await objections();
  const saidOfChart = said.filter(([, place]) => !place.startsWith('broken '));
  const isListed = ([check, place]: readonly [string, string]): boolean =>
    exceptions.some(([id, where]) => id.test(check) && where.test(place));
  expect(saidOfChart.filter((each) => !isListed(each))).toEqual([]);
  const isNeeded = ([id, where]: (typeof exceptions)[number]): boolean =>
    saidOfChart.some(([check, place]) => id.test(check) && where.test(place));
  expect(exceptions.filter((each) => !isNeeded(each))).toEqual([]);
  // It looks: a pod in the process space of its node is found.
  expect(said).toContainEqual(['CKV_K8S_17', expect.stringContaining('broken Pod.')]);
});
