import type * as k8s from '@kubernetes/client-node';
import type { Evidence, OwnerFacts } from '../../domain/environment.ts';
import type { ObjectRef } from '../../domain/failure.ts';
import type { EvidenceTarget } from '../../domain/ports.ts';
import type { NodeFacts } from '../../domain/environment-facts.ts';
import type { EarlyPod } from './early-snapshot.ts';
import { type BusyNamespaces, newestFirst, readEvents, readWarnings } from './events.ts';
import { findPod, podEvidence, readBetween, readPodLogs, secretValuesIn } from './pod.ts';
import { readRuns } from './job.ts';
import { type EvidenceReader, objectPath } from './evidence-reader.ts';
import type { LogOptions, ReadLogs } from './logs.ts';
import { type Listed, readConfigMaps } from './managers.ts';
import { isUnlimited, nodeFacts, readFailingNode, readLoadedNode } from './node.ts';
import { chainOf, ownerFacts, type OwnerObject, refOfPod } from './owner.ts';
import { fields, type Fields, metaOf, present, text, textEntries, words } from '../object-fields.ts';
import { refusalOf } from './namespace.ts';
import { readBudgets } from './disruption.ts';
import { readRollout, type Rollout } from './rollout.ts';
import { type FoundSurroundings, readSurroundings, wants } from './surroundings.ts';
import { templateContainers } from './template-diff.ts';
import { nodeWithUsage, readUsage, type ReadUsage, withUsage } from './requests-and-usage.ts';

/** How much is read, and what may be. */
export interface GatherOptions {
  /** Undefined where logs are not read. */
  readonly logs: LogOptions | undefined;
  /** Newest Events of all objects together. */
  readonly events: number;
  /** Nodes may not be read. */
  readonly isNamespaced: boolean;
  /** Labels and annotations of the owner that are told. */
  readonly listed: Listed;
  /** There is a right to read ConfigMaps. */
  readonly withConfigMaps: boolean;
  /** `metrics.k8s.io` is served, and there is a right to read it. */
  readonly withUsage: boolean;
}

interface Gathering {
  readonly reader: EvidenceReader;
  readonly options: GatherOptions;
  /** Epoch milliseconds. */
  readonly takenAt: number;
  readonly busyNamespaces: BusyNamespaces;
  /** The failing pod, where it was read a moment ago. */
  readonly known: EarlyPod | undefined;
}

/**
 * Reads everything surroundings a target, each part as soon as what it needs is known: three round trips in a row at most for
 * usual owners, two more where claims or nodes are read.
 */
export async function gatherEvidence(target: EvidenceTarget, gathering: Gathering): Promise<Evidence> {
  const { reader, takenAt, known } = gathering;
  for (const { field, reason } of known?.early.evidence.omitted ?? []) reader.omit(field, reason);
  const readings = startReading(target, gathering);
  const { reading, finding, rollingOut, surrounding } = readings;
  const [object, pod, owner, rollout, surroundings, node, events, { logs, logFile }, usage] =
    await Promise.all([
      reading,
      finding,
      readOwnerFacts(target, gathering, readings),
      rollingOut,
      surrounding,
      Promise.all([reading, finding]).then(([read, found]) => readNode(gathering, target, { read, found })),
      readAllEvents(gathering, target, readings),
      readLogsOf(gathering, target, finding),
      gathering.options.withUsage
        ? finding.then((found) => readUsageOf(gathering, target.owner, found))
        : undefined,
    ]);
  const shown = podEvidence(pod);
  return present({
    takenAt,
    owner,
    rollout: rollout?.facts,
    ...shown,
    containers: withUsage(shown.containers, usage),
    node: nodeWithUsage(node, usage),
    ...surroundings.facts,
    refusal: wants(target, 'refusal') ? refusalOf(owner.conditions, events) : undefined,
    events,
    logs,
    logFile,
    omitted: reader.omitted,
    secretValues: secretValuesIn(pod, rollout?.containers ?? ownContainers(object)),
    ownerLabels: object === undefined ? undefined : Object.fromEntries(textEntries(metaOf(object).labels)),
  });
}

/** The owner, who stands between it and its pod, and what else says how it is kept. */
async function readOwnerFacts(
  { owner }: EvidenceTarget,
  { reader, options }: Gathering,
  { reading, finding }: Readings,
): Promise<OwnerFacts> {
  const [object, pod, between, configMaps, budgets] = await Promise.all([
    reading,
    finding,
    finding.then((found) => readBetween(reader, owner, found)),
    options.withConfigMaps
      ? finding.then((found) => readConfigMaps(reader, owner.namespace, found))
      : undefined,
    reading.then((read) => readBudgets(reader, read)),
  ]);
  const chain = chainOf(owner, pod, between);
  const facts = ownerFacts(owner, object, { chain, listed: options.listed, pod });
  return {
    ...facts,
    ...(budgets === undefined ? {} : { disruptionBudgets: [...budgets] }),
    ...(configMaps === undefined ? {} : { managed: { ...facts.managed, configMaps } }),
  };
}

/** The containers of the pods that an owner makes, of a CronJob those of its runs. */
function ownContainers(object: Fields<OwnerObject> | undefined): ReturnType<typeof templateContainers> {
  const { template, jobTemplate } = fields<OwnerObject['spec'] & k8s.V1CronJobSpec>(object?.spec);
  const { spec } = fields<k8s.V1JobTemplateSpec>(jobTemplate);
  return templateContainers(template ?? fields<k8s.V1JobSpec>(spec).template);
}

