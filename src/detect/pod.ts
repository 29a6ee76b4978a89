import type { ContainerSignal } from '../domain/failure.ts';
import type {
  Condition,
  ContainerView,
  OwnerReference,
  PodDetail,
  PodView,
  Termination,
} from '../domain/views.ts';

/** A condition of the pod by its type. */
export function conditionOf(detail: PodDetail, type: string): Condition | undefined {
  return detail.conditions.find((condition) => condition.type === type);
}

/** When a condition became true; undefined while it is not. */
export function trueSince(detail: PodDetail, type: string): number | undefined {
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
