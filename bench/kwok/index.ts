import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createKubeConnection } from '../../src/kube/connection/index.ts';
import type { KubeConnection } from '../../src/kube/connection/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { watchedResources, Watches, type WatchesDeps } from '../../src/watch/index.ts';
import { createTerminalProgress, kwokProgram, startControlPlane } from '../../test/cluster/index.ts';
import type { BenchReport } from '../lib/bench.ts';
import { quantile, round, summarize } from '../lib/statistics.ts';
import { crashPods, createRunningPods, podsPath } from './pods.ts';

const ALL_SEEN_WITHIN_MS = 60_000;

interface Sizes {
  readonly pods: number;
  readonly changes: number;
  readonly rounds: number;
}

/**
 * A real etcd and API server with pods that kwok plays: from the start of all watches to ready, beside a plain paged list of the same pods; then
 * many pods that crash at once. Options: `--pods 10000 --changes 1000 --rounds 5`. Builds the programs when the cache has none.
 */
export async function bench(args: readonly string[]): Promise<BenchReport> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pods: { type: 'string', default: '10000' },
      changes: { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '5' },
    },
  });
  const sizes = { pods: Number(values.pods), changes: Number(values.changes), rounds: Number(values.rounds) };
  const program = await kwokProgram(createTerminalProgress());
  const plane = await startControlPlane();
  const kwok = startKwok(program, plane.adminKubeconfigPath);
  const source = { kind: 'kubeconfig', path: plane.adminKubeconfigPath } as const;
  const api = await createKubeConnection(source, { clock: systemClock, version: 'bench' });
  try {
    await Promise.race([createRunningPods(api, sizes.pods), endOf(kwok)]);
    // From now on nothing changes but what is measured.
    kwok.kill();
    return report(sizes, await measureStarts(api, sizes), await measureCrashes(api, sizes));
  } finally {
    kwok.kill();
    api.close();
    await plane.stop();
  }
}

function startKwok(program: string, kubeconfig: string): ChildProcess {
  const stages = fileURLToPath(new URL('stages.yaml', import.meta.url));
  const flags = ['--manage-all-nodes=true', '--node-ip=127.0.0.1', '--v=ERROR'];
  const args = ['--kubeconfig', kubeconfig, '--config', stages, ...flags];
  return spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Rejects when it ends by itself. */
function endOf(kwok: ChildProcess): Promise<never> {
  return new Promise((_, reject) => {
    kwok.once('exit', (code) => reject(new Error(`kwok ended with ${code}`)));
  });
}

interface Starts {
  readonly plainMs: number[];
  readonly readyMs: number[];
}

/** In turns, so that both meet the same machine; the first turn of each only warms up. */
async function measureStarts(api: KubeConnection, { pods, rounds }: Sizes): Promise<Starts> {
  const starts: Starts = { plainMs: [], readyMs: [] };
  for (let n = 0; n <= rounds; n += 1) {
    const plainMs = await timed(() => listPlainly(api, pods));
    const readyMs = await timed(async () => {
      const watches = startAll(api, () => undefined);
      await watches.whenSynced;
      void watches.stop();
    });
    if (n === 0) continue;
    starts.plainMs.push(plainMs);
    starts.readyMs.push(readyMs);
  }
  return starts;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** What anybody would write: page by page, each parsed as a whole. */
async function listPlainly(api: KubeConnection, expected: number): Promise<void> {
  let found = 0;
  let token: string | undefined;
  do {
    const page = await api.json<{ items: unknown[]; metadata: { continue?: string } }>({
      path: podsPath,
      query: { limit: 500, continue: token },
    });
    found += page.items.length;
    token = page.metadata.continue;
  } while (token !== undefined && token !== '');
  if (found !== expected) throw new Error(`${found} pods instead of ${expected}`);
}

/** As the agent does, without the random pause by which a fleet spreads its starts. */
function startAll(connection: KubeConnection, onChange: WatchesDeps['onChange']): Watches {
  return new Watches({
    connection,
    clock: systemClock,
    random: Math.random,
    resources: watchedResources({ incidentNamespace: 'default' }),
    onChange,
    timings: { startSpreadMs: 0 },
  });
}

interface Crashes {
  readonly delaysMs: number[];
  readonly takenMs: number;
}

async function measureCrashes(api: KubeConnection, { changes }: Sizes): Promise<Crashes> {
  const sentAt = new Map<string, number>();
  const delaysMs: number[] = [];
  const all = Promise.withResolvers<void>();
  const watches = startAll(api, ({ view }) => {
    const from = sentAt.get(view.name);
    if (view.kind !== 'Pod' || view.detail === undefined || from === undefined) return;
    sentAt.delete(view.name);
    delaysMs.push(performance.now() - from);
    if (delaysMs.length === changes) all.resolve();
  });
  try {
    await watches.whenSynced;
    const takenMs = await timed(async () => {
      await crashPods(api, changes, (name) => sentAt.set(name, performance.now()));
      const late = systemClock.sleep(ALL_SEEN_WITHIN_MS).then(() => {
        throw new Error(`${changes - delaysMs.length} crashes were not seen`);
      });
      await Promise.race([all.promise, late]);
    });
    return { delaysMs, takenMs };
  } finally {
    await watches.stop();
  }
}

function report({ pods, changes }: Sizes, { plainMs, readyMs }: Starts, crashes: Crashes): BenchReport {
  const plain = quantile(plainMs, 0.5);
  const ready = quantile(readyMs, 0.5);
  const start = {
    'plain paged list': { p50Ms: round(plain), '÷ plain': 1 },
    'start to ready': { p50Ms: round(ready), '÷ plain': round(ready / plain) },
  };
  const crash = { ms: { ...summarize(crashes.delaysMs), allTakenMs: round(crashes.takenMs) } };
  return {
    tables: [
      { title: `${pods} pods of a real API server (target: 1.5 × the plain list)`, rows: start },
      { title: `${changes} pods crash at once: from the request that says so to the handler`, rows: crash },
    ],
    figures: { start, crash },
  };
}
