import { code, shellWord } from '../markdown.ts';
import {
  type Commands,
  describeNode,
  firstMatch,
  type Hint,
  type HintInput,
  type Row,
} from './class-text.ts';
import { nodeHint } from './node.ts';
import { storageCommands, storageHint } from './storage.ts';

/** Why a Job or CronJob fails. */
export const jobHint: Hint = ({ environment: { owner, incident, cronJob, job } }) => {
  if (incident.reason === 'PodDoesNotEnd')
    return 'Its work is over, and the proxy beside it runs on, so that it is never done: let the work end the proxy, or make it an init container with restartPolicy Always, which ends by itself.';
  if (owner.kind === 'CronJob')
    return cronJob?.concurrencyPolicy === 'Forbid' && cronJob.active > 0
      ? 'A run that does not end holds up all that come after it, as runs may not overlap.'
      : 'Each run is a new one: until the cause is fixed, the next one will most likely fail the same way.';
  if (incident.reason === 'DeadlineExceeded')
    return 'It was stopped because its time was up, and its pods with it: did it hang, or was there more to do than usual? It is not tried again by itself.';
  if (incident.reason === 'PodFailurePolicy')
    return 'Its pod failure policy gave it up at the first failure of this kind: fix the cause, then run it again.';
  return job?.backoffLimit === 0
    ? 'It may not be tried again (backoffLimit 0): fix the cause, then run it again.'
    : 'It is not tried again by itself: fix the cause, then run it again.';
};

/** Why a deletion does not end. */
export const terminatingHint: Hint = ({ environment: { owner, pod } }) => {
  if (owner.kind === 'Namespace')
    return 'A namespace goes when all in it has gone: look at what is left, and at whoever has to let go of it.';
  return (pod?.finalizers ?? owner.finalizers) === undefined
    ? 'No finalizer holds it: look at the kubelet of its node, which has to stop it.'
    : 'A finalizer holds it: whoever has set it has to take it away. To take it away by hand skips its clean-up.';
};

/** Reads what is left, or who holds it. */
export const terminatingCommands: Commands = ({ kubectl, owner, pod }, { environment }) =>
  environment.owner.kind === 'Namespace'
    ? [
        `kubectl api-resources --verbs=list --namespaced -o name | xargs -n 1 ${kubectl} get --show-kind --ignore-not-found`,
      ]
    : [`${kubectl} get ${pod ?? owner} -o jsonpath='{.metadata.finalizers}'`];

/** What an Event means that nothing else tells. */
export const eventHint: Hint = (input) => {
  switch (input.environment.incident.reason) {
    case 'SystemOOM':
      return nodeHint(input);
    case 'ProvisioningFailed':
      return storageHint(input);
    case 'FailedKillPod':
      return 'The container runtime does not stop the pod: look at it on the node, and at processes that hang in the kernel, mostly on storage.';
    default:
      return input.environment.owner.kind === 'HorizontalPodAutoscaler' ? autoscalerHint(input) : undefined;
  }
};

/** Reads what the Event is about. */
export const eventCommands: Commands = (names, story) => {
  const { incident, owner } = story.environment;
  if (owner.kind === 'HorizontalPodAutoscaler') return autoscalerCommands(names, story);
  return incident.reason === 'ProvisioningFailed'
    ? storageCommands(names, story)
    : describeNode(names, story);
};

/** podautoscaler/replica_calculator.go of Kubernetes: which container of which pod has no request. */
const MISSING_REQUEST =
  /missing request for (\S+)(?: (?:in|on) container (\S+) (?:of|in) [Pp]od (?:\S+\/)?(\S+))?/;

const STAYS = 'It stays at its number of replicas, whatever the load';

/** What the controller says of metrics that it does not get (podautoscaler/metrics, replica_calculator.go). */
const metricsCauses: readonly Row[] = [
  [
    /did not receive metrics for (?:targeted pods|any ready pods)/,
    'metrics-server answers, and of the pods of this workload none is ready, or none for long enough to be measured: look at the pods.',
  ],
  [
    /no metrics returned from resource metrics API/,
    'metrics-server answers, and has measured none of these pods: look at whether there are any, and in its log whether it gets an answer from the kubelets of their nodes.',
  ],
  [
    /no pods returned by selector/,
    'the selector of what it scales fits no pod: compare it with the labels of the pods.',
  ],
  [/resource metrics API/, 'look at whether metrics-server runs and answers.'],
  [
    /(?:custom|external) metrics API/,
    'the adapter that serves this metric (as of KEDA or Prometheus) does not answer, or does not know the metric: look at the adapter, then at the name and the selector of the metric.',
  ],
];

/** Why an autoscaler does not scale. */
const autoscalerHint: Hint = (input) => {
  if (input.environment.incident.reason === 'FailedGetScale')
    return `${STAYS}: what it is to scale is not there, or cannot be scaled: compare its scaleTargetRef with what is in the namespace.`;
  const missing = MISSING_REQUEST.exec(input.words);
  if (missing !== null) return requestHint(missing, input);
  const cause = firstMatch(metricsCauses, input) ?? 'look at who serves its metrics.';
  return `${STAYS}: ${cause}`;
};

function requestHint([, resource = '', container, pod]: RegExpExecArray, { environment }: HintInput): string {
  const { scaleTarget } = environment.owner;
  const who = container === undefined ? 'a container' : `container ${code(container)}`;
  const add = `${STAYS}. It scales by a share of what is requested, and ${who} requests no ${code(resource)}: give it a request, and each other container of the pod, also those that a webhook adds.`;
  // kubernetes/kubernetes#79365: of a Job, or of another Deployment, with the same labels.
  return pod === undefined || (scaleTarget !== undefined && pod.startsWith(`${scaleTarget.name}-`))
    ? add
    : `${add} If the pod is not one of what it scales: the selector of its target fits this pod as well, and all that it fits are counted.`;
}

/** Reads what an autoscaler misses. */
const autoscalerCommands: Commands = ({ kubectl, owner }, { message, environment }) => {
  const said = [message, ...environment.events.map((event) => event.message)].join('\n');
  const target = `${kubectl} get ${owner} -o jsonpath='{.spec.scaleTargetRef}'`;
  if (environment.incident.reason === 'FailedGetScale') return [target];
  const missing = MISSING_REQUEST.exec(said);
  if (missing !== null) return requestCommands(kubectl, missing[3]);
  if (/did not receive metrics|no pods returned by selector/.test(said))
    return [target, `${kubectl} get pods --show-labels`];
  if (/(?:custom|external) metrics API/.test(said))
    return ['kubectl get apiservices | grep metrics.k8s.io', target];
  return [
    'kubectl get apiservices v1beta1.metrics.k8s.io',
    'kubectl -n kube-system get pods -l k8s-app=metrics-server -o wide',
  ];
};

function requestCommands(kubectl: string, pod: string | undefined): readonly string[] {
  if (pod === undefined) return [`${kubectl} get pods --show-labels`];
  const each = '{range .spec.containers[*]}{.name}: {.resources.requests}{"\\n"}{end}';
  const named = `${kubectl} get ${shellWord(`pod/${pod}`)}`;
  return [`${named} -o jsonpath='${each}'`, `${named} --show-labels`];
}
