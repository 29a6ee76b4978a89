import type { EventReason } from '../domain/event-reasons.ts';
import type { ContainerView, EventView, PodDetail, PodView } from '../domain/views.ts';
import type { Observation } from './detector.ts';
import { conditionOf, isLostRun, startableSince, trueSince } from './pod.ts';
import { newestOf } from './reports.ts';

/** A pod that has its node, and of which nothing has been able to start since. */
export interface NotStarted {
  readonly since: number;
  /** The cause, as far as events show it: the status of the pod does not. */
  readonly cause: 'volume' | 'reference' | 'unknown';
  readonly event?: EventView;
}

/** What a container waits for before anybody has tried to make it. Other words belong to other classes. */
const preparing = new Set(['', 'ContainerCreating', 'PodInitializing']);

const volumeReasons: readonly EventReason[] = ['FailedMount', 'FailedAttachVolume', 'FailedMapVolume'];
const sandboxReasons: readonly EventReason[] = [
  'FailedCreatePodSandBox',
  'FailedPodSandBoxStatus',
  'NetworkNotReady',
];

/** A volume that cannot be mounted because the Secret or ConfigMap behind it, or a key of it, is not there. */
const MISSING_REFERENCE =
  /\b(?:secret|configmap) "[^"]*" not found|references non-existent (?:secret|config) key/i;

/** Why this pod does not start, if it does not. Shared by the classes `storage`, `config` and `start`. */
export function notStarted({ view, events }: Observation<PodView>): NotStarted | undefined {
  const { detail } = view;
  if (detail === undefined || !mayStillStart(view, detail)) return undefined;
  const scheduledAt = trueSince(detail, 'PodScheduled');
  if (scheduledAt === undefined || !isPreparing(detail)) return undefined;
  const since = Math.max(
    scheduledAt,
    ...detail.containers.map((container) => startableSince(view, detail, container)),
    stoppedAt(view, detail),
  );
  // Volumes and sandbox are there: what stood in their way has gone, and it is a container's turn.
  const preparedAt = trueSince(detail, 'PodReadyToStartContainers');
  if (preparedAt !== undefined) return { since: Math.max(since, preparedAt), cause: 'unknown' };
  const event = newestOf(
    events.filter((one) => one.lastAt >= since),
    [...volumeReasons, ...sandboxReasons],
  );
  return { since, cause: causeOf(event), ...(event === undefined ? {} : { event }) };
}

/**
 * A pod is Pending until all of its containers have run once (`getPhase` of the kubelet). After that it stays Running whatever becomes
 * of them: when its node restarts, it may have neither sandbox nor volumes and is Running all the same.
 */
function mayStillStart({ phase }: PodView, detail: PodDetail): boolean {
  if (phase !== 'Running') return phase === 'Pending';
  const isLost = detail.containers.some(
    ({ terminated, lastTerminated }) => isLostRun(terminated) || isLostRun(lastTerminated),
  );
  return isLost || conditionOf(detail, 'PodReadyToStartContainers')?.status === 'False';
}

/** When a pod that had started was found to run no more: nothing else shows since when. */
function stoppedAt({ phase }: PodView, detail: PodDetail): number {
  return phase === 'Running' ? (conditionOf(detail, 'Ready')?.since ?? 0) : 0;
}

function causeOf(event: EventView | undefined): NotStarted['cause'] {
  if (event === undefined || !volumeReasons.includes(event.reason)) return 'unknown';
  return MISSING_REFERENCE.test(event.note) ? 'reference' : 'volume';
}

/** No init container is at work, and no container has a problem of its own. */
function isPreparing({ containers }: PodDetail): boolean {
  return containers
    .filter((container) => !isOutOfTheWay(container))
    .every(
      (container) => isLostRun(container.terminated) || preparing.has(container.waiting?.reason ?? 'none'),
    );
}

/** Done, or running beside the others. */
function isOutOfTheWay({ role, terminated, runningSince }: ContainerView): boolean {
  if (role === 'init') return terminated?.exitCode === 0;
  return role === 'ephemeral' || (role === 'sidecar' && runningSince !== undefined);
}
