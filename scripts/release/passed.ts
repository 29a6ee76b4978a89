/** Asks GitHub whether CI has passed for a commit, so that a tag on any other one releases nothing. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { runCommand } from '../../test/cluster/command.ts';
import { root } from './contents.ts';

/**
 * One run of a check, with the fields of GitHub's API that are read here (https://docs.github.com/rest/checks/runs). A job of a workflow is a
 * check; what runs again is a new run with a higher id.
 */
export interface CheckRun {
  readonly id: number;
  readonly name: string;
  /** `completed`, or what it waits for. */
  readonly status: string;
  /** `success`, `failure`, `cancelled`, `skipped` and others; null until it has completed. */
  readonly conclusion: string | null;
  /** Short name of the application that made it: `github-actions` for jobs. */
  readonly app: string;
  readonly url: string;
}

const FIELDS = '{id, name, status, conclusion, app: .app.slug, url: .html_url}';

/**
 * Throws, with what to do, unless the newest run of each job of `.github/workflows/ci.yaml` for this commit has succeeded. Throws CommandError
 * with the words of GitHub's command line where it cannot answer. `gh` is that program.
 */
export async function refuseUnlessPassed(commit: string, gh = 'gh'): Promise<void> {
  const runs = await checkRunsOf(commit, gh);
  const problems = (await requiredChecks()).flatMap((name) => problemOf(name, runs) ?? []);
  if (problems.length > 0) throw new Error(`CI has not passed for commit ${commit}:\n${problems.join('\n')}`);
}

/** All runs of all checks: of those that GitHub calls the latest, one that is still running is not always among them. */
async function checkRunsOf(commit: string, gh: string): Promise<readonly CheckRun[]> {
  const path = `repos/{owner}/{repo}/commits/${commit}/check-runs?filter=all&per_page=100`;
  const args = ['api', '--paginate', path, '--jq', `.check_runs[] | ${FIELDS}`];
  const lines = (await runCommand(gh, args, { cwd: root })).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as CheckRun);
}

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly name?: string }>>;
}

/** What the jobs of CI are called as checks. */
async function requiredChecks(): Promise<readonly string[]> {
  const { jobs } = parse(await readFile(join(root, '.github/workflows/ci.yaml'), 'utf8')) as Workflow;
  return Object.entries(jobs).map(([id, { name }]) => name ?? id);
}

/** What is wrong with a check, and the remedy; undefined where its newest run has succeeded. */
export function problemOf(name: string, runs: readonly CheckRun[]): string | undefined {
  const own = runs.filter((run) => run.name === name && run.app === 'github-actions');
  const [newest] = own.toSorted((a, b) => b.id - a.id);
  if (newest === undefined)
    return `"${name}" was not run for it: push the commit to main, wait for CI, then run this job again`;
  const { status, conclusion, url } = newest;
  if (status !== 'completed')
    return `"${name}" has not ended (${status}): wait for ${url}, then run this job again`;
  return conclusion === 'success'
    ? undefined
    : `"${name}" ended with ${conclusion}: see ${url}. Run it again, or tag a commit for which it succeeds`;
}
