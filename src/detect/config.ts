import { MINUTE } from '../domain/clock.ts';
import type { ContainerView, PodDetail, PodView, Termination } from '../domain/views.ts';
import type { Detector, Finding, Observation } from './detector.ts';
import { containerSignal, isRetriedByJob, notStarted, startableSince } from './pod.ts';
import { lackedBy, missingObject } from './shared-cause.ts';
import { saidOfContainer } from './same-message.ts';
import { nameContainer, withQuote } from './message.ts';
import { readVolumeMessage } from './volume-message.ts';

/** The container cannot be made from what its spec names: a Secret, a ConfigMap, a key, a user, a path. */
const unmakable = new Set(['CreateContainerConfigError', 'CreateContainerError']);
/** The container was made and could not be started: each try is a run that ends, and a restart. */
const HOOK_FAILED = 'PostStartHookError';
const unstartable = new Set(['RunContainerError', 'StartError', 'ContainerCannotRun', HOOK_FAILED]);
/** The image does not have what the spec wants to run, or does not let it run; the next try finds the same image. */
const FINAL_WORDS =
  /executable file not found|no such file or directory|exec format error|not a directory|is a directory|permission denied/i;

/** A runtime that is busy: the first try runs into its deadline, and the next ones find the name taken (containerd, CRI-O). */
const BUSY =
  /context deadline exceeded|failed to reserve container name|is reserved for|error reserving ctr name|request is in progress/i;
/** So much longer that may take: with `for` of one minute, the five minutes of an image. */
const BUSY_MS = 4 * MINUTE;

/** Containers that cannot be made or started as their spec says, and pods that mount what does not exist. */
export const config: Detector<PodView> = {
  kind: 'Pod',
  detect: (observation) => {
    const { detail } = observation.view;
    if (detail === undefined) return [];
    return [
      ...detail.containers.flatMap((container) => containerProblem(observation, detail, container)),
      ...missingReference(observation),
    ];
  },
};

function containerProblem(
  { view }: Observation<PodView>,
  detail: PodDetail,
  container: ContainerView,
): readonly Finding[] {
  if (container.role === 'ephemeral') return [];
  const found = unmade(container) ?? (isRetriedByJob(view) ? undefined : unstarted(container));
  if (found === undefined) return [];
  const { reason, text = '', run } = found;
  return [
    {
      reason,
      message: withQuote(`${nameContainer(container)} ${sayProblem(reason)}`, text),
      since: startableSince(view, detail, container),
      immediate: run !== undefined && FINAL_WORDS.test(text),
      container: containerSignal(container, run),
      ...(reason === HOOK_FAILED ? {} : blame(view, text)),
      ...(run === undefined && BUSY.test(text) ? { patienceMs: BUSY_MS } : {}),
    },
  ];
}

/** What others may lack as well. A hook prints what it likes; kubelet and runtime say the rest. */
function blame(view: PodView, text: string): Pick<Finding, 'sharedCause' | 'saidAlike'> {
  return { sharedCause: lackedBy(view.node, text), saidAlike: saidOfContainer(view, text) };
}

/** The program itself could start where its hook has failed. */
function sayProblem(reason: string): string {
  return reason === HOOK_FAILED ? 'is stopped as its postStart hook failed' : 'cannot start';
}

interface Problem {
  readonly reason: string;
  readonly text: string | undefined;
  /** The run that could not begin. */
  readonly run?: Termination;
}

function unmade({ waiting }: ContainerView): Problem | undefined {
  if (waiting === undefined || !unmakable.has(waiting.reason)) return undefined;
  return { reason: waiting.reason, text: waiting.message };
}

function unstarted(container: ContainerView): Problem | undefined {
  // One that runs at last could start after all.
  if (container.runningSince !== undefined) return undefined;
  const run = container.terminated ?? container.lastTerminated;
  if (run?.reason !== undefined && unstartable.has(run.reason)) {
    return { reason: run.reason, text: run.message, run };
  }
  const { waiting } = container;
  if (waiting === undefined || !unstartable.has(waiting.reason)) return undefined;
  return { reason: waiting.reason, text: waiting.message };
}

/** A run that the runtime could not begin, and that it might have begun at another moment or on another node. */
export function isUnbegun({ terminated }: ContainerView): boolean {
  return unstartable.has(terminated?.reason ?? '') && !FINAL_WORDS.test(terminated?.message ?? '');
}

function missingReference(observation: Observation<PodView>): readonly Finding[] {
  const found = notStarted(observation);
  if (found?.cause !== 'reference' || found.event === undefined) return [];
  return [
    {
      reason: found.event.reason,
      message: withQuote('the pod mounts what does not exist', readVolumeMessage(found.event.note).cause),
      since: found.since,
      lastSeenAt: found.event.lastAt,
      sharedCause: missingObject(found.event.note),
    },
  ];
}
