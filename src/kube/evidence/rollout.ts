import type * as k8s from '@kubernetes/client-node';
import type { RolloutFacts } from '../../domain/environment.ts';
import type { ObjectRef } from '../../domain/failure.ts';
import {
  fields,
  type Fields,
  integer,
  metaOf,
  present,
  text,
  textOf,
  time,
  words,
} from '../object-fields.ts';
import { type EvidenceReader, listPath } from './evidence-reader.ts';
import { controllerOf, type OwnerObject, selectorOf } from './owner.ts';
import { otherChanges, templateChanges, templateContainers } from './template-diff.ts';
import type { ContainerSpec } from './container.ts';

/** The last rollout of an owner, and what only the evidence itself needs of it. */
export interface Rollout {
  readonly facts: RolloutFacts;
  /** The ReplicaSet of the current revision of a Deployment: Events about pods that cannot be created are about it. */
  readonly replicaSet?: ObjectRef;
  /** Containers of the current and the previous revision. */
  readonly containers: readonly ContainerSpec[];
}

/** One revision of an owner's pod template. */
interface Revision {
  readonly number: number;
  readonly metadata: Fields<k8s.V1ObjectMeta>;
  readonly template: unknown;
  /** How many pods it has; a ReplicaSet says it itself. */
  readonly counts: { readonly wanted?: number; readonly pods?: number; readonly ready?: number };
}

const REVISION = 'deployment.kubernetes.io/revision';
/** The revisions that a ReplicaSet has had before it was rolled back to. */
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
const CHANGE_CAUSE = 'kubernetes.io/change-cause';
/** Ten revisions are kept by default. */
const MAX_REVISIONS = 50;
/** A stalled rollout has pods of two or three. */
const MAX_REPORTED = 6;

/** Reads the revisions of a Deployment, StatefulSet or DaemonSet; undefined for other kinds and where none can be read. */
export async function readRollout(
  reader: EvidenceReader,
  owner: ObjectRef,
  object: Fields<OwnerObject> | undefined,
): Promise<Rollout | undefined> {
  const readRevisions = readers[owner.kind];
  if (object === undefined || readRevisions === undefined) return undefined;
  const query = { labelSelector: selectorOf(object), limit: MAX_REVISIONS };
  const revisions = (await readRevisions(reader, owner, query)).toSorted((a, b) => b.number - a.number);
  const [current, previous] = revisions;
  if (current === undefined) return undefined;
  const replicaSet = owner.kind === 'Deployment' ? replicaSetRef(owner, current) : undefined;
  const templates = [current.template, previous?.template];
  return present({
    facts: {
      ...rolloutFacts(object, current, previous),
      ...rolloutRules(object),
      revisions: revisionsInUse(object, revisions),
    },
    replicaSet,
    containers: templates.flatMap(templateContainers),
  });
}

type RevisionReader = (
  reader: EvidenceReader,
  owner: ObjectRef,
  query: { labelSelector: string | undefined; limit: number },
) => Promise<readonly Revision[]>;

const readers: Readonly<Record<string, RevisionReader>> = {
  Deployment: readReplicaSets,
  StatefulSet: readControllerRevisions,
  DaemonSet: readControllerRevisions,
};

async function readReplicaSets(
  ...[reader, owner, query]: Parameters<RevisionReader>
): Promise<readonly Revision[]> {
  const sets = await reader.list<k8s.V1ReplicaSet>(
    'rollout',
    listPath('apps/ReplicaSet', owner.namespace),
    query,
  );
  return sets
    .filter((set) => controllerOf(set, owner.namespace)?.uid === owner.uid)
    .map((set) => {
      const metadata = metaOf(set);
      const number = Number.parseInt(textOf(metadata.annotations, REVISION) ?? '0', 10);
      const { template, replicas } = fields<k8s.V1ReplicaSetSpec>(set.spec);
      const status = fields<k8s.V1ReplicaSetStatus>(set.status);
      const pods = integer(status.replicas) ?? 0;
      const counts = { wanted: integer(replicas) ?? 1, pods, ready: integer(status.readyReplicas) ?? 0 };
      return { number, metadata, template, counts };
    });
}

async function readControllerRevisions(
  ...[reader, owner, query]: Parameters<RevisionReader>
): Promise<readonly Revision[]> {
  const path = listPath('apps/ControllerRevision', owner.namespace);
  const revisions = await reader.list<k8s.V1ControllerRevision>('rollout', path, query);
  return revisions
    .filter((revision) => controllerOf(revision, owner.namespace)?.uid === owner.uid)
    .map((revision) => ({
      number: integer(revision.revision) ?? 0,
      metadata: metaOf(revision),
      // The controllers keep the template as the patch that would restore it.
      template: fields<{ template: object }>(fields<{ spec: object }>(revision.data).spec).template,
      counts: {},
    }));
}

