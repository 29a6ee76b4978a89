/**
 * The least that any program must do, as a process of its own: reads all Events page by page from a bare `node:https` request, parses
 * each page, then each line of the watch, and keeps nothing. Argument: the addresses as JSON.
 */
import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Addresses } from '../time-to-post/server-side.ts';

const { kubernetes, token, ca } = JSON.parse(process.argv[2] ?? '') as Addresses;
const options = { agent: new Agent({ keepAlive: true, ca }), headers: { authorization: `Bearer ${token}` } };
const PATH = '/apis/events.k8s.io/v1/events?fieldSelector=type%3DWarning';

function get(query: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(`${kubernetes}${PATH}${query}`, options, resolve).once('error', reject).end();
  });
}

async function page(after: string): Promise<string | undefined> {
  const answer = await get(`&limit=500${after === '' ? '' : `&continue=${after}`}`);
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const list = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { metadata: { continue?: string } };
  return list.metadata.continue;
}

process.once('disconnect', () => process.exit());
for (let next: string | undefined = ''; next !== undefined;) next = await page(next);
process.send?.('ready');
const watch = await get('&watch=1');
let rest = '';
watch.setEncoding('utf8');
watch.on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) JSON.parse(line);
});
