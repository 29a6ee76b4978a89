import type { OwnerFacts } from '../../domain/environment.ts';
import { type ObjectRef, sharedCauseKinds } from '../../domain/failure.ts';
import { code } from './markdown.ts';

/** Kinds that are ours to write as plain words. Any other kind is a word that somebody else has chosen. */
const knownKinds = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'Job',
  'CronJob',
  'Pod',
  'Node',
  'Namespace',
  ...sharedCauseKinds,
  'HorizontalPodAutoscaler',
]);

/** `Deployment` as it is, a custom kind as a code span. */
function nameKind(kind: string): string {
  return knownKinds.has(kind) ? kind : code(kind, 63);
}

/** `Deployment \`shop/checkout\`` */
export function nameObject(object: Pick<OwnerFacts | ObjectRef, 'kind' | 'namespace' | 'name'>): string {
  return `${nameKind(object.kind)} ${code(pathOf(object))}`;
}

/** `shop/checkout`, or the name alone for what has no namespace. */
export function pathOf({ namespace, name }: Pick<ObjectRef, 'namespace' | 'name'>): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}
