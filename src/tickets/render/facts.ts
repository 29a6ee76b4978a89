import type { ContainerFacts, Environment } from '../../domain/environment.ts';
import { tells } from '../../domain/failure-classes.ts';
import type { NodeFacts } from '../../domain/environment-facts.ts';
import { isAsOnHealthyNode } from '../../domain/node-conditions.ts';
import { plural, sayDuration, sayTime } from '../../lib/text.ts';
import { hintFor } from './hints/index.ts';
import { causeOf } from './cause.ts';
import { changeLines, revisionLines } from './rollout.ts';
import { failingContainer, lastEnd, stoppedBy } from './containers.ts';
import { logLines, severalLine } from './events-and-logs.ts';
import { amountWords, code, listWords } from './markdown.ts';
import { nameObject } from './names.ts';
import { ownershipLines } from './ownership.ts';
import {
  cronJobLines,
  deletionLines,
  jobLine,
  namespaceLines,
  refusalLine,
  volumeLines,
} from './surroundings.ts';
import { nodeLines, placementLines, usageLine } from './placement.ts';
import { type Story, clockOffset, timeOf } from './story.ts';
import { whyLines } from './why.ts';

const MAX_PODS = 5;
const MAX_ALSO = 5;
const MAX_PROBE = 200;
const MAX_CAUSE = 500;
/** Ends that a failed liveness or startup probe may bring about. */
const probeExits = new Set([137, 143]);

/** The facts of a ticket, one line for each, most urgent first. */
export function factLines(story: Story): readonly string[] {
  const { environment, previousTicketId } = story;
  if (story.trigger === 'storm') return stormLines(story);
  const container = failingContainer(environment, story.container);
  return [
    causeLine(story),
    sinceLine(story),
    ...failingLine(environment),
    ...podLine(story),
    ...whyLines(story),
    ...logLines(environment, container),
    ...severalLine(environment),
    ...hintLine(story, container),
    ...deletionLines(environment),
    ...surroundingLines(environment),
    ...revisionLines(environment),
    ...changeLines(story),
    ...ownershipLines(story),
    whereLine(environment),
    ...containerLines(environment, container ?? askedContainer(story)),
    ...usageLine(environment, container ?? askedContainer(story)),
    ...alsoLine(environment),
    ...earlierLine(previousTicketId),
  ];
}

const STORM_HINT =
  'What they have in common comes first; look at the network, DNS, and changes that were rolled out everywhere where nothing is named here.';

/** What a single member shows explains no storm: logs and Events below are one example. */
function stormLines(story: Story): readonly string[] {
  const { environment, previousTicketId } = story;
  const example = environment.incident.members?.owners[0];
  return [
    causeLine(story),
    sinceLine(story),
    ...commonLine(environment),
    `**Hint**: ${STORM_HINT}`,
    ...(example === undefined ? [] : [exampleLine(example)]),
    whereLine({ ...environment, node: undefined }),
    ...earlierLine(previousTicketId),
  ];
}

const commonWords = {
  log: 'write',
  message: 'say',
  registry: 'pull from registry',
  node: 'are on node',
  namespace: 'are in namespace',
  revision: 'were rolled out at',
  time: 'began at',
} as const;

/** What was not looked at of all members: how many were, in words. */
const lookedAt: Readonly<Record<string, string>> = {
  log: 'whose logs were read',
  revision: 'whose revisions are known',
};

/** What the members of a storm have in common, as far as what they show tells. */
function commonLine({ incident }: Environment): readonly string[] {
  const { count: all = 0, common = [] } = incident.members ?? {};
  const words = common.map(({ what, value, count }) => {
    const asked = lookedAt[what];
    const some = asked === undefined ? `${count} of ${all}` : `the ${count} of ${all} ${asked}`;
    const many = count === all ? 'all' : some;
    return `${many} ${commonWords[what]} ${code(value)}`;
  });
  return words.length === 0 ? [] : [`**In common**: ${words.join('; ')}`];
}

type Member = NonNullable<Environment['incident']['members']>['owners'][number];

function exampleLine(member: Member): string {
  const what = `${nameObject(member)}, ${code(member.class)}, ${code(member.reason)}`;
  return `**For example**: ${what}; logs and Events below are of it`;
}

function earlierLine(ticketId: string | undefined): readonly string[] {
  return ticketId === undefined ? [] : [`**Earlier ticket**: ${code(ticketId)}, closed; it has come again`];
}

function causeLine(story: Story): string {
  const what = story.trigger === 'manual' ? 'Their words' : 'Cause';
  return `**${what}**: ${code(causeOf(story), MAX_CAUSE)}`;
}

/** The pods, or owners, that show it, where these are not the owner itself. */
function failingLine({ incident: { affected }, owner }: Environment): readonly string[] {
  const others = affected.pods.filter((name) => name !== owner.name);
  const count = affected.count - (affected.pods.length - others.length);
  return count === 0 ? [] : [`**Failing**: ${listWords(others, MAX_PODS, { count })}`];
}

