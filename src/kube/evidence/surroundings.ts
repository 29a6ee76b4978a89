import type { V1CronJob, V1Job, V1Namespace, V1Pod } from '@kubernetes/client-node';
import { classDefinitions, type EvidencePart } from '../../domain/failure-classes.ts';
import type { ObjectRef } from '../../domain/failure.ts';
import type { EvidenceTarget } from '../../domain/ports.ts';
import type { Surroundings } from '../../domain/surroundings.ts';
import { cronJobFacts, jobFacts } from './job.ts';
import type { Lookups } from './lookups.ts';
import { readNamespace } from './namespace.ts';
import type { OwnerObject } from './owner.ts';
import type { Fields } from '../object-fields.ts';
import { isKeptFromVolume, isUnscheduled, readScheduling } from './scheduling.ts';
import { claimNames, readStorage } from './storage.ts';
import type { Storage } from './storage.ts';

/** What is known when the surroundings are read. */
export interface Known {
  readonly target: EvidenceTarget;
  /** The owner as it was read. */
  readonly object: Fields<OwnerObject> | undefined;
  readonly pod: Fields<V1Pod> | undefined;
  /** Jobs of a CronJob, newest first. */
  readonly runs: readonly Fields<V1Job>[];
  readonly isNamespaced: boolean;
}

/** The surroundings, and the objects among them of which the Events are told as well. */
export interface Around {
  readonly facts: Surroundings;
  readonly subjects: readonly ObjectRef[];
}

/**
 * Reads the parts that the class of the failure asks for; for a request by hand all that fit the object. Other classes
 * cost no read here.
 */
export async function readSurroundings(lookups: Lookups, known: Known): Promise<Around> {
  const [storage, scheduling, namespace] = await Promise.all([
    storageOf(lookups, known),
    schedulingOf(lookups, known),
    namespaceOf(lookups, known),
  ]);
  return {
    facts: {
      ...(storage === undefined ? {} : { storage: storage.facts }),
      ...(scheduling === undefined ? {} : { scheduling }),
      ...(namespace === undefined ? {} : { namespace }),
      ...workOf(known),
    },
    subjects: storage?.claims ?? [],
  };
}

/** Whether a class that fails asks for this part. */
export function wants({ classes = [] }: EvidenceTarget, part: EvidencePart): boolean {
  return classes.some((one) => classDefinitions[one].evidence.includes(part));
}

async function storageOf(
  lookups: Lookups,
  { target, pod, isNamespaced }: Known,
): Promise<Storage | undefined> {
  const { owner } = target;
  const options = { isNamespaced };
  if (owner.kind === 'PersistentVolumeClaim')
    return readStorage(lookups, { namespace: owner.namespace, names: [owner.name] }, options);
  if (pod === undefined || !wants(target, 'claims')) return undefined;
  const names = claimNames(pod);
  return names.length === 0
    ? undefined
    : readStorage(lookups, { namespace: owner.namespace, names }, options);
}

async function schedulingOf(
  lookups: Lookups,
  { target, pod, isNamespaced }: Known,
): Promise<Surroundings['scheduling']> {
  if (pod === undefined || !isUnscheduled(pod)) return undefined;
  // Of a pod whose claim is missing or not bound the nodes say nothing.
  const isKept = wants(target, 'placementWithClaims') && isKeptFromVolume(pod);
  if (!wants(target, 'placement') && !isKept) return undefined;
  if (isNamespaced)
    lookups.omit('scheduling.nodes', 'an agent that watches single namespaces has no right to read nodes');
  return readScheduling(lookups, pod, { withNodes: !isNamespaced });
}

async function namespaceOf(
  lookups: Lookups,
  { target, object, isNamespaced }: Known,
): Promise<Surroundings['namespace']> {
  const { owner } = target;
  if (owner.kind === 'Namespace') {
    const self = { name: owner.name, withLabels: true, withPods: true };
    return readNamespace(
      lookups,
      object === undefined ? self : { ...self, known: object as Fields<V1Namespace> },
    );
  }
  if (owner.namespace === '' || !wants(target, 'namespace')) return undefined;
  const isLabelAsked = wants(target, 'podSecurity');
  if (isLabelAsked && isNamespaced)
    lookups.omit(
      'namespace.podSecurity',
      'an agent that watches single namespaces has no right to read the namespace itself',
    );
  const withLabels = isLabelAsked && !isNamespaced;
  return readNamespace(lookups, { name: owner.namespace, withLabels, withPods: false });
}

/** Read already, with the owner. */
function workOf({ target, object, runs }: Known): Pick<Surroundings, 'job' | 'cronJob'> {
  if (object === undefined) return {};
  if (target.owner.kind === 'Job') return { job: jobFacts(object as Fields<V1Job>) };
  if (target.owner.kind !== 'CronJob') return {};
  const [newest] = runs;
  const cronJob = cronJobFacts(object as Fields<V1CronJob>, runs);
  return newest === undefined ? { cronJob } : { job: jobFacts(newest), cronJob };
}
