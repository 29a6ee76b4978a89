import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDesk } from '../../src/desk/desk.ts';
import { createCertificates } from '../../test/tickets/api/certificates.ts';
import { type Resident, residentMemory } from '../lib/memory.ts';
import { processorTime } from '../lib/processor.ts';
import type { Addresses } from '../time-to-post/server-side.ts';
import { createTrace, type Trace } from '../time-to-post/trace.ts';
import type { Plane } from './plane.ts';

/** A program that is measured, and what it posts to. */
export interface Subject {
  readonly trace: Trace;
  readonly child: ChildProcess;
  /** Whether it posts to the desk, or anything anywhere. */
  readonly filesTickets: boolean;
  readonly close: () => Promise<void>;
}

/** The servers and the programs that are measured, by name. The floor is none of them: it is started for each measurement. */
export interface Scene {
  readonly plane: Plane;
  readonly subjects: ReadonlyMap<string, Subject>;
  readonly restMs: number;
  /** Deployments so far; each sample takes one of them. */
  made: number;
  used: number;
}

type Start = (addresses: Addresses) => Promise<ChildProcess>;

/** Starts a program of ours with a desk of its own. */
export async function startSubject({ serverUrl, token, ca }: Plane, start: Start): Promise<Subject> {
  const certificates = createCertificates();
  const authority = certificates.authority('bench');
  const tls = authority.issue(['IP:127.0.0.1']);
  certificates.remove();
  const tokens = [{ token, label: 'bench' }];
  const desk = await createDesk({ host: '127.0.0.1', port: 0, tls, file: ':memory:', tokens });
  const trace = createTrace([desk.port]);
  // Both servers have authorities of their own.
  const child = await start({ kubernetes: serverUrl, desk: desk.url, token, ca: `${ca}\n${authority.pem}` });
  const close = async (): Promise<void> => {
    if (child.connected) child.disconnect();
    trace.end();
    await desk.close();
  };
  return { trace, child, filesTickets: true, close };
}

/**
 * Starts any other program by a line for the shell. It finds the administrator's kubeconfig in `KUBECONFIG` and the address that it has to post
 * to in `WEBHOOK_URL`; every POST there is answered with 200 and `{}`. What it writes goes to standard error.
 */
export async function startBeside(command: string, kubeconfig: string): Promise<Subject> {
  const webhook = createServer((request, response) => {
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end('{}'));
  });
  webhook.listen(0, '127.0.0.1');
  await once(webhook, 'listening');
  const { port } = webhook.address() as AddressInfo;
  const trace = createTrace([port]);
  const env = { ...process.env, KUBECONFIG: kubeconfig, WEBHOOK_URL: `http://127.0.0.1:${port}/` };
  // In place of the shell, so that its memory is the program's.
  const child = spawn('sh', ['-c', `exec ${command}`], { env, stdio: ['ignore', 2, 2] });
  const close = async (): Promise<void> => {
    const isRunning = child.exitCode === null && child.signalCode === null;
    if (isRunning && child.kill()) await once(child, 'exit');
    trace.end();
    webhook.closeAllConnections();
    await new Promise((closed) => webhook.close(closed));
  };
  return { trace, child, filesTickets: false, close };
}

/** Throws where a program has ended: then there is nothing to measure, and it was mostly told wrongly how to start. */
function refuseEnded({ child: { exitCode, signalCode, spawnargs } }: Subject): void {
  if (exitCode !== null || signalCode !== null)
    throw new Error(`this program has ended (${exitCode ?? signalCode}): ${spawnargs.join(' ')}`);
}

/** Milliseconds on processors so far, all threads together. */
export function processorMs({ child: { pid = 0 } }: Subject): number {
  return processorTime(pid) ?? Number.NaN;
}

/** Its memory now; not a number where the system does not tell. Throws where it has ended. */
export function memoryOf(subject: Subject): Resident {
  refuseEnded(subject);
  return residentMemory(subject.child.pid ?? 0) ?? { residentMb: Number.NaN, privateMb: Number.NaN };
}

/** When its next POST begins to come in; the time of `performance.now()`. Not a number where none comes within ten seconds. */
export async function nextPost({ trace, filesTickets }: Subject): Promise<number> {
  const next = trace.next(
    ({ method, url }) => method === 'POST' && (!filesTickets || url.endsWith('/support/tickets')),
  );
  if (filesTickets) return (await next).startAt;
  // Others may say nothing of a failure, or have said it already: that is their result, and no error of the bench.
  return await next.then(
    ({ startAt }) => startAt,
    () => Number.NaN,
  );
}
