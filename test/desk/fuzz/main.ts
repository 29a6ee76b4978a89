/**
 * Fuzzes the desk: `npm run desk:fuzz -- [--seed N] [--requests 3000] [--examples 50] [--no-schemathesis]`.
 *
 * First raw bytes: requests of the API, broken at random places. Then Schemathesis (PyPI), which makes requests from the served OpenAPI document
 * and checks the answers against it; it is installed into a folder of its own. Never may there be a 500, a crash, or a connection without an end.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createDesk, type Desk } from '../../../src/desk/desk.ts';
import { pythonProgram } from '../../support/python-program.ts';
import { sendBrokenRequests } from './raw.ts';

const TOKEN = 'token-of-the-fuzz-test';
const SCHEMATHESIS = 'schemathesis==4.32.5';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    requests: { type: 'string', default: '3000' },
    examples: { type: 'string', default: '50' },
    schemathesis: { type: 'boolean', default: true },
  },
  allowNegative: true,
});

const failures: string[] = [];

async function startDesk(): Promise<Desk> {
  return createDesk({
    file: ':memory:',
    host: '127.0.0.1',
    port: 0,
    tokens: [{ token: TOKEN, label: 'fuzz' }],
    limits: { connections: 1_024, requestsPerSecond: Infinity, burst: Infinity },
    onError: (error) => failures.push(`a request was answered with 500: ${error.stack ?? error.message}`),
  });
}

async function run(command: string, args: readonly string[], cwd = tmpdir()): Promise<number> {
  const child = spawn(command, args, { stdio: 'inherit', cwd });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

async function schemathesis({ url }: Desk): Promise<void> {
  const program = await pythonProgram(SCHEMATHESIS);
  const folder = mkdtempSync(join(tmpdir(), 'desk-fuzz-run-'));
  const args = [
    ['run', `${url}/openapi.json`, '--header', `Authorization: Bearer ${TOKEN}`],
    ['--seed', values.seed, '--max-examples', values.examples, '--continue-on-failure', '--no-color'],
    // `GET …/review` is the ticket "review", which is no UUID: Allow names it, the document does not.
    ['--checks', 'all', '--exclude-checks', 'allow_header_conformance', '--warnings', 'off'],
    ['--max-response-time', '5', '--request-timeout', '10', '--report-dir', folder],
  ].flat();
  try {
    // It leaves folders where it runs.
    if ((await run(program, args, folder)) !== 0) failures.push('Schemathesis has found what is above');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const desk = await startDesk();
try {
  process.stdout.write(`seed ${values.seed}\n`);
  const count = Number(values.requests);
  const report = await sendBrokenRequests({ url: desk.url, token: TOKEN, seed: Number(values.seed), count });
  failures.push(...report.failures);
  process.stdout.write(`${count} broken requests: ${JSON.stringify(report.statuses)}\n`);
  if (values.schemathesis) await schemathesis(desk);
} finally {
  await desk.close();
}
for (const failure of failures.slice(0, 20)) process.stdout.write(`${failure}\n`);
process.stdout.write(failures.length === 0 ? 'nothing was found\n' : `${failures.length} failures\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
