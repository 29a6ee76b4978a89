import type { V1Node, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import type { Evidence } from '../../domain/environment.ts';
import type { ObjectRef } from '../../domain/failure.ts';
import type { EvidenceTarget } from '../../domain/ports.ts';
import type { NodeFacts } from '../../domain/surroundings.ts';
import { containerFacts, containersOf } from './container.ts';
import { newestFirst, readEvents, readWarnings } from './events.ts';
import { findPod, readBetween, refOfPod } from './find-pod.ts';
import { readRuns } from './job.ts';
import { objectPath } from './kinds.ts';
import { readLogs } from './logs.ts';
import type { Lookups } from './lookups.ts';
import { isUnlimited, readFailingNode, readLoadedNode } from './node-load.ts';
import { nodeFacts } from './node.ts';
import { chainOf, ownerFacts } from './owner.ts';
import type { OwnerObject } from './owner.ts';
import { podFacts } from './pod.ts';
import { fields, present, text } from './raw.ts';
import type { Fields } from './raw.ts';
import { refusalOf } from './refusal.ts';
import { readRollout } from './rollout.ts';
import type { Rollout } from './rollout.ts';
import { isAbout, readSurroundings } from './surroundings.ts';
import type { Around } from './surroundings.ts';
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

/**
 * Reads everything around a target, each part as soon as what it needs is known: three round trips in a row at most for
 * usual owners, two more where claims or nodes are looked at.
 */
export async function gatherEvidence(target: EvidenceTarget, gathering: Gathering): Promise<Evidence> {
  const { lookups, takenAt } = gathering;
  const { owner } = target;
  const reading = readOwner(lookups, owner);
  const listing = owner.kind === 'CronJob' ? readRuns(lookups, owner) : Promise.resolve([]);
  const finding = findPod(lookups, target, { reading, runs: listing });
  const rollingOut = reading.then((object) => readRollout(lookups, owner, object));
  const looking = Promise.all([reading, finding, listing]).then(([known, pod, runs]) =>
    readSurroundings(lookups, {
      target,
      object: known,
      pod,
      runs,
      isNamespaced: gathering.options.isNamespaced,
    }),
  );
  const [object, pod, rollout, around, between, node, events, logs] = await Promise.all([
    reading,
    finding,
    rollingOut,
    looking,
    finding.then((found) => readBetween(lookups, owner, found)),
    Promise.all([reading, finding]).then(([known, found]) => readNode(gathering, target, { known, found })),
    readStory(gathering, target, { finding, rollingOut, looking }),
    finding.then((found) => readPodLogs(gathering, target, found)),
  ]);
  const containers = pod === undefined ? [] : containersOf(pod);
  const specs = [...containers.map((container) => container.spec), ...(rollout?.containers ?? [])];
  const facts = ownerFacts(owner, object, chainOf(owner, pod, between));
  return present({
    takenAt,
    owner: facts,
    rollout: rollout?.facts,
    pod: pod === undefined ? undefined : podFacts(pod),
    containers: containers.map(containerFacts),
    node,
    ...around.facts,
    refusal: isAbout(target, 'create') ? refusalOf(facts.conditions, events) : undefined,
    events,
    logs,
    omitted: lookups.omitted,
    secretValues: [...new Set(specs.flatMap(secretValuesOf))],
  });
}

interface Readings {
  readonly finding: Promise<Fields<V1Pod> | undefined>;
  readonly rollingOut: Promise<Rollout | undefined>;
  readonly looking: Promise<Around>;
}

/** The Events of everything that was found, newest first. Those of the claims come when the claims are known. */
async function readStory(
  { lookups, options }: Gathering,
  { owner }: EvidenceTarget,
  { finding, rollingOut, looking }: Readings,
): Promise<Evidence['events']> {
  const ofStory = Promise.all([finding, rollingOut]).then(([found, revisions]) =>
    readEvents(lookups, subjectsOf(owner, found, revisions), options.events),
  );
  const ofClaims = looking.then(({ subjects }) => readEvents(lookups, subjects, options.events));
  const inside = owner.kind === 'Namespace' ? readWarnings(lookups, owner.name, options.events) : [];
  const all = await Promise.all([ofStory, ofClaims, inside]);
  return newestFirst(all.flat(), options.events);
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
  target: EvidenceTarget,
  { known, found }: NodeSources,
): Promise<NodeFacts | undefined> {
  if (target.owner.kind === 'Node')
    return known === undefined ? undefined : readFailingNode(lookups, known as Fields<V1Node>);
  const name = text(fields<V1PodSpec>(found?.spec).nodeName);
  if (name === undefined) return undefined;
  if (options.isNamespaced) {
    lookups.omit('node', 'an agent that watches single namespaces has no right to read nodes');
    return undefined;
  }
  const path = objectPath({ apiVersion: 'v1', kind: 'Node', namespace: '', name });
  const node = path === undefined ? undefined : await lookups.object<V1Node>('node', path);
  if (node === undefined) return undefined;
  return isLoadAsked(target, found) ? readLoadedNode(lookups, node) : nodeFacts(node);
}

/** Whether the node or only this pod is in trouble shows in what else runs there. */
function isLoadAsked(target: EvidenceTarget, pod: Fields<V1Pod> | undefined): boolean {
  return isAbout(target, 'eviction', 'start') || (isAbout(target, 'crash') && isUnlimited(pod));
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
