import type { OwnerFacts } from '../../domain/environment.ts';
import { UNNAMED } from '../../domain/failure.ts';
import { classCommands } from './hints/index.ts';
import { failingContainer, hasNotBegun, lastEnd } from './containers.ts';
import { shellWord } from './markdown.ts';
import { type ShellNames, namesOf } from './names.ts';
import type { Story } from './story.ts';

/** Kinds that `kubectl rollout` knows. */
const rolloutKinds = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/** Commands that read, most useful first. Copied as they stand, so every word is quoted where needed. */
export function commands(story: Story): readonly string[] {
  const { owner } = story.environment;
  const names = namesOf(story.environment, typeWord(owner));
  const all = [
    ...logCommands(story, names),
    ...(names.pod === undefined ? [] : [`${names.kubectl} describe ${names.pod}`]),
    ...(byKind.get(owner.kind) ?? describeOwner)(names),
    ...classCommands(names, story),
    ...(rolloutKinds.has(owner.kind) ? [`${names.kubectl} rollout history ${names.owner}`] : []),
  ];
  return [...new Set(all)];
}

/** Groups of which kubectl knows the kinds by their short names. */
const builtInGroups = new Set(['', 'apps', 'batch', 'autoscaling']);

/** `deployment`; a custom kind in full, `Rollout.v1alpha1.argoproj.io`, as other groups may have the same kind. */
export function typeWord({ apiVersion, kind }: OwnerFacts): string {
  const [version = '', group = ''] = apiVersion.split('/').toReversed();
  return builtInGroups.has(group) ? kind.toLowerCase() : `${kind}.${version}.${group}`;
}

function logCommands(story: Story, { kubectl, pod }: ShellNames): readonly string[] {
  const container = failingContainer(story.environment, story.container);
  if (pod === undefined || container === undefined) return [];
  // The kubelet removes the logs together with what it evicts.
  if (story.environment.pod?.reason === 'Evicted') return [];
  const hasEnded = lastEnd(container) !== undefined && !hasNotBegun(container);
  const hasRun = hasEnded || container.state.running !== undefined;
  if (!hasRun) return [];
  const logs = `${kubectl} logs ${pod} -c ${shellWord(container.name)} --tail=100`;
  // While the container is terminated, before its next start, the last run is the current one; kubelet 1.36 then knows no previous one.
  return [container.restartCount > 0 ? `${logs} --previous || ${logs}` : logs];
}

type Commands = (names: ShellNames) => readonly string[];

/** All pods that should be ready and are not. By phase one would miss every crash loop, as its pods are Running. */
export const NOT_READY = `kubectl get pods -A -o wide | awk 'NR == 1 || ($4 != "Completed" && split($3, n, "/") == 2 && n[1] != n[2])'`;

/** What is missing cannot be described: what there is instead, and what it may have been called. */
function listing(type: string): Commands {
  return ({ kubectl }) => [`${kubectl} get ${type}`];
}

const describeOwner: Commands = ({ kubectl, owner }) => [`${kubectl} describe ${owner}`];
const aboutNodes: Commands = () => [
  'kubectl describe nodes',
  'kubectl get pods -A -o wide --field-selector status.phase=Pending',
];
const aboutNode = (name: string): readonly string[] => [
  `kubectl describe ${shellWord(`node/${name}`)}`,
  `kubectl get pods -A -o wide --field-selector ${shellWord(`spec.nodeName=${name}`)}`,
];
const aboutOwnNode: Commands = ({ ownerName }) => aboutNode(ownerName);
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
  ['Node', aboutOwnNode],
  ['NodeNetwork', aboutOwnNode],
  ['NodeDisk', aboutOwnNode],
  ['NodeRuntime', aboutOwnNode],
  ['NodeVolumes', aboutOwnNode],
  ['SameMessage', ({ nodeName }) => (nodeName === undefined ? [NOT_READY] : aboutNode(nodeName))],
  ['NameServer', () => ['kubectl get nodes -o wide', NOT_READY]],
  ['NodeTaint', aboutNodes],
  ['NodeCapacity', aboutNodes],
  [
    'NetworkPlugin',
    () => ['kubectl get nodes -o wide', 'kubectl get pods -n kube-system -o wide', NOT_READY],
  ],
  [
    'CSIDriver',
    // One that does not answer is not named.
    ({ ownerName }) => [
      ownerName === UNNAMED
        ? 'kubectl get volumeattachments'
        : `kubectl get csinodes -o yaml | grep -B 3 ${shellWord(ownerName)}`,
      NOT_READY,
    ],
  ],
  ['InjectedContainer', () => [NOT_READY, 'kubectl get events -A --sort-by=.lastTimestamp']],
  ['FileServer', ({ ownerName }) => [`kubectl get pv -o yaml | grep -B 3 ${shellWord(ownerName)}`]],
  ['SecretProviderClass', listing('secretproviderclasses')],
  ['Cluster', () => ['kubectl get nodes', NOT_READY, 'kubectl get events -A --sort-by=.lastTimestamp']],
  [
    'NodeGroup',
    () => [
      'kubectl get nodes -o wide -L topology.kubernetes.io/zone',
      'kubectl get pods -n kube-system -o wide',
      'kubectl get events -A --field-selector involvedObject.kind=Node --sort-by=.lastTimestamp',
    ],
  ],
  ['Webhook', () => ['kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations', NOT_READY]],
  ['Secret', listing('secrets')],
  ['ConfigMap', listing('configmaps')],
  ['ServiceAccount', listing('serviceaccounts')],
  ['PriorityClass', () => ['kubectl get priorityclasses']],
  ['RuntimeClass', () => ['kubectl get runtimeclasses']],
  ['RuntimeHandler', () => ['kubectl get runtimeclasses', 'kubectl get nodes -o wide']],
  ['StorageClass', () => ['kubectl get storageclasses']],
  ['APIService', ({ ownerName }) => [`kubectl get apiservices | grep ${shellWord(ownerName)}`, NOT_READY]],
  ['Leftovers', () => ['kubectl get jobs -A --field-selector status.successful=0']],
  ['Registry', () => ['kubectl get pods -A -o wide --field-selector status.phase=Pending']],
  [
    'Namespace',
    ({ kubectl, owner }) => [
      `kubectl get ${owner} -o yaml`,
      `${kubectl} get pods`,
      `${kubectl} get events --sort-by=.lastTimestamp`,
    ],
  ],
]);
