import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { toConnectionError } from './exchange.ts';
import { KubeConnectionError } from './errors.ts';

/** Four times cheaper to inflate with than the default of 16 KiB. */
const GUNZIP_CHUNK_BYTES = 256 * 1_024;

/** Where a response's pieces come from. We ask for no compression; a proxy may compress all the same. */
function readableOf(response: IncomingMessage): Readable {
  if (response.headers['content-encoding'] !== 'gzip') return response;
  // zlib takes concatenated gzip members, one for each flush of the server, and hands each out as it comes.
  const gunzip = createGunzip({ chunkSize: GUNZIP_CHUNK_BYTES });
  pipeline(response, gunzip, () => undefined);
  return gunzip;
}

/** Hands every piece to `onChunk`; resolves at the proper end. Rejects as `KubeStream.consume` says. */
export function consume(
  response: IncomingMessage,
  what: string,
  onChunk: (chunk: Buffer) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const body = readableOf(response);
    body.on('data', (chunk: Buffer) => {
      try {
        onChunk(chunk);
      } catch (error) {
        reject(error as Error);
        response.destroy();
      }
    });
    body.once('end', () => resolve());
    body.on('error', (error) => reject(toConnectionError(what, error)));
    body.once('close', () => reject(new KubeConnectionError(what, 'BROKEN_OFF')));
    if (response.destroyed && !response.readableEnded) reject(new KubeConnectionError(what, 'BROKEN_OFF'));
  });
}

/** The whole body as text. Throws `KubeConnectionError` with code TOO_LARGE beyond `maxBytes`. */
export async function readText(response: IncomingMessage, what: string, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  await consume(response, what, (chunk) => {
    size += chunk.length;
    if (size > maxBytes) throw new KubeConnectionError(what, 'TOO_LARGE');
    chunks.push(chunk);
  });
  return Buffer.concat(chunks).toString('utf8');
}
