import type * as k8s from '@kubernetes/client-node';
import type { ManagedFacts, SelectedFacts } from '../../domain/environment-parts.ts';
import { fields, type Fields, fieldsList, present, text, textOf, time, words } from '../object-fields.ts';
import { type EvidenceReader, listPath } from './evidence-reader.ts';

type Meta = Fields<k8s.V1ObjectMeta>;

/** Names of labels and annotations. */
export interface Listed {
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
}

/** The labels and annotations that are listed, in that order; undefined where the object has none of them. */
export function selectedOf(meta: Meta, { labels, annotations }: Listed): SelectedFacts | undefined {
  const pick = (map: unknown, names: readonly string[]): Record<string, string> =>
    Object.fromEntries(
      names.flatMap((name) => {
        const value = words(textOf(map, name));
        return value === undefined ? [] : [[name, value]];
      }),
    );
  const selected = {
    labels: pick(meta.labels, labels),
    annotations: pick(meta.annotations, annotations),
  };
  const isEmpty = Object.values(selected).every((map) => Object.keys(map).length === 0);
  return isEmpty ? undefined : selected;
}

/** Who manages an object, as its managed fields, labels and annotations tell. */
export function managedOf(meta: Meta): ManagedFacts {
  return present({
    lastChange: lastChangeOf(meta),
    helm: helmOf(meta),
    argoCd: argoCdOf(meta),
    flux: fluxOf(meta),
    sourceRevision: firstOf(meta, sourceRevisions),
  });
}

type Entry = Fields<k8s.V1ManagedFieldsEntry>;

/** The entry that was last written of those that own something of the spec, or of the data of a ConfigMap. Controllers write the status. */
function lastChangeOf(meta: Meta): ManagedFacts['lastChange'] {
  const newest = entriesOf(meta)
    .filter((entry) => text(entry.subresource) === undefined && ownsContent(entry))
    .toSorted((left, right) => timeOf(right) - timeOf(left))[0];
  const manager = words(newest?.manager);
  return manager === undefined
    ? undefined
    : present({ manager, operation: words(newest?.operation), at: time(newest?.time) });
}

function entriesOf(meta: Meta): readonly Entry[] {
  return fieldsList<k8s.V1ManagedFieldsEntry>(meta.managedFields);
}

function ownsContent({ fieldsV1 }: Entry): boolean {
  const owned = Object.keys(fields<Record<string, unknown>>(fieldsV1));
  return owned.some((name) => name === 'f:spec' || name === 'f:data' || name === 'f:binaryData');
}

function timeOf(entry: Entry): number {
  return Date.parse(time(entry.time) ?? '') || 0;
}

/** Helm writes the release; the number of its revision only charts themselves do, as it is in Secrets otherwise. */
function helmOf(meta: Meta): ManagedFacts['helm'] {
  const release = words(textOf(meta.annotations, 'meta.helm.sh/release-name'));
  if (release === undefined) return undefined;
  return present({
    release,
    namespace: words(textOf(meta.annotations, 'meta.helm.sh/release-namespace')),
    revision: firstOf(meta, ['helm.sh/revision', 'meta.helm.sh/release-revision']),
    chart: words(textOf(meta.labels, 'helm.sh/chart')),
  });
}

/** Argo CD documentation, "Resource Tracking": `<application>:<group>/<kind>:<namespace>/<name>`, or a label. */
function argoCdOf(meta: Meta): ManagedFacts['argoCd'] {
  const [tracked] = (textOf(meta.annotations, 'argocd.argoproj.io/tracking-id') ?? '').split(':');
  const instance = isArgoCd(meta) ? textOf(meta.labels, 'app.kubernetes.io/instance') : undefined;
  const application = words(tracked) ?? words(textOf(meta.labels, 'argocd.argoproj.io/instance') ?? instance);
  return application === undefined ? undefined : { application };
}

/** The label `app.kubernetes.io/instance` is everybody's: it is Argo CD's where that has written the object. */
function isArgoCd(meta: Meta): boolean {
  return entriesOf(meta).some(({ manager }) => text(manager)?.startsWith('argocd') === true);
}

