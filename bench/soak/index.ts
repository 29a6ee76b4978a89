import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { parseArgs } from 'node:util';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import { createKubeConnection } from '../../src/kube/connection/index.ts';
import { Reflector, type ReflectorTimings } from '../../src/kube/reflector/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { BenchReport } from '../lib/bench.ts';
import { round } from '../lib/statistics.ts';
import type { Order, Word } from './messages.ts';

const OBJECTS = 5_000;
const CHANGES_PER_SECOND = 200;
const FAULT_EVERY_MS = 3 * SECOND;
const SAMPLES = 10;
/** After the last change and fault, the store must be the server's state within this time. */
const SETTLES_WITHIN_MS = 30 * SECOND;

/** As by default, but shorter: what takes hours in a cluster shall happen many times here. */
const timings: Partial<ReflectorTimings> = {
  startSpreadMs: 0,
  watchMinMs: 10 * SECOND,
  watchMaxMs: 20 * SECOND,
  reopenSpreadMs: 100,
  backoffInitMs: 50,
  backoffMaxMs: SECOND,
  backoffResetMs: 5 * SECOND,
  unauthorizedInitMs: 100,
  slowInitMs: 500,
  slowMaxMs: SECOND,
  freshnessMs: 5 * SECOND,
  retryAfterMaxMs: SECOND,
};

interface SoakView {
  readonly name: string;
  readonly version: string;
}

/** How it stood at one moment. `changes` and `faults` count from the start. */
interface Sample {
  readonly atMs: number;
  readonly heapMb: number;
  readonly residentMb: number;
  readonly changes: number;
  readonly faults: number;
  /** Lists and watches begun again so far. */
  readonly relists: number;
  readonly reconnects: number;
}

/**
 * A reflector against a server at which something breaks every three seconds. Ten times it is held still: then the store must be the
 * server's state, and the heap after garbage collection is read. Options: `--minutes 1`; `--max-growth 1.05` makes it fail when the
 * heap at the end is larger than that times the heap after the first tenth. Throws when the store ends wrong.
 */
export async function bench(args: readonly string[]): Promise<BenchReport> {
  const { values } = parseArgs({
    args: [...args],
    options: { minutes: { type: 'string', default: '1' }, 'max-growth': { type: 'string' } },
  });
  const samples = await soak(Number(values.minutes) * MINUTE);
  const growth = (samples.at(-1)?.heapMb ?? 0) / (samples[0]?.heapMb ?? 1);
  const limit = Number(values['max-growth'] ?? Number.POSITIVE_INFINITY);
  if (growth > limit)
    throw new Error(`the heap grew to ${round(growth)} times what it was; ${limit} is the limit`);
  return report(samples, growth);
}

async function soak(durationMs: number): Promise<readonly Sample[]> {
  const server = fork(
    new URL('server.ts', import.meta.url),
    [OBJECTS, CHANGES_PER_SECOND, FAULT_EVERY_MS].map(String),
    {
      execArgv: ['--disable-warning=ExperimentalWarning'],
    },
  );
  const { url } = await heard(server, 'ready');
  const deps = { clock: systemClock, version: 'soak' };
  const connection = await createKubeConnection({ kind: 'explicit', server: url }, deps);
  const reflector = new Reflector<SoakView>({
    resource: { path: '/api/v1/pods', kind: 'Pod' },
    project,
    connection,
    clock: systemClock,
    random: Math.random,
    onChange: () => undefined,
    timings,
  });
  const samples: Sample[] = [];
  const startedAt = performance.now();
  try {
    reflector.start();
    for (let n = 1; n <= SAMPLES; n += 1) {
      await systemClock.sleep(Math.max(0, startedAt + (n * durationMs) / SAMPLES - performance.now()));
      samples.push(await takeSample(server, reflector, startedAt));
    }
    return samples;
  } finally {
    await reflector.stop();
    connection.close();
    server.disconnect();
  }
}

function project(object: unknown): SoakView {
  const { metadata } = object as { metadata: { name: string; resourceVersion: string } };
  return { name: metadata.name, version: metadata.resourceVersion };
}

async function takeSample(
  server: ChildProcess,
  reflector: Reflector<SoakView>,
  startedAt: number,
): Promise<Sample> {
  tell(server, 'hold');
  const { state, changes, faults } = await heard(server, 'held');
  await settle(reflector, state);
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  const { relists, reconnects } = reflector.status;
  tell(server, 'go-on');
  return {
    atMs: performance.now() - startedAt,
    heapMb: heapUsed / 1e6,
    residentMb: rss / 1e6,
    changes,
    faults,
    relists: total(relists),
    reconnects: total(reconnects),
  };
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

async function settle(reflector: Reflector<SoakView>, state: readonly string[]): Promise<void> {
  const wanted = state.join('\n');
  const deadline = performance.now() + SETTLES_WITHIN_MS;
  const isSame = (): boolean =>
    [...reflector.store.values()]
      .map(({ name, version }) => `${name}@${version}`)
      .sort()
      .join('\n') === wanted;
  while (!isSame()) {
    if (performance.now() > deadline)
      throw new Error(`the store is not the server's state: ${JSON.stringify(reflector.status)}`);
    await systemClock.sleep(100);
  }
}

function tell(server: ChildProcess, order: Order): void {
  server.send(order);
}

function heard<K extends Word['kind']>(server: ChildProcess, kind: K): Promise<Extract<Word, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const fail = (code: number | null): void => reject(new Error(`the soak's server ended with ${code}`));
    server.once('exit', fail);
    server.once('message', (word: Word) => {
      server.off('exit', fail);
      if (word.kind === kind) resolve(word as Extract<Word, { kind: K }>);
      else reject(new Error(`the soak's server said ${word.kind} instead of ${kind}`));
    });
  });
}

function report(samples: readonly Sample[], growth: number): BenchReport {
  const rows = Object.fromEntries(
    samples.map(({ atMs, heapMb, residentMb, ...counts }) => [
      `${round(atMs / MINUTE)} min`,
      { heapMb: round(heapMb), residentMb: round(residentMb), ...counts },
    ]),
  );
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined) throw new Error('nothing was measured');
  const { atMs, heapMb, residentMb, ...counts } = last;
  const load = `${OBJECTS} objects, ${CHANGES_PER_SECOND} changes a second, a fault every ${FAULT_EVERY_MS / SECOND} s`;
  const ratio = { ours: { ratio: round(growth), target: 1.05 } };
  return {
    tables: [
      { title: load, rows },
      { title: 'Heap after garbage collection, end over first tenth', rows: ratio },
    ],
    figures: {
      minutes: round(atMs / MINUTE),
      ...counts,
      residentMb: round(residentMb),
      heapMbFirst: round(first.heapMb),
      heapMbLast: round(heapMb),
      growth: { ratio: round(growth) },
    },
  };
}
