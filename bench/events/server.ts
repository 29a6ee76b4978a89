/**
 * The Kubernetes API of the bench, in a process of its own: a collection of Warning Events that is made while it is sent, and a sandbox
 * for everything else. Arguments: Events, and how many more the watch brings. Its first message says where it is.
 */
import { createServer, request as httpsRequest } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCertificates } from '../../test/tickets/api/certificates.ts';
import { startServerSide } from '../time-to-post/server-side.ts';
import { eventJson } from './objects.ts';

const events = Number(process.argv[2]);
const more = Number(process.argv[3]);
const VERSION = 1_000_000;
const PATH = '/apis/events.k8s.io/v1/events';

const certificates = createCertificates();
const side = await startServerSide(certificates);
const authority = certificates.authority('front');
const tls = authority.issue(['IP:127.0.0.1']);
certificates.remove();

const server = createServer(tls, (request, response) => {
  const url = new URL(request.url ?? '', 'https://bench');
  const isOurs = url.pathname === PATH && url.searchParams.get('fieldSelector') === 'type=Warning';
  if (!isOurs) return forward(request, response);
  response.setHeader('content-type', 'application/json');
  if (url.searchParams.has('watch')) void watch(response);
  else void list(response, url.searchParams);
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  const ca = `${side.addresses.ca}${authority.pem}`;
  process.send?.({ ...side.addresses, ca, kubernetes: `https://127.0.0.1:${port}` });
});
process.once('disconnect', () => process.exit());

function forward(request: IncomingMessage, response: ServerResponse): void {
  const target = new URL(request.url ?? '', side.addresses.kubernetes);
  const { method, headers } = request;
  const onward = httpsRequest(target, { method, headers, ca: side.addresses.ca }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  request.pipe(onward);
}

async function list(response: ServerResponse, query: URLSearchParams): Promise<void> {
  const from = Number(query.get('continue') ?? 0);
  const to = Math.min(events, from + Number(query.get('limit') ?? events));
  const metadata = { resourceVersion: String(VERSION), ...(to < events ? { continue: String(to) } : {}) };
  await send(
    response,
    `{"kind":"EventList","apiVersion":"events.k8s.io/v1","metadata":${JSON.stringify(metadata)},"items":[`,
  );
  for (let n = from; n < to; n += 1) await send(response, `${n > from ? ',' : ''}${eventJson(n, VERSION)}`);
  response.end(']}');
}

/** More of the same at full speed, then nothing. */
async function watch(response: ServerResponse): Promise<void> {
  response.flushHeaders();
  for (let n = events; n < events + more; n += 1)
    await send(response, `{"type":"ADDED","object":${eventJson(n, VERSION + 1 + n)}}\n`);
  process.send?.('sent');
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
