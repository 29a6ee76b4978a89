import { afterEach, expect, test } from '@jest/globals';
import {
  addressOf,
  startTelemetryServer,
  type TelemetryServer,
  type TelemetryServerOptions,
} from '../../src/telemetry/http-server.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';

let server: TelemetryServer | undefined;
afterEach(() => server?.close());

async function ask(path: string, options: Partial<TelemetryServerOptions> = {}, method = 'GET') {
  server = await startTelemetryServer({
    host: '127.0.0.1',
    port: 0,
    registry: new Metrics('1.2.3').registry,
    beforeScrape: () => undefined,
    live: () => undefined,
    ready: () => undefined,
    ...options,
  });
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

test.each(['/livez', '/readyz', '/livez?verbose'])('%s is well', async (path) => {
  expect(await ask(path)).toEqual({ status: 200, type: 'text/plain; charset=utf-8', text: 'ok\n' });
});

test('what is wrong is said with 503', async () => {
  expect(await ask('/livez', { live: () => 'the watch of pods makes no progress' })).toMatchObject({
    status: 503,
    text: 'the watch of pods makes no progress\n',
  });
});

test('being alive and being ready are two things', async () => {
  expect(await ask('/livez', { ready: () => 'not yet' })).toMatchObject({ status: 200 });
});

test('metrics are brought up to date, and served as Prometheus reads them', async () => {
  const metrics = new Metrics('1.2.3');
  const { status, type, text } = await ask('/metrics', {
    registry: metrics.registry,
    beforeScrape: () => metrics.pendingTickets.set(7),
  });
  expect(status).toBe(200);
  expect(type).toContain('version=0.0.4');
  expect(text).toContain('ankra_support_agent_tickets_pending 7');
  expect(text).toContain('ankra_support_agent_build_info{version="1.2.3"} 1');
});

test('a failing scrape is an answer, and the next one works', async () => {
  let fails = true;
  const beforeScrape = (): void => {
    if (fails) throw new Error('no');
  };
  expect(await ask('/metrics', { beforeScrape })).toMatchObject({ status: 500 });
  fails = false;
  expect((await fetch(`http://127.0.0.1:${server?.port}/metrics`)).status).toBe(200);
});

test('the default address is left to Node, which knows whether the machine has IPv6', () => {
  expect(addressOf({ host: '::', port: 8080 })).toEqual({ port: 8080 });
  expect(addressOf({ host: '127.0.0.1', port: 8080 })).toEqual({ host: '127.0.0.1', port: 8080 });
});

test('nothing else is served, and nothing can be changed', async () => {
  expect(await ask('/')).toMatchObject({ status: 404 });
  await server?.close();
  expect(await ask('/livez', {}, 'POST')).toMatchObject({ status: 405 });
});
