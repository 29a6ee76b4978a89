import type { Environment } from '../../domain/environment.ts';
import type { RefusalFacts } from '../../domain/surroundings.ts';
import { shellWord } from './markdown.ts';
import type { Story } from './story.ts';

/** What the commands of a ticket speak of, each a word for the shell. */
export interface Names {
  /** `kubectl`, with the namespace where there is one. */
  readonly kubectl: string;
  readonly owner: string;
  /** This and the name of the pod as they are: to be made words together with what they are used in. */
  readonly ownerName: string;
  readonly pod: string | undefined;
  readonly podName: string | undefined;
  readonly node: string | undefined;
  readonly nodeName: string | undefined;
}

type Commands = (names: Names, story: Story) => readonly string[];

/** Claims, labels and pull secrets that are asked for by name. */
const MAX_NAMED = 3;

/** What to read next, by the class of the failure and by what it shows. */
export function classCommands(names: Names, story: Story): readonly string[] {
  return byClass.get(story.environment.incident.class)?.(names, story) ?? [];
}

const describeNode: Commands = ({ node }) => (node === undefined ? [] : [`kubectl describe ${node}`]);

/** Whether only this pod is in trouble there. */
const podsOnNode: Commands = ({ nodeName }) =>
  nodeName === undefined
    ? []
    : [`kubectl get pods -A -o wide --field-selector ${shellWord(`spec.nodeName=${nodeName}`)}`];

const storageCommands: Commands = ({ kubectl }, { environment: { storage, owner } }) => {
  const { claims = [], volumes = [] } = storage ?? {};
  const known = claims.filter(({ phase }) => phase !== 'NotFound').slice(0, MAX_NAMED);
  return [
    // A claim that is the owner is described already.
    ...(owner.kind === 'PersistentVolumeClaim' ? [] : known).map(
      ({ name }) => `${kubectl} describe ${shellWord(`pvc/${name}`)}`,
    ),
    ...(known.length === claims.length && known.length > 0 ? [] : [`${kubectl} get pvc`]),
    ...volumes.slice(0, MAX_NAMED).map(({ name }) => `kubectl describe ${shellWord(`pv/${name}`)}`),
    'kubectl get storageclass',
    ...(volumes.length === 0 ? [] : ['kubectl get volumeattachments']),
  ];
};

const refusedBy: Readonly<Partial<Record<RefusalFacts['by'], Commands>>> = {
  quota: ({ kubectl }) => [`${kubectl} describe resourcequota`],
  limitRange: ({ kubectl }) => [`${kubectl} describe limitrange`],
  serviceAccount: ({ kubectl }) => [`${kubectl} get serviceaccounts`],
  priorityClass: () => ['kubectl get priorityclasses'],
  podSecurity: (_names, { environment: { owner } }) => [
    `kubectl get ${shellWord(`namespace/${owner.namespace}`)} --show-labels`,
  ],
  webhook: () => ['kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations'],
  webhookUnreachable: () => ['kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations'],
  admissionPolicy: () => ['kubectl get validatingadmissionpolicies,validatingadmissionpolicybindings'],
};

const createCommands: Commands = (names, story) => {
  const { refusal } = story.environment;
  const own = refusal === undefined ? undefined : refusedBy[refusal.by];
  return [
    `${names.kubectl} get events --field-selector reason=FailedCreate`,
    ...(own?.(names, story) ?? [`${names.kubectl} describe resourcequota,limitrange`]),
  ];
};

/** In the words of the kubelet: which object is missing, or which lacks a key. */
const MISSING = /\b(secret|configmap) "([^"]+)" not found/i;
const LACKING = /in (secret|configmap) (?:[^\s/]+\/)?([a-z0-9.-]+)/i;

const configCommands: Commands = ({ kubectl }, { message, environment }) => {
  const said = [message, ...environment.events.map((event) => event.message)].join('\n');
  const missing = MISSING.exec(said);
  if (missing !== null) return [`${kubectl} get ${(missing[1] ?? '').toLowerCase()}s`];
  const lacking = LACKING.exec(said);
  if (lacking === null) return [];
  // Of a Secret this shows keys and sizes, no values.
  return [`${kubectl} describe ${shellWord(`${(lacking[1] ?? '').toLowerCase()}/${lacking[2] ?? ''}`)}`];
};

