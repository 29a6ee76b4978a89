import type { PodDetail, PodView } from '../domain/views.ts';
import { type Detector, type Finding, leftover } from './detector.ts';
import { describeExit, nameContainer, withQuote } from './message.ts';
import { conditionOf, isRetriedByJob } from './pod.ts';
import { saidOfAdmission } from './same-message.ts';
import { isUnbegun } from './config.ts';
import { refusedByNode } from './shared-cause.ts';

/** `status.reason` of a pod that the kubelet has evicted, and what it means. */
const reasons: Readonly<Record<string, string>> = {
  Evicted: 'the kubelet has evicted the pod',
  Preempting: 'the kubelet has removed the pod for a critical one',
};

/**
 * Reasons of Failed pods that are no failure or are reported elsewhere: the node was shut down in order, or lost (pkg/kubelet/nodeshutdown,
 * the pod garbage collector), and the deadline that the pod has set itself.
 */
const harmless: ReadonlySet<string> = new Set([
  'NodeShutdown',
  'Shutdown',
  'Terminated',
  'NodeLost',
  'DeadlineExceeded',
]);

/** What the kubelet puts before its reason not to take a pod (rejectPod of the kubelet). */
const REJECTED = /^Pod was rejected: /;

/**
 * Pods that their node has evicted or not taken, and those that have failed and are made anew. A bare one is not recreated, so that is
 * final.
 */
export const eviction: Detector<PodView> = {
  kind: 'Pod',
  alsoSees: 'failed',
  detect: ({ view, options, now }) => {
    const { detail, owner } = view;
    if (detail === undefined || view.phase !== 'Failed') return [];
    if (owner !== undefined && (options.ownedEvictions !== true || isRetriedByJob(view))) return [];
    const words = wordsFor(detail) ?? failureOf(view, detail);
    if (words === undefined) return [];
    const since = evictedAt(view, detail);
    return [
      {
        reason: detail.reason ?? ownReason(detail),
        message: withQuote(words, detail.message?.replace(REJECTED, '')),
        since,
        immediate: owner === undefined,
        isFinal: owner === undefined,
        sharedCause: refusedByNode(view.node, detail),
        saidAlike: saidOf(view, detail),
        ...makingOf(view),
        ...leftover(since, now),
      },
    ];
  },
};

/** What the kubelet has met that may meet others as well. What it has evicted, and what does not fit its node, are one pod's own. */
function saidOf(view: PodView, { reason, message = '' }: PodDetail): string | undefined {
  return reason === 'UnexpectedAdmissionError' ? saidOfAdmission(view, message) : undefined;
}

/** When it was made, and by whom. */
function makingOf({ createdAt, owner }: PodView): Pick<Finding, 'madeAt' | 'madeBy'> {
  return { madeAt: createdAt, madeBy: owner?.uid };
}

/** Why a pod has failed of which the kubelet gives no reason. */
function ownReason({ containers }: PodDetail): string {
  return containers.some(isUnbegun) ? 'StartError' : 'PodFailed';
}

/** It has ended by itself. Whoever made it makes it anew, or not: a bare one is nobody's. */
function failureOf({ owner }: PodView, { reason, containers }: PodDetail): string | undefined {
  if (reason !== undefined || owner === undefined) return undefined;
  const failed = containers.find(
    ({ role, terminated }) => role !== 'ephemeral' && (terminated?.exitCode ?? 0) !== 0,
  );
  return failed === undefined ? undefined : `${nameContainer(failed)} ${describeExit(failed.terminated)}`;
}

/** A pod that ends by itself has no reason of its own. All others are the kubelet's, and each of its releases knows more. */
function wordsFor({ reason, containers }: PodDetail): string | undefined {
  if (reason === undefined || harmless.has(reason)) return undefined;
  const known = Object.hasOwn(reasons, reason) ? reasons[reason] : undefined;
  if (known !== undefined) return known;
  const hasRun = containers.some(({ terminated }) => terminated?.startedAt !== undefined);
  return hasRun ? 'the kubelet has ended the pod' : 'the kubelet has not taken the pod';
}

/** The kubelet announces it in a condition and then ends the containers. */
function evictedAt({ createdAt }: PodView, detail: PodDetail): number {
  const announced = conditionOf(detail, 'DisruptionTarget') ?? conditionOf(detail, 'Ready');
  if (announced !== undefined) return announced.since;
  return Math.max(createdAt, ...detail.containers.map(({ terminated }) => terminated?.finishedAt ?? 0));
}
