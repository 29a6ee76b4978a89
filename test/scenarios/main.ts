/**
 * The scenarios of the comparison on a real Kubernetes, with the agent installed by its chart from the image of this working
 * tree; counts what reaches the ticket desk. Takes about a quarter of an hour.
 *
 *   npm run scenarios                     a table
 *   npm run scenarios -- --json           the same as JSON
 *   npm run scenarios -- --only storm     `failures` or `storm` alone
 *
 * The cluster is the one of `npm run cluster -- up`, which is started if need be and stays up. The exit code is 1 when a row is
 * not as it should be.
 */
import { parseArgs } from 'node:util';
import { runFailures, WINDOW_MS } from './failures.ts';
import { asText, circumstances, type Row } from './report.ts';
import { openStage, type Stage } from './stage.ts';
import { runStorm } from './storm.ts';

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, only: { type: 'string' } },
});

const parts: Readonly<Record<string, (stage: Stage) => Promise<readonly Row[]>>> = {
  failures: runFailures,
  storm: async (stage) => [await runStorm(stage)],
};

function chosen(): readonly (typeof parts)[string][] {
  if (values.only === undefined) return Object.values(parts);
  const part = parts[values.only];
  if (part === undefined) throw new Error(`--only takes ${Object.keys(parts).join(' or ')}`);
  return [part];
}

async function main(): Promise<boolean> {
  const wanted = chosen();
  const stage = await openStage();
  try {
    const version = await stage.api.json<{ gitVersion: string }>({ path: '/version' });
    const run = circumstances(version.gitVersion, WINDOW_MS / 1_000);
    const rows: Row[] = [];
    for (const part of wanted) rows.push(...(await part(stage)));
    process.stdout.write(
      values.json ? `${JSON.stringify({ run, rows }, undefined, 2)}\n` : asText(rows, run),
    );
    return rows.every(({ isRight }) => isRight);
  } finally {
    await stage.close();
  }
}

process.exitCode = (await main()) ? 0 : 1;
