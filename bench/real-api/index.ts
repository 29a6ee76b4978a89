import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createDesk } from '../../src/desk/desk.ts';
import { SECOND } from '../../src/domain/clock.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { watchedResources, Watches } from '../../src/watch/index.ts';
import { createCertificates } from '../../test/tickets/api/certificates.ts';
import type { BenchReport } from '../lib/bench.ts';
import { residentMemory } from '../lib/memory.ts';
import { processorTime } from '../lib/processor.ts';
import { round, summarize } from '../lib/statistics.ts';
import { type Addresses, AGENT_NAMESPACE } from '../time-to-post/server-side.ts';
import { bundleAgent, startAgentAt, startFloorAt } from '../time-to-post/subjects.ts';
import { createTrace, type Trace } from '../time-to-post/trace.ts';
import { crash, createWorkloads, forEach, podName, touch } from './objects.ts';
import { openPlane, type Plane } from './plane.ts';

/** Before memory is read: what came before is mostly collected. */
const IDLE_MS = 20 * SECOND;
const LEADING_WITHIN_MS = 60 * SECOND;
/** Between two samples, so that each meets an agent at rest. */
const PAUSE_MS = 250;
const FLOOR_LISTS_MS = 10 * SECOND;
const REPLICAS = 10;
const ROLLED_OUT = 120;

interface Sizes {
  readonly pods: readonly number[];
  readonly samples: number;
  readonly updates: number;
}

/** A program that posts, and the desk that it posts to. */
interface Subject {
  readonly trace: Trace;
  readonly child: ChildProcess;
  readonly close: () => Promise<void>;
}

/** The servers and the agent that is measured. */
interface Scene {
  readonly plane: Plane;
  readonly agent: Subject;
  /** Deployments so far; each sample takes one of them. */
  made: number;
  used: number;
}

/**
 * The agent at a real etcd and API server, with pods that kwok plays: its memory at rest with more and more pods, the processor time of updates
 * that mean nothing, and the time from the status that shows a crash on a watch to the POST at the desk; settle 0, evidence and look-up included.
 * Options: `--pods 20,1000,10000 --samples 200 --updates 5000`. Builds the programs when the cache has none.
 */
export async function bench(args: readonly string[]): Promise<BenchReport> {
  const sizes = readSizes(args);
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const bundle = await bundleAgent(folder);
  const plane = await openPlane();
  const own = join(folder, 'agent');
  mkdirSync(own);
  try {
    const options = { file: bundle, folder: own, composesInThread: true };
    const agent = await startSubject(plane, (addresses) => startAgentAt(addresses, options));
    try {
      await leads(plane);
      return await measure({ plane, agent, made: 0, used: 0 }, sizes);
    } finally {
      await agent.close();
    }
  } finally {
    await plane.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Start = (addresses: Addresses) => Promise<ChildProcess>;

/** A program with a desk of its own. */
async function startSubject({ serverUrl, token, ca }: Plane, start: Start): Promise<Subject> {
  const certificates = createCertificates();
  const authority = certificates.authority('bench');
  const tls = authority.issue(['IP:127.0.0.1']);
  certificates.remove();
  const tokens = [{ token, label: 'bench' }];
  const desk = await createDesk({ host: '127.0.0.1', port: 0, tls, file: ':memory:', tokens });
  const trace = createTrace([desk.port]);
  // Both servers have authorities of their own.
  const child = await start({ kubernetes: serverUrl, desk: desk.url, token, ca: `${ca}\n${authority.pem}` });
  const close = async (): Promise<void> => {
    if (child.connected) child.disconnect();
    trace.end();
    await desk.close();
  };
  return { trace, child, close };
}

function readSizes(args: readonly string[]): Sizes {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pods: { type: 'string', default: '20,1000,10000' },
      samples: { type: 'string', default: '200' },
      updates: { type: 'string', default: '5000' },
    },
  });
  return {
    pods: values.pods.split(',').map(Number),
    samples: Number(values.samples),
    updates: Number(values.updates),
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
  const memory: Record<string, Record<string, number>> = {};
  for (const pods of sizes.pods) {
    await grow(scene, pods);
    await systemClock.sleep(IDLE_MS);
    const { privateMb = Number.NaN, residentMb = Number.NaN } =
      residentMemory(scene.agent.child.pid ?? 0) ?? {};
    memory[`${pods} pods`] = { privateMb, residentMb };
  }
  const updates = { agent: { seconds: await irrelevantUpdates(scene, sizes.updates) } };
  const quiet = await besideFloor(scene, sizes.samples);
  const rolled = await afterRollout(scene, Math.ceil(sizes.samples / 2));
  const after = `, after ${ROLLED_OUT} Deployments rolled out`;
  const times = { ...rows(quiet, ''), ...rows(rolled, after) };
  return {
    figures: { memory, updates, times },
    tables: [
      { title: 'Memory of the agent at rest, MB', rows: memory },
      { title: 'Processor time of 1,000 updates of pods that mean nothing, s', rows: updates },
      { title: 'Crash visible on a watch → POST at the desk, ms', rows: times },
    ],
  };
}

