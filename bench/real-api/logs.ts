import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createCertificates } from '../../test/tickets/api/certificates.ts';

/** What a program prints before it crashes; each answer is the same. */
const LINES = Array.from(
  { length: 40 },
  (_, n) => `2026-11-30T09:12:${String(n).padStart(2, '0')}.104Z INFO request ${n} took 12 ms\n`,
).join('');
const LOG = `${LINES}2026-11-30T09:12:41.530Z ERROR cannot reach the database: connection refused\n`;

/** The part of a kubelet that answers with a container's log, at once; for all nodes. The API server does not ask whose certificate it is. */
export interface NodeLogs {
  readonly port: number;
  readonly close: () => Promise<void>;
}

export async function serveLogs(): Promise<NodeLogs> {
  const certificates = createCertificates();
  const server = createServer(certificates.selfSigned(['IP:127.0.0.1']), ({ url = '' }, response) => {
    const isLog = url.startsWith('/containerLogs/');
    response.writeHead(isLog ? 200 : 404, { 'content-type': 'text/plain' }).end(isLog ? LOG : '');
  });
  certificates.remove();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  };
  return { port: (server.address() as AddressInfo).port, close };
}
