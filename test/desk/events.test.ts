import { once } from 'node:events';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { goodBody, OTHER_TOKEN, startDesk, TICKETS, TOKEN } from './fixtures.ts';
import type { TestDesk } from './fixtures.ts';

interface StreamEvent {
  readonly name: string;
  readonly data: { readonly revision: string; readonly tickets?: readonly string[] | null };
}

let it: TestDesk;
const streams: AbortController[] = [];
beforeEach(async () => {
  it = await startDesk();
});
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.abort();
  await it.desk.close();
});

/** Reads the stream of changes, event by event. */
async function listen(headers: Record<string, string> = {}): Promise<() => Promise<StreamEvent>> {
  const stream = new AbortController();
  streams.push(stream);
  const response = await fetch(`${it.desk.url}/events`, { headers, signal: stream.signal });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return async () => {
    for (;;) {
      const match = /event: (\w+)\ndata: (.*)\n\n/u.exec(text);
      if (match !== null) {
        text = text.slice(match.index + match[0].length);
        return { name: match[1] ?? '', data: JSON.parse(match[2] ?? '') as StreamEvent['data'] };
      }
      const { value, done } = (await reader?.read()) ?? { done: true };
      if (done) throw new Error('the stream has ended');
      text += value;
    }
  };
}

test('a page hears at once where it stands, and then of every change', async () => {
  const next = await listen();
  const hello = await next();
  expect(hello).toEqual({ name: 'hello', data: { revision: it.desk.store.revision() } });
  const { id } = (await it.create()).body;
  expect(await next()).toEqual({ name: 'change', data: { revision: expect.any(String), tickets: [id] } });
  await it.call('POST', `${TICKETS}/${id}/comments`, { body: 'more' });
  const comment = await next();
  expect(comment.data.tickets).toEqual([id]);
  expect(comment.data.revision).not.toBe(hello.data.revision);
  expect(comment.data.revision).toBe(it.desk.store.revision());
});

test('many changes are told together, and too many as null', async () => {
  const next = await listen();
  await next();
  for (let n = 0; n < 70; n += 1) await it.create();
  const told = [await next(), await next()];
  while (told.at(-1)?.data.revision !== it.desk.store.revision()) told.push(await next());
  const names = told.map(({ data }) => data.tickets?.length ?? 'many');
  expect(names[0]).toBe(1);
  expect(told.length).toBeLessThan(35);
});

test('the stream ends with the desk, and listeners do not keep it open', async () => {
  const next = await listen();
  await next();
  await it.desk.close();
  await expect(next()).rejects.toThrow(/ended|terminated/u);
});

test('a name of another host hears nothing, and HEAD opens no stream', async () => {
  const request = get(`${it.desk.url}/events`, { headers: { host: 'evil.example' } });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  expect(answer.statusCode).toBe(403);
  answer.resume();
  expect((await it.call('HEAD', '/events')).status).not.toBe(200);
});

test('with a sign-in, a page hears of its own organisations alone', async () => {
  await it.desk.close();
  it = await startDesk({ signIn: true });
  expect((await it.call('GET', '/events')).status).toBe(401);
  const next = await listen({ cookie: await signIn(TOKEN) });
  await next();
  const create = async (authorization: string): Promise<string> =>
    (await it.call('POST', TICKETS, goodBody, { authorization })).body.id;
  await create(`Bearer ${OTHER_TOKEN}`);
  const seen = await create(`Bearer ${TOKEN}`);
  expect((await next()).data.tickets).toEqual([seen]);
});

async function signIn(token: string): Promise<string> {
  const response = await fetch(`${it.desk.url}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: it.desk.url },
    body: new URLSearchParams({ token }),
  });
  return response.headers.get('set-cookie')?.split(';')[0] ?? '';
}
