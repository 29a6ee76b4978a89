import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createDesk, type Desk } from '../../src/desk/desk.ts';
import { SECOND } from '../../src/domain/clock.ts';
import { createKubeConnection, type KubeConnection } from '../../src/kube/connection/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { startControlPlane } from '../../test/cluster/index.ts';
import type { BenchReport } from '../lib/bench.ts';
import { round } from '../lib/statistics.ts';
import type { AgentArguments } from '../time-to-post/agent.ts';
import { start } from '../time-to-post/subjects.ts';
import { writesOf } from './counters.ts';
import { crash, createPod, heal } from '../../test/e2e/support/played-pods.ts';
import { createIncidentCrd } from '../../test/e2e/support/program.ts';

const AGENT_NAMESPACE = 'ankra-support-agent';
const TOKEN = 'token-of-the-bench';
const PATIENCE_MS = 120 * SECOND;
const agentFile = resolve(import.meta.dirname, '../time-to-post/agent.ts');

/**
 * What one incident costs etcd: pods crash, their tickets are filed, they recover and the tickets are told. Counted by the API server
 * itself (`etcd_requests_total`), a real one with a real etcd. Option: `--incidents 50`. Builds the programs when the cache has none.
 */
export async function bench(args: readonly string[]): Promise<BenchReport> {
  const { values } = parseArgs({
    args: [...args],
    options: { incidents: { type: 'string', default: '50' } },
  });
  const plane = await startControlPlane();
  const source = { kind: 'kubeconfig', path: plane.adminKubeconfigPath } as const;
  const api = await createKubeConnection(source, { clock: systemClock, version: 'bench' });
  const desk = await createDesk({ file: ':memory:', tokens: [{ token: TOKEN }], host: '127.0.0.1', port: 0 });
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    await prepare(api);
    writeFileSync(join(folder, 'token'), TOKEN);
    const child = await start(
      agentFile,
      agentArguments(plane.adminKubeconfigPath, desk, join(folder, 'token')),
    );
    try {
      return report(await measure(api, desk, Number(values.incidents)));
    } finally {
      child.disconnect();
      await once(child, 'exit');
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await desk.close();
    api.close();
    await plane.stop();
  }
}

/** The custom resource as it is installed, and the namespaces. */
async function prepare(api: KubeConnection): Promise<void> {
  await createIncidentCrd(api);
  for (const name of [AGENT_NAMESPACE, 'shop'])
    await api.json({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name } } });
}

function agentArguments(path: string, desk: Desk, tokenFile: string): AgentArguments {
  return {
    namespace: AGENT_NAMESPACE,
    kubernetes: { kind: 'kubeconfig', path },
    composesInThread: true,
    config: {
      ticketApi: { url: desk.url, tokenFile, maxPerMinute: 0 },
      groupWait: '1s',
      resolveAfter: '5s',
      log: { level: 'warn' },
      http: { host: '127.0.0.1', port: 0 },
    },
  };
}

interface IncidentList {
  readonly items: readonly { readonly status?: { readonly phase?: string; readonly comment?: unknown } }[];
}

interface Measured {
  readonly incidents: number;
  readonly comments: number;
  readonly incidentWrites: Readonly<Record<string, number>>;
  readonly eventWrites: Readonly<Record<string, number>>;
}

async function measure(api: KubeConnection, desk: Desk, incidents: number): Promise<Measured> {
  const numbers = Array.from({ length: incidents }, (_none, n) => n);
  const before = await readMetrics(api);
  for (const n of numbers) await createPod(api, n);
  for (const n of numbers) await crash(api, n);
  await until(api, 'Filed', incidents);
  for (const n of numbers) await heal(api, n);
  await until(api, 'Recovered', incidents);
  const after = await readMetrics(api);
  const rows = desk.store.list({ statuses: [], now: Infinity, limit: 10_000, offset: 0 }).rows;
  const comments = rows.reduce((sum, { id }) => sum + desk.store.comments(id).length, 0);
  const count = (resource: string): Readonly<Record<string, number>> => grown(before, after, resource);
  return { incidents, comments, incidentWrites: count('incidents'), eventWrites: count('events') };
}

async function readMetrics(api: KubeConnection): Promise<string> {
  const stream = await api.stream({ path: '/metrics', lane: 'own' });
  const chunks: Buffer[] = [];
  await stream.consume((chunk) => void chunks.push(Buffer.from(chunk)));
  return Buffer.concat(chunks).toString();
}

function grown(before: string, after: string, resource: string): Readonly<Record<string, number>> {
  const [first, last] = [writesOf(before, resource), writesOf(after, resource)];
  return Object.fromEntries(Object.entries(last).map(([kind, count]) => [kind, count - (first[kind] ?? 0)]));
}

/** All are in this phase, and nothing is left to be said. */
async function until(api: KubeConnection, phase: string, count: number): Promise<void> {
  const path = `/apis/support.ankra.app/v1alpha1/namespaces/${AGENT_NAMESPACE}/incidents`;
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const { items } = await api.json<IncidentList>({ path });
    const there = items.filter(({ status }) => status?.phase === phase && status.comment === undefined);
    if (there.length === count && items.length === count) return;
    if (performance.now() > deadline) throw new Error(`${there.length} of ${count} Incidents are ${phase}`);
    await systemClock.sleep(250);
  }
}

function report({ incidents, comments, incidentWrites, eventWrites }: Measured): BenchReport {
  const all = Object.values(incidentWrites).reduce((sum, count) => sum + count, 0);
  const each = (count: number): number => round(count / incidents);
  const rows = {
    created: { 'for each incident': each(incidentWrites['create'] ?? 0) },
    updated: { 'for each incident': each(incidentWrites['update'] ?? 0) },
    deleted: { 'for each incident': each(incidentWrites['delete'] ?? 0) },
    'all writes': { 'for each incident': each(all) },
    'all writes, one less for each comment': { 'for each incident': each(all - comments) },
  };
  return {
    figures: { incidents, comments, incidentWrites, eventWrites },
    tables: [
      {
        title: `Writes of Incidents in etcd: ${incidents} open, are filed and recover, ${comments} comments`,
        rows,
      },
    ],
  };
}
