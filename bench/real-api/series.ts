import { SECOND } from '../../src/domain/clock.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { watchedResources, Watches } from '../../src/watch/index.ts';
import { AGENT_NAMESPACE } from '../time-to-post/server-side.ts';
import { startFloorAt } from '../time-to-post/subjects.ts';
import { crash, podName } from './objects.ts';
import type { Plane } from './plane.ts';
import { nextPost, processorMs, type Scene, startSubject, type Subject } from './subjects.ts';

/** Between two samples, so that each meets an agent at rest. */
const PAUSE_MS = 250;
const FLOOR_LISTS_MS = 10 * SECOND;

/** What one program did in a series. */
export interface Samples {
  /** Milliseconds from the crash on the watch to its POST; not a number where none came. */
  readonly times: number[];
  /** Processor time for one incident. */
  readonly cpuMsEach: number;
}

/**
 * A bare loop is started for each series, after everything that comes in numbers: it would not notice when the server gives up a
 * watch that does not keep up.
 */
export async function besideFloor(scene: Scene, samples: number): Promise<ReadonlyMap<string, Samples>> {
  const floor = await startSubject(scene.plane, startFloorAt);
  try {
    // The server first tells it of all pods.
    await systemClock.sleep(Math.max(FLOOR_LISTS_MS, scene.restMs));
    const subjects = new Map([['floor', floor], ...scene.subjects]);
    await sample(scene, subjects, Math.ceil(samples / 10));
    return await sample(scene, subjects, samples);
  } finally {
    await floor.close();
  }
}

/** Another Deployment for each sample, so that each opens an incident of its own; all programs see the same. */
async function sample(
  scene: Scene,
  subjects: ReadonlyMap<string, Subject>,
  count: number,
): Promise<ReadonlyMap<string, Samples>> {
  const visible = await watchPods(scene.plane);
  const names = [...subjects.keys()];
  const times = new Map(names.map((name) => [name, [] as number[]]));
  const before = new Map([...subjects].map(([name, subject]) => [name, processorMs(subject)]));
  try {
    for (let n = 0; n < count; n += 1) {
      const [seenAt = Number.NaN, ...posts] = await crashNext(scene, visible, [...subjects.values()]);
      for (const [at, name] of names.entries()) times.get(name)?.push((posts[at] ?? Number.NaN) - seenAt);
      await systemClock.sleep(PAUSE_MS);
    }
  } finally {
    await visible.stop();
  }
  const rows = [...subjects].map(([name, subject]) => {
    const spent = processorMs(subject) - (before.get(name) ?? Number.NaN);
    return [name, { times: times.get(name) ?? [], cpuMsEach: spent / count }] as const;
  });
  return new Map(rows);
}

/** When the next crash was visible, and when each program posted. */
async function crashNext(
  scene: Scene,
  visible: Visible,
  subjects: readonly Subject[],
): Promise<readonly number[]> {
  if (scene.used >= scene.made) throw new Error('more samples than Deployments');
  const posts = subjects.map((subject) => nextPost(subject));
  const seen = visible.next(podName(scene.used, 0));
  await crash(scene.plane.api, scene.used);
  scene.used += 1;
  return await Promise.all([seen, ...posts]);
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
