import { INCIDENT_KIND } from '../domain/incident.ts';
import {
  incidentPath,
  type IncidentView,
  toIncident,
  type UnreadableIncidentView,
} from '../kube/incident-store/read.ts';
import type { ObjectView } from '../domain/views.ts';
import type { LeftOut } from '../kube/reflector/index.ts';
import type { LabelSelector } from '../lib/selectors.ts';
import { toCronJob, toJob } from './to-job.ts';
import { toEvent } from './to-event.ts';
import { toDaemonSet, toDeployment, toNamespace, toReplicaSet, toStatefulSet } from './to-workload.ts';
import { toNode } from './to-node.ts';
import { toPod } from './to-pod.ts';
import { marked, type Selectors } from './selection.ts';

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
