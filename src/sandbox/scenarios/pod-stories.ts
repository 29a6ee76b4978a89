import { SECOND } from '../../domain/clock.ts';
import type { PlayedPod } from './played-pod.ts';
import type { Stage } from './stage.ts';
import { INIT_CONTAINER, type Release } from './workload.ts';

/** What the pods of a release do, from their creation on. Resolves when there is nothing more to play. */
export type PodStory = (stage: Stage, pod: PlayedPod) => Promise<void>;

/** A release whose init container, if it has one, ends well, and whose container starts and runs. */
export function runsWell({ name, initImage }: Release): PodStory {
  return async (stage, pod) => {
    await stage.wait(800);
    if (pod.isGone()) return;
    if (initImage !== undefined) {
      pod.start(INIT_CONTAINER, 'all migrations are applied\n');
      pod.end(INIT_CONTAINER, { exitCode: 0, reason: 'Completed' });
    }
    pod.start(name, healthyLog(name));
  };
}

/** What a healthy service writes. */
function healthyLog(name: string): string {
  const lines = [`level=info msg="starting ${name}"`, 'level=info msg="configuration loaded"'];
  return `${[...lines, 'level=info msg="listening" port=8080'].join('\n')}\n`;
}

/** How a container keeps failing. */
export interface Crash {
  readonly container: string;
  readonly exitCode: number;
  readonly reason: string;
  /** How long each run lasts. */
  readonly runMs: number;
  /** What the run with this number writes; the first is 0. */
  log(run: number): string;
  /** True once the next start succeeds; without it each one fails. */
  readonly isOver?: () => boolean;
}

const firstBackOffMs = 10 * SECOND;
const longestBackOffMs = 300 * SECOND;
// Measured on Kubernetes 1.36 with containerd: CrashLoopBackOff is visible for about 0.1 s before each start.
const visibleBackOffMs = 100;

/** The kubelet's wait before a start: none before the first restart, then 10 s, doubling to 300 s. */
export function backOffMs(restart: number): number {
  return restart === 0 ? 0 : Math.min(firstBackOffMs * 2 ** (restart - 1), longestBackOffMs);
}

async function waitForStart(stage: Stage, pod: PlayedPod, crash: Crash, restart: number): Promise<void> {
  const wait = backOffMs(restart);
  if (wait === 0) return stage.wait(1 * SECOND);
  pod.reportBackOff(crash.container);
  // For nearly the whole of it the container is shown as terminated.
  await stage.wait(wait - visibleBackOffMs);
  if (pod.isGone()) return;
  pod.showBackOff(crash.container);
  await stage.wait(visibleBackOffMs);
}

/** Starts, fails, waits, starts again, until the pod is deleted or the crash is over. */
export function crashes(crash: Crash): PodStory {
  return async (stage, pod) => {
    await stage.wait(800);
    for (let run = 0; !pod.isGone(); run += 1) {
      if (crash.isOver?.() === true) return pod.start(crash.container, healthyLog(crash.container));
      pod.start(crash.container, crash.log(run));
      await stage.wait(crash.runMs);
      if (pod.isGone()) return;
      pod.end(crash.container, crash);
      await waitForStart(stage, pod, crash, run);
    }
  };
}

/** The registry does not have the image: the kubelet tries, waits, tries again, until the pod is deleted. */
export function neverPulls(container: string, image: string): PodStory {
  const cause = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
  const failed = `rpc error: code = NotFound desc = ${cause}`;
  return async (stage, pod) => {
    await stage.wait(800);
    for (let attempt = 0; !pod.isGone(); attempt += 1) {
      pod.warn(container, 'Failed', `Failed to pull image "${image}": ${failed}`);
      pod.warn(container, 'Failed', 'Error: ErrImagePull');
      pod.showWaiting(container, 'ErrImagePull', failed);
      await stage.wait(2 * SECOND);
      if (pod.isGone()) return;
      pod.warn(container, 'BackOff', `Back-off pulling image "${image}"`);
      pod.showWaiting(
        container,
        'ImagePullBackOff',
        `Back-off pulling image "${image}": ErrImagePull: ${failed}`,
      );
      await stage.wait(backOffMs(attempt + 1));
    }
  };
}

/** Runs, and never becomes ready: its probe fails every ten seconds. */
export function neverReady(container: string, log: string): PodStory {
  return async (stage, pod) => {
    await stage.wait(800);
    pod.start(container, log);
    pod.showUnready(container);
    while (!pod.isGone()) {
      await stage.wait(10 * SECOND);
      if (!pod.isGone())
        pod.warn(container, 'Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503');
    }
  };
}
