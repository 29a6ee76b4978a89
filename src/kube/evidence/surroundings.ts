import type * as k8s from '@kubernetes/client-node';
import { classDefinitions, type EvidencePart } from '../../domain/failure-classes.ts';
import type { ObjectRef } from '../../domain/failure.ts';
import type { EvidenceTarget } from '../../domain/ports.ts';
import type { Surroundings } from '../../domain/environment-facts.ts';
import { cronJobFacts, jobFacts } from './job.ts';
import type { EvidenceReader } from './evidence-reader.ts';
import { readNamespace } from './namespace.ts';
import type { OwnerObject } from './owner.ts';
import type { Fields } from '../object-fields.ts';
import { isKeptFromVolume, isUnscheduled, readScheduling } from './scheduling.ts';
import { claimNames, readStorage, type Storage } from './storage.ts';

/** What is known when the surroundings are read. */
export interface SurroundingsInput {
  readonly target: EvidenceTarget;
  /** The owner as it was read. */
  readonly object: Fields<OwnerObject> | undefined;
  readonly pod: Fields<k8s.V1Pod> | undefined;
  /** Jobs of a CronJob, newest first. */
  readonly runs: readonly Fields<k8s.V1Job>[];
  readonly isNamespaced: boolean;
}

/** The surroundings, and the objects among them of which the Events are read as well. */
export interface FoundSurroundings {
  readonly facts: Surroundings;
  readonly objects: readonly ObjectRef[];
}

/**
 * Reads the parts that the class of the failure asks for; for a request by hand all that fit the object. Other classes
 * cost no read here.
 */
export async function readSurroundings(
  reader: EvidenceReader,
  input: SurroundingsInput,
): Promise<FoundSurroundings> {
  const [storage, scheduling, namespace] = await Promise.all([
    storageOf(reader, input),
    schedulingOf(reader, input),
    namespaceOf(reader, input),
  ]);
  return {
    facts: {
      ...(storage === undefined ? {} : { storage: storage.facts }),
      ...(scheduling === undefined ? {} : { scheduling }),
      ...(namespace === undefined ? {} : { namespace }),
      ...workOf(input),
    },
    objects: storage?.claims ?? [],
  };
}

/** Whether a class that fails asks for this part. */
export function wants({ classes = [] }: EvidenceTarget, part: EvidencePart): boolean {
  return classes.some((one) => classDefinitions[one].evidence.includes(part));
}

async function storageOf(
  reader: EvidenceReader,
  { target, pod, isNamespaced }: SurroundingsInput,
): Promise<Storage | undefined> {
  const { owner } = target;
  const options = { isNamespaced };
  if (owner.kind === 'PersistentVolumeClaim')
    return readStorage(reader, { namespace: owner.namespace, names: [owner.name] }, options);
  if (pod === undefined || !wants(target, 'claims')) return undefined;
  const names = claimNames(pod);
  return names.length === 0 ? undefined : readStorage(reader, { namespace: owner.namespace, names }, options);
}

async function schedulingOf(
  reader: EvidenceReader,
  { target, pod, isNamespaced }: SurroundingsInput,
): Promise<Surroundings['scheduling']> {
  if (pod === undefined || !isUnscheduled(pod)) return undefined;
  // Of a pod whose claim is missing or not bound the nodes say nothing.
  const isKept = wants(target, 'placementWithClaims') && isKeptFromVolume(pod);
  if (!wants(target, 'placement') && !isKept) return undefined;
  if (isNamespaced)
    reader.omit('scheduling.nodes', 'an agent that watches single namespaces has no right to read nodes');
  return readScheduling(reader, pod, { withNodes: !isNamespaced });
}

async function namespaceOf(
  reader: EvidenceReader,
  { target, object, isNamespaced }: SurroundingsInput,
): Promise<Surroundings['namespace']> {
  const { owner } = target;
  if (owner.kind === 'Namespace') {
    const self = { name: owner.name, withLabels: true, withPods: true };
    return readNamespace(
      reader,
      object === undefined ? self : { ...self, known: object as Fields<k8s.V1Namespace> },
    );
  }
  if (owner.namespace === '' || !wants(target, 'namespace')) return undefined;
  const isLabelAsked = wants(target, 'podSecurity');
  if (isLabelAsked && isNamespaced)
    reader.omit(
      'namespace.podSecurity',
      'an agent that watches single namespaces has no right to read the namespace itself',
    );
  const withLabels = isLabelAsked && !isNamespaced;
  return readNamespace(reader, { name: owner.namespace, withLabels, withPods: false });
}

/** Read already, with the owner. */
function workOf({ target, object, runs }: SurroundingsInput): Pick<Surroundings, 'job' | 'cronJob'> {
  if (object === undefined) return {};
  if (target.owner.kind === 'Job') return { job: jobFacts(object as Fields<k8s.V1Job>) };
  if (target.owner.kind !== 'CronJob') return {};
  const [newest] = runs;
  const cronJob = cronJobFacts(object as Fields<k8s.V1CronJob>, runs);
  return newest === undefined ? { cronJob } : { job: jobFacts(newest), cronJob };
}
