import type * as k8s from '@kubernetes/client-node';
import type { OwnerFacts } from '../../domain/environment.ts';
import { type Fields, present, textOf, words } from '../object-fields.ts';

type ManagedBy = NonNullable<OwnerFacts['managedBy']>;

/**
 * Who keeps an object as it is declared elsewhere, so that a change in the cluster alone is undone or forgotten. Argo CD's tracking id is
 * `application:group/Kind:namespace/name` (its documentation, "Resource Tracking"); Flux labels what it applies (fluxcd.io, "Kustomization"
 * and "HelmRelease"), Helm annotates what it installs (helm.sh, "Labels and Annotations"). What both Flux and Helm have marked is Flux's.
 */
export function managedBy({ labels, annotations }: Fields<k8s.V1ObjectMeta>): ManagedBy | undefined {
  const argo = textOf(annotations, 'argocd.argoproj.io/tracking-id')?.split(':')[0];
  const argoLabel = textOf(labels, 'argocd.argoproj.io/instance');
  return (
    found({ tool: 'Argo CD', kind: 'Application' }, argo ?? argoLabel) ??
    found(
      { tool: 'Flux', kind: 'HelmRelease' },
      textOf(labels, 'helm.toolkit.fluxcd.io/name'),
      textOf(labels, 'helm.toolkit.fluxcd.io/namespace'),
    ) ??
    found(
      { tool: 'Flux', kind: 'Kustomization' },
      textOf(labels, 'kustomize.toolkit.fluxcd.io/name'),
      textOf(labels, 'kustomize.toolkit.fluxcd.io/namespace'),
    ) ??
    found(
      { tool: 'Helm', kind: 'release' },
      textOf(annotations, 'meta.helm.sh/release-name'),
      textOf(annotations, 'meta.helm.sh/release-namespace'),
    )
  );
}

function found(
  what: Pick<ManagedBy, 'tool' | 'kind'>,
  name: string | undefined,
  namespace?: string,
): ManagedBy | undefined {
  if (name === undefined || name === '') return undefined;
  return present({ ...what, namespace: words(namespace), name: words(name) ?? '' });
}
