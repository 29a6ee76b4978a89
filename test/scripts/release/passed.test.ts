import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CheckRun, problemOf, refuseUnlessPassed } from '../../../scripts/release/passed.ts';

/** As ci.yaml names its job. */
const CI = 'Everything that a change must pass';

function aRun(more: Partial<CheckRun> = {}): CheckRun {
  const url = 'https://github.com/runs/1';
  return { id: 1, name: CI, status: 'completed', conclusion: 'success', app: 'github-actions', url, ...more };
}

const running = { status: 'in_progress', conclusion: null };

/** What users of such gates have reported. Each test names the report. */
describe('a commit has passed', () => {
  test('when the newest run has succeeded, whatever came before (lewagon/wait-on-check-action#18)', () => {
    expect(problemOf(CI, [aRun({ id: 2 }), aRun({ id: 1, conclusion: 'failure' })])).toBeUndefined();
  });

  test('whatever other checks say: the one that asks is running itself', () => {
    expect(problemOf(CI, [aRun(), aRun({ id: 9, name: 'CI has passed', ...running })])).toBeUndefined();
  });
});

describe('a commit has not passed', () => {
  test.each(['failure', 'cancelled', 'skipped', 'neutral', 'timed_out', 'action_required', 'stale'])(
    'with %s (railwayapp/docs#1351, lewagon/wait-on-check-action#12)',
    (conclusion) => {
      expect(problemOf(CI, [aRun({ conclusion })])).toContain(`ended with ${conclusion}: see https://`);
    },
  );

  test('while it runs, also where it had succeeded before (Sohex/musefs#314)', () => {
    const said = problemOf(CI, [aRun({ id: 1 }), aRun({ id: 2, ...running })]);
    expect(said).toContain('has not ended (in_progress): wait for https://');
  });

  test('when CI never ran, as for a commit whose message says so (apify/crawlee-python#638, MongLong0214/commitlore#497)', () => {
    expect(problemOf(CI, [])).toContain('was not run for it: push the commit to main');
  });

  test('by a check of the same name from another application', () => {
    expect(problemOf(CI, [aRun({ app: 'somebody' })])).toContain('was not run for it');
  });
});

describe('GitHub is asked', () => {
  let folder: string;
  let gh: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gh-'));
    gh = join(folder, 'gh');
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** A command line of GitHub that answers so, and writes down what it was asked. */
  async function answer(script: string): Promise<void> {
    await writeFile(gh, `#!/bin/sh\nprintf '%s\\n' "$@" >"${folder}/asked"\n${script}\n`);
    await chmod(gh, 0o755);
  }

  const answerWith = (runs: readonly CheckRun[]): Promise<void> =>
    answer(`cat <<'END'\n${runs.map((run) => JSON.stringify(run)).join('\n')}\nEND`);

  test('about all pages of this commit, for the jobs of ci.yaml', async () => {
    await answerWith([aRun({ name: 'another' }), aRun()]);
    await refuseUnlessPassed('0123abc', gh);
    const asked = await readFile(join(folder, 'asked'), 'utf8');
    expect(asked).toContain('--paginate\nrepos/{owner}/{repo}/commits/0123abc/check-runs?filter=all');
  });

  test('and the job fails with the commit and the remedy', async () => {
    await answerWith([]);
    await expect(refuseUnlessPassed('0123abc', gh)).rejects.toThrow(
      `CI has not passed for commit 0123abc:\n"${CI}" was not run for it`,
    );
  });

  test('and the job fails with its words when it does not answer', async () => {
    await answer('echo "HTTP 403: Resource not accessible by integration" >&2; exit 1');
    await expect(refuseUnlessPassed('0123abc', gh)).rejects.toThrow('HTTP 403: Resource not accessible');
    await expect(refuseUnlessPassed('0123abc', join(folder, 'none'))).rejects.toThrow('ENOENT');
  });
});