function refOfJob(job: Fields<k8s.V1Job>, namespace: string): ObjectRef {
  const { name, uid } = metaOf(job);
  return { apiVersion: 'batch/v1', kind: 'Job', namespace, name: words(name) ?? '', uid: words(uid) ?? '' };
}

interface Readings {
  readonly reading: Promise<Fields<OwnerObject> | undefined>;
  readonly finding: Promise<Fields<k8s.V1Pod> | undefined>;
  /** The newest Job of a CronJob. */
  readonly running: Promise<ObjectRef | undefined>;
  readonly rollingOut: Promise<Rollout | undefined>;
  readonly surrounding: Promise<FoundSurroundings>;
}

/** Starts the reads on which others depend. */
function startReading(target: EvidenceTarget, { reader, options, known }: Gathering): Readings {
  const { owner } = target;
  const reading = readOwner(reader, owner);
  const listing = owner.kind === 'CronJob' ? readRuns(reader, owner) : Promise.resolve([]);
  const finding =
    known === undefined && !isWithoutPod(target)
      ? findPod(reader, target, { reading, runs: listing })
      : Promise.resolve(known?.pod);
  const running = listing.then(([newest]) => newest && refOfJob(newest, owner.namespace));
  const rollingOut = reading.then((object) => readRollout(reader, owner, object));
  const surrounding = Promise.all([reading, finding, listing]).then(([object, pod, runs]) =>
    readSurroundings(reader, { target, object, pod, runs, isNamespaced: options.isNamespaced }),
  );
  return { reading, finding, running, rollingOut, surrounding };
}

/** Where the failure is that no pod can be made, what another pod of the owner suffers from is another failure. */
function isWithoutPod({ owner, pod, classes = [] }: EvidenceTarget): boolean {
  return pod === undefined && owner.kind !== 'Pod' && classes.includes('create');
}

/** The Events of everything that was found, newest first. Those of the claims come when the claims are known. */
async function readAllEvents(
  { reader, options, busyNamespaces }: Gathering,
  { owner }: EvidenceTarget,
  { finding, running, rollingOut, surrounding }: Readings,
): Promise<Evidence['events']> {
  const limits = { max: options.events, busyNamespaces };
  const ofOwner = Promise.all([finding, running, rollingOut]).then(([found, run, revisions]) =>
    readEvents(reader, objectsWithEvents(owner, found, run ?? revisions?.replicaSet), limits),
  );
  const ofClaims = surrounding.then(({ objects }) => readEvents(reader, objects, limits));
  const inside = owner.kind === 'Namespace' ? readWarnings(reader, owner.name, options.events) : [];
  const all = await Promise.all([ofOwner, ofClaims, inside]);
  return newestFirst(all.flat(), options.events);
}

async function readOwner(reader: EvidenceReader, owner: ObjectRef): Promise<Fields<OwnerObject> | undefined> {
  const path = objectPath(owner);
  if (path !== undefined) return reader.object<OwnerObject>('owner', path);
  reader.omit('owner', `the agent does not read objects of kind ${owner.kind}`);
  return undefined;
}

/** Of the pod, and of its node or the node that is the owner itself. */
function readUsageOf(
  { reader, options }: Gathering,
  owner: ObjectRef,
  pod: Fields<k8s.V1Pod> | undefined,
): Promise<ReadUsage> {
  const node = owner.kind === 'Node' ? owner.name : text(fields<k8s.V1PodSpec>(pod?.spec).nodeName);
  return readUsage(reader, pod, options.isNamespaced ? undefined : node);
}

interface NodeSources {
  /** The owner. */
  readonly read: Fields<OwnerObject> | undefined;
  readonly found: Fields<k8s.V1Pod> | undefined;
}

/** The node on which the pod runs, or that is the owner itself. */
async function readNode(
  { reader, options }: Gathering,
  target: EvidenceTarget,
  { read, found }: NodeSources,
): Promise<NodeFacts | undefined> {
  if (target.owner.kind === 'Node')
    return read === undefined ? undefined : readFailingNode(reader, read as Fields<k8s.V1Node>);
  const name = text(fields<k8s.V1PodSpec>(found?.spec).nodeName);
  if (name === undefined) return undefined;
  if (options.isNamespaced) {
    reader.omit('node', 'an agent that watches single namespaces has no right to read nodes');
    return undefined;
  }
  const path = objectPath({ apiVersion: 'v1', kind: 'Node', namespace: '', name });
  const node = path === undefined ? undefined : await reader.object<k8s.V1Node>('node', path);
  if (node === undefined) return undefined;
  return isLoadAsked(target, found) ? readLoadedNode(reader, node) : nodeFacts(node);
}

/** Whether the node or only this pod has a problem shows in what else runs there. */
function isLoadAsked(target: EvidenceTarget, pod: Fields<k8s.V1Pod> | undefined): boolean {
  return wants(target, 'nodeLoad') || (wants(target, 'nodeLoadWithoutLimit') && isUnlimited(pod));
}

/** The objects whose Events say what happened: the pod, the owner, and the ReplicaSet or Job between them, which `made` names where no pod does. */
function objectsWithEvents(
  owner: ObjectRef,
  pod: Fields<k8s.V1Pod> | undefined,
  made: ObjectRef | undefined,
): readonly ObjectRef[] {
  const { self, controller } = pod === undefined ? {} : refOfPod(pod, owner.namespace);
  return [self, controller, made, owner].filter((ref) => ref !== undefined);
}

async function readLogsOf(
  { reader, options, known }: Gathering,
  target: EvidenceTarget,
  finding: Readings['finding'],
): Promise<ReadLogs> {
  if (known !== undefined) return known.early.evidence;
  return readPodLogs(reader, { target, pod: await finding, limits: options.logs });
}
