import type { ContainerFacts, Environment } from '../../domain/environment.ts';
import { cutText, plainLine, plural, sayDuration, sayExitCode } from '../../lib/text.ts';
import { shortProbe, unwrap } from '../../lib/unwrap.ts';
import { beyondAllNodes } from './hints/scheduling.ts';
import {
  crashingContainers,
  failingContainer,
  failureOf,
  lastEnd,
  plainName,
  probeReport,
  readinessOf,
  stoppedBy,
  unreadyWords,
} from './containers.ts';
import { errorLine } from '../../lib/telling-line.ts';
import type { Story } from './story.ts';

/** Longest quotation within the cause: after it still comes what the revisions do. */
const MAX_QUOTE = 300;

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

function crashCause({ environment, container: name }: Story): string | undefined {
  const container = failingContainer(environment, name);
  if (container === undefined) return undefined;
  const crashing = crashingContainers(environment);
  if (crashing.length > 1) return severalCause(crashing, environment.containers.length);
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
  if (said === undefined || !PROBE_FAILED.test(said)) return undefined;
  const code = sayExitCode(lastEnd(container)?.exitCode ?? 0);
  return `${plainName(container)} is restarted by the kubelet (exit code ${code}): ${quoted(said.trim().replace(/:$/, ''))}`;
}

const PROBE_FAILED = /^(?:Liveness|Startup) probe failed/;

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
  const end = endWords(container, ended);
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

function endWords(container: ContainerFacts, { exitCode, reason }: Termination): string {
  const how = reason === undefined ? '' : ` (${reason})`;
  return `${plainName(container)} exits with code ${sayExitCode(exitCode)}${how}`;
}

type Termination = NonNullable<ReturnType<typeof lastEnd>>;

/** Comes before a line of the log: what is told without logs ends here. */
export const LOG_SAYS = '; log says: ';

/** With the line of its log that tells of an error. */
function withLog(cause: string, { environment, container: name }: Story): string {
  const container = failingContainer(environment, name);
  const log = environment.logs.find((one) => one.container === container?.name);
  const line = errorLine(log?.lines ?? []);
  return line === undefined ? cause : `${cause}${LOG_SAYS}${cutText(plainLine(line), MAX_QUOTE)}`;
}

function severalCause(crashing: readonly ContainerFacts[], all: number): string {
  const ends = crashing.map((container) => {
    const { exitCode = 0, reason } = lastEnd(container) ?? {};
    return reason === 'OOMKilled' ? 'OOMKilled' : `exit code ${sayExitCode(exitCode)}`;
  });
  const distinct = [...new Set(ends)];
  const how = distinct.length === 1 ? `all with ${distinct[0] ?? ''}` : `with ${distinct.join(', ')}`;
  return `${crashing.length} of ${all} containers crash, ${how}`;
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

/** What the newest pods wait for, and what the revisions do meanwhile; undefined where no pod shows it. */
function rolloutCause(environment: Environment): string | undefined {
  const why = podReason(environment);
  if (why === undefined) return undefined;
  const progress = progressWords(environment);
  return progress === undefined ? why : `${why} (${progress})`;
}

/** `0 of 1 updated replicas ready; revision 6 serves 3 of 3` */
function progressWords({ owner, rollout }: Environment): string | undefined {
  const { revisions = [] } = rollout ?? {};
  const current = revisions.find(({ isCurrent }) => isCurrent);
  if (current?.ready === undefined) return undefined;
  const { wanted = 0, pods = 0, ready } = current;
  const updated = `${ready} of ${Math.max(wanted, pods)} updated replicas ready`;
  const old = servingRevision(revisions);
  if (old === undefined) return updated;
  return `${updated}; revision ${old.revision} serves ${old.ready} of ${owner.replicas?.wanted ?? old.ready}`;
}

type Revision = NonNullable<NonNullable<Environment['rollout']>['revisions']>[number];

/** The revision before, or one before that, which still has ready pods. */
export function servingRevision(
  revisions: readonly Revision[],
): (Revision & { readonly ready: number }) | undefined {
  return revisions.flatMap(({ ready = 0, ...more }) =>
    !more.isCurrent && ready > 0 ? { ...more, ready } : [],
  )[0];
}

/** Why the pod of a rollout is not ready, in its own words: a rule of the rollout, the gate, the node, the container, the probe. */
function podReason(environment: Environment): string | undefined {
  const { pod } = environment;
  const rule = ruleReason(environment);
  if (rule !== undefined || pod === undefined) return rule;
  const placed = pod.conditions.find(({ type }) => type === 'PodScheduled');
  if (placed?.status === 'False') return `a pod has no node: ${quoted(placed.message ?? placed.reason)}`;
  const readiness = readinessOf(environment);
  if (readiness?.reason === 'ReadinessGatesNotReady')
    return `a pod waits for its readiness gate: ${quoted(readiness.message)}`;
  const container = failingContainer(environment, undefined);
  return container === undefined ? undefined : containerReason(environment, container);
}

function ruleReason({ rollout }: Environment): string | undefined {
  if (rollout?.paused === true) return 'the rollout is paused';
  return rollout?.strategy?.startsWith('OnDelete') === true
    ? 'the update strategy is OnDelete: a pod is updated when somebody deletes it'
    : undefined;
}

function containerReason(environment: Environment, container: ContainerFacts): string | undefined {
  const { state } = container;
  const name = plainName(container);
  const ended = lastEnd(container);
  if (ended !== undefined && ended.exitCode !== 0) return endWords(container, ended);
  if (state.waiting?.reason !== undefined)
    return `${name} waits, ${state.waiting.reason}: ${quoted(state.waiting.message)}`;
  if (state.running === undefined || container.ready !== false) return undefined;
  const probe = probeReport(environment, container.name);
  return probe === undefined
    ? `${name} runs and ${unreadyWords(container)}`
    : `${name} is not ready: ${quoted(probe.message)}`;
}

function quoted(text: string | undefined): string {
  return text === undefined ? 'no reason given' : cutText(unwrap(plainLine(text)), MAX_QUOTE);
}
