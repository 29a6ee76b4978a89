import type { V1Node, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import type { Evidence, NodeFacts } from '../../domain/environment.ts';
import type { ObjectRef } from '../../domain/failure.ts';
import type { EvidenceTarget } from '../../domain/ports.ts';
import { containerFacts, containersOf } from './container.ts';
import { readEvents } from './events.ts';
import { findPod, readBetween, refOfPod } from './find-pod.ts';
import { objectPath } from './kinds.ts';
import { readLogs } from './logs.ts';
import type { Lookups } from './lookups.ts';
import { nodeFacts } from './node.ts';
import { chainOf, ownerFacts } from './owner.ts';
import type { OwnerObject } from './owner.ts';
import { podFacts } from './pod.ts';
import { fields, present, text } from './raw.ts';
import type { Fields } from './raw.ts';
import { readRollout } from './rollout.ts';
import type { Rollout } from './rollout.ts';
import { secretValuesOf } from './template.ts';

/** How much is read, and what may be. */
export interface GatherOptions {
  readonly logsEnabled: boolean;
  /** Last lines of each log. */
  readonly logLines: number;
  /** Bytes of each log. */
  readonly logBytes: number;
  /** Newest Events of all objects together. */
  readonly events: number;
  /** Nodes may not be read. */
  readonly isNamespaced: boolean;
}

interface Gathering {
  readonly lookups: Lookups;
  readonly options: GatherOptions;
  /** Epoch milliseconds. */
  readonly takenAt: number;
}

/** Reads everything around a target, each part as soon as what it needs is known: three round trips in a row at most for usual owners. */
export async function gatherEvidence(target: EvidenceTarget, gathering: Gathering): Promise<Evidence> {
  const { lookups, options, takenAt } = gathering;
  const { owner } = target;
  const reading = readOwner(lookups, owner);
  const finding = findPod(lookups, target, reading);
  const rollingOut = reading.then((object) => readRollout(lookups, owner, object));
  const [object, pod, rollout, between, node, events, logs] = await Promise.all([
    reading,
    finding,
    rollingOut,
    finding.then((found) => readBetween(lookups, owner, found)),
    Promise.all([reading, finding]).then(([known, found]) => readNode(gathering, owner, { known, found })),
    Promise.all([finding, rollingOut]).then(([found, revisions]) =>
      readEvents(lookups, subjectsOf(owner, found, revisions), options.events),
    ),
    finding.then((found) => readPodLogs(gathering, target, found)),
  ]);
  const containers = pod === undefined ? [] : containersOf(pod);
  const specs = [...containers.map((container) => container.spec), ...(rollout?.containers ?? [])];
  return present({
    takenAt,
    owner: ownerFacts(owner, object, chainOf(owner, pod, between)),
    rollout: rollout?.facts,
    pod: pod === undefined ? undefined : podFacts(pod),
    containers: containers.map(containerFacts),
    node,
    events,
    logs,
    omitted: lookups.omitted,
    secretValues: [...new Set(specs.flatMap(secretValuesOf))],
  });
}

async function readOwner(lookups: Lookups, owner: ObjectRef): Promise<Fields<OwnerObject> | undefined> {
  const path = objectPath(owner);
  if (path !== undefined) return lookups.object<OwnerObject>('owner', path);
  lookups.omit('owner', `the agent does not read objects of kind ${owner.kind}`);
  return undefined;
}

interface NodeSources {
  readonly known: Fields<OwnerObject> | undefined;
  readonly found: Fields<V1Pod> | undefined;
}

/** The node on which the pod runs, or that is the owner itself. */
async function readNode(
  { lookups, options }: Gathering,
  owner: ObjectRef,
  { known, found }: NodeSources,
): Promise<NodeFacts | undefined> {
  if (owner.kind === 'Node') return known === undefined ? undefined : nodeFacts(known as Fields<V1Node>);
  const name = text(fields<V1PodSpec>(found?.spec).nodeName);
  if (name === undefined) return undefined;
  if (options.isNamespaced) {
    lookups.omit('node', 'an agent that watches single namespaces has no right to read nodes');
    return undefined;
  }
  const path = objectPath({ apiVersion: 'v1', kind: 'Node', namespace: '', name });
  const node = path === undefined ? undefined : await lookups.object<V1Node>('node', path);
  return node === undefined ? undefined : nodeFacts(node);
}

/** The objects whose Events tell the story: the pod, the owner, and the ReplicaSet or Job between them. */
function subjectsOf(
  owner: ObjectRef,
  pod: Fields<V1Pod> | undefined,
  rollout: Rollout | undefined,
): readonly ObjectRef[] {
  const { self, controller } = pod === undefined ? {} : refOfPod(pod, owner.namespace);
  return [self, controller, rollout?.replicaSet, owner].filter((ref) => ref !== undefined);
}

async function readPodLogs(
  { lookups, options }: Gathering,
  target: EvidenceTarget,
  pod: Fields<V1Pod> | undefined,
): Promise<Evidence['logs']> {
  if (pod === undefined) return [];
  if (!options.logsEnabled) {
    lookups.omit('logs', 'the reading of logs is switched off');
    return [];
  }
  const { self } = refOfPod(pod, target.owner.namespace);
  const path = objectPath(self);
  if (path === undefined) return [];
  const limits = { lines: options.logLines, bytes: options.logBytes };
  return readLogs(lookups, { path, pod, name: self.name, container: target.container, limits });
}
