import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An image registry on this machine that has no image. */
export interface EmptyRegistry {
  /** Host and port, as an image's name begins. */
  readonly address: string;
  close(): Promise<void>;
}

/** Answers as the distribution specification says of an image that does not exist: 404 MANIFEST_UNKNOWN. */
export async function startEmptyRegistry(): Promise<EmptyRegistry> {
  const server = createServer((request, response) => {
    const isPing = request.url === '/v2/';
    response.writeHead(isPing ? 200 : 404, { 'content-type': 'application/json' });
    response.end(isPing ? '{}' : '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    close: () => new Promise((done) => server.close(() => done())),
  };
}
