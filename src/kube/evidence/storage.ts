import type * as k8s from '@kubernetes/client-node';
import type { ObjectRef } from '../../domain/failure.ts';
import type { StorageFacts } from '../../domain/environment-facts.ts';
import {
  conditions,
  fields,
  type Fields,
  fieldsList,
  metaOf,
  present,
  text,
  textOf,
  texts,
  time,
  words,
} from '../object-fields.ts';
import { type EvidenceReader, type Found, listPath, pathOf } from './evidence-reader.ts';
import { termLines } from './node-fit.ts';

/** Claims of one pod that are read. */
const MAX_CLAIMS = 5;
/** Pods of the namespace that are asked whether they use a claim. */
const MAX_PODS = 250;
/** Attachments have no selector: of a large cluster only the first are seen, and it is said. */
const MAX_ATTACHMENTS = 500;
const MAX_USERS = 10;

/** The claims of a pod and what is behind them, and references to the claims, for their Events. */
export interface Storage {
  readonly facts: StorageFacts;
  readonly claims: readonly ObjectRef[];
}

/** What may be read. */
export interface StorageOptions {
  /** Neither volumes nor storage classes nor attachments: they have no namespace. */
  readonly isNamespaced: boolean;
}

/** Names of the claims that a pod mounts; those of ephemeral volumes are made from the names of pod and volume. */
export function claimNames(pod: Fields<k8s.V1Pod>): readonly string[] {
  const podName = text(metaOf(pod).name) ?? '';
  const volumes = fieldsList<k8s.V1Volume>(fields<k8s.V1PodSpec>(pod.spec).volumes);
  const names = volumes.flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (typeof ephemeral === 'object' && ephemeral !== null) return [`${podName}-${text(name) ?? ''}`];
    return text(fields<{ claimName: string }>(persistentVolumeClaim).claimName) ?? [];
  });
  return [...new Set(names)].slice(0, MAX_CLAIMS);
}

/** Reads claims and what is behind them: two round trips in a row. */
export async function readStorage(
  reader: EvidenceReader,
  place: { readonly namespace: string; readonly names: readonly string[] },
  options: StorageOptions,
): Promise<Storage> {
  const { namespace, names } = place;
  const users = readUsers(reader, namespace);
  const read = await Promise.all(
    names.map(async (name) => ({ name, ...(await readClaim(reader, namespace, name)) })),
  );
  const known = read.flatMap(({ object }) => (object === undefined ? [] : [object]));
  const [volumes, classes, attachments] = await readBehind(reader, known, options);
  const usedBy = await users;
  const claims = read
    .filter(({ object, isAbsent }) => object !== undefined || isAbsent)
    .map(({ name, object }) => present({ ...claimFacts(name, object), usedBy: usedBy.get(name) }));
  return { facts: { claims, volumes, classes, attachments }, claims: known.map(refOfClaim) };
}

type Claim = Fields<k8s.V1PersistentVolumeClaim>;

function readClaim(
  reader: EvidenceReader,
  namespace: string,
  name: string,
): Promise<Found<k8s.V1PersistentVolumeClaim>> {
  const path = pathOf('PersistentVolumeClaim', name, namespace);
  return reader.find<k8s.V1PersistentVolumeClaim>(`storage.claims ${name}`, path);
}

function claimFacts(name: string, claim: Claim | undefined): StorageFacts['claims'][number] {
  if (claim === undefined) return { name, phase: 'NotFound', accessModes: [], conditions: [] };
  const spec = fields<k8s.V1PersistentVolumeClaimSpec>(claim.spec);
  const status = fields<k8s.V1PersistentVolumeClaimStatus>(claim.status);
  return present({
    name,
    phase: words(status.phase) ?? 'Pending',
    createdAt: time(metaOf(claim).creationTimestamp),
    storageClass:
      typeof spec.storageClassName === 'string' ? (words(spec.storageClassName) ?? '') : undefined,
    accessModes: [...texts(spec.accessModes)],
    volumeMode: words(spec.volumeMode),
    requested: words(textOf(fields<{ requests: object }>(spec.resources).requests, 'storage')),
    capacity: words(textOf(status.capacity, 'storage')),
    volumeName: words(spec.volumeName),
    conditions: conditions(status.conditions),
  });
}

function refOfClaim(claim: Claim): ObjectRef {
  const { namespace, name, uid } = metaOf(claim);
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    namespace: text(namespace) ?? '',
    name: text(name) ?? '',
    uid: text(uid) ?? '',
  };
}

/** Pods by the claim that they mount: two that want one volume on two nodes are a common cause. */
async function readUsers(reader: EvidenceReader, namespace: string): Promise<ReadonlyMap<string, string[]>> {
  const pods = await reader.list<k8s.V1Pod>('storage.claims.usedBy', listPath('Pod', namespace), {
    limit: MAX_PODS,
  });
  const users = new Map<string, string[]>();
  for (const pod of pods) {
    const { name } = metaOf(pod);
    const node = text(fields<k8s.V1PodSpec>(pod.spec).nodeName);
    const user = `${words(name) ?? ''}${node === undefined ? '' : ` on ${node}`}`;
    for (const claim of claimNames(pod))
      users.set(claim, [...(users.get(claim) ?? []), user].slice(0, MAX_USERS));
  }
  return users;
}

