import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { CommandError, runCommand, silentProgress } from '../cluster/index.ts';
import { kubeScoreProgram } from '../cluster/toolchain.ts';
import { cases, template, templateCase } from './support/render.ts';

let program: string;
beforeAll(async () => {
  program = await kubeScoreProgram(silentProgress);
}, 600_000);

/** What kube-score says and the chart does all the same, with the reason. */
const exceptions: readonly (readonly [words: RegExp, reason: string])[] = [
  [/CPU limit is not set/, 'a limit of processor time slows the agent down when it has most to do'],
  [/ImagePullPolicy is not set to Always/, 'a registry that is down must not keep the agent from starting'],
  [/does not have a host podAntiAffinity/, 'topologySpreadConstraints do the same, and give way'],
  [/does not have a matching NetworkPolicy/, 'networkPolicy.enabled is off until the addresses are known'],
  [/Deployment few replicas/, 'one replica is the default; a second one is a value'],
  [/running with(?: a)? low (?:user|group) ID/, 'OpenShift gives the ids'],
  // What a user adds is the user's.
  [/\((?:before|beside)\)/, 'containers of the values'],
];

/** What it says of a render, but for what is in order. */
async function score(text: string): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'kube-score-'));
  const file = join(folder, 'all.yaml');
  writeFileSync(file, text);
  try {
    const said = await runCommand(program, ['score', '--output-format', 'ci', file]).catch(
      (error: unknown) => {
        if (error instanceof CommandError) return error.stdout;
        throw error;
      },
    );
    return said.split('\n').filter((line) => /^\[(?:CRITICAL|WARNING)\]/.test(line));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('kube-score objects to nothing but what is listed, and every exception is needed', async () => {
  const said = (await Promise.all(cases.map((name) => templateCase(name).then(score)))).flat();
  expect(said.filter((line) => !exceptions.some(([words]) => words.test(line)))).toEqual([]);
  expect(exceptions.filter(([words]) => !said.some((line) => words.test(line)))).toEqual([]);
});

test('kube-score objects to a container that may write its root file system', async () => {
  const writable = 'containerSecurityContext.readOnlyRootFilesystem=false';
  const text = await template('--set', `clusterName=a,ticketApi.existingSecret.name=b,${writable}`);
  expect((await score(text)).join('\n')).toContain('writable root filesystem');
});
