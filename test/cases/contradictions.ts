import { fieldAt, type KubeObject, type OwnerReference } from '../../src/sandbox/api-types.ts';
import type { Case } from './case.ts';

/** What controllers would not have written like this: the objects of a case must be possible together. One sentence for each. */
export function contradictions({ id, objects, steps = [] }: Case): readonly string[] {
  const all = [...objects, ...steps.flatMap(({ apply = [] }) => apply)];
  return all
    .flatMap((object) => [...progressed(object), ...ownedBy(object, all)])
    .map((sentence) => `${id}: ${sentence}`);
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly lastTransitionTime: string;
}

/**
 * The Deployment controller says NewReplicaSetAvailable when all replicas are available (`syncRolloutStatus` in
 * pkg/controller/deployment/progress.go), so not of one that has not been available since it was made.
 */
function progressed(object: KubeObject): readonly string[] {
  if (object.kind !== 'Deployment') return [];
  const conditions = (fieldAt(object, 'status.conditions') ?? []) as readonly Condition[];
  const available = conditions.find(({ type }) => type === 'Available');
  const hasProgressed = conditions.some(({ reason }) => reason === 'NewReplicaSetAvailable');
  if (!hasProgressed || available?.status !== 'False') return [];
  return Date.parse(available.lastTransitionTime) <= createdAt(object)
    ? [`Deployment ${object.metadata.name} has progressed, and was never available`]
    : [];
}

function ownedBy(object: KubeObject, all: readonly KubeObject[]): readonly string[] {
  const { ownerReferences = [] } = object.metadata;
  return ownerReferences.flatMap(({ uid }: OwnerReference) => {
    const owner = all.find(({ metadata }) => metadata.uid === uid);
    return owner === undefined ? [] : [...olderThan(object, owner), ...unselected(object, owner)];
  });
}

function olderThan(object: KubeObject, owner: KubeObject): readonly string[] {
  return createdAt(object) < createdAt(owner) ? [`${named(object)} is older than its ${named(owner)}`] : [];
}

function unselected(object: KubeObject, owner: KubeObject): readonly string[] {
  if (object.kind !== 'Pod' || owner.kind !== 'ReplicaSet') return [];
  const selected = (fieldAt(owner, 'spec.selector.matchLabels') ?? {}) as Readonly<Record<string, string>>;
  const { labels = {} } = object.metadata;
  return Object.entries(selected).every(([name, value]) => labels[name] === value)
    ? []
    : [`${named(object)} is not selected by its ${named(owner)}`];
}

function createdAt({ metadata }: KubeObject): number {
  return Date.parse(metadata.creationTimestamp ?? '');
}

function named({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.name}`;
}
