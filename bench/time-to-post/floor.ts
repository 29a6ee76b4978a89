/**
 * The least that any program must do, as a process of its own: reads the watch of pods from a bare `node:https` request,
 * parses each event and posts when one shows a crash loop. Argument: the addresses as JSON.
 */
import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Addresses } from './server-side.ts';

interface PodEvent {
  readonly object: {
    readonly metadata: { readonly name: string };
    readonly status?: { readonly containerStatuses?: readonly { readonly restartCount: number }[] };
  };
}

const { kubernetes, desk, token, ca } = JSON.parse(process.argv[2] ?? '') as Addresses;
const headers = { authorization: `Bearer ${token}` };
const posting = new Agent({ keepAlive: true, ca });

function post(pod: string): void {
  const body = JSON.stringify({
    source: 'agent',
    severity: 'critical',
    acknowledged: true,
    subject: `${pod} is in CrashLoopBackOff`,
    description: `Pod ${pod} has been restarted three times and more.`,
  });
  const options = {
    method: 'POST',
    agent: posting,
    headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
  };
  request(`${desk}/api/v1/org/support/tickets`, options, (answer) => {
    if (answer.statusCode !== 201) throw new Error(`the desk answered ${answer.statusCode}`);
    answer.resume();
  }).end(body);
}

function take(line: string): void {
  const { object } = JSON.parse(line) as PodEvent;
  if (object.status?.containerStatuses?.some(({ restartCount }) => restartCount >= 3) === true)
    post(object.metadata.name);
}

function read(answer: IncomingMessage): void {
  let rest = '';
  answer.setEncoding('utf8');
  answer.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(take);
  });
  process.send?.('ready');
}

process.once('disconnect', () => process.exit());
request(`${kubernetes}/api/v1/pods?watch=1`, { agent: false, ca, headers }, read).end();