/** Flux labels what it applies (fluxcd.io, "Kustomization" and "HelmRelease"); what a HelmRelease has made it may label as both. */
const fluxKinds = [
  ['HelmRelease', 'helm.toolkit.fluxcd.io'],
  ['Kustomization', 'kustomize.toolkit.fluxcd.io'],
] as const;

function fluxOf(meta: Meta): ManagedFacts['flux'] {
  for (const [kind, group] of fluxKinds) {
    const name = words(textOf(meta.labels, `${group}/name`));
    if (name !== undefined)
      return present({ kind, name, namespace: words(textOf(meta.labels, `${group}/namespace`)) });
  }
  return undefined;
}

/** Names under which pipelines write the commit: OCI annotations, OpenShift, and what is used most beside them. */
const sourceRevisions = [
  'org.opencontainers.image.revision',
  'app.openshift.io/vcs-ref',
  'app.kubernetes.io/revision',
  'git-commit',
  'commit-sha',
];

function firstOf({ annotations, labels }: Meta, names: readonly string[]): string | undefined {
  const found = names.map((name) => words(textOf(annotations, name) ?? textOf(labels, name)));
  return found.find((value) => value !== undefined);
}

/** A pod that refers to more is not read whole. */
const MAX_CONFIG_MAPS = 10;

/** When the ConfigMaps of a pod were last changed, newest first. Only their metadata is read. */
export async function readConfigMaps(
  reader: EvidenceReader,
  namespace: string,
  pod: Fields<k8s.V1Pod> | undefined,
): Promise<ManagedFacts['configMaps']> {
  const names = configMapNames(pod);
  if (names.length > MAX_CONFIG_MAPS)
    reader.omit('owner.managed.configMaps', `${MAX_CONFIG_MAPS} of ${names.length} were read`);
  const read = await Promise.all(
    names.slice(0, MAX_CONFIG_MAPS).map(async (name) => {
      const path = `${listPath('ConfigMap', namespace)}/${encodeURIComponent(name)}`;
      const meta = await reader.metadata('owner.managed.configMaps', path);
      return meta === undefined ? undefined : changeOf(name, meta);
    }),
  );
  const known = read.filter((change) => change !== undefined);
  if (known.length === 0) return undefined;
  return known.toSorted((left, right) => Date.parse(right.changedAt) - Date.parse(left.changedAt));
}

type ConfigMapChange = NonNullable<ManagedFacts['configMaps']>[number];

function changeOf(name: string, meta: Meta): ConfigMapChange | undefined {
  const last = lastChangeOf(meta);
  const changedAt = last?.at ?? time(meta.creationTimestamp);
  return changedAt === undefined ? undefined : present({ name, changedAt, manager: last?.manager });
}

interface Reference {
  name: string;
}

/** Mounted, projected, or read into the environment. */
function configMapNames(pod: Fields<k8s.V1Pod> | undefined): readonly string[] {
  const spec = fields<k8s.V1PodSpec>(pod?.spec);
  const mounted = fieldsList<k8s.V1Volume>(spec.volumes).flatMap(({ configMap, projected }) => [
    configMap,
    ...fieldsList<k8s.V1VolumeProjection>(fields<k8s.V1ProjectedVolumeSource>(projected).sources).map(
      (source) => source.configMap,
    ),
  ]);
  const containers = [spec.initContainers, spec.containers].flatMap((list) =>
    fieldsList<k8s.V1Container>(list),
  );
  const read = containers.flatMap(({ env, envFrom }) => [
    ...fieldsList<k8s.V1EnvFromSource>(envFrom).map(({ configMapRef }) => configMapRef),
    ...fieldsList<k8s.V1EnvVar>(env).map(
      ({ valueFrom }) => fields<k8s.V1EnvVarSource>(valueFrom).configMapKeyRef,
    ),
  ]);
  // The one that every pod has: the certificate of the API server.
  const names = [...mounted, ...read].map((source) => text(fields<Reference>(source).name));
  return [...new Set(names)].filter((name) => name !== undefined && name !== 'kube-root-ca.crt') as string[];
}
