/**
 * The API server of the benches, in a process of its own: lists in pages, then sends updates as fast as they are taken. Arguments: pods,
 * updates; and instead of updates at full speed, updates a second and how many crashes to send among them, four a second.
 */
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type CrashMark, machineMs } from './messages.ts';
import { crashingPodJson, podJson } from './pods.ts';

const pods = Number(process.argv[2]);
const updates = Number(process.argv[3] ?? 0);
const rate = Number(process.argv[4] ?? 0);
const crashes = Number(process.argv[5] ?? 0);
const TICK_MS = 10;
const CRASH_EVERY_MS = 250;
const VERSION = 1_000_000;

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://bench');
  response.setHeader('content-type', 'application/json');
  if (pathname === '/lines') void write(response, lines(pods, VERSION));
  else if (searchParams.has('watch')) void (crashes > 0 ? watchCrashes(response) : watch(response));
  else void write(response, page(searchParams));
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());

function* lines(count: number, version: number): Generator<string> {
  for (let n = 0; n < count; n += 1) yield `${podJson(n, version)}\n`;
}

function* page(query: URLSearchParams): Generator<string> {
  const from = Number(query.get('continue') ?? 0);
  const to = Math.min(pods, from + Number(query.get('limit') ?? pods));
  const metadata = { resourceVersion: String(VERSION), ...(to < pods ? { continue: String(to) } : {}) };
  yield `{"kind":"PodList","apiVersion":"v1","metadata":${JSON.stringify(metadata)},"items":[`;
  for (let n = from; n < to; n += 1) yield `${n > from ? ',' : ''}${podJson(n, VERSION)}`;
  yield ']}';
}

/** Sends the updates at once, then keeps the watch open. */
async function watch(response: ServerResponse): Promise<void> {
  response.flushHeaders();
  for (let n = 0; n < updates; n += 1) {
    await send(response, `{"type":"MODIFIED","object":${podJson(n % pods, VERSION + 1 + n)}}\n`);
  }
}

/** A steady stream of updates that mean nothing, and now and then a pod that crashes. */
async function watchCrashes(response: ServerResponse): Promise<void> {
  response.flushHeaders();
  const startedAt = machineMs();
  let version = VERSION;
  let sent = 0;
  for (let crashed = 0; crashed < crashes;) {
    await delay(TICK_MS);
    const elapsedMs = machineMs() - startedAt;
    for (const due = (elapsedMs * rate) / 1_000; sent < due; sent += 1) {
      version += 1;
      response.write(`{"type":"MODIFIED","object":${podJson(sent % pods, version)}}\n`);
    }
    if (elapsedMs < (crashed + 1) * CRASH_EVERY_MS) continue;
    version += 1;
    const pod = crashingPodJson(crashed, version);
    const { metadata } = JSON.parse(pod) as { metadata: { uid: string } };
    const mark: CrashMark = { kind: 'sent', uid: metadata.uid, atMs: machineMs() };
    response.write(`{"type":"MODIFIED","object":${pod}}\n`);
    process.send?.(mark);
    crashed += 1;
  }
}

async function write(response: ServerResponse, parts: Iterable<string>): Promise<void> {
  for (const part of parts) await send(response, part);
  response.end();
}

/** Waits when the reader is behind: the server's own memory must not grow. */
async function send(response: ServerResponse, part: string): Promise<void> {
  if (response.write(part) || response.destroyed) return;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      response.off('drain', go);
      response.off('close', go);
      resolve();
    };
    response.on('drain', go);
    response.on('close', go);
  });
}
