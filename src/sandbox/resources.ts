/** One kind of object that the sandbox serves. */
export interface Resource {
  /** `''` for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  /** Where objects are kept: the two event APIs share one place, as they do in a real cluster. */
  readonly storage: string;
  /** Has a `/status` subresource: the main resource then ignores `status`, and the subresource all else. */
  readonly hasStatus: boolean;
  /** `metadata.generation` counts changes outside metadata and status. */
  readonly hasGeneration: boolean;
  /** PUT of an unknown name creates it. */
  readonly createsOnUpdate: boolean;
  /** PUT needs `metadata.resourceVersion`. */
  readonly needsVersionToUpdate: boolean;
  /** Defined by a CustomResourceDefinition: no strategic merge patch, and list items name their kind. */
  readonly custom: boolean;
  /** Fields that `fieldSelector` may name, and where the stored object has them. */
  readonly selectableFields: Readonly<Record<string, string>>;
}

interface Row {
  readonly kind: string;
  readonly short?: readonly string[];
  readonly clusterScoped?: true;
  readonly storage?: string;
  readonly noStatus?: true;
  readonly noGeneration?: true;
  readonly createsOnUpdate?: true;
  readonly needsVersionToUpdate?: true;
  readonly custom?: true;
  readonly fields?: Readonly<Record<string, string>>;
  readonly plural?: string;
}

function same(...paths: readonly string[]): Record<string, string> {
  return Object.fromEntries(paths.map((path) => [path, path]));
}

const eventRow = {
  kind: 'Event',
  short: ['ev'],
  storage: 'events',
  noStatus: true,
  noGeneration: true,
  createsOnUpdate: true,
} as const;

const referenceFields = [
  'kind',
  'namespace',
  'name',
  'uid',
  'apiVersion',
  'resourceVersion',
  'fieldPath',
] as const;

// Which fields a selector may name: AddFieldLabelConversionFunc calls in k8s.io/kubernetes pkg/apis/{core,events,batch}/v1.
const coreEventFields = {
  ...same(
    ...referenceFields.map((field) => `involvedObject.${field}`),
    'reason',
    'type',
    'reportingComponent',
  ),
  source: 'source.component',
};
const newEventFields = {
  ...Object.fromEntries(referenceFields.map((field) => [`regarding.${field}`, `involvedObject.${field}`])),
  ...same('reason', 'type'),
  reportingController: 'reportingComponent',
};

const table: Readonly<Record<string, readonly Row[]>> = {
  v1: [
    {
      kind: 'Pod',
      short: ['po'],
      fields: same(
        'spec.nodeName',
        'spec.restartPolicy',
        'spec.schedulerName',
        'spec.serviceAccountName',
        'status.phase',
        'status.podIP',
      ),
    },
    {
      kind: 'Node',
      short: ['no'],
      clusterScoped: true,
      noGeneration: true,
      fields: same('spec.unschedulable'),
    },
    {
      kind: 'Namespace',
      short: ['ns'],
      clusterScoped: true,
      noGeneration: true,
      fields: same('status.phase'),
    },
    { ...eventRow, fields: coreEventFields },
    { kind: 'PersistentVolumeClaim', short: ['pvc'], noGeneration: true },
    { kind: 'PersistentVolume', short: ['pv'], clusterScoped: true, noGeneration: true },
    { kind: 'ResourceQuota', short: ['quota'], noGeneration: true },
    { kind: 'LimitRange', short: ['limits'], noStatus: true, noGeneration: true },
  ],
  'apps/v1': [
    { kind: 'Deployment', short: ['deploy'] },
    { kind: 'ReplicaSet', short: ['rs'] },
    { kind: 'StatefulSet', short: ['sts'] },
    { kind: 'DaemonSet', short: ['ds'] },
    { kind: 'ControllerRevision', noStatus: true, noGeneration: true },
  ],
  'batch/v1': [
    { kind: 'Job', fields: same('status.successful') },
    { kind: 'CronJob', short: ['cj'] },
  ],
  'policy/v1': [{ kind: 'PodDisruptionBudget', short: ['pdb'] }],
  'autoscaling/v2': [{ kind: 'HorizontalPodAutoscaler', short: ['hpa'], noGeneration: true }],
  'storage.k8s.io/v1': [
    {
      kind: 'StorageClass',
      plural: 'storageclasses',
      short: ['sc'],
      clusterScoped: true,
      noStatus: true,
      noGeneration: true,
    },
    { kind: 'VolumeAttachment', clusterScoped: true, noGeneration: true },
  ],
  'events.k8s.io/v1': [{ ...eventRow, fields: newEventFields }],
  'coordination.k8s.io/v1': [
    {
      kind: 'Lease',
      noStatus: true,
      noGeneration: true,
      createsOnUpdate: true,
      needsVersionToUpdate: true,
    },
  ],
  'support.ankra.app/v1alpha1': [
    { kind: 'Incident', short: ['inc'], custom: true, needsVersionToUpdate: true },
  ],
};

function toResource(apiVersion: string, row: Row): Resource {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const singular = row.kind.toLowerCase();
  const plural = row.plural ?? `${singular}s`;
  const namespaced = row.clusterScoped !== true;
  return {
    group,
    version,
    plural,
    singular,
    kind: row.kind,
    shortNames: row.short ?? [],
    namespaced,
    storage: row.storage ?? (group === '' ? plural : `${plural}.${group}`),
    hasStatus: row.noStatus !== true,
    hasGeneration: row.noGeneration !== true,
    createsOnUpdate: row.createsOnUpdate === true,
    needsVersionToUpdate: row.needsVersionToUpdate === true,
    custom: row.custom === true,
    selectableFields: {
      ...same('metadata.name'),
      ...(namespaced ? same('metadata.namespace') : {}),
      ...row.fields,
    },
  };
}

/** Everything the sandbox serves: what the agent reads and writes, nothing more. */
export const resources: readonly Resource[] = Object.entries(table).flatMap(([apiVersion, rows]) =>
  rows.map((row) => toResource(apiVersion, row)),
);

/** `v1`, `apps/v1`: as in an object's `apiVersion`. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** The resource behind a URL's group, version and plural. */
export function resourceAt(group: string, version: string, plural: string): Resource | undefined {
  return resources.find((r) => r.group === group && r.version === version && r.plural === plural);
}

/** The resource of an object; without `apiVersion` the first of that kind. Throws for a kind that is not served. */
export function resourceOf(kind: string, apiVersion?: string): Resource {
  const found = resources.find(
    (r) => r.kind === kind && (apiVersion === undefined || apiVersionOf(r) === apiVersion),
  );
  if (found === undefined) throw new Error(`the sandbox does not serve ${apiVersion ?? ''} ${kind}`);
  return found;
}
