import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { createDesk, type Desk } from '../../src/desk/desk.ts';
import { aNamespace } from '../../src/sandbox/objects.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { deploy } from '../agent/shop.ts';
import { manifests, template } from '../chart/support/render.ts';
import { startProgram } from '../chart/support/running-agent.ts';
import { ensurePackages, runCommand, silentProgress } from '../cluster/index.ts';
import { type Certificates, createCertificates } from '../tickets/api/certificates.ts';
import {
  addresses,
  openPolicyNamespace,
  type PolicyNamespace,
  type PolicySpec,
} from './support/policy-namespace.ts';
import { eventually } from './support/wait.ts';
import { startRelay } from './support/watch/relay.ts';

/**
 * The NetworkPolicy of the chart, checked against the connections that the agent really makes: its rules are put into force by nftables in a
 * network namespace, and the agent runs there with the configuration of the same render. Needs no cluster, but root.
 */
const SECOND = 1_000;
const TOKEN = 'token-of-the-desk-and-the-sandbox';
const API_PORT = 6443;
const DESK_PORT = 8443;

let certificates: Certificates;
let folder: string;
let sandbox: Sandbox;
let desk: Desk;
let policy: PolicyNamespace;
let relay: Awaited<ReturnType<typeof startRelay>>;
let program: Awaited<ReturnType<typeof startProgram>>;
let configuration: { readonly http: { readonly port: number } };

/** The values of somebody who knows the addresses. */
function values(): unknown {
  const here = [`${addresses.host}/32`];
  return {
    clusterName: 'production',
    ticketApi: {
      url: `https://tickets.test:${DESK_PORT}`,
      existingSecret: { name: 'token' },
      ca: { configMap: 'ca' },
    },
    config: { groupWait: '0s', classes: { crash: { for: '1s' } } },
    networkPolicy: {
      enabled: true,
      ingressFrom: [{ ipBlock: { cidr: here[0] } }],
      apiServer: { cidrs: here, ports: [API_PORT] },
      ticketApi: { cidrs: here },
    },
  };
}

async function render(): Promise<{ readonly spec: PolicySpec; readonly config: Record<string, unknown> }> {
  const file = join(folder, 'values.yaml');
  await writeFile(file, stringify(values()));
  const all = manifests(await template('-f', file));
  const map = all.find(({ kind, metadata }) => kind === 'ConfigMap' && !metadata.name.includes('dashboards'));
  const data = map?.['data'] as Readonly<Record<string, string>>;
  const spec = all.find(({ kind }) => kind === 'NetworkPolicy')?.['spec'] as unknown as PolicySpec;
  return { spec, config: JSON.parse(data['config.json'] ?? '') as Record<string, unknown> };
}

beforeAll(async () => {
  await ensurePackages(silentProgress);
  folder = await mkdtemp(join(tmpdir(), 'policy-'));
  certificates = createCertificates();
  const authority = certificates.authority('authority');
  const tls = authority.issue([`IP:${addresses.host}`, 'DNS:tickets.test']);
  const { spec, config } = await render();
  const { port } = config['http'] as { readonly port: number };
  configuration = { http: { port } };
  policy = await openPolicyNamespace(spec, { http: port });
  sandbox = await createSandbox({ token: TOKEN, tls });
  for (const name of ['ankra-support-agent', 'shop']) sandbox.objects.apply(aNamespace(name));
  relay = await startRelay({
    listenOn: addresses.host,
    port: API_PORT,
    targetHost: '127.0.0.1',
    targetPort: Number(new URL(sandbox.url).port),
  });
  const id = sandbox.objects.get({ kind: 'Namespace', name: 'kube-system' })?.metadata.uid ?? '';
  const clusters = [{ id, name: 'production' }];
  desk = await createDesk({
    file: ':memory:',
    tokens: [{ token: TOKEN }],
    clusters,
    tls,
    host: '0.0.0.0',
    port: DESK_PORT,
  });
  const [tokenFile, caFile] = [join(folder, 'token'), join(folder, 'ca.crt')];
  await writeFile(tokenFile, TOKEN);
  await writeFile(caFile, authority.pem);
  const ticketApi = { ...(config['ticketApi'] as object), tokenFile, caFile };
  program = await startProgram(folder, {
    config: { ...config, ticketApi },
    kubernetes: { server: `https://${addresses.host}:${API_PORT}`, token: TOKEN, ca: authority.pem },
    under: ['ip', 'netns', 'exec', policy.name],
  });
}, 120 * SECOND);

afterAll(async () => {
  await program?.stop();
  await relay?.close();
  await desk?.close();
  await sandbox?.close();
  await policy?.close();
  certificates?.remove();
  await rm(folder, { recursive: true, force: true });
}, 60 * SECOND);

/** What a connection from the namespace comes to: `connected`, or the error's code. */
function connectInside(host: string, port: number): Promise<string> {
  const script = `require('net').connect(${port}, '${host}').on('connect', () => { console.log('connected'); process.exit() }).on('error', ({ code }) => console.log(code))`;
  const args = ['netns', 'exec', policy.name, process.execPath, '-e', script];
  return runCommand('ip', args).then((text) => text.trim());
}

/** The same from outside to the pod, from one of the addresses there. */
function connectFrom(localAddress: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: addresses.pod, port, localAddress });
    socket.once('connect', () => resolve('connected'));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? ''));
    socket.once('close', () => socket.destroy());
  });
}

describe('the NetworkPolicy of the chart', () => {
  test(
    'lets the agent watch, resolve names and file, and the agent asks for nothing that it refuses',
    async () => {
      deploy(sandbox).crash();
      const all = { statuses: [], now: Infinity, limit: 9, offset: 0 };
      await eventually('the ticket', 60 * SECOND, () => desk.store.list(all).rows[0]);
      const counts = await policy.counts();
      expect(counts).toMatchObject({ refused_out: 0, refused_in: 0 });
      for (const used of ['out_udp_53', `out_tcp_${API_PORT}`, `out_tcp_${DESK_PORT}`])
        expect([used, (counts[used] ?? 0) > 0]).toEqual([used, true]);
    },
    90 * SECOND,
  );

  test(
    'refuses another address and another port',
    async () => {
      const before = (await policy.counts())['refused_out'] ?? 0;
      expect(await connectInside(addresses.host, DESK_PORT)).toBe('connected');
      expect(await connectInside(addresses.other, DESK_PORT)).toBe('ECONNREFUSED');
      expect(await connectInside(addresses.host, 9)).toBe('ECONNREFUSED');
      expect((await policy.counts())['refused_out']).toBe(before + 2);
    },
    60 * SECOND,
  );

  test(
    'lets metrics be read by whom the values name, and by nobody else',
    async () => {
      const { port } = configuration.http;
      expect(program.port).toBe(port);
      expect(await connectFrom(addresses.host, port)).toBe('connected');
      expect(await connectFrom(addresses.other, port)).toBe('ECONNREFUSED');
    },
    60 * SECOND,
  );
});