/** The times of both, and what an incident costs the agent. */
function rows({ agent, floor, cpuMsEach }: Samples, when: string): Record<string, Record<string, number>> {
  return {
    [`floor${when}`]: { ...summarize(floor) },
    [`agent${when}`]: { ...summarize(agent), 'processor ms each': round(cpuMsEach) },
  };
}

async function grow(scene: Scene, pods: number): Promise<void> {
  const wanted = Math.ceil(pods / REPLICAS);
  await createWorkloads(scene.plane.api, scene.made, wanted, REPLICAS);
  scene.made = Math.max(scene.made, wanted);
}

/** Seconds of processor time for a thousand of them, in all threads. */
async function irrelevantUpdates({ plane, agent, made }: Scene, updates: number): Promise<number> {
  const before = processorMs(agent);
  await forEach(0, updates, (n) => touch(plane.api, n % made, String(n)));
  // The last of them have to be read.
  await systemClock.sleep(2 * SECOND);
  return round((processorMs(agent) - before) / updates);
}

function processorMs({ child: { pid = 0 } }: Subject): number {
  return processorTime(pid) ?? Number.NaN;
}

/** Milliseconds from the crash on the watch to the POST, of both programs. */
interface Samples {
  readonly agent: number[];
  readonly floor: number[];
  /** Processor time of the agent for one incident. */
  readonly cpuMsEach: number;
}

/**
 * A bare loop is started for each series, after everything that comes in numbers: it would not notice when the server gives up a
 * watch that does not keep up.
 */
async function besideFloor(scene: Scene, samples: number): Promise<Samples> {
  const floor = await startSubject(scene.plane, startFloorAt);
  try {
    // The server first tells it of all pods.
    await systemClock.sleep(FLOOR_LISTS_MS);
    await sample(scene, floor, Math.ceil(samples / 10));
    return await sample(scene, floor, samples);
  } finally {
    await floor.close();
  }
}

/** Another Deployment for each sample, so that each opens an incident of its own; both programs see the same. */
async function sample(scene: Scene, floor: Subject, count: number): Promise<Samples> {
  const { plane, agent } = scene;
  const visible = await watchPods(plane);
  const times: { readonly agent: number[]; readonly floor: number[] } = { agent: [], floor: [] };
  const before = processorMs(agent);
  try {
    for (let n = 0; n < count; n += 1) {
      if (scene.used >= scene.made) throw new Error('more samples than Deployments');
      const posts = [nextPost(agent), nextPost(floor)] as const;
      const seen = visible.next(podName(scene.used, 0));
      await crash(plane.api, scene.used);
      scene.used += 1;
      const [seenAt, byAgent, byFloor] = await Promise.all([seen, ...posts]);
      times.agent.push(byAgent - seenAt);
      times.floor.push(byFloor - seenAt);
      await systemClock.sleep(PAUSE_MS);
    }
  } finally {
    await visible.stop();
  }
  return { ...times, cpuMsEach: (processorMs(agent) - before) / count };
}

async function nextPost({ trace }: Subject): Promise<number> {
  const { startAt } = await trace.next(
    ({ method, url }) => method === 'POST' && url.endsWith('/support/tickets'),
  );
  return startAt;
}

interface Visible {
  /** When the watch shows this pod as it crashes; the time of `performance.now()`. */
  readonly next: (name: string) => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** A watch of pods of our own, on the same server. */
async function watchPods({ api }: Plane): Promise<Visible> {
  const waiting = new Map<string, (at: number) => void>();
  const watches = new Watches({
    connection: api,
    clock: systemClock,
    random: Math.random,
    resources: watchedResources({ incidentNamespace: AGENT_NAMESPACE }).filter(({ name }) => name === 'pods'),
    onChange: ({ view }) => {
      if (
        view.kind !== 'Pod' ||
        view.detail?.containers.every(({ restartCount }) => restartCount < 3) !== false
      )
        return;
      waiting.get(view.name)?.(performance.now());
      waiting.delete(view.name);
    },
    timings: { startSpreadMs: 0 },
  });
  await watches.whenSynced;
  return {
    next: (name) => new Promise((resolve) => waiting.set(name, resolve)),
    stop: () => watches.stop(),
  };
}

/** Many objects at once, and right after them the next samples. */
async function afterRollout(scene: Scene, samples: number): Promise<Samples> {
  await createWorkloads(scene.plane.api, scene.made, scene.made + ROLLED_OUT, 3);
  scene.made += ROLLED_OUT;
  return await besideFloor(scene, samples);
}
