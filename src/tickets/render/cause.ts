import type { ContainerFacts, Environment } from '../../domain/environment.ts';
import { cutText, plainLine, plural, sayDuration, sayExitCode } from '../../lib/text.ts';
import { errorLine } from '../../lib/telling-line.ts';
import { MAX_QUOTE, quoted, sayProbeStop, shortProbe } from '../../lib/unwrap.ts';
import { beyondAllNodes } from './hints/scheduling.ts';
import { rolloutCause } from './rollout.ts';
import {
  crashingContainers,
  failingContainer,
  failureOf,
  lastEnd,
  plainName,
  sayEnd,
  stoppedBy,
} from './containers.ts';
import type { Story } from './story.ts';

/**
 * What fails and why, as one line of plain text: subject and heading have it. A signal knows one object at the moment it was looked at;
 * where the evidence tells more, it speaks: the limit that was exceeded, how many containers say the same, what a rollout waits for.
 */
export function causeOf(story: Story): string {
  const { trigger, message, environment } = story;
  if (trigger !== 'automatic') return message;
  return shortProbe(causes.get(environment.incident.class)?.(story) ?? message);
}

/** By class, where the evidence may tell more than the signal; undefined where it does not. */
const causes: ReadonlyMap<string, (story: Story) => string | undefined> = new Map([
  ['crash', (story) => withLog(crashCause(story) ?? story.message, story)],
  ['probe', (story) => withLog(story.message, story)],
  ['scheduling', ({ environment }) => schedulingCause(environment)],
  ['storage', ({ environment }) => claimCause(environment)],
  ['job', (story) => deadlineCause(story.environment) ?? jobCause(story)],
  ['rollout', ({ environment }) => rolloutCause(environment)],
  ['terminating', ({ environment, message }) => remainderCause(environment, message)],
]);

function crashCause(story: Story): string | undefined {
  const { environment, container: name } = story;
  const container = failingContainer(environment, name);
  if (container === undefined) return undefined;
  const together = crashingTogether(story);
  if (together.length > 1) return severalCause(together, environment.containers.length);
  const stopped = stopWords(container, environment);
  if (stopped !== undefined) return stopped;
  return lastEnd(container)?.reason === 'OOMKilled' ? memoryCause(container, environment) : undefined;
}

/** The Event of the probe may come after the signal: then the signal says the exit code alone, which is the kubelet's doing. */
function stopWords(container: ContainerFacts, environment: Environment): string | undefined {
  const probe = stoppedBy(environment, container);
  const said =
    probe === undefined || probe === 'postStart'
      ? undefined
      : failureOf(environment, container.name, probe)?.message;
  const stop = sayProbeStop(said ?? '', lastEnd(container)?.exitCode ?? 0, quoted);
  return stop && `${plainName(container)} ${stop}`;
}

/** The scheduler counts nodes by what they lack now; that none could ever take the pod it does not say. Another one has words of its own. */
function schedulingCause({ scheduling, incident, events }: Environment): string | undefined {
  if (incident.reason === 'Pending') {
    const said = events.find(({ reason }) => reason === 'FailedScheduling');
    return said && `the scheduler has not placed the pod: ${quoted(said.message)}`;
  }
  if (incident.reason !== 'Unschedulable') return undefined;
  const beyond = beyondAllNodes(scheduling);
  return beyond === undefined ? undefined : `no node can ever take the pod: it requests ${beyond}`;
}

/** The scheduler only says that a claim is not bound; what it lacks stands in the claim. */
function claimCause({ storage }: Environment): string | undefined {
  const missing = storage?.claims.find(({ phase }) => phase === 'NotFound');
  if (missing !== undefined) return `claim ${missing.name} does not exist`;
  const unserved = storage?.claims.find(({ phase, storageClass = '' }) => {
    const known = storage.classes.find(({ name }) => name === storageClass);
    return phase === 'Pending' && known !== undefined && known.provisioner === undefined;
  });
  return unserved === undefined
    ? undefined
    : `claim ${unserved.name} wants storage class ${unserved.storageClass ?? ''}, which does not exist`;
}

/** How the namespace controller begins what it says of the rest. */
const LEFT_OVER = /^Some [\w ]+ remaining: /;

/** What is left of a namespace that was deleted stands in its conditions, the finalizers last. */
function remainderCause({ owner }: Environment, message: string): string | undefined {
  const left = owner.kind === 'Namespace' ? owner.conditions.filter(({ status }) => status === 'True') : [];
  const words = left.flatMap(({ message: one }) => one ?? []).at(-1);
  return words === undefined ? undefined : `${message}: ${quoted(words.replace(LEFT_OVER, ''))}`;
}

