import type * as k8s from '@kubernetes/client-node';
import { INCIDENT_KIND } from '../domain/incident.ts';
import type { ObjectView, OwnerFindings, OwnerReference } from '../domain/views.ts';
import {
  incidentPath,
  type IncidentView,
  toIncident,
  type UnreadableIncidentView,
} from '../kube/incident-store/read.ts';
import { fields, present, textEntries } from '../kube/object-fields.ts';
import type { LeftOut } from '../kube/reflector/index.ts';
import { createPool } from '../lib/bounded-map.ts';
import { isSelected, type LabelSelector } from '../lib/selectors.ts';
import { toBase, word } from './object-meta.ts';
import { toEvent } from './to-event.ts';
import { toNode } from './to-node.ts';
import { toPod } from './to-pod.ts';
import {
  toCronJob,
  toDaemonSet,
  toDeployment,
  toJob,
  toNamespace,
  toReplicaSet,
  toStatefulSet,
} from './to-workload.ts';

/** Whatever a watch hands on. */
export type WatchedView = ObjectView | IncidentView | UnreadableIncidentView;

/** One list and watch. */
export interface WatchedResource {
  /** Plural name, for logs and the `resource` label of metrics; the same for every namespace. */
  readonly name: string;
  readonly kind: WatchedView['kind'];
  /** Path of the list, without query. */
  readonly path: string;
  /** The only namespace whose objects are listed; without it all, and those in none. */
  readonly namespace?: string;
  /** Asks for `PartialObjectMetadata`: no spec, no status. */
  readonly metadataOnly: boolean;
  readonly fieldSelector?: string;
  /** The projection reads managedFields. */
  readonly managedFields?: true;
  /** Arrays that the projection does not read, by name: the bulk of an object, which is not parsed then. */
  readonly leftOut?: readonly LeftOut[];
  /** Undefined for an object that has no name or uid. Throws only for an Incident without them. */
  readonly project: (object: unknown) => WatchedView | undefined;
}

export interface WatchOptions {
  /** Only these namespaces are watched; without it, or empty, the whole cluster. */
  readonly namespaces?: readonly string[];
  /** Where the agent keeps its Incidents. */
  readonly incidentNamespace: string;
  /** Namespaces, and owners of pods, that these do not select are marked. Of labels nothing else is kept. */
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly workloadSelector?: LabelSelector | undefined;
  /** Of the silences, in their order. */
  readonly silenceSelectors?: readonly (LabelSelector | undefined)[];
}

interface Row {
  readonly name: string;
  readonly root: string;
  readonly kind: ObjectView['kind'];
  readonly clusterScoped?: true;
  readonly metadataOnly?: true;
  readonly fieldSelector?: string;
  readonly managedFields?: true;
  readonly leftOut?: readonly LeftOut[];
  readonly project: (object: unknown) => ObjectView | undefined;
}

/** Pods first: they are the most and the most urgent. Owners next, Events last: detection starts from levels. */
const rows: readonly Row[] = [
  {
    name: 'pods',
    root: '/api/v1',
    kind: 'Pod',
    leftOut: ['containers', { array: 'volumes', unless: 'persistentVolumeClaim' }],
    project: toPod,
  },
  { name: 'nodes', root: '/api/v1', kind: 'Node', clusterScoped: true, leftOut: ['images'], project: toNode },
  {
    name: 'namespaces',
    root: '/api/v1',
    kind: 'Namespace',
    clusterScoped: true,
    metadataOnly: true,
    project: toNamespace,
  },
  {
    name: 'replicasets',
    root: '/apis/apps/v1',
    kind: 'ReplicaSet',
    metadataOnly: true,
    project: toReplicaSet,
  },
  { name: 'deployments', root: '/apis/apps/v1', kind: 'Deployment', project: toDeployment },
  {
    name: 'statefulsets',
    root: '/apis/apps/v1',
    kind: 'StatefulSet',
    managedFields: true,
    project: toStatefulSet,
  },
  { name: 'daemonsets', root: '/apis/apps/v1', kind: 'DaemonSet', managedFields: true, project: toDaemonSet },
  { name: 'jobs', root: '/apis/batch/v1', kind: 'Job', project: toJob },
  { name: 'cronjobs', root: '/apis/batch/v1', kind: 'CronJob', managedFields: true, project: toCronJob },
  // Both event APIs serve the same objects; the newer one alone, or each would be seen twice.
  eventRow('type=Warning'),
  // The verdicts of the cluster autoscaler are of type Normal; all other Normal events would be noise.
  eventRow('reason=TriggeredScaleUp'),
  eventRow('reason=NotTriggerScaleUp'),
];

function eventRow(fieldSelector: string): Row {
  return { name: 'events', root: '/apis/events.k8s.io/v1', kind: 'Event', fieldSelector, project: toEvent };
}

/** Everything the agent watches, in the order in which to start. */
export function watchedResources(options: WatchOptions): readonly WatchedResource[] {
  const namespaces = options.namespaces ?? [];
  const incidents: WatchedResource = {
    name: 'incidents',
    kind: INCIDENT_KIND,
    path: incidentPath(options.incidentNamespace),
    metadataOnly: false,
    project: toIncident,
  };
  return [...rows.flatMap((row) => toResources(selecting(row, options), namespaces)), incidents];
}

function selecting(row: Row, options: WatchOptions): Row {
  const selectors = selectorsFor(row.kind, options);
  const all = [selectors?.wanted, ...(selectors?.silences ?? [])];
  if (selectors === undefined || all.every((selector) => selector === undefined)) return row;
  return { ...row, project: marked(row.project, selectors) };
}

/** Nodes and Events are no workloads; a silence may mean nodes all the same. */
function selectorsFor(kind: ObjectView['kind'], options: WatchOptions): Selectors | undefined {
  const { namespaceSelector, workloadSelector, silenceSelectors: silences } = options;
  if (kind === 'Event') return undefined;
  if (kind === 'Namespace') return { wanted: namespaceSelector };
  return { wanted: kind === 'Node' ? undefined : workloadSelector, silences };
}

function toResources(row: Row, namespaces: readonly string[]): readonly WatchedResource[] {
  const { root, clusterScoped = false, metadataOnly = false, ...rest } = row;
  const resource = { ...rest, metadataOnly };
  if (namespaces.length === 0) return [{ ...resource, path: `${root}/${row.name}` }];
  // A Role of a namespace gives no right on cluster-scoped objects.
  if (clusterScoped) return [];
  return namespaces.map((namespace) => ({
    ...resource,
    namespace,
    path: `${root}/namespaces/${encodeURIComponent(namespace)}/${row.name}`,
  }));
}

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
