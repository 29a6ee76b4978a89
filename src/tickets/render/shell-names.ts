import type { Environment } from '../../domain/environment.ts';
import { shellWord } from './markdown.ts';

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
