import { MINUTE } from '../domain/clock.ts';
import type { NodeView } from '../domain/views.ts';
import type { Finding } from './detector.ts';
import { withQuote } from './message.ts';

/** Permanent problems of node-problem-detector: conditions of the Node, and what they mean when they are true. */
const nodeProblems: Readonly<Record<string, string>> = {
  KernelDeadlock: 'the kernel of the node is in a deadlock',
  ReadonlyFilesystem: 'the file system of the node has become read-only',
  XfsShutdown: 'a file system of the node has shut down',
  CperHardwareErrorFatal: 'the hardware of the node reports a fatal error',
  CorruptDockerOverlay2: 'the image store of the node is corrupt',
  KubeletUnhealthy: 'the kubelet of the node is unhealthy',
  ContainerRuntimeUnhealthy: 'the container runtime of the node is unhealthy',
  FrequentKubeletRestart: 'the kubelet of the node restarts again and again',
  FrequentContainerdRestart: 'the container runtime of the node restarts again and again',
  FrequentDockerRestart: 'the container runtime of the node restarts again and again',
  FrequentUnregisterNetDevice: 'the network devices of the node do not go away',
};

/**
 * Conditions of the EKS node monitoring agent that are False while the part is not as it should be. A restart of the part or of the agent
 * itself takes less than that.
 */
const nodeParts: Readonly<Record<string, string>> = {
  NetworkingReady: 'the network',
  StorageReady: 'the storage',
  KernelReady: 'the kernel',
  ContainerRuntimeReady: 'the container runtime',
  AcceleratedHardwareReady: 'the accelerated hardware',
};
const PART_MS = 5 * MINUTE;

/** What agents that watch a node say of it in conditions. */
export function problemsOf({ conditions }: NodeView): readonly Finding[] {
  return conditions.flatMap((condition) => {
    const { since, type, status, message } = condition;
    const words = Object.hasOwn(nodeProblems, type) ? nodeProblems[type] : undefined;
    if (words !== undefined && status === 'True')
      return [{ reason: type, message: withQuote(words, message), since }];
    const part = Object.hasOwn(nodeParts, type) ? nodeParts[type] : undefined;
    if (part === undefined || status !== 'False') return [];
    const said = withQuote(`${part} of the node is not ready`, message);
    return [{ reason: type, message: said, since, patienceMs: PART_MS }];
  });
}
