import type { ContainerSignal } from '../domain/failure.ts';
import type {
  Condition,
  ContainerView,
  EventView,
  ObjectView,
  OwnerReference,
  PodDetail,
  PodView,
  Termination,
} from '../domain/views.ts';
import type { EventReason } from '../domain/events.ts';
import type { Observation } from './detector.ts';
import { newestOf } from './message.ts';

/** A condition of the pod by its type. */
export function conditionOf(detail: PodDetail, type: string): Condition | undefined {
  return detail.conditions.find((condition) => condition.type === type);
}

/** When a condition became true; undefined while it is not. */
function trueSince(detail: PodDetail, type: string): number | undefined {
  const condition = conditionOf(detail, type);
  return condition?.status === 'True' ? condition.since : undefined;
}

/**
 * Since when a waiting container has been free to start. `waiting` has no time of its own, so it is the last thing that
 * had to happen before: its own run has ended, the init container before it is done, the pod has its node.
 */
export function startableSince({ createdAt }: PodView, detail: PodDetail, container: ContainerView): number {
  const times = [createdAt, trueSince(detail, 'PodScheduled'), container.lastTerminated?.finishedAt];
  if (container.role === 'app') times.push(trueSince(detail, 'Initialized'));
  const inits = detail.containers.filter(({ role }) => role === 'init');
  times.push(...inits.map(({ terminated }) => terminated?.finishedAt));
  return Math.max(...times.filter((time) => time !== undefined));
}

/** What the kubelet says of a container that it does not find any more, after a restart of the node or of the runtime. */
const LOST_REASON = 'ContainerStatusUnknown';

/** Whether a run was lost and did not end: exit code 137 without times is what the kubelet writes in its place. */
export function isLostRun(run: Termination | undefined): boolean {
  return run?.reason === LOST_REASON;
}

/** A Job counts the failures of its pods itself, tries again, and says when it gives up. There are other Jobs than these. */
export function isRetriedByJob({ owner }: PodView): boolean {
  return owner !== undefined && isOwnedBy(owner, 'batch', 'Job');
}

/** Whether an owner is of this API group and kind; other groups have kinds of the same name. */
export function isOwnedBy({ apiVersion, kind }: OwnerReference, group: string, ownerKind: string): boolean {
  return kind === ownerKind && apiVersion.startsWith(`${group}/`);
}

/** The container part of a signal; `last` is the run that the signal is about. */
export function containerSignal(
  { name, role, restartCount }: ContainerView,
  last?: Termination,
): ContainerSignal {
  return { name, role, restartCount, ...(last === undefined ? {} : { exitCode: last.exitCode }) };
}

/** A pod that has its node, and of which nothing has been able to start since. */
interface NotStarted {
  readonly since: number;
  /** The cause, as far as events show it: the status of the pod does not. */
  readonly cause: 'volume' | 'reference' | 'unknown';
  readonly event?: EventView;
  /** Its sandbox and its volumes are there. */
  readonly isPrepared?: true;
}

/** What a container waits for before anybody has tried to make it. Other words belong to other classes. */
const preparing = new Set(['', 'ContainerCreating', 'PodInitializing']);

const volumeReasons: readonly EventReason[] = [
  'FailedMount',
  'FailedAttachVolume',
  'FailedMapVolume',
  'VolumePermissionChangeInProgress',
];
const sandboxReasons: readonly EventReason[] = [
  'FailedCreatePodSandBox',
  'FailedPodSandBoxStatus',
  'NetworkNotReady',
  'FailedPrepareDynamicResources',
  'FailedCreatePodContainer',
];
/** The kubelet sums up for which volumes it waits, and says why in another Event. */
export const SUMMED_UP = /^Unable to (?:attach or )?mount volumes/;

/** A volume that cannot be mounted because the Secret or ConfigMap behind it, or a key of it, is not there. */
const MISSING_REFERENCE =
  /\b(?:secret|configmap) "[^"]*" not found|references non-existent (?:secret|config) key/i;