/** That a Job "has failed as often as it may" is no cause: the end of its pods is. Of what its rules have ended, the rule is the cause. */
function jobCause(story: Story): string | undefined {
  const { environment, message } = story;
  const { owner, job, incident } = environment;
  const container = failingContainer(environment, story.container);
  const ended = container === undefined ? undefined : lastEnd(container);
  if (container === undefined || ended === undefined || ended.exitCode === 0) return undefined;
  const end = sayEnd(container, ended);
  if (owner.kind === 'CronJob') return withLog(`${message}: ${end}`, story);
  const after = isByExitCode(incident.reason, message) ? BY_POLICY : attempts.get(incident.reason);
  return after === undefined
    ? undefined
    : withLog(`${end}, ${plural(job?.failed ?? 1, 'pod')} ${after}`, story);
}

/** The controller says no more than that it was active for longer than its deadline. */
function deadlineCause({ owner, incident, job }: Environment): string | undefined {
  const isMeant = owner.kind === 'Job' && incident.reason === 'DeadlineExceeded';
  if (!isMeant || job?.activeDeadlineSeconds === undefined) return undefined;
  const done = `${job.succeeded} of ${plural(job.completions ?? 1, 'completion')}`;
  return `the Job was not done within its deadline of ${sayDuration(job.activeDeadlineSeconds * 1_000)}: ${done}`;
}

/** What comes of so many failed pods, by the reasons that count them. */
const attempts: ReadonlyMap<string, string> = new Map([
  ['BackoffLimitExceeded', 'failed and it is not tried again'],
  ['MaxFailedIndexesExceeded', 'failed and it is not tried again'],
  ['FailedIndexes', 'failed and their indexes are not tried again'],
  ['PodsFail', 'failed so far'],
]);

const BY_POLICY = 'failed, which its pod failure policy takes for the end of the Job';

/** A pod failure policy looks at exit codes, or at conditions of the pod: of those the end of a container says nothing. */
function isByExitCode(reason: string, message: string): boolean {
  return reason === 'PodFailurePolicy' && message.includes(' failed with exit code ');
}

/** Comes before a line of the log: what is told without logs ends here. */
export const LOG_SAYS = /; log (?:of \S+ )?says: /;

/** With the line of its log that tells of an error, and whose log it is where several are named. */
function withLog(cause: string, story: Story): string {
  const { environment, container: name } = story;
  const container = failingContainer(environment, name);
  const log = environment.logs.find((one) => one.container === container?.name);
  const line = errorLine(log?.lines ?? []);
  if (line === undefined) return cause;
  const isOneOfSome =
    environment.incident.class === 'crash' &&
    environment.containers.length <= MAX_NAMED &&
    crashingTogether(story).length > 1;
  const whose = isOneOfSome ? ` of ${container?.name ?? ''}` : '';
  return `${cause}; log${whose} says: ${cutText(plainLine(line), MAX_QUOTE)}`;
}

/** Of a pod with more containers those that crash are counted in the cause, and not named. */
const MAX_NAMED = 4;

/** The containers that crash, first the one that the ticket is about, as the others may wait for it; none where that one does not crash. */
function crashingTogether({ environment, container: name }: Story): readonly ContainerFacts[] {
  const first = failingContainer(environment, name);
  const crashing = crashingContainers(environment);
  if (first === undefined || !crashing.includes(first)) return [];
  return [first, ...crashing.filter((container) => container !== first)];
}

/** `container a and container b crash, both with exit code 1`; `container a (exit code 1) and container b (OOMKilled) crash` */
function severalCause(crashing: readonly ContainerFacts[], all: number): string {
  const ends = crashing.map(sayShortEnd);
  const distinct = [...new Set(ends)];
  const isSame = distinct.length === 1;
  if (all > MAX_NAMED)
    return `${crashing.length} of ${all} containers crash, ${isSame ? 'all ' : ''}with ${distinct.join(', ')}`;
  const names = crashing.map((one, at) =>
    isSame ? plainName(one) : `${plainName(one)} (${ends[at] ?? ''})`,
  );
  const listed = `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''} crash`;
  return isSame ? `${listed}, ${names.length === 2 ? 'both' : 'all'} with ${distinct[0] ?? ''}` : listed;
}

function sayShortEnd(container: ContainerFacts): string {
  const { exitCode = 0, reason } = lastEnd(container) ?? {};
  return reason === 'OOMKilled' ? 'OOMKilled' : `exit code ${sayExitCode(exitCode)}`;
}

/** Without any limit the kernel kills when the machine has no memory left; within a limit only then. */
function memoryCause(container: ContainerFacts, { pod }: Environment): string {
  const code = sayExitCode(lastEnd(container)?.exitCode ?? 137);
  const [own, shared] = [container.resources.limits['memory'], pod?.resources?.limits['memory']];
  const why =
    own === undefined
      ? shared === undefined
        ? 'as its node ran out of memory: it has no memory limit'
        : `as its pod exceeded the memory limit of ${shared}`
      : `for exceeding its memory limit of ${own}`;
  return `${plainName(container)} is killed ${why} (OOMKilled, exit code ${code})`;
}
