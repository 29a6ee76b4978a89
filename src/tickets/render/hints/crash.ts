import type { ContainerFacts, Environment } from '../../../domain/environment.ts';
import { failingContainer, lastEnd, stoppedBy, type StopCause } from '../containers.ts';
import { shellWord } from '../markdown.ts';
import type { ShellNames } from '../names.ts';
import { type Commands, type Hint, nodeAndPods, together } from './class-text.ts';

/** What exit codes usually mean where nothing gives a better reason. 128 and more are signals. */
const exitHints: Readonly<Record<number, string>> = {
  0: 'It ends without an error. Either its command does not stay in the foreground, or this work belongs in a Job.',
  126: 'The command is there but may not be run: look at its file mode and at the security context.',
  127: 'The command was not found: look at command, arguments and PATH in the image.',
  128: 'The container could not be started at all: look at its command.',
  132: 'The program used an instruction that this processor does not have (SIGILL): was it built for another kind of machine?',
  134: 'The program ended itself (SIGABRT), mostly after a failed check of its own: the log says which.',
  135: 'The program crashed in its own memory (SIGBUS): look at files it maps, at /dev/shm, and at a full disk.',
  137: 'It was ended by SIGKILL, and neither the memory limit nor a probe is named: look for a stop that took longer than its grace period, for the memory of the node, and for a program that kills it from within.',
  139: 'The program crashed in its own memory (SIGSEGV): look at the binary and its native libraries first.',
  143: 'SIGTERM asked it to stop, and no probe is named: look for what stops it from within, a supervisor or a script, and at what happened to the node.',
};

const stopHints: Readonly<Record<StopCause, string>> = {
  postStart:
    'The kubelet stops the container because its postStart hook fails; the program itself did not fail. Look at the command of the hook, and at whether it needs something that the program has not opened yet. The kubelet does not show what the hook printed: run its command in the container.',
  liveness:
    'The kubelet restarts it because its liveness probe fails: it is the probe that ends it, not an error of its own. Look at whether the program hangs, and at whether the probe asks too early or waits too short.',
  startup:
    'The kubelet restarts it because its startup probe fails: it is not up within the time of the probe, which is period times failures. Look at what the start waits for, or give it more time.',
};

const OOM_WITH_LIMIT =
  'It needed more memory than its limit. Compare the limit with its usual use, then raise it or look for what grows.';
const OOM_WITHOUT_LIMIT =
  'It has no memory limit, so the node itself ran out of memory: look at what else runs there and uses more than it requests, and give this container a limit of its own.';
const OOM_OF_POD =
  'The containers of the pod together needed more memory than the limit of the pod: look at which of them grows, and compare the limit with their usual use.';
const LOST =
  'The node lost track of this run, mostly because it was restarted itself: the exit code says nothing.';

const roleHints: Readonly<Record<ContainerFacts['role'], string>> = {
  app: '',
  init: 'The containers of the pod do not start before it has succeeded.',
  sidecar: 'While a sidecar is down, its pod is not ready.',
  ephemeral: '',
};

/** Why containers end, by reason, probe and exit code, in this order: what is surest first. */
export const crashHint: Hint = ({ environment, container }) =>
  container === undefined
    ? undefined
    : together([endHint(environment, container), roleHints[container.role]]);

/** The same without what it means to the rest of the pod. */
export function endHint(environment: Environment, container: ContainerFacts): string | undefined {
  const ended = lastEnd(container);
  if (ended === undefined) return undefined;
  if (ended.reason === 'OOMKilled') return memoryHint(environment, container);
  if (ended.reason === 'ContainerStatusUnknown') return LOST;
  const probe = stoppedBy(environment, container);
  return probe === undefined ? exitHints[ended.exitCode] : stopHints[probe];
}

function memoryHint({ pod }: Environment, { resources }: ContainerFacts): string {
  if (resources.limits['memory'] !== undefined) return OOM_WITH_LIMIT;
  return pod?.resources?.limits['memory'] === undefined ? OOM_WITHOUT_LIMIT : OOM_OF_POD;
}

/** Which memory a container has used is only seen while it runs. */
function memoryCommands({ kubectl, podName }: ShellNames): readonly string[] {
  // The one command that takes `pod x` and not `pod/x`.
  return podName === undefined ? [] : [`${kubectl} top pod ${shellWord(podName)} --containers`];
}

/** Reads the use of memory where that was the end. */
export const crashCommands: Commands = (names, story) => {
  const { incident, pod } = story.environment;
  if (incident.reason !== 'OOMKilled') return [];
  const container = failingContainer(story.environment, story.container);
  const hasLimit = [container, pod].some((one) => one?.resources?.limits['memory'] !== undefined);
  // Without a limit it was the node that had no memory left: who has taken it?
  return hasLimit ? memoryCommands(names) : [...memoryCommands(names), ...nodeAndPods(names, story)];
};
