import { HOUR } from '../../domain/clock.ts';
import type { Environment, OwnerFacts } from '../../domain/environment.ts';
import { failedAt } from './changes.ts';
import { failingContainer, lastEnd } from './containers.ts';
import { shellWord } from './markdown.ts';
import type { Story } from './story.ts';
import { timeOf } from './times.ts';

/** Kinds that `kubectl rollout` knows. */
const rolloutKinds = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/** What the commands of a ticket speak of, each a word for the shell. */
interface Names {
  /** `kubectl`, with the namespace where there is one. */
  readonly kubectl: string;
  readonly owner: string;
  /** This and the name of the pod as they are: to be made words together with what they are used in. */
  readonly ownerName: string;
  readonly pod: string | undefined;
  readonly podName: string | undefined;
  readonly node: string | undefined;
}

/** Commands that read, most useful first. Copied as they stand, so every word is quoted where needed. */
export function commands(story: Story): readonly string[] {
  const names = namesOf(story.environment);
  const { owner, incident } = story.environment;
  return [
    ...logCommands(story, names),
    ...(names.pod === undefined ? [] : [`${names.kubectl} describe ${names.pod}`]),
    ...(byKind.get(owner.kind) ?? describeOwner)(names),
    ...(byClass.get(incident.class)?.(names) ?? []),
    ...(incident.reason === 'OOMKilled' ? memoryCommands(names) : []),
    ...(rolloutKinds.has(owner.kind) ? [`${names.kubectl} rollout history ${names.owner}`] : []),
  ];
}

/** A change that has worked for longer is not to blame. */
const SUSPECT_MS = 7 * 24 * HOUR;

/** The command that goes back to the revision before, for what fails, has one, and was changed not long before. */
export function undoCommand(story: Story): string | undefined {
  const { environment, trigger } = story;
  const { owner, rollout } = environment;
  if (trigger === 'manual' || !rolloutKinds.has(owner.kind)) return undefined;
  if (rollout?.previousRevision === undefined) return undefined;
  const changedAt = timeOf(rollout.changedAt);
  if (changedAt !== undefined && failedAt(story) - changedAt > SUSPECT_MS) return undefined;
  const names = namesOf(environment);
  const revision = shellWord(rollout.previousRevision);
  return `${names.kubectl} rollout undo ${names.owner} --to-revision=${revision}`;
}

function namesOf({ owner, pod, node }: Environment): Names {
  const namespace = owner.kind === 'Namespace' ? owner.name : owner.namespace;
  const nodeName = node?.name ?? pod?.nodeName;
  return {
    kubectl: namespace === '' ? 'kubectl' : `kubectl -n ${shellWord(namespace)}`,
    owner: shellWord(`${typeWord(owner)}/${owner.name}`),
    ownerName: owner.name,
    podName: pod?.name,
    pod: pod === undefined ? undefined : shellWord(`pod/${pod.name}`),
    node: nodeName === undefined ? undefined : shellWord(`node/${nodeName}`),
  };
}

/** Groups of which kubectl knows the kinds by their short names. */
const builtInGroups = new Set(['', 'apps', 'batch', 'autoscaling']);

/** `deployment`; a custom kind in full, `Rollout.v1alpha1.argoproj.io`, as other groups may have the same kind. */
function typeWord({ apiVersion, kind }: OwnerFacts): string {
  const [version = '', group = ''] = apiVersion.split('/').toReversed();
  return builtInGroups.has(group) ? kind.toLowerCase() : `${kind}.${version}.${group}`;
}

function logCommands(story: Story, { kubectl, pod }: Names): readonly string[] {
  const container = failingContainer(story.environment, story.container);
  if (pod === undefined || container === undefined) return [];
  // The kubelet removes the logs together with what it evicts.
  if (story.environment.pod?.reason === 'Evicted') return [];
  const hasRun = lastEnd(container) !== undefined || container.state.running !== undefined;
  if (!hasRun) return [];
  const previous = container.restartCount > 0 ? ' --previous' : '';
  return [`${kubectl} logs ${pod} -c ${shellWord(container.name)} --tail=100${previous}`];
}

type Commands = (names: Names) => readonly string[];

const describeOwner: Commands = ({ kubectl, owner }) => [`${kubectl} describe ${owner}`];
const describeNode: Commands = ({ node }) => (node === undefined ? [] : [`kubectl describe ${node}`]);
/** The one command that takes `pod x` and not `pod/x`. */
const memoryCommands: Commands = ({ kubectl, podName }) =>
  podName === undefined ? [] : [`${kubectl} top pod ${shellWord(podName)} --containers`];

const byKind = new Map<string, Commands>([
  // Described as the pod already.
  ['Pod', ({ kubectl, pod, owner }) => (pod === undefined ? [`${kubectl} describe ${owner}`] : [])],
  [
    'Job',
    (names) => [
      ...describeOwner(names),
      `${names.kubectl} get pods -l ${shellWord(`job-name=${names.ownerName}`)}`,
    ],
  ],
  [
    'CronJob',
    (names) => [...describeOwner(names), `${names.kubectl} get jobs --sort-by=.metadata.creationTimestamp`],
  ],
  [
    'Node',
    (names) => [
      ...describeOwner(names),
      `kubectl get pods -A -o wide --field-selector ${shellWord(`spec.nodeName=${names.ownerName}`)}`,
    ],
  ],
  [
    'Namespace',
    ({ kubectl, owner }) => [
      `kubectl get ${owner} -o yaml`,
      `${kubectl} get pods`,
      `${kubectl} get events --sort-by=.lastTimestamp`,
    ],
  ],
]);

const byClass = new Map<string, Commands>([
  ['storage', ({ kubectl }) => [`${kubectl} get pvc`, 'kubectl get pv,storageclass']],
  [
    'create',
    ({ kubectl }) => [
      `${kubectl} get events --field-selector reason=FailedCreate`,
      `${kubectl} describe resourcequota,limitrange`,
    ],
  ],
  ['config', ({ kubectl }) => [`${kubectl} get secrets,configmaps`]],
  [
    'scheduling',
    () => ['kubectl get nodes -o wide', 'kubectl describe nodes | grep -A 8 "Allocated resources"'],
  ],
  ['start', describeNode],
  ['probe', ({ kubectl }) => [`${kubectl} get endpointslices`]],
  ['eviction', describeNode],
]);
