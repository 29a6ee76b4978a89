import type * as k8s from '@kubernetes/client-node';
import type { ObjectView } from '../domain/views.ts';
import { fields, textEntries } from '../kube/object-fields.ts';
import { isSelected, type LabelSelector } from '../lib/label-selector.ts';

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
