import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { createKubeConnection } from '../../src/kube/connection/index.ts';
import { EvidenceReader } from '../../src/kube/evidence/evidence-reader.ts';
import { systemClock } from '../../src/lib/clock.ts';

const MIB = 1_024 * 1_024;

test('a log of one line of 100 MB is given up early, whatever was asked of the server', async () => {
  const chunk = Buffer.alloc(MIB, 'x');
  let sent = 0;
  const server = createServer((_request, response) => {
    const write = (): void => {
      while (sent < 100 * MIB && !response.destroyed) {
        sent += chunk.length;
        if (!response.write(chunk)) return void response.once('drain', write);
      }
      response.end();
    };
    write();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connection = await createKubeConnection(
    { kind: 'explicit', server: url },
    { clock: systemClock, version: '0.0.0' },
  );
  const log = new EvidenceReader(connection, undefined).log('/api/v1/namespaces/shop/pods/a/log', {
    tailLines: 1,
  });
  await expect(log).rejects.toMatchObject({ code: 'TOO_LARGE' });
  // What was under way when the connection was cut, in both kernels' buffers.
  expect(sent).toBeLessThan(30 * MIB);
  connection.close();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});