/** Why this pod does not start, if it does not. Shared by the classes `storage`, `config` and `start`. */
export function notStarted({ view, events }: Observation<PodView>): NotStarted | undefined {
  const { detail } = view;
  if (detail === undefined || !mayStillStart(view, detail)) return undefined;
  const scheduledAt = isUnreported(view) ? view.createdAt : trueSince(detail, 'PodScheduled');
  if (scheduledAt === undefined || !isPreparing(detail)) return undefined;
  const since = Math.max(
    scheduledAt,
    ...detail.containers.map((container) => startableSince(view, detail, container)),
    stoppedAt(view, detail),
  );
  // Volumes and sandbox are there: what stood in their way has gone, and it is a container's turn.
  const preparedAt = trueSince(detail, 'PodReadyToStartContainers');
  if (preparedAt !== undefined)
    return { since: Math.max(since, preparedAt), cause: 'unknown', isPrepared: true };
  const recent = events.filter((one) => one.lastAt >= since);
  const reasons = [...volumeReasons, ...sandboxReasons];
  const telling = recent.filter(({ note }) => !SUMMED_UP.test(note));
  const event = newestOf(telling, reasons) ?? newestOf(recent, reasons);
  return { since, cause: causeOf(event), ...(event === undefined ? {} : { event }) };
}

/** Nobody has written a condition: the kubelet of its node has not, and no scheduler was asked, as of mirror pods. */
export function isUnreported({ node, phase, detail }: PodView): boolean {
  return phase === 'Pending' && node !== undefined && detail?.conditions.length === 0;
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

/** A pod that the scheduler has tried and found no node for. */
interface Unschedulable {
  readonly condition: Condition;
  readonly cause: 'storage' | 'capacity';
}

/** What the scheduler's volume plugins say, about the claims of a pod and about the volumes on a node. */
const VOLUME_WORDS =
  /persistentvolumeclaim|volume node affinity conflict|available persistent volumes to bind|free storage/i;
/** Where a node would fit but for its resources, the volumes of the other nodes are not to blame. */
const CAPACITY_WORDS = /Insufficient|Too many pods/;

/** What it says at the end about pods that it could have preempted. */
const AFTERTHOUGHT = /(?:no new claims to deallocate, )?preemption: .*$/is;

/**
 * What gang and queue schedulers say of a pod that is to wait for others or for its turn: volcano (pkg/scheduler/api/unschedule_info.go),
 * coscheduling of scheduler-plugins (pkg/coscheduling/core), and the words of queues.
 */
const HELD_WORDS =
  /pod ?group is not ready|in gang unschedulable|cannot find enough sibling pods|(?:waiting|held|pending) in (?:the )?queue|queue (?:limit|quota)|gang .*(?:not enough|minMember|waiting)/i;

/**
 * Whether the scheduler found no node, and why. A pod that waits behind a scheduling gate, for its gang or in a queue is held back on
 * purpose, and so is one that gives way to all others.
 */
export function unschedulable({ detail, phase }: PodView): Unschedulable | undefined {
  if (detail === undefined || phase !== 'Pending') return undefined;
  const condition = conditionOf(detail, 'PodScheduled');
  if (condition?.status !== 'False' || isHeld(detail, condition)) return undefined;
  const words = condition.message ?? '';
  const isStorage = VOLUME_WORDS.test(words) && !CAPACITY_WORDS.test(words);
  const message = words.replace(AFTERTHOUGHT, '').trim();
  return { condition: { ...condition, message }, cause: isStorage ? 'storage' : 'capacity' };
}

/** Whether the pod waits for a node because somebody wants it to. */
function isHeldBack(view: PodView): boolean {
  return holdOf(view) !== undefined;
}

/** The condition by which a pod waits for a node because somebody wants it to; undefined where it does not. */
export function holdOf({ detail, phase }: PodView): Condition | undefined {
  if (detail === undefined || phase !== 'Pending') return undefined;
  const condition = conditionOf(detail, 'PodScheduled');
  return condition?.status === 'False' && isHeld(detail, condition) ? condition : undefined;
}

function isHeld({ givesWay }: PodDetail, { reason, message }: Condition): boolean {
  return givesWay === true || reason === 'SchedulingGated' || HELD_WORDS.test(message ?? '');
}

const mayBeReady: ReadonlySet<string> = new Set(['Pending', 'Running']);

/** A pod that is not ready, and what may explain it: it fails or it is about to be, and its owner lacks it meanwhile. */
export interface Unready {
  readonly node?: string;
  /** It is held back on purpose. */
  readonly isHeld?: true;
}

/** How a pod of a workload is not ready; undefined of one that is, or has ended, and of all that nobody counts the replicas of. */
export function unreadyOf(view: ObjectView): Unready | undefined {
  if (view.kind !== 'Pod' || view.detail === undefined) return undefined;
  const isReplica = view.owner?.apiVersion.startsWith('apps/') === true && mayBeReady.has(view.phase);
  if (!isReplica || conditionOf(view.detail, 'Ready')?.status === 'True') return undefined;
  return {
    ...(view.node === undefined ? {} : { node: view.node }),
    ...(isHeldBack(view) ? { isHeld: true } : {}),
  };
}
