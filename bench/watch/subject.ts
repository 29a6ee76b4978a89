/** One way of taking the same bytes, measured in a process of its own. Arguments: subject, server address, updates to wait for. */
import { request } from 'node:http';
import { systemClock } from '../../src/lib/clock.ts';
import { createKubeConnection } from '../../src/kube/connection/index.ts';
import { LineSplitter } from '../../src/kube/connection/line-splitter.ts';
import { Reflector } from '../../src/kube/reflector/index.ts';
import { pods } from './resource.ts';
import { createPodInformer } from './informer.ts';
import type { Cost, Result } from './messages.ts';

const [, , subject = '', url = '', updatesText = '0'] = process.argv;
const updates = Number(updatesText);

interface Measured {
  /** Resolves when the list is taken. */
  readonly list: () => Promise<void>;
  /** Resolves when the updates are taken. */
  readonly watch: () => Promise<void>;
  /** What must not be collected before the memory is read. */
  readonly held: () => unknown;
}

/** Reads the same bytes and parses each object; keeps nothing. */
function floor(): Measured {
  const take = (path: string, expected: number): Promise<void> =>
    new Promise((resolve, reject) => {
      let left = expected;
      const lines = new LineSplitter({
        maxBytes: 1e8,
        onLine: (line) => {
          JSON.parse(line.toString('utf8'));
          left -= 1;
          if (left === 0) resolve();
        },
        onOversize: () => undefined,
      });
      request(`${url}${path}`, { agent: false }, (response) => {
        response.on('data', (chunk: Buffer) => lines.push(chunk));
        response.on('end', () => resolve());
      })
        .once('error', reject)
        .end();
    });
  return {
    list: () => take('/lines', Number.POSITIVE_INFINITY),
    watch: () => take('/api/v1/pods?watch=1', updates),
    held: () => undefined,
  };
}

async function ours(): Promise<Measured> {
  const connection = await createKubeConnection(
    { kind: 'explicit', server: url },
    { clock: systemClock, version: 'bench' },
  );
  let left = updates;
  let synced = (): void => undefined;
  let updated = (): void => undefined;
  const whenUpdated = new Promise<void>((resolve) => (updated = resolve));
  const reflector = new Reflector({
    resource: pods,
    project: pods.project,
    connection,
    clock: systemClock,
    random: Math.random,
    timings: { startSpreadMs: 0 },
    onSynced: () => synced(),
    onChange: (change) => {
      if (change.kind === 'upsert' && change.previous !== undefined && --left === 0) updated();
    },
  });
  return {
    list: () =>
      new Promise((resolve) => {
        synced = resolve;
        reflector.start();
      }),
    watch: () => whenUpdated,
    held: () => reflector.store.size,
  };
}

async function informer(): Promise<Measured> {
  const watcher = await createPodInformer(url);
  let left = updates;
  const whenUpdated = new Promise<void>((resolve) => {
    watcher.on('update', () => {
      left -= 1;
      if (left === 0) resolve();
    });
  });
  return { list: () => watcher.start(), watch: () => whenUpdated, held: () => watcher };
}

async function create(): Promise<Measured> {
  if (subject === 'floor') return floor();
  return subject === 'ours' ? await ours() : await informer();
}

const MB = 1_024 * 1_024;

async function timed(work: () => Promise<void>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const from = performance.now();
  await work();
  const used = process.cpuUsage(cpu);
  return { wallMs: performance.now() - from, cpuMs: (used.user + used.system) / 1_000 };
}

const measured = await create();
globalThis.gc?.();
const idleMb = process.memoryUsage.rss() / MB;
const idleHeapMb = process.memoryUsage().heapUsed / MB;
const list = await timed(() => measured.list());
const peakMb = process.resourceUsage().maxRSS / 1_024;
const update = updates === 0 ? { wallMs: 0, cpuMs: 0 } : await timed(() => measured.watch());
globalThis.gc?.();
const { rss, heapUsed } = process.memoryUsage();
const result: Result = {
  idleMb,
  idleHeapMb,
  list,
  peakMb,
  update,
  rssMb: rss / MB,
  heapMb: heapUsed / MB,
};
process.send?.(result);
measured.held();
process.disconnect?.();
process.exit();
