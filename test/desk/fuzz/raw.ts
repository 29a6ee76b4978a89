import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** What is sent. */
export interface BrokenRequests {
  readonly url: string;
  readonly token: string;
  readonly seed: number;
  readonly count: number;
}

/** What came back. */
export interface FuzzReport {
  /** How often each status came; `none` for a connection that was closed without an answer. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
}

/** A connection without an end after so long hangs. */
const HANGS_AFTER_MS = 15_000;
/** So many at once. */
const LANES = 8;

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const TICKETS = '/api/v1/org/support/tickets';
const ID = '11111111-1111-4111-8111-111111111111';

/** Good requests, to be broken. */
function models(token: string): readonly string[] {
  const head = `Host: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n`;
  const json = (path: string, body: string): string =>
    `POST ${path} HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const form =
    '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello\r\n--b--\r\n';
  const ticket =
    '{"subject":"A subject that is long enough","description":"A description that is long enough","environment":{"a":[1,"\\u0000",{"b":null}]}}';
  return [
    json(TICKETS, ticket),
    json(`${TICKETS}/review`, ticket),
    json(`${TICKETS}/${ID}/comments`, '{"body":"hello"}'),
    json(`${TICKETS}/${ID}/close`, ''),
    `POST ${TICKETS}/${ID}/attachments HTTP/1.1\r\n${head}Content-Type: multipart/form-data; boundary=b\r\nContent-Length: ${form.length}\r\n\r\n${form}`,
    `POST ${TICKETS} HTTP/1.1\r\n${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n`,
    `GET ${TICKETS}?q=a&status=open&page=1&page_size=2 HTTP/1.1\r\n${head}\r\n`,
    `GET ${TICKETS}/${ID}/attachments/${ID} HTTP/1.1\r\n${head}\r\n`,
    `GET /?q=a&status=open HTTP/1.1\r\n${head}\r\n`,
    `GET /tickets/${ID} HTTP/1.1\r\n${head}\r\n`,
    `POST /tickets/${ID}/comments HTTP/1.1\r\n${head}Origin: http://127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 6\r\n\r\nbody=a`,
    `HEAD /events HTTP/1.1\r\n${head}\r\n`,
    `GET /openapi.json HTTP/1.1\r\n${head}\r\n`,
    `PUT /api/v1/clusters HTTP/1.1\r\n${head}\r\n`,
  ];
}

const pieces = [
  '\r\n',
  '\0',
  '%',
  '%00',
  '%ff',
  '[',
  ']',
  '{',
  '}',
  '"',
  '\\',
  '\u{ff}',
  '/',
  '..',
  '?',
  '&',
  '=',
  ':',
  '-1',
  '1e999',
  'A'.repeat(5_000),
  '['.repeat(500),
  '\\ud800',
  'null',
  'Expect: 100-continue\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Content-Length: 5\r\n',
  'Upgrade: websocket\r\nConnection: upgrade\r\n',
  'Content-Encoding: gzip\r\n',
];

/** Breaks a text at a few random places: takes out, puts in, doubles, changes a byte, cuts off. */
function breakText(model: string, random: () => number): string {
  let broken = model;
  const times = 1 + Math.floor(random() * 4);
  for (let n = 0; n < times; n += 1) {
    const at = Math.floor(random() * broken.length);
    const end = at + Math.floor(random() * 20);
    const [before, cut, after] = [broken.slice(0, at), broken.slice(at, end), broken.slice(end)];
    const piece = pieces[Math.floor(random() * pieces.length)] ?? '';
    const ways = [
      before + after,
      before + piece + cut + after,
      before + cut + cut + after,
      before + String.fromCharCode(random() * 256) + after,
      before,
    ];
    broken = ways[Math.floor(random() * ways.length)] ?? broken;
  }
  return broken;
}

/** Sends them and looks at every answer. */
export async function sendBrokenRequests({ url, token, seed, count }: BrokenRequests): Promise<FuzzReport> {
  const random = randomOf(seed);
  const good = models(token);
  const statuses: Record<string, number> = {};
  const failures: string[] = [];
  const requests = Array.from({ length: count }, () =>
    breakText(good[Math.floor(random() * good.length)] ?? '', random),
  );
  const lane = async (): Promise<void> => {
    for (let next = requests.pop(); next !== undefined; next = requests.pop()) {
      const status = await statusOf(url, next);
      statuses[status] = (statuses[status] ?? 0) + 1;
      const isWrong =
        status === 'hangs' || status === 'refused' || (status.startsWith('5') && status !== '505');
      if (isWrong) failures.push(`${status} to ${JSON.stringify(next)}`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return { statuses, failures };
}

async function statusOf(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let isHanging = false;
  const timer = setTimeout(() => {
    isHanging = true;
    socket.destroy();
  }, HANGS_AFTER_MS);
  try {
    await once(socket, 'connect');
    const answer = text(socket).catch(() => '');
    // A stream of changes has no end: `GET /events` is made of no model, but a broken one could become it.
    socket.end(Buffer.from(bytes, 'latin1'));
    const status = /^HTTP\/1\.1 (\d{3})/u.exec(await answer)?.[1] ?? 'none';
    return isHanging ? 'hangs' : status;
  } catch {
    return 'refused';
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
