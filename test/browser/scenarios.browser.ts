import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';

const main = join(resolve(import.meta.dirname, '../..'), 'src/main.ts');

interface Result {
  readonly ticket: { readonly subject: string; readonly comments: readonly { readonly body: string }[] };
  readonly tickets: number;
}

/** Plays a scenario as a person would, until its end. */
async function play(name: string, until: string): Promise<Result> {
  const args = ['--disable-warning=ExperimentalWarning', main, 'demo', '--scenario', name, '--until', until];
  const child = spawn(process.execPath, [...args, '--output', 'json', '--speed', '20'], { stdio: 'pipe' });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${err}`);
  return JSON.parse(out) as Result;
}

test.concurrent.each([
  ['crash-loop', 'recovered', 'Deployment shop/checkout: CrashLoopBackOff'],
  ['image-typo', 'recovered', 'Deployment shop/mailer: '],
  ['out-of-memory', 'recovered', 'Deployment shop/reports: OOMKilled'],
  ['node-loss', 'recovered', 'Node node-2: '],
  ['storm', 'recovered', 'Storm: 14 workloads'],
  ['bad-rollout', 'recovered', 'Deployment shop/search: ProgressDeadlineExceeded'],
  ['manual', 'filed', 'Deployment shop/billing: Invoices take 40 s'],
  ['ticket-api-away', 'recovered', 'Deployment shop/checkout: CrashLoopBackOff'],
  ['agent-restarted', 'recovered', 'Deployment shop/checkout: CrashLoopBackOff'],
  ['init-crash', 'recovered', 'Deployment shop/inventory: '],
])(
  'scenario %s comes to one ticket: %s',
  async (name, until, subject) => {
    const { ticket, tickets } = await play(name, until);
    expect(ticket.subject).toContain(subject);
    expect(tickets).toBe(1);
    const recoveries = ticket.comments.filter(({ body }) => body.startsWith('**Recovered**'));
    expect(recoveries).toHaveLength(until === 'recovered' ? 1 : 0);
  },
  240_000,
);
