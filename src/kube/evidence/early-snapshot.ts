import type * as k8s from '@kubernetes/client-node';
import { SECOND } from '../../domain/clock.ts';
import type { EarlyEvidence, EvidenceTarget } from '../../domain/ports.ts';
import { findPod, podEvidence, readPodLogs, secretValuesIn } from './pod.ts';
import { readRuns } from './job.ts';
import { type EvidenceReader, objectPath } from './evidence-reader.ts';
import type { LogOptions } from './logs.ts';
import { type OwnerObject, refOfPod } from './owner.ts';
import { fields, type Fields, present } from '../object-fields.ts';
import { templateContainers } from './template-diff.ts';

/** For so long what was read early is as good as what would be read now: an incident without a hold opens within it. */
const FRESH_MS = 60 * SECOND;

/** Kinds that have a template of their pods, which no pod of theirs differs from in its environment. */
const templated = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Job']);

/** Kinds whose failure is that of the whole, and whose pods do not outlive it for sure. */
const runners = new Set(['Job', 'CronJob']);

/** What of a pod was read early and is used again. */
export interface EarlyPod {
  readonly pod: Fields<k8s.V1Pod>;
  readonly early: EarlyEvidence;
}

/** When, on both clocks, and whether and how much of the logs is read. */
export interface EarlyOptions {
  readonly takenAt: number;
  readonly monotonic: number;
  /** Undefined where logs are not read. */
  readonly logs: LogOptions | undefined;
}

/**
 * Reads of the pod that fails what may be gone when its incident opens: the pod itself and its logs. Everything else is still there then.
 * Where no pod is named nothing is read, but for Jobs: one that has failed takes its pods along.
 */
export async function readEarly(
  reader: EvidenceReader,
  target: EvidenceTarget,
  { takenAt, monotonic, logs: limits }: EarlyOptions,
): Promise<EarlyEvidence> {
  const pod = (await readNamedPod(reader, target)) ?? (await findRunOf(reader, target));
  const { logs, logFile } = await readPodLogs(reader, { target, pod, limits });
  const evidence = present({
    takenAt,
    ...podEvidence(pod),
    events: [],
    logs,
    logFile,
    omitted: reader.omitted,
    secretValues: secretValuesIn(pod),
  });
  return { evidence, readAt: monotonic, object: pod, isWhole: limits === undefined || logs.some(hasLines) };
}

/** The pod as it was read early, if that is still good enough for this target. */
export function earlyPodOf(
  early: EarlyEvidence | undefined,
  target: EvidenceTarget,
  monotonic: number,
): EarlyPod | undefined {
  if (early?.isWhole !== true || monotonic - early.readAt > FRESH_MS) return undefined;
  const pod = samePod(early, target);
  return pod === undefined ? undefined : { pod, early };
}

/** The pod that was read early, if it is the one that shows the failure now. */
function samePod(
  early: EarlyEvidence | undefined,
  { pod: named, owner }: EvidenceTarget,
): Fields<k8s.V1Pod> | undefined {
  if (early?.object === undefined) return undefined;
  const pod = fields<k8s.V1Pod>(early.object);
  const wanted = named ?? (owner.kind === 'Pod' ? owner : undefined);
  if (wanted === undefined) return runners.has(owner.kind) ? pod : undefined;
  return refOfPod(pod, owner.namespace).self.uid === wanted.uid ? pod : undefined;
}

/** A pod of a Job, or of the newest one of a CronJob. */
async function findRunOf(
  reader: EvidenceReader,
  target: EvidenceTarget,
): Promise<Fields<k8s.V1Pod> | undefined> {
  const { owner, pod } = target;
  if (pod !== undefined || !runners.has(owner.kind)) return undefined;
  const path = owner.kind === 'Job' ? objectPath(owner) : undefined;
  return findPod(reader, target, {
    reading: path === undefined ? Promise.resolve(undefined) : reader.object<OwnerObject>('owner', path),
    runs: owner.kind === 'CronJob' ? readRuns(reader, owner) : Promise.resolve([]),
  });
}

/**
 * What the secret-like variables of the pod hold that fails, and those of the template of its owner. The environment of a pod never
 * changes: where it was read early nothing is read.
 */
export async function readSecretValues(
  reader: EvidenceReader,
  target: EvidenceTarget,
  early?: EarlyEvidence,
): Promise<readonly string[]> {
  const known = samePod(early, target);
  if (known !== undefined) return secretValuesIn(known);
  const path = templated.has(target.owner.kind) ? objectPath(target.owner) : undefined;
  const [pod, owner] = await Promise.all([
    readNamedPod(reader, target),
    path === undefined ? undefined : reader.object<OwnerObject>('owner', path),
  ]);
  const { template } = fields<OwnerObject['spec']>(owner?.spec);
  return secretValuesIn(pod, templateContainers(template));
}

async function readNamedPod(
  reader: EvidenceReader,
  { pod, owner }: EvidenceTarget,
): Promise<Fields<k8s.V1Pod> | undefined> {
  const named = pod ?? (owner.kind === 'Pod' ? owner : undefined);
  const path = named === undefined ? undefined : objectPath(named);
  return path === undefined ? undefined : reader.object<k8s.V1Pod>(`pod ${named?.name ?? ''}`, path);
}

function hasLines({ lines }: EarlyEvidence['evidence']['logs'][number]): boolean {
  return lines.length > 0;
}
