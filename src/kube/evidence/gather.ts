import type { V1Node, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import type { Evidence } from '../../domain/environment.ts';
import type { ObjectRef } from '../../domain/failure.ts';
import type { EvidenceTarget } from '../../domain/ports.ts';
import type { NodeFacts } from '../../domain/surroundings.ts';
import type { EarlyPod } from './early.ts';
import { newestFirst, readEvents, readWarnings } from './events.ts';
import type { BusyNamespaces } from './events.ts';
import { findPod, readBetween, refOfPod } from './find-pod.ts';
import { readRuns } from './job.ts';
import { objectPath } from './kinds.ts';
import type { Lookups } from './lookups.ts';
import { isUnlimited, readFailingNode, readLoadedNode } from './node-load.ts';
import { nodeFacts } from './node.ts';
import { chainOf, ownerFacts } from './owner.ts';
import type { OwnerObject } from './owner.ts';
import { podEvidence, readPodLogs, secretValuesIn } from './pod-evidence.ts';
import { fields, present, text } from '../object-fields.ts';
import type { Fields } from '../object-fields.ts';
import { refusalOf } from './refusal.ts';
import { readRollout } from './rollout.ts';
import type { Rollout } from './rollout.ts';
import { readSurroundings, wants } from './surroundings.ts';
import type { Around } from './surroundings.ts';

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
  readonly busyNamespaces: BusyNamespaces;
  /** The failing pod, where it was read a moment ago. */
  readonly known: EarlyPod | undefined;
}

/**
 * Reads everything around a target, each part as soon as what it needs is known: three round trips in a row at most for
 * usual owners, two more where claims or nodes are looked at.
 */
export async function gatherEvidence(target: EvidenceTarget, gathering: Gathering): Promise<Evidence> {
  const { lookups, takenAt, known } = gathering;
  const { owner } = target;
  for (const { field, reason } of known?.early.evidence.omitted ?? []) lookups.omit(field, reason);
  const readings = startReading(target, gathering);
  const { reading, finding, rollingOut, looking } = readings;
  const [object, pod, rollout, around, between, node, events, logs] = await Promise.all([
    reading,
    finding,
    rollingOut,
    looking,
    finding.then((found) => readBetween(lookups, owner, found)),
    Promise.all([reading, finding]).then(([read, found]) => readNode(gathering, target, { read, found })),
    readStory(gathering, target, readings),
    readLogsOf(gathering, target, finding),
  ]);
  const facts = ownerFacts(owner, object, chainOf(owner, pod, between));
  return present({
    takenAt,
    owner: facts,
    rollout: rollout?.facts,
    ...podEvidence(pod),
    node,
    ...around.facts,
    refusal: wants(target, 'refusal') ? refusalOf(facts.conditions, events) : undefined,
    events,
    logs,
    omitted: lookups.omitted,
    secretValues: secretValuesIn(pod, rollout?.containers),
  });
}

interface Readings {
  readonly reading: Promise<Fields<OwnerObject> | undefined>;
  readonly finding: Promise<Fields<V1Pod> | undefined>;
  readonly rollingOut: Promise<Rollout | undefined>;
  readonly looking: Promise<Around>;
}

/** Starts the reads on which others depend. */
function startReading(target: EvidenceTarget, { lookups, options, known }: Gathering): Readings {
  const { owner } = target;
  const reading = readOwner(lookups, owner);
  const listing = owner.kind === 'CronJob' ? readRuns(lookups, owner) : Promise.resolve([]);
  const finding =
    known === undefined
      ? findPod(lookups, target, { reading, runs: listing })
      : Promise.resolve<Fields<V1Pod> | undefined>(known.pod);
  const rollingOut = reading.then((object) => readRollout(lookups, owner, object));
  const looking = Promise.all([reading, finding, listing]).then(([object, pod, runs]) =>
    readSurroundings(lookups, { target, object, pod, runs, isNamespaced: options.isNamespaced }),
  );
  return { reading, finding, rollingOut, looking };
}

/** The Events of everything that was found, newest first. Those of the claims come when the claims are known. */
async function readStory(
  { lookups, options, busyNamespaces }: Gathering,
  { owner }: EvidenceTarget,
  { finding, rollingOut, looking }: Readings,
): Promise<Evidence['events']> {
  const limits = { max: options.events, busyNamespaces };
  const ofStory = Promise.all([finding, rollingOut]).then(([found, revisions]) =>
    readEvents(lookups, subjectsOf(owner, found, revisions), limits),
  );
  const ofClaims = looking.then(({ subjects }) => readEvents(lookups, subjects, limits));
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
  /** The owner. */
  readonly read: Fields<OwnerObject> | undefined;
  readonly found: Fields<V1Pod> | undefined;
}

/** The node on which the pod runs, or that is the owner itself. */
async function readNode(
  { lookups, options }: Gathering,
  target: EvidenceTarget,
  { read, found }: NodeSources,
): Promise<NodeFacts | undefined> {
  if (target.owner.kind === 'Node')
    return read === undefined ? undefined : readFailingNode(lookups, read as Fields<V1Node>);
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
  return wants(target, 'nodeLoad') || (wants(target, 'nodeLoadWithoutLimit') && isUnlimited(pod));
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

async function readLogsOf(
  { lookups, options, known }: Gathering,
  target: EvidenceTarget,
  finding: Readings['finding'],
): Promise<Evidence['logs']> {
  if (known !== undefined) return known.early.evidence.logs;
  const { logsEnabled, logLines: lines, logBytes: bytes } = options;
  return readPodLogs(lookups, {
    target,
    pod: await finding,
    limits: logsEnabled ? { lines, bytes } : undefined,
  });
}
