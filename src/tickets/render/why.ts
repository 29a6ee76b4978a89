import type { ContainerFacts, Environment } from '../../domain/environment.ts';
import { plural, sayDuration, sayTime } from '../../lib/text.ts';
import { failingContainer, lastEnd, nameContainer } from './containers.ts';
import { code } from './markdown.ts';
import type { Story } from './story.ts';
import { timeOf } from './times.ts';

const MAX_MESSAGE = 600;

/** Classes that a container's own state explains. */
const containerClasses = new Set(['crash', 'image', 'config', 'manual']);

/** Why it fails, in the cluster's own words: how the container ended or why it waits, else a condition or an Event. */
export function whyLines(story: Story): readonly string[] {
  const { environment } = story;
  const container = failingContainer(environment, story.container);
  const ofContainer = container === undefined ? [] : containerLine(container);
  if (
    story.trigger === 'manual' ||
    (containerClasses.has(environment.incident.class) && ofContainer.length > 0)
  )
    return ofContainer;
  return [`**Why**: ${reportWords(environment)}`, ...ofContainer];
}

function containerLine(container: ContainerFacts): readonly string[] {
  const label = `**Why**: ${nameContainer(container)}`;
  const { waiting } = container.state;
  const ended = lastEnd(container);
  if (ended !== undefined && ended.exitCode !== 0)
    return [`${label} ended with ${endWords(container, ended)}`];
  if (waiting?.reason !== undefined && waiting.reason !== 'CrashLoopBackOff')
    return [`${label} waits, reason ${code(waiting.reason)}${said(waiting.message)}`];
  if (ended !== undefined) return [`${label} ended with ${endWords(container, ended)}`];
  const runningSince = timeOf(container.state.running?.startedAt);
  if (runningSince === undefined || container.ready !== false) return [];
  return [`${label} runs since ${sayTime(runningSince)} and is not ready`];
}

type Termination = NonNullable<ContainerFacts['state']['terminated']>;

function endWords(container: ContainerFacts, ended: Termination): string {
  const parts = [`exit code ${code(String(ended.exitCode))}`];
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
  return message === undefined || message.trim() === '' ? '' : `: ${code(message, MAX_MESSAGE)}`;
}

/** The condition or Event that carries the incident's reason. */
function reportWords(environment: Environment): string {
  const { reason } = environment.incident;
  const conditions = [environment.owner, environment.node, environment.pod].flatMap(
    (object) => object?.conditions ?? [],
  );
  const condition = conditions.find((one) => one.reason === reason || one.type === reason);
  if (condition !== undefined) {
    const since = timeOf(condition.lastTransitionTime);
    const when = since === undefined ? '' : ` since ${sayTime(since)}`;
    return `${code(condition.type)} is ${code(condition.status)}${when}, reason ${code(reason)}${said(condition.message)}`;
  }
  const event = environment.events.find((one) => one.reason === reason);
  if (event !== undefined)
    return `${code(reason)}, reported ${plural(event.count, 'time')}${said(event.message)}`;
  const { pod } = environment;
  return `reason ${code(reason)}${pod?.reason === reason ? said(pod.message) : ''}`;
}
