import type { ContainerFacts, Environment } from '../../domain/environment.ts';
import { tells } from '../../domain/failure-classes.ts';
import { plural, sayDuration, sayExitCode, sayTime, windowsNameOf } from '../../lib/text.ts';
import { unwrap } from '../../lib/unwrap.ts';
import {
  failingContainer,
  failureOf,
  lastEnd,
  mayConcern,
  nameContainer,
  readinessOf,
  stoppedBy,
  unreadyWords,
} from './containers.ts';
import { code } from './markdown.ts';
import { type Story, timeOf } from './story.ts';

const MAX_MESSAGE = 600;

/** Why it fails, in the cluster's own words: a condition or an Event, and how the container ended or why it waits. */
export function whyLines(story: Story): readonly string[] {
  const { environment, trigger } = story;
  const container = failingContainer(environment, story.container);
  const state = container === undefined ? undefined : stateWords(container);
  const isAboutContainer = tells(environment.incident.class, 'containerState');
  const report =
    isAboutContainer && state !== undefined ? undefined : reportWords(environment, story.container);
  const readiness = readinessLine(environment, container, state !== undefined);
  if (report !== undefined)
    return [`**Why**: ${report}`, ...(state === undefined ? [] : [`**State**: ${state}`]), ...readiness];
  if (state !== undefined) return [`**Why**: ${state}`, ...readiness, ...probeLine(environment, container)];
  return trigger === 'manual' || tells(environment.incident.class, 'deletion')
    ? []
    : [`**Why**: reason ${code(environment.incident.reason)}`];
}

/** The pod's own word on it. */
function readinessLine(
  environment: Environment,
  container: ContainerFacts | undefined,
  isStated: boolean,
): readonly string[] {
  const { pod, incident } = environment;
  const condition = readinessOf(environment);
  if (pod === undefined || condition === undefined || !tells(incident.class, 'readiness')) return [];
  // That the container is not ready stands above it.
  if (isStated && condition.message === `containers with unready status: [${container?.name ?? ''}]`)
    return [];
  return [`**Pod**: ${code(pod.name)} says ${conditionWords(condition, condition.reason ?? condition.type)}`];
}

/** The words of the probe or hook for which the kubelet stopped it. */
function probeLine({ events }: Environment, container: ContainerFacts | undefined): readonly string[] {
  if (container === undefined) return [];
  const probe = stoppedBy({ events }, container);
  const said = probe === undefined ? undefined : failureOf({ events }, container.name, probe);
  if (said === undefined) return [];
  const often = said.count > 1 ? `, reported ${said.count} times` : '';
  return [`**Stopped for**: ${code(unwrap(said.message), MAX_MESSAGE)}${often}`];
}

/** How a container ended, why it waits, or since when it runs without being ready. */
function stateWords(container: ContainerFacts): string | undefined {
  const ended = lastEnd(container);
  const wait = waitWords(container);
  if (wait !== undefined && (ended === undefined || ended.exitCode === 0)) return wait;
  if (ended !== undefined) return `${nameContainer(container)} ended with ${endWords(container, ended)}`;
  const runningSince = timeOf(container.state.running?.startedAt);
  if (runningSince === undefined || container.ready !== false) return undefined;
  return `${nameContainer(container)} runs since ${sayTime(runningSince)} and ${unreadyWords(container)}`;
}

/** The wait between two crashes explains nothing. */
function waitWords(container: ContainerFacts): string | undefined {
  const { reason = 'CrashLoopBackOff', message } = container.state.waiting ?? {};
  if (reason === 'CrashLoopBackOff') return undefined;
  return `${nameContainer(container)} waits, reason ${code(reason)}${said(message)}`;
}

type Termination = NonNullable<ContainerFacts['state']['terminated']>;

function endWords(container: ContainerFacts, ended: Termination): string {
  const parts = [`exit code ${code(sayExitCode(ended.exitCode))}`];
  const name = windowsNameOf(ended.exitCode);
  if (name !== undefined) parts.push(name);
  if (ended.reason !== undefined) parts.push(`reason ${code(ended.reason)}`);
  if (ended.reason === 'OOMKilled') parts.push(memoryWords(container));
  const [startedAt, finishedAt] = [timeOf(ended.startedAt), timeOf(ended.finishedAt)];
  if (startedAt !== undefined && finishedAt !== undefined)
    parts.push(`after a run of ${sayDuration(finishedAt - startedAt)}`);
  if (container.restartCount > 0) parts.push(plural(container.restartCount, 'restart'));
  return `${parts.join(', ')}${said(ended.message)}`;
}

function memoryWords({ resources }: ContainerFacts): string {
  const limit = resources.limits['memory'];
  return limit === undefined ? 'no memory limit of its own' : `memory limit ${code(limit)}`;
}

function said(message: string | undefined): string {
  return message === undefined || message.trim() === '' ? '' : `: ${code(unwrap(message), MAX_MESSAGE)}`;
}

/** Of several conditions with one reason, that which says what it comes to. */
const telling = new Set(['Ready', 'Failed']);

/** What carries the incident's reason: a condition, the pod itself or an Event. */
function reportWords(
  { incident, owner, node, pod, events }: Environment,
  container: string | undefined,
): string | undefined {
  const { reason } = incident;
  const conditions = [owner, node, pod].flatMap((object) => object?.conditions ?? []);
  const matching = conditions.filter((one) => one.reason === reason || one.type === reason);
  // A node that does not answer gives the same reason for all of its conditions.
  const condition = matching.find(({ type }) => telling.has(type)) ?? matching[0];
  if (condition !== undefined) return conditionWords(condition, reason);
  if (pod?.reason === reason && pod.message !== undefined) return `${code(reason)}${said(pod.message)}`;
  const event = events.find((one) => one.reason === reason && mayConcern(one, container));
  if (event === undefined) return undefined;
  const often = event.count > 1 ? `, reported ${event.count} times` : '';
  return `${code(reason)}${often}${said(event.message)}`;
}

type Condition = Environment['owner']['conditions'][number];

function conditionWords({ type, status, message, lastTransitionTime }: Condition, reason: string): string {
  const since = timeOf(lastTransitionTime);
  const when = since === undefined ? '' : ` since ${sayTime(since)}`;
  const because = reason === type ? '' : `, reason ${code(reason)}`;
  // That the rollout "has timed out progressing" says the reason once more.
  const words = reason === 'ProgressDeadlineExceeded' ? '' : said(message);
  return `${code(type)} is ${code(status)}${when}${because}${words}`;
}
