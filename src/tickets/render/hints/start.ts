import type { Story } from '../story.ts';
import type { RefusalFacts } from '../../../domain/environment-facts.ts';
import { shellWord } from '../markdown.ts';
import { type Commands, type Hint, type Row, firstMatch, nodeAndPods } from './class-text.ts';

const startCauses: readonly Row[] = [
  [
    /no runtime for|RuntimeHandler/i,
    'The runtime class of the pod names a handler that the container runtime of this node does not have.',
  ],
  [
    /no IP addresses|no available ip|failed to allocate/i,
    'The network has no address left for this node: look at its address range, and at addresses that are not given back.',
  ],
  [
    /cni|network/i,
    'The network of the pod cannot be set up: look at the pod of the network plugin on this node.',
  ],
  [
    /pulling/i,
    'The image is still being pulled: look at its size, and at the way from the node to the registry.',
  ],
];

/** Why a pod does not start. */
export const startHint: Hint = (input) =>
  firstMatch(startCauses, input) ??
  'Before the containers come sandbox, network and volumes: the events say which of them fails.';

/** Reads the node and what runs there. */
export const startCommands: Commands = (names, story) => [
  ...nodeAndPods(names, story),
  ...(story.environment.pod?.runtimeClassName === undefined ? [] : ['kubectl get runtimeclasses']),
];

const refusers: Readonly<Record<RefusalFacts['by'], string>> = {
  quota:
    'The quota of the namespace is used up, or asks for requests or limits that the pod does not have: free something, raise the quota, or set them. Pods come by themselves as soon as they fit.',
  podSecurity:
    'Pod Security does not admit these pods in this namespace: fix their security context as the message lists it, or set another level on the namespace.',
  webhook: 'A policy of this cluster refuses the pods: its own words say what it wants.',
  webhookUnreachable:
    'An admission webhook does not answer, and without its answer nothing is admitted: look at the pods and the Service behind it. It most likely stops other namespaces too.',
  admissionPolicy: 'An admission policy of this cluster refuses the pods: its own words say what it wants.',
  limitRange:
    'The LimitRange of the namespace does not allow these requests or limits: change them, or the LimitRange.',
  serviceAccount:
    'The service account that the pods name does not exist in this namespace: create it, or fix its name.',
  priorityClass: 'The priority class that the pods name does not exist: create it, or fix its name.',
  other:
    'The pods are refused before they exist: look at quota, admission webhooks, Pod Security and the service account.',
};

/** Why pods cannot be created. */
export const createHint: Hint = ({ environment }) => refusers[environment.refusal?.by ?? 'other'];

const refusedBy: Readonly<Partial<Record<RefusalFacts['by'], Commands>>> = {
  // A quota that the ticket is about is described already; what takes it up are pods.
  quota: ({ kubectl }, { environment: { owner } }) => [
    `${kubectl} ${owner.kind === 'ResourceQuota' ? 'get pods' : 'describe resourcequota'}`,
  ],
  limitRange: ({ kubectl }) => [`${kubectl} describe limitrange`],
  serviceAccount: ({ kubectl }) => [`${kubectl} get serviceaccounts`],
  priorityClass: () => ['kubectl get priorityclasses'],
  podSecurity: (_names, { environment: { owner } }) => [
    `kubectl get ${shellWord(`namespace/${owner.namespace}`)} --show-labels`,
  ],
  webhook: () => ['kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations'],
  webhookUnreachable: (_names, story) => webhookCommands(story),
  admissionPolicy: () => ['kubectl get validatingadmissionpolicies,validatingadmissionpolicybindings'],
};

/** The address that the API server calls, `https://<service>.<namespace>.svc:443/…`. */
const SERVICE = /https:\/\/([a-z0-9-]+)\.([a-z0-9-]+)\.svc[:/]/;

/** The Service of the webhook and what is behind it; of a webhook with a URL its configuration. */
function webhookCommands({ message, environment }: Story): readonly string[] {
  const { refusal, events } = environment;
  const said = [refusal?.message ?? '', message, ...events.map((event) => event.message)].join('\n');
  const [, service, namespace] = SERVICE.exec(said) ?? [];
  const all = 'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations';
  if (service === undefined || namespace === undefined) return [all];
  const kubectl = `kubectl -n ${shellWord(namespace)}`;
  return [
    `${kubectl} get ${shellWord(`service/${service}`)} -o wide`,
    `${kubectl} get endpointslices -l ${shellWord(`kubernetes.io/service-name=${service}`)}`,
    `${kubectl} get pods -o wide`,
    all,
  ];
}

/** Reads who refuses the pods. */
export const createCommands: Commands = (names, story) => {
  const { refusal } = story.environment;
  const own = refusal === undefined ? undefined : refusedBy[refusal.by];
  return [
    `${names.kubectl} get events --field-selector reason=FailedCreate`,
    ...(own?.(names, story) ?? [`${names.kubectl} describe resourcequota,limitrange`]),
  ];
};
