import type { ContainerFacts, Environment } from '../../domain/environment.ts';
import { lastEnd } from './containers.ts';

/** Where the search usually ends, by class. */
const classHints: ReadonlyMap<string, string> = new Map(
  Object.entries({
    node: 'Look at the kubelet and at the machine itself. By default, pods with a controller are replaced elsewhere after 5 minutes.',
    storage:
      'Look at the claim and its events, then at the storage class, the CSI driver and where the volume is attached.',
    create:
      'The pods are refused before they exist: look at quota, admission webhooks, Pod Security and the service account.',
    image:
      'Check the name and the tag of the image, then the pull secret, then the way from the node to the registry.',
    config:
      'Something that the spec names is missing or cannot be used: a Secret, a ConfigMap, a key, a command, a user.',
    scheduling:
      'Compare requests, node selector, affinity and tolerations of the pod with what the nodes have free.',
    job: 'It is not tried again by itself: mend the cause, then run it anew.',
    start: 'Before the containers come sandbox, network and volumes: the events say which of them fails.',
    probe: 'It runs and gets no traffic. Look at what the probe asks, and at what the container waits for.',
    rollout:
      'The pods of the revision before may still serve. What keeps the newest pods from getting ready stops the rollout.',
    eviction: 'The node was short of something. Compare what the pod uses with what it requests.',
    terminating: 'Usually a finalizer that nobody takes away, or a node that does not answer.',
  }),
);

const CRON_JOB_HINT =
  'Each run begins anew: until the cause is mended, the next one will most likely fail the same way.';

/** What exit codes usually mean where the kubelet gives no better reason. 128 and more are signals. */
const exitHints: Readonly<Record<number, string>> = {
  0: 'It ends without an error. Either its command does not stay in the foreground, or this work belongs in a Job.',
  126: 'The command is there but may not be run: look at its file mode and at the security context.',
  127: 'The command was not found: look at command, arguments and PATH in the image.',
  128: 'The container could not be started at all: look at its command.',
  134: 'The program ended itself (SIGABRT), mostly after a failed check of its own: the log says which.',
  137: 'SIGKILL without OOMKilled: mostly a failed liveness probe, or a stop that took longer than its grace period.',
  139: 'The program crashed in its own memory (SIGSEGV): look at the binary and its native libraries first.',
  143: 'SIGTERM: something asked it to stop, mostly a failed liveness probe. The events say what.',
};

const OOM_WITH_LIMIT =
  'It needed more memory than its limit. Compare the limit with its usual use, then raise it or look for what grows.';
const OOM_WITHOUT_LIMIT =
  'It has no memory limit, so the node itself ran out of memory: look at what else runs there.';

const roleHints: Readonly<Record<ContainerFacts['role'], string>> = {
  app: '',
  init: 'The containers of the pod do not start before it has succeeded.',
  sidecar: 'The pod is not ready without it.',
  ephemeral: '',
};

/** Sentences of ours on where to look first; undefined where there is nothing to say beyond the facts. */
export function hintFor(environment: Environment, container: ContainerFacts | undefined): string | undefined {
  const { incident, owner } = environment;
  if (owner.kind === 'CronJob') return CRON_JOB_HINT;
  if (incident.class !== 'crash') return classHints.get(incident.class);
  if (container === undefined) return undefined;
  const sentences = [exitHint(container) ?? '', roleHints[container.role]].filter((words) => words !== '');
  return sentences.length === 0 ? undefined : sentences.join(' ');
}

function exitHint(container: ContainerFacts): string | undefined {
  const ended = lastEnd(container);
  if (ended === undefined) return undefined;
  if (ended.reason !== 'OOMKilled') return exitHints[ended.exitCode];
  return container.resources.limits['memory'] === undefined ? OOM_WITHOUT_LIMIT : OOM_WITH_LIMIT;
}
