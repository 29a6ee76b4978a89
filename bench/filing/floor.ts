/**
 * The least that a program must do to file safely: for each body a look-up, then the POST, two at a time, with got. In a process of
 * its own. Argument: the addresses and the file with the bodies, as JSON. Begins when it is told to.
 */
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import got from 'got';
import type { Addresses } from '../time-to-post/server-side.ts';

/** What the floor is told. */
export interface FloorArguments {
  readonly addresses: Addresses;
  /** JSON: an array of `[what to look up, body]`. */
  readonly file: string;
  readonly concurrency: number;
}

const { addresses, file, concurrency } = JSON.parse(process.argv[2] ?? '') as FloorArguments;
const bodies = JSON.parse(readFileSync(file, 'utf8')) as [string, Record<string, unknown>][];
const api = got.extend({
  prefixUrl: `${addresses.desk}/api/v1/org/support`,
  headers: { authorization: `Bearer ${addresses.token}` },
  https: { certificateAuthority: addresses.ca },
  agent: { https: new Agent({ keepAlive: true }) },
  retry: { limit: 0 },
});

async function fileAll(): Promise<void> {
  for (let next = bodies.pop(); next !== undefined; next = bodies.pop()) {
    const [marker, body] = next;
    const { result } = await api
      .get('tickets', { searchParams: { q: marker } })
      .json<{ result: unknown[] }>();
    if (result.length === 0) await api.post('tickets', { json: body });
  }
}

process.once('disconnect', () => process.exit());
process.once('message', () => {
  void Promise.all(Array.from({ length: concurrency }, fileAll)).then(() => process.send?.('done'));
});
process.send?.('ready');
