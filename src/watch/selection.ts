import type * as k8s from '@kubernetes/client-node';
import type { ObjectView, OwnerFindings, OwnerReference } from '../domain/views.ts';
import { fields, present, textEntries } from '../kube/object-fields.ts';
import { createPool } from '../lib/bounded-map.ts';
import { isSelected, type LabelSelector } from '../lib/selectors.ts';
import { toBase, word } from './object-meta.ts';

type Project = (object: unknown) => ObjectView | undefined;

/** What the configuration selects by labels. */
export interface Selectors {
  /** What this passes over is marked. */
  readonly wanted: LabelSelector | undefined;
  /** Of the silences, in their order; undefined for one that looks at no labels. */
  readonly silences?: readonly (LabelSelector | undefined)[] | undefined;
}

/** The same projection, and what the selectors say of the object, so that no view has to keep labels. */
export function marked(project: Project, selectors: Selectors): Project {
  return (object) => {
    const view = project(object);
    return view === undefined ? undefined : withMarks(view, marksFor(object, selectors));
  };
}

type SelectorMarks = Pick<ObjectView, 'unselected' | 'silences'>;

function withMarks<View extends ObjectView>(view: View, marks: SelectorMarks | undefined): View {
  return marks === undefined ? view : { ...view, ...marks };
}

function marksFor(object: unknown, { wanted, silences = [] }: Selectors): SelectorMarks | undefined {
  const labels = labelsOf(object);
  const isPassedOver = wanted !== undefined && !isSelected(wanted, labels);
  const fitting = silences.flatMap((selector, index) =>
    selector !== undefined && isSelected(selector, labels) ? [index] : [],
  );
  if (!isPassedOver && fitting.length === 0) return undefined;
  return {
    ...(isPassedOver ? { unselected: true } : {}),
    ...(fitting.length === 0 ? {} : { silences: sharedList(fitting) }),
  };
}

const lists = createPool<readonly number[]>();

/** Thousands of objects fit the same few silences. */
function sharedList(list: readonly number[]): readonly number[] {
  return lists(list.join(' '), list);
}

/** The labels of an object, from its metadata. */
export function labelsOf(object: unknown): ReadonlyMap<string, string> {
  const { metadata } = fields<{ metadata: k8s.V1ObjectMeta }>(object);
  return new Map(textEntries(fields<k8s.V1ObjectMeta>(metadata).labels));
}

/** What is wanted of an owner of any kind, from its metadata alone. */
export function toOwner(
  object: unknown,
  selectors: Selectors,
): (Pick<ObjectView, 'uid'> & OwnerFindings) | undefined {
  const base = toBase(fields<{ metadata: k8s.V1ObjectMeta }>(object).metadata, '');
  if (base === undefined) return undefined;
  const { owner, ignored, ignoreUntil } = base.extras;
  return {
    uid: base.uid,
    ...present({ owner, ignored, ignoreUntil, scales: targetOf(object) }),
    ...marksFor(object, selectors),
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
