import type * as k8s from '@kubernetes/client-node';
import type { Evidence } from '../../domain/environment.ts';
import type { EvidenceTarget } from '../../domain/ports.ts';
import { containerFacts, containersOf } from './container.ts';
import { refOfPod } from './find-pod.ts';
import { objectPath } from './kinds.ts';
import { type LogLimits, readLogs } from './logs.ts';
import type { EvidenceReader } from './evidence-reader.ts';
import { podFacts } from './pod.ts';
import type { Fields, Present } from '../object-fields.ts';
import { type ContainerSpec, secretValuesOf } from './template.ts';

/** What a pod says of itself and of its containers; nothing where there is none. */
export function podEvidence(
  pod: Fields<k8s.V1Pod> | undefined,
): Present<{ pod: Evidence['pod'] | undefined }> & Pick<Evidence, 'containers'> {
  if (pod === undefined) return { containers: [] };
  return { pod: podFacts(pod), containers: containersOf(pod).map(containerFacts) };
}

/** What the secret-like variables of a pod hold, and of other containers. */
export function secretValuesIn(
  pod: Fields<k8s.V1Pod> | undefined,
  others: readonly ContainerSpec[] = [],
): readonly string[] {
  const own = containersOf(pod ?? {}).map(({ spec }) => spec);
  return [...new Set([...own, ...others].flatMap(secretValuesOf))];
}

export interface PodLogs {
  readonly target: EvidenceTarget;
  readonly pod: Fields<k8s.V1Pod> | undefined;
  /** Undefined where logs are not to be read. */
  readonly limits: LogLimits | undefined;
}

/** The last lines of what fails in a pod. */
export async function readPodLogs(
  reader: EvidenceReader,
  { target, pod, limits }: PodLogs,
): Promise<Evidence['logs']> {
  if (pod === undefined) return [];
  if (limits === undefined) {
    reader.omit('logs', 'the reading of logs is switched off');
    return [];
  }
  const { self } = refOfPod(pod, target.owner.namespace);
  const path = objectPath(self);
  if (path === undefined) return [];
  return readLogs(reader, { path, pod, name: self.name, container: target.container, limits });
}