async function readBehind(
  reader: EvidenceReader,
  claims: readonly Claim[],
  { isNamespaced }: StorageOptions,
): Promise<[StorageFacts['volumes'], StorageFacts['classes'], StorageFacts['attachments']]> {
  const specs = claims.map(({ spec }) => fields<k8s.V1PersistentVolumeClaimSpec>(spec));
  const distinct = (values: readonly unknown[]): string[] => [
    ...new Set(values.flatMap((one) => text(one) ?? [])),
  ];
  const volumeNames = distinct(specs.map(({ volumeName }) => volumeName));
  const classNames = distinct(specs.map(({ storageClassName }) => storageClassName));
  if (isNamespaced) {
    if (volumeNames.length + classNames.length > 0)
      reader.omit(
        'storage.volumes',
        'an agent that watches single namespaces has no right to read volumes and storage classes',
      );
    return [[], [], []];
  }
  return Promise.all([
    Promise.all(volumeNames.map((name) => readVolume(reader, name))).then((found) => found.flat()),
    Promise.all(classNames.map((name) => readClass(reader, name))).then((found) => found.flat()),
    volumeNames.length === 0 ? [] : readAttachments(reader, volumeNames),
  ]);
}

async function readVolume(reader: EvidenceReader, name: string): Promise<StorageFacts['volumes']> {
  const path = pathOf('PersistentVolume', name);
  const volume = await reader.object<k8s.V1PersistentVolume>(`storage.volumes ${name}`, path);
  if (volume === undefined) return [];
  const spec = fields<k8s.V1PersistentVolumeSpec>(volume.spec);
  const status = fields<k8s.V1PersistentVolumeStatus>(volume.status);
  const claim = fields<k8s.V1ObjectReference>(spec.claimRef);
  const csi = fields<k8s.V1CSIPersistentVolumeSource>(spec.csi);
  const { required } = fields<{ required: object }>(spec.nodeAffinity);
  return [
    present({
      name,
      phase: words(status.phase) ?? '',
      reason: words(status.reason),
      message: words(status.message),
      driver: words(csi.driver) ?? driverOf(spec),
      handle: handleOf(csi),
      capacity: words(textOf(spec.capacity, 'storage')),
      accessModes: [...texts(spec.accessModes)],
      reclaimPolicy: words(spec.persistentVolumeReclaimPolicy),
      claim:
        text(claim.name) === undefined
          ? undefined
          : words(`${text(claim.namespace) ?? ''}/${text(claim.name) ?? ''}`),
      nodeAffinity: termLines(fields<{ nodeSelectorTerms: object[] }>(required).nodeSelectorTerms),
    }),
  ];
}

/** File shares put their address there, and some people put their login before it, without a scheme that would show it. */
function handleOf({ volumeHandle }: Fields<k8s.V1CSIPersistentVolumeSource>): string | undefined {
  return words(volumeHandle)?.replace(/\/\/[^/]*@/g, '//');
}

/** Sources that are no drivers of their own, by their field in the spec. */
const sources = ['local', 'hostPath', 'nfs', 'iscsi', 'fc', 'cephfs', 'rbd', 'azureFile', 'azureDisk'];

function driverOf(spec: Fields<k8s.V1PersistentVolumeSpec>): string | undefined {
  const all = new Map<string, unknown>(Object.entries(spec));
  return sources.find((source) => all.get(source) !== undefined);
}

async function readClass(reader: EvidenceReader, name: string): Promise<StorageFacts['classes']> {
  const path = pathOf('storage.k8s.io/StorageClass', name);
  const { object, isAbsent } = await reader.find<k8s.V1StorageClass>(`storage.classes ${name}`, path);
  if (object === undefined) return isAbsent ? [{ name }] : [];
  return [
    present({
      name,
      provisioner: words(object.provisioner),
      volumeBindingMode: words(object.volumeBindingMode),
      reclaimPolicy: words(object.reclaimPolicy),
    }),
  ];
}

async function readAttachments(
  reader: EvidenceReader,
  volumes: readonly string[],
): Promise<StorageFacts['attachments']> {
  const field = 'storage.attachments';
  const path = '/apis/storage.k8s.io/v1/volumeattachments';
  const page = await reader.page<k8s.V1VolumeAttachment>(field, path, { limit: MAX_ATTACHMENTS });
  reader.omitRest(field, page, 'were read');
  return page.items.flatMap((attachment) => {
    const { source, nodeName, attacher } = fields<k8s.V1VolumeAttachmentSpec>(attachment.spec);
    const volume = text(fields<{ persistentVolumeName: string }>(source).persistentVolumeName);
    if (volume === undefined || !volumes.includes(volume)) return [];
    const { attached, attachError, detachError } = fields<k8s.V1VolumeAttachmentStatus>(attachment.status);
    const errors = [attachError, detachError].map((error) =>
      words(fields<{ message: string }>(error).message),
    );
    return present({
      volume,
      node: words(nodeName) ?? '',
      attached: attached === true,
      attacher: words(attacher),
      error: errors.find((error) => error !== undefined),
    });
  });
}