function rolloutFacts(
  owner: Fields<OwnerObject>,
  current: Revision,
  previous: Revision | undefined,
): RolloutFacts {
  const ownCause = textOf(metaOf(owner).annotations, CHANGE_CAUSE);
  return present({
    revision: String(current.number),
    changedAt: madeAt(current),
    changeCause: words(textOf(current.metadata.annotations, CHANGE_CAUSE) ?? ownCause),
    previousRevision: previous === undefined ? undefined : String(previous.number),
    previousChangedAt: previous === undefined ? undefined : madeAt(previous),
    changes: previous === undefined ? [] : templateChanges(previous.template, current.template),
    alsoChanged: previous === undefined ? undefined : otherChanges(previous.template, current.template),
  });
}

/** The last two revisions, and older ones that still have pods. */
function revisionsInUse(
  owner: Fields<OwnerObject>,
  revisions: readonly Revision[],
): NonNullable<RolloutFacts['revisions']> {
  const facts = revisions.map((revision, at) => {
    const name = words(revision.metadata.name) ?? '';
    return present({
      name,
      revision: String(revision.number),
      createdAt: time(revision.metadata.creationTimestamp),
      isCurrent: at === 0,
      wanted: revision.counts.wanted,
      pods: revision.counts.pods ?? (at < 2 ? podsOfRevision(owner, name, at === 0) : undefined),
      ready: revision.counts.ready,
    });
  });
  return facts.filter(({ pods = 0 }, at) => at < 2 || pods > 0).slice(0, MAX_REPORTED);
}

/** Undefined for a revision that was rolled back to: its object is older than its last rollout. */
function madeAt(revision: Revision): string | undefined {
  const wasRolledBackTo = textOf(revision.metadata.annotations, REVISION_HISTORY) !== undefined;
  return wasRolledBackTo ? undefined : time(revision.metadata.creationTimestamp);
}

function replicaSetRef(owner: ObjectRef, revision: Revision): ObjectRef {
  const { name, uid } = revision.metadata;
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    namespace: owner.namespace,
    name: words(name) ?? '',
    uid: words(uid) ?? '',
  };
}

/** How a workload replaces its pods. */
interface WorkloadSpec {
  strategy: StrategyObject;
  updateStrategy: StrategyObject;
  progressDeadlineSeconds: number;
  paused: boolean;
}

interface StrategyObject {
  type: string;
  rollingUpdate: Record<string, unknown>;
}

/** How far and by what rules a rollout goes, from the owner itself. */
export function rolloutRules(
  owner: Fields<OwnerObject>,
): Pick<RolloutFacts, 'strategy' | 'progressDeadlineSeconds' | 'paused'> {
  const spec = fields<WorkloadSpec>(owner.spec);
  return present({
    strategy: strategyLine(spec.strategy ?? spec.updateStrategy),
    progressDeadlineSeconds: integer(spec.progressDeadlineSeconds),
    paused: spec.paused === true ? true : undefined,
  });
}

/** `RollingUpdate, maxSurge 25%, maxUnavailable 0` */
function strategyLine(value: unknown): string | undefined {
  const { type, rollingUpdate } = fields<StrategyObject>(value);
  if (text(type) === undefined) return undefined;
  const limits = Object.entries(fields<Record<string, unknown>>(rollingUpdate)).map(
    ([name, limit]) => `${name} ${String(limit)}`,
  );
  return words([text(type) ?? '', ...limits].join(', '));
}

interface RevisionCounts {
  currentRevision: string;
  updateRevision: string;
  currentReplicas: number;
  updatedReplicas: number;
  currentNumberScheduled: number;
  updatedNumberScheduled: number;
}

/** Pods of a ControllerRevision, from the status of its StatefulSet or DaemonSet; `isNewest` is what a DaemonSet tells apart. */
export function podsOfRevision(
  owner: Fields<OwnerObject>,
  name: string,
  isNewest: boolean,
): number | undefined {
  const status = fields<RevisionCounts>(owner.status);
  if (text(status.updateRevision) === name) return integer(status.updatedReplicas) ?? 0;
  if (text(status.currentRevision) === name) return integer(status.currentReplicas) ?? 0;
  if (integer(status.currentNumberScheduled) === undefined) return undefined;
  const updated = integer(status.updatedNumberScheduled) ?? 0;
  return isNewest ? updated : Math.max(0, (integer(status.currentNumberScheduled) ?? 0) - updated);
}
