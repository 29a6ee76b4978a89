import type { Environment, OwnerFacts } from '../../domain/environment.ts';
import { type ObjectRef, sharedCauseKinds } from '../../domain/failure.ts';
import { code, shellWord } from './markdown.ts';

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
  ...Object.keys(sharedCauseKinds),
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

/** What the commands of a ticket name, each a word for the shell. */
export interface ShellNames {
  /** `kubectl`, with the namespace where there is one. */
  readonly kubectl: string;
  readonly owner: string;
  /** This and the name of the pod as they are: to be made words together with what they are used in. */
  readonly ownerName: string;
  readonly pod: string | undefined;
  readonly podName: string | undefined;
  readonly node: string | undefined;
  readonly nodeName: string | undefined;
}

/** Names for the shell of everything that commands speak of. */
export function namesOf({ owner, pod, node }: Environment, typeWord: string): ShellNames {
  const namespace = namespaceOf(owner, pod);
  const nodeName = node?.name ?? pod?.nodeName;
  return {
    kubectl: namespace === '' ? 'kubectl' : `kubectl -n ${shellWord(namespace)}`,
    owner: shellWord(`${typeWord}/${owner.name}`),
    ownerName: owner.name,
    podName: pod?.name,
    pod: pod === undefined ? undefined : shellWord(`pod/${pod.name}`),
    nodeName,
    node: nodeName === undefined ? undefined : shellWord(`node/${nodeName}`),
  };
}

/** What has no namespace itself, such as a registry, is shown by a pod that has. */
function namespaceOf(owner: Environment['owner'], pod: Environment['pod']): string {
  if (owner.kind === 'Namespace') return owner.name;
  return owner.namespace === '' ? (pod?.namespace ?? '') : owner.namespace;
}
