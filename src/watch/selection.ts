import type * as k8s from '@kubernetes/client-node';
import type { ObjectView, OwnerAnswer, OwnerReference } from '../domain/views.ts';
import { fields, present, textEntries } from '../kube/object-fields.ts';
import { isSelected, type LabelSelector } from '../lib/label-selector.ts';
import { toBase, word } from './base.ts';

type Project = (object: unknown) => ObjectView | undefined;

/** The same projection; what the selector passes over is marked, so that no view has to keep labels. */
export function markUnselected(project: Project, selector: LabelSelector): Project {
  return (object) => {
    const view = project(object);
    if (view === undefined || isSelected(selector, labelsOf(object))) return view;
    return { ...view, unselected: true };
  };
}

/** The labels of an object, from its metadata. */
export function labelsOf(object: unknown): ReadonlyMap<string, string> {
  const { metadata } = fields<{ metadata: k8s.V1ObjectMeta }>(object);
  return new Map(textEntries(fields<k8s.V1ObjectMeta>(metadata).labels));
}

/** What is wanted of an owner of any kind, from its metadata alone. */
export function toOwner(
  object: unknown,
  workloadSelector: LabelSelector | undefined,
): (Pick<ObjectView, 'uid'> & Pick<OwnerAnswer, 'owner' | 'ignored' | 'unselected' | 'scales'>) | undefined {
  const base = toBase(fields<{ metadata: k8s.V1ObjectMeta }>(object).metadata, '');
  if (base === undefined) return undefined;
  const { owner, ignored } = base.extras;
  const isPassedOver = workloadSelector !== undefined && !isSelected(workloadSelector, labelsOf(object));
  return {
    uid: base.uid,
    ...(owner === undefined ? {} : { owner }),
    ...(ignored === undefined ? {} : { ignored }),
    ...(isPassedOver ? { unselected: true } : {}),
    ...present({ scales: targetOf(object) }),
  };
}

/** The workload that an autoscaler scales. */
function targetOf(object: unknown): OwnerReference | undefined {
  const { spec } = fields<k8s.V2HorizontalPodAutoscaler>(object);
  const reference = fields<k8s.V2CrossVersionObjectReference>(
    fields<k8s.V2HorizontalPodAutoscalerSpec>(spec).scaleTargetRef,
  );
  const [kind, name] = [word(reference.kind), word(reference.name)];
  if (kind === undefined || name === undefined) return undefined;
  return { apiVersion: word(reference.apiVersion) ?? '', kind, name, uid: '' };
}
