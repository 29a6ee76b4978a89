import { once } from 'node:events';
import { createServer, type ServerOptions, request as send } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Something in front of a desk. */
export interface Numbering {
  readonly url: string;
  close(): Promise<void>;
}

/** The number that a ticket gets, from its id. */
export function numberOf(id: string): string {
  return `SUP-${Number.parseInt(id.slice(0, 6), 16)}`;
}

/**
 * Passes everything on to the desk at `target`, and writes into each ticket of its answers what the contract does not have: a
 * `ticket_number`, and a field that nobody knows.
 */
export async function startNumbering(
  target: string,
  host: string,
  tls: Pick<ServerOptions, 'cert' | 'key'> & { readonly ca: string },
): Promise<Numbering> {
  const server = createServer({ cert: tls.cert, key: tls.key }, (request, response) => {
    const pass = async (): Promise<void> => {
      const answer = await forward(request, new URL(request.url ?? '/', target), tls.ca);
      const body = numbered(await buffer(answer));
      const headers = { ...answer.headers, 'content-length': String(body.byteLength) };
      response.writeHead(answer.statusCode ?? 502, headers).end(body);
    };
    pass().catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://${host}:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function forward(request: IncomingMessage, url: URL, ca: string): Promise<IncomingMessage> {
  const body = await buffer(request);
  const outgoing = send(url, {
    ca,
    ...(request.method === undefined ? {} : { method: request.method }),
    headers: request.headers,
  });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return answer;
}

function numbered(body: Buffer): Buffer {
  try {
    return Buffer.from(JSON.stringify(JSON.parse(body.toString(), addNumber)));
  } catch {
    return body;
  }
}

/** A ticket is what has a subject. */
function addNumber(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('subject' in value) || !('id' in value)) return value;
  return { ...value, ticket_number: numberOf(String(value.id)), queue_position: { of: 'nobody knows' } };
}
