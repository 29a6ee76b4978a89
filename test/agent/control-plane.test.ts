import { expect, test } from '@jest/globals';
import { createControlPlane, type ControlPlaneDeps } from '../../src/agent/control-plane.ts';
import { configSchema, type ConfigInput } from '../../src/config/index.ts';
import type { TicketApi } from '../../src/domain/ports.ts';
import type { TicketRequest } from '../../src/domain/ticket.ts';
import { createRedactor } from '../../src/enrich/index.ts';
import { defaultRedactionOptions } from '../../src/enrich/redact/options.ts';
import { KubeApiError, KubeConnectionError } from '../../src/kube/connection/index.ts';
import { createLogger, Metrics } from '../../src/telemetry/index.ts';
import { anIncident } from '../correlate/fixtures.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

const MINUTE = 60_000;

function depsOf(clock: FakeClock, config: ConfigInput): ControlPlaneDeps {
  return {
    config: configSchema.parse(config),
    clock,
    random: () => 0.5,
    cluster: { facts: { uid: 'c0ffee', version: 'v1.36.3' }, clusterKey: 'c0ffee' },
    connection: { server: 'https://10.0.0.1:6443' },
    node: 'node-7',
    identity: 'agent-0',
    version: '0.1.0',
    redactor: createRedactor(defaultRedactionOptions),
    isLeader: () => false,
    log: createLogger({ level: 'error', version: '0.1.0', redact: (text) => text }),
    metrics: new Metrics('0.1.0'),
  };
}

function aTicketApi(): { readonly api: TicketApi; readonly sent: TicketRequest[] } {
  const sent: TicketRequest[] = [];
  const api: TicketApi = {
    find: () => Promise.resolve([]),
    get: () => Promise.resolve(undefined),
    create: (request) => {
      sent.push(request);
      const { subject } = request;
      return Promise.resolve({
        kind: 'created',
        ticket: { id: 'T1', subject, status: 'open', createdAt: 0 },
      });
    },
    comment: () => Promise.resolve({ kind: 'done' }),
    close: () => Promise.resolve({ kind: 'done' }),
    attach: () => Promise.resolve({ kind: 'done' }),
  };
  return { api, sent };
}

/** Ten minutes in which each write of the Lease of the last leader fails. */
async function play(config: ConfigInput, error: Error): Promise<readonly TicketRequest[]> {
  const clock = createFakeClock();
  const { api, sent } = aTicketApi();
  const incidents = { all: () => [anIncident({ phase: 'Filed' })] };
  const controlPlane = createControlPlane(depsOf(clock, config), { incidents, ticketApi: api });
  const ending = new AbortController();
  const running = controlPlane?.run(ending.signal);
  controlPlane?.termBegan();
  controlPlane?.termEnded('expired');
  for (let at = 0; at < 10 * MINUTE; at += 5_000) {
    controlPlane?.failed(error);
    await clock.advance(5_000);
  }
  ending.abort();
  await running;
  return sent;
}

const refused = new KubeConnectionError('PUT https://10.0.0.1:6443/apis', 'ECONNREFUSED');

test('one ticket says from where it was seen and what failed before', async () => {
  const sent = await play({}, refused);
  expect(sent).toHaveLength(1);
  const [{ subject, description, severity, environment }] = sent as [TicketRequest];
  expect(subject).toMatch(
    /^Control plane of cluster c0ffee: the API server refuses connections, since .* \[k8s-/,
  );
  expect(severity).toBe('critical');
  expect(description).toContain(
    'From node `node-7`, replica `agent-0`, at the address `https://10.0.0.1:6443`.',
  );
  expect(description).toContain('Deployment shop/checkout');
  expect(environment).toMatchObject({ controlPlane: { node: 'node-7', failures: [{ kind: 'refused' }] } });
});

test('the cluster is named as it is configured', async () => {
  const [sent] = await play({ clusterName: 'production' }, refused);
  expect(sent?.subject).toContain('Control plane of cluster production:');
});

test('a secret in the words of an error goes nowhere', async () => {
  const error = new KubeApiError('PUT /apis', {
    status: 500,
    message: 'webhook said: password=hunter2-4711-geheim',
  });
  const [sent] = await play({}, error);
  expect(sent?.description).toContain('webhook said');
  expect(JSON.stringify(sent)).not.toContain('hunter2-4711-geheim');
});

test.each<[string, ConfigInput]>([
  ['switched off', { controlPlane: { enabled: false } }],
  ['in mode observe', { mode: 'observe' }],
])('%s nothing is filed', async (_name, config) => {
  expect(await play(config, refused)).toEqual([]);
});

test('missing rights are not the control plane', async () => {
  const forbidden = new KubeApiError('PUT /apis', {
    status: 403,
    message: 'leases is forbidden: User "x" cannot update',
  });
  expect(await play({}, forbidden)).toEqual([]);
});