/** The registry wants a login, or another one. */
const NO_ACCESS = /unauthorized|authoriz|authentication|denied|forbidden|refuses access/i;

const imageCommands: Commands = ({ kubectl }, { message, environment: { pod } }) => {
  if (!NO_ACCESS.test(message)) return [];
  const secrets = pod?.imagePullSecrets ?? [];
  if (secrets.length > 0)
    return secrets.slice(0, MAX_NAMED).map((name) => `${kubectl} get ${shellWord(`secret/${name}`)}`);
  const account = pod?.serviceAccountName;
  return account === undefined ? [] : [`${kubectl} get ${shellWord(`serviceaccount/${account}`)} -o yaml`];
};

const schedulingCommands: Commands = (_names, { environment: { scheduling } }) => {
  const labels = Object.keys(scheduling?.nodeSelector ?? {}).slice(0, MAX_NAMED);
  const columns = labels.map((label) => ` -L ${shellWord(label)}`).join('');
  return [
    `kubectl get nodes${columns === '' ? ' -o wide' : columns}`,
    'kubectl describe nodes | grep -A 8 "Allocated resources"',
  ];
};

const eventCommands: Commands = (names, story) => {
  switch (story.environment.incident.reason) {
    case 'ProvisioningFailed':
      return storageCommands(names, story);
    case 'FailedGetResourceMetric':
      return ['kubectl get apiservices v1beta1.metrics.k8s.io', 'kubectl -n kube-system get pods'];
    default:
      return describeNode(names, story);
  }
};

const withNode: Commands = (names, story) => [...describeNode(names, story), ...podsOnNode(names, story)];

const startCommands: Commands = (names, story) => [
  ...withNode(names, story),
  ...(story.environment.pod?.runtimeClassName === undefined ? [] : ['kubectl get runtimeclasses']),
];

const rolloutCommands: Commands = ({ kubectl, owner }) => [
  `${kubectl} rollout status ${owner} --watch=false`,
];

const terminatingCommands: Commands = ({ kubectl, owner, pod }, { environment }) =>
  environment.owner.kind === 'Namespace'
    ? [
        `kubectl api-resources --verbs=list --namespaced -o name | xargs -n 1 ${kubectl} get --show-kind --ignore-not-found`,
      ]
    : [`${kubectl} get ${pod ?? owner} -o jsonpath='{.metadata.finalizers}'`];

/** Which memory a container has used is only seen while it runs. */
function memoryCommands({ kubectl, podName }: Names): readonly string[] {
  // The one command that takes `pod x` and not `pod/x`.
  return podName === undefined ? [] : [`${kubectl} top pod ${shellWord(podName)} --containers`];
}

const crashCommands: Commands = (names, { environment }) =>
  environment.incident.reason === 'OOMKilled' ? memoryCommands(names) : [];

const byClass = new Map<string, Commands>([
  ['storage', storageCommands],
  ['create', createCommands],
  ['config', configCommands],
  ['image', imageCommands],
  ['scheduling', schedulingCommands],
  ['crash', crashCommands],
  ['start', startCommands],
  ['probe', ({ kubectl }: Names) => [`${kubectl} get endpointslices`]],
  ['rollout', rolloutCommands],
  ['eviction', withNode],
  ['event', eventCommands],
  ['terminating', terminatingCommands],
]);

/** Names for the shell of everything that commands speak of. */
export function namesOf({ owner, pod, node }: Environment, typeWord: string): Names {
  const namespace = namespaceOf(owner, pod);
  const nodeName = node?.name ?? pod?.nodeName;
  return {
    kubectl: namespace === '' ? 'kubectl' : `kubectl -n ${shellWord(namespace)}`,
    owner: shellWord(`${typeWord}/${owner.name}`),
    ownerName: owner.name,
    podName: pod?.name,
    pod: pod === undefined ? undefined : shellWord(`pod/${pod.name}`),
    nodeName,
    node: nodeName === undefined ? undefined : shellWord(`node/${nodeName}`),
  };
}

/** What has no namespace itself, such as a registry, is told by a pod that has. */
function namespaceOf(owner: Environment['owner'], pod: Environment['pod']): string {
  if (owner.kind === 'Namespace') return owner.name;
  return owner.namespace === '' ? (pod?.namespace ?? '') : owner.namespace;
}
