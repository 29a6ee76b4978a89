import type * as k8s from '@kubernetes/client-node';
import type { ObjectView, OwnerAnswer } from '../domain/views.ts';
import { fields } from '../kube/object-fields.ts';
import { isSelected, type LabelSelector } from '../lib/label-selector.ts';
import { toBase } from './base.ts';
import { labelsOf } from './selection.ts';

/** What is wanted of an owner of any kind, from its metadata alone. */
export function toOwner(
  object: unknown,
  workloadSelector: LabelSelector | undefined,
): (Pick<ObjectView, 'uid'> & Pick<OwnerAnswer, 'owner' | 'ignored' | 'unselected'>) | undefined {
  const base = toBase(fields<{ metadata: k8s.V1ObjectMeta }>(object).metadata, '');
  if (base === undefined) return undefined;
  const { owner, ignored } = base.extras;
  const isPassedOver = workloadSelector !== undefined && !isSelected(workloadSelector, labelsOf(object));
  return {
    uid: base.uid,
    ...(owner === undefined ? {} : { owner }),
    ...(ignored === undefined ? {} : { ignored }),
    ...(isPassedOver ? { unselected: true } : {}),
  };
}
