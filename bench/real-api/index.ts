import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SECOND } from '../../src/domain/clock.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { BenchReport } from '../lib/bench.ts';
import { round, summarize } from '../lib/statistics.ts';
import { AGENT_NAMESPACE } from '../time-to-post/server-side.ts';
import { bundleAgent, startAgentAt, startFloorAt } from '../time-to-post/subjects.ts';
import { createWorkloads, forEach, touch } from './objects.ts';
import { openPlane, type Plane } from './plane.ts';
import { besideFloor, type Samples } from './series.ts';
import { memoryOf, processorMs, type Scene, startBeside, startSubject, type Subject } from './subjects.ts';

const LEADING_WITHIN_MS = 60 * SECOND;
const REPLICAS = 10;
const ROLLED_OUT = 120;

interface Sizes {
  readonly pods: readonly number[];
  readonly samples: number;
  readonly updates: number;
  /** Before memory is read, and before each series: what came before is mostly collected, and queues are empty. */
  readonly restMs: number;
  /** How another program is started, to be measured in the same run. */
  readonly beside: string | undefined;
}

/**
 * The agent at a real etcd and API server, with pods that kwok plays: its memory at rest with more and more pods, the processor time of updates
 * that mean nothing, and the time from the status that shows a crash on a watch to the POST at the desk; settle 0, evidence and look-up included.
 * Options: `--pods 20,1000,10000 --samples 200 --updates 5000 --rest 20` (seconds), and `--beside COMMAND` for any other program, measured in the
 * same run in the same way: `startBeside` says how it is started. Builds the programs when the cache has none.
 */
export async function bench(args: readonly string[]): Promise<BenchReport> {
  const sizes = readSizes(args);
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const bundle = await bundleAgent(folder);
  const plane = await openPlane();
  const subjects = new Map<string, Subject>();
  try {
    const own = join(folder, 'agent');
    mkdirSync(own);
    const options = { file: bundle, folder: own, composesInThread: true };
    subjects.set('agent', await startSubject(plane, (addresses) => startAgentAt(addresses, options)));
    if (sizes.beside !== undefined) subjects.set('beside', await startBeside(sizes.beside, plane.kubeconfig));
    await leads(plane);
    return await measure({ plane, subjects, restMs: sizes.restMs, made: 0, used: 0 }, sizes);
  } finally {
    for (const subject of subjects.values()) await subject.close();
    await plane.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function readSizes(args: readonly string[]): Sizes {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pods: { type: 'string', default: '20,1000,10000' },
      samples: { type: 'string', default: '200' },
      updates: { type: 'string', default: '5000' },
      rest: { type: 'string', default: '20' },
      beside: { type: 'string' },
    },
  });
  return {
    pods: values.pods.split(',').map(Number),
    samples: Number(values.samples),
    updates: Number(values.updates),
    restMs: Number(values.rest) * SECOND,
    beside: values.beside,
  };
}

async function leads({ api }: Plane): Promise<void> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${AGENT_NAMESPACE}/leases/ankra-support-agent`;
  const deadline = performance.now() + LEADING_WITHIN_MS;
  while ((await api.json({ path }).catch(() => undefined)) === undefined) {
    if (performance.now() > deadline) throw new Error('the agent does not take its Lease');
    await systemClock.sleep(100);
  }
}

async function measure(scene: Scene, sizes: Sizes): Promise<BenchReport> {
  const memory: Record<string, Row> = {};
  for (const pods of sizes.pods) {
    await grow(scene, pods);
    Object.assign(memory, await memoryRows(scene, pods));
  }
  const updates = await irrelevantUpdates(scene, sizes.updates);
  const quiet = await besideFloor(scene, sizes.samples);
  const rolled = await afterRollout(scene, Math.ceil(sizes.samples / 2));
  const after = `, after ${ROLLED_OUT} Deployments rolled out`;
  const times = { ...timeRows(quiet, ''), ...timeRows(rolled, after) };
  return {
    figures: { memory, updates, times },
    tables: [
      { title: 'Memory at rest, MB', rows: memory },
      { title: 'Processor time of 1,000 updates of pods that mean nothing, s', rows: updates },
      { title: 'Crash visible on a watch → POST, ms', rows: times },
    ],
  };
}

type Row = Readonly<Record<string, number>>;

/** All programs by one method, the floor among them, which holds nothing of what it has read. */
async function memoryRows(scene: Scene, pods: number): Promise<Record<string, Row>> {
  const floor = await startSubject(scene.plane, startFloorAt);
  try {
    await systemClock.sleep(scene.restMs);
    const least = memoryOf(floor);
    const subjects = new Map([['floor', floor], ...scene.subjects]);
    const rows = [...subjects].map(([name, subject]) => {
      const { residentMb, privateMb } = memoryOf(subject);
      const ratios = {
        'resident ÷ floor': round(residentMb / least.residentMb),
        'private ÷ floor': round(privateMb / least.privateMb),
      };
      return [`${pods} pods, ${name}`, { residentMb, privateMb, ...ratios }] as const;
    });
    return Object.fromEntries(rows);
  } finally {
    await floor.close();
  }
}

/** The times of all, how many times the floor they are, and what an incident costs. */
function timeRows(samples: ReadonlyMap<string, Samples>, when: string): Record<string, Row> {
  const least = summarize(samples.get('floor')?.times ?? []);
  const rows = [...samples].map(([name, { times, cpuMsEach }]) => {
    // A program that said nothing of a failure has no time for it.
    const { p50, p90, p99, max } = summarize(times.filter((ms) => !Number.isNaN(ms)));
    const missing = times.filter((ms) => Number.isNaN(ms)).length;
    const ratios = { 'p50 ÷ floor': round(p50 / least.p50), 'p99 ÷ floor': round(p99 / least.p99) };
    const counts = { samples: times.length, missing, 'processor ms each': round(cpuMsEach) };
    return [`${name}${when}`, { ...counts, p50, p90, p99, max, ...ratios }] as const;
  });
  return Object.fromEntries(rows);
}

async function grow(scene: Scene, pods: number): Promise<void> {
  const wanted = Math.ceil(pods / REPLICAS);
  await createWorkloads(scene.plane.api, scene.made, wanted, REPLICAS);
  scene.made = Math.max(scene.made, wanted);
}

/** Seconds of processor time for a thousand of them, in all threads. */
async function irrelevantUpdates(
  { plane, subjects, made }: Scene,
  updates: number,
): Promise<Record<string, Row>> {
  const before = new Map([...subjects].map(([name, subject]) => [name, processorMs(subject)]));
  await forEach(0, updates, (n) => touch(plane.api, n % made, String(n)));
  // The last of them have to be read.
  await systemClock.sleep(2 * SECOND);
  const rows = [...subjects].map(([name, subject]) => {
    const spent = processorMs(subject) - (before.get(name) ?? Number.NaN);
    return [name, { seconds: round(spent / updates) }] as const;
  });
  return Object.fromEntries(rows);
}

/** Many objects at once, and right after them the next samples. */
async function afterRollout(scene: Scene, samples: number): Promise<ReadonlyMap<string, Samples>> {
  await createWorkloads(scene.plane.api, scene.made, scene.made + ROLLED_OUT, 3);
  scene.made += ROLLED_OUT;
  return await besideFloor(scene, samples);
}