function sinceLine({ environment, openedAt, trigger }: Story): string {
  if (trigger === 'manual') return `**Asked**: ${sayTime(openedAt)}`;
  const began = timeOf(environment.incident.since) ?? openedAt;
  return `**Since**: ${sayTime(began)}, ${sayDuration(openedAt - began)} before this ticket`;
}

/** How the pod of a request does, of which nobody knows whether anything is wrong. */
function podLine({ trigger, environment: { pod, containers } }: Story): readonly string[] {
  if (trigger !== 'manual' || pod === undefined) return [];
  const restarts = containers.reduce((sum, container) => sum + container.restartCount, 0);
  const ready = pod.conditions.find(({ type }) => type === 'Ready')?.status;
  const parts = [
    code(pod.phase),
    ...(ready === undefined ? [] : [ready === 'True' ? 'ready' : 'not ready']),
    plural(restarts, 'restart'),
  ];
  return [`**Pod**: ${code(pod.name)}, ${parts.join(', ')}`];
}

/** The first of a healthy pod. */
function askedContainer({ trigger, environment }: Story): ContainerFacts | undefined {
  return trigger === 'manual' ? environment.containers.find(({ role }) => role === 'app') : undefined;
}

function hintLine(story: Story, container: ContainerFacts | undefined): readonly string[] {
  const hint = hintFor(story, container);
  return hint === undefined ? [] : [`**Hint**: ${hint}`];
}

function whereLine(environment: Environment): string {
  const { cluster, node } = environment;
  const names = [cluster.name, cluster.id ?? cluster.uid].filter((name) => name !== undefined);
  const parts = [
    `cluster ${names.length === 0 ? 'without a name' : names.map((name) => code(name)).join(' ')}`,
  ];
  if (cluster.version !== undefined) parts.push(`Kubernetes ${code(cluster.version)}`);
  if (node !== undefined) parts.push(nodeWords(node));
  return `**Where**: ${parts.join(', ')}${clockWords(environment)}`;
}

function clockWords(environment: Environment): string {
  const offset = clockOffset(environment);
  if (offset === undefined) return '';
  const side = offset > 0 ? 'ahead' : 'behind';
  return `; **the clock of the node is wrong**: ${sayDuration(Math.abs(offset))} or more ${side}, and so are the times that it writes`;
}

function nodeWords(node: NodeFacts): string {
  const about = [node.zone, node.instanceType].filter((part) => part !== undefined).map((part) => code(part));
  const words = `node ${code(node.name)}${about.length === 0 ? '' : ` (${about.join(', ')})`}`;
  const troubles = node.conditions
    .filter((one) => (one.type === 'Ready' || one.status !== 'Unknown') && !isAsOnHealthyNode(one))
    .slice(0, MAX_ALSO)
    .map(({ type, status }) => code(`${type}=${status}`));
  if (node.unschedulable === true) troubles.push('cordoned');
  return troubles.length === 0 ? words : `${words}, which is ${troubles.join(', ')}`;
}

function containerLines(environment: Environment, container: ContainerFacts | undefined): readonly string[] {
  if (container === undefined) return [];
  const { incident } = environment;
  const { image, resources, probes } = container;
  const amounts = Object.entries(resources)
    .filter(([, quantities]) => Object.keys(quantities).length > 0)
    .map(([name, quantities]) => `${name} ${code(amountWords(quantities))}`);
  const lines = [`**Image**: ${[code(image), ...amounts].join(', ')}`];
  const shown = Object.entries(probes).map(([name, line]) => `${name} ${code(line ?? '', MAX_PROBE)}`);
  const isProbed =
    tells(incident.class, 'probes') ||
    probeExits.has(lastEnd(container)?.exitCode ?? 0) ||
    stoppedBy(environment, container) !== undefined;
  if (shown.length > 0 && isProbed) lines.push(`**Probes**: ${shown.join('; ')}`);
  return lines;
}

function alsoLine({ incident }: Environment): readonly string[] {
  const others = new Set(incident.alsoFailing.map((other) => `${other.class}: ${other.reason}`));
  others.delete(`${incident.class}: ${incident.reason}`);
  const shown = [...others].slice(0, MAX_ALSO).map((other) => code(other));
  return shown.length === 0 ? [] : [`**Also seen**: ${shown.join(', ')}`];
}

/** What is around the failure, one line for each; only what was read, which is what the class asks for. */
function surroundingLines(environment: Environment): readonly string[] {
  const { node, namespace, refusal, job, cronJob, storage, scheduling } = environment;
  return [
    ...(node === undefined ? [] : nodeLines(environment, node)),
    ...(refusal === undefined ? [] : [refusalLine(refusal)]),
    ...(namespace === undefined ? [] : namespaceLines(environment, namespace)),
    ...(scheduling === undefined ? [] : placementLines(scheduling)),
    ...(storage === undefined ? [] : volumeLines(storage)),
    ...(cronJob === undefined ? [] : cronJobLines(cronJob)),
    ...(job === undefined ? [] : [jobLine(job, environment)]),
  ];
}
