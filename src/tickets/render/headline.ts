import type { Environment } from '../../domain/environment.ts';
import { tells } from '../../domain/failure-classes.ts';
import { plural, sayDuration } from '../../lib/text.ts';
import { servingRevision } from './rollout.ts';
import { code } from './markdown.ts';
import { nameObject } from './names.ts';
import { type Story, timeOf } from './story.ts';

/**
 * The first line: whether what fails still does its work, for how long it has not, and how often it has restarted in which time. Who reads
 * it knows whether this can wait until morning.
 */
export function headline(story: Story): string {
  const { trigger, environment } = story;
  if (trigger === 'manual') return `A person asked for this ticket on ${nameObject(environment.owner)}`;
  const state = [stateWords(story), ...forWords(story)].join(', ');
  return [state, ...budgetWords(environment), ...restartWords(story)].join('; ');
}

function stateWords(story: Story): string {
  return commonWords(story) ?? ownWords(story.environment);
}

/** Of what covers several owners. */
function commonWords({ trigger, environment: { owner, incident } }: Story): string | undefined {
  const members = incident.members?.count ?? 0;
  const name = nameObject(owner);
  if (trigger === 'storm') return `${plural(members, 'workload')} fail together`;
  if (owner.kind === 'NodeGroup') return `Several nodes are lost together: ${name}`;
  if (owner.kind === 'SameMessage')
    return `${plural(members, 'workload')} fail with the same message, reason ${code(owner.name)}`;
  if (owner.kind === 'Leftovers')
    return `${plural(members, 'failure')} from long before the agent was started`;
  return trigger === 'shared' ? `${plural(members, 'workload')} fail for ${name}` : undefined;
}

function ownWords(environment: Environment): string {
  const { owner, job, incident } = environment;
  const name = nameObject(owner);
  if (owner.replicas !== undefined && owner.replicas.wanted > 0)
    return replicaWords(environment, owner.replicas);
  if (owner.kind === 'Job' && job !== undefined)
    return `${incident.reason === 'PodDoesNotEnd' ? 'Not done' : 'Failed'}: ${name} has ${doneWords(job)}`;
  if (owner.kind === 'Node') return nodeWords(environment, name);
  return `${byKind.get(owner.kind) ?? 'Failing'}: ${name}`;
}

/** What comes of it where no replicas are counted. */
const byKind: ReadonlyMap<string, string> = new Map([
  ['Pod', 'Not serving'],
  ['CronJob', 'Not done'],
  ['Job', 'Failed'],
  ['PersistentVolumeClaim', 'Not usable'],
  ['HorizontalPodAutoscaler', 'Not scaling'],
  ['Namespace', 'Still there'],
]);

type Replicas = NonNullable<Environment['owner']['replicas']>;

function replicaWords(environment: Environment, { ready, wanted }: Replicas): string {
  const { incident, owner, rollout } = environment;
  const counted = `${nameObject(owner)} has ${ready} of ${plural(wanted, 'replica')} ready`;
  const old = servingRevision(rollout?.revisions ?? []);
  const byOld = old === undefined ? '' : `, ${oldWords(old.ready, ready)} of the revision before`;
  if (ready === 0) return `Not serving: ${counted}`;
  // Between two ends of a crash loop all may be ready.
  if (ready >= wanted && old === undefined && incident.class === 'crash')
    return `Unstable: ${counted} at this moment, and ${plural(incident.affected.count, 'pod')} keep${incident.affected.count === 1 ? 's' : ''} restarting`;
  return ready < wanted ? `Degraded: ${counted}${byOld}` : `Still serving: ${counted}${byOld}`;
}

function oldWords(old: number, all: number): string {
  return old >= all ? 'all' : `${old} of them`;
}

function doneWords({ succeeded, completions = 1, failed }: NonNullable<Environment['job']>): string {
  return `${succeeded} of ${plural(completions, 'completion')}, ${plural(failed, 'pod')} failed`;
}

/** A node that is short of something, or that takes no pods, is still ready. */
function nodeWords({ node, incident }: Environment, name: string): string {
  const isReady = node?.conditions.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  const ready = incident.reason === 'Cordoned' ? 'Cordoned' : 'Under pressure';
  const pods = node?.pods === undefined ? '' : ` with ${podWords(node.pods)}`;
  return `${isReady ? ready : 'Not ready'}: ${name}${pods}`;
}

type NodePods = NonNullable<NonNullable<Environment['node']>['pods']>;

/** `3 pods, 1 of which fails, and 2 that have failed`: what has ended is none of the pods that the node has. */
function podWords({ count, failingCount, failedCount = 0 }: NodePods): string {
  const failing = failingCount - failedCount;
  const failed =
    failedCount === 0 ? '' : `, and ${failedCount} that ${failedCount === 1 ? 'has' : 'have'} failed`;
  return `${plural(count, 'pod')}, ${failing === 0 ? 'none' : failing} of which ${failing > 1 ? 'fail' : 'fails'}${failed}`;
}

function forWords({ environment, openedAt }: Story): readonly string[] {
  const began = timeOf(environment.incident.since) ?? openedAt;
  return openedAt - began < 1_000 ? [] : [`for ${sayDuration(openedAt - began)}`];
}

/** Restarts count from when the pod was made. Those of one member say nothing of a storm. */
function restartWords({ trigger, environment, openedAt }: Story): readonly string[] {
  const { incident, containers, pod } = environment;
  if (trigger === 'storm' || !tells(incident.class, 'restarts')) return [];
  const ofPod = containers.reduce((sum, { restartCount }) => sum + restartCount, 0);
  const count = Math.max(ofPod, incident.occurrences);
  const createdAt = timeOf(pod?.createdAt);
  const within = ofPod < count || createdAt === undefined ? '' : ` in ${sayDuration(openedAt - createdAt)}`;
  return [`${plural(count, 'restart')}${within}`];
}

/** A budget with fewer healthy pods than it wants, or that lets none be evicted: then no node with such a pod can be drained. */
function budgetWords({ owner }: Environment): readonly string[] {
  const [tight] = (owner.disruptionBudgets ?? []).filter(({ allowed }) => allowed === 0);
  if (tight === undefined) return [];
  const { name, healthy, wanted } = tight;
  const budget = `PodDisruptionBudget ${code(name)}`;
  if (healthy === undefined || wanted === undefined || healthy >= wanted)
    return [`${budget} lets no pod be evicted`];
  return [`${budget} wants ${wanted} healthy and has ${healthy}`];
}
