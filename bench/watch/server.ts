/** The API server of the benches, in a process of its own: lists in pages, then sends updates as fast as they are taken. */
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { podJson } from './pods.ts';

const pods = Number(process.argv[2]);
const updates = Number(process.argv[3] ?? 0);
const VERSION = 1_000_000;

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://bench');
  response.setHeader('content-type', 'application/json');
  if (pathname === '/lines') void write(response, lines(pods, VERSION));
  else if (searchParams.has('watch')) void watch(response);
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
