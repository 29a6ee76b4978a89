import type * as k8s from '@kubernetes/client-node';
import type { NamespaceFacts, RefusalFacts } from '../../domain/environment-facts.ts';
import {
  fields,
  type Fields,
  fieldsList,
  MAX_ENTRIES,
  metaOf,
  nameOf,
  quantities,
  text,
  textEntries,
  texts,
  words,
} from '../object-fields.ts';
import { type EvidenceReader, listPath, pathOf } from './evidence-reader.ts';
import { problemOf } from './node.ts';
import type { Evidence } from '../../domain/environment.ts';

/** A namespace has one or two of each. */
const MAX_LISTED = 20;
/** Pods that are counted; of more the rest is named as left out. */
const MAX_PODS = 500;
/** Five hundred large pods. */
const PODS_BYTES = 8 * 1_024 * 1_024;

/** How much of a namespace is read. */
interface NamespaceParts {
  readonly name: string;
  /** The Namespace itself, for its Pod Security labels; `known` where it has been read already. */
  readonly withLabels: boolean;
  readonly known?: Fields<k8s.V1Namespace>;
  readonly withPods: boolean;
}

/** Quota, limits and Pod Security of a namespace, and, for a ticket about the namespace itself, its pods. */
export async function readNamespace(reader: EvidenceReader, parts: NamespaceParts): Promise<NamespaceFacts> {
  const { name } = parts;
  const query = { limit: MAX_LISTED };
  const [namespace, quotas, ranges, pods] = await Promise.all([
    parts.withLabels ? (parts.known ?? readLabels(reader, name)) : undefined,
    reader.list<k8s.V1ResourceQuota>('namespace.quotas', listPath('ResourceQuota', name), query),
    reader.list<k8s.V1LimitRange>('namespace.limitRanges', listPath('LimitRange', name), query),
    parts.withPods ? readPods(reader, name) : undefined,
  ]);
  const phase = words(fields<k8s.V1NamespaceStatus>(namespace?.status).phase);
  return {
    name,
    ...(phase === undefined ? {} : { phase }),
    podSecurity: podSecurityOf(namespace),
    quotas: quotas.map(quotaFacts),
    limitRanges: ranges.flatMap(rangeLines).slice(0, MAX_ENTRIES),
    ...(pods === undefined ? {} : { pods }),
  };
}

function readLabels(reader: EvidenceReader, name: string): Promise<Fields<k8s.V1Namespace> | undefined> {
  const path = pathOf('Namespace', name);
  return reader.object<k8s.V1Namespace>('namespace', path);
}

const POD_SECURITY = 'pod-security.kubernetes.io/';

function podSecurityOf(namespace: Fields<k8s.V1Namespace> | undefined): Record<string, string> {
  const labels = textEntries(metaOf(namespace).labels);
  return Object.fromEntries(
    labels
      .filter(([name]) => name.startsWith(POD_SECURITY) && !name.endsWith('-version'))
      .map(([name, level]) => [name.slice(POD_SECURITY.length), level]),
  );
}

function quotaFacts(quota: Fields<k8s.V1ResourceQuota>): NamespaceFacts['quotas'][number] {
  const status = fields<k8s.V1ResourceQuotaStatus>(quota.status);
  const spec = fields<k8s.V1ResourceQuotaSpec>(quota.spec);
  // Until the controller has counted, only the spec says what is allowed.
  const hard = { ...quantities(spec.hard), ...quantities(status.hard) };
  const used = new Map(Object.entries(quantities(status.used)));
  return {
    name: nameOf(quota),
    scopes: [...texts(spec.scopes)],
    resources: Object.entries(hard).map(([resource, limit]) => ({
      resource,
      hard: limit,
      used: used.get(resource) ?? '',
    })),
  };
}

const kindsOfLimit = ['default', 'defaultRequest', 'min', 'max', 'maxLimitRequestRatio'] as const;

type LimitRangeItem = Readonly<Record<(typeof kindsOfLimit)[number], object>> & { readonly type: string };

/** `Container: default cpu=1, memory=1Gi; max cpu=2` */
function rangeLines(range: Fields<k8s.V1LimitRange>): string[] {
  return fieldsList<LimitRangeItem>(fields<k8s.V1LimitRangeSpec>(range.spec).limits).map((item) => {
    const parts = kindsOfLimit.flatMap((kind) => {
      const amounts = Object.entries(quantities(item[kind])).map(([name, amount]) => `${name}=${amount}`);
      return amounts.length === 0 ? [] : [`${kind} ${amounts.join(', ')}`];
    });
    return words(`${text(item.type) ?? '?'}: ${parts.join('; ')}`) ?? '';
  });
}

async function readPods(reader: EvidenceReader, namespace: string): Promise<NamespaceFacts['pods']> {
  const field = 'namespace.pods';
  const page = await reader.page<k8s.V1Pod>(
    field,
    listPath('Pod', namespace),
    { limit: MAX_PODS },
    PODS_BYTES,
  );
  if (!page.isRead) return undefined;
  reader.omitRest(field, page, 'pods were counted');
  const phases = new Map<string, number>();
  for (const pod of page.items) {
    const phase = words(fields<k8s.V1PodStatus>(pod.status).phase) ?? 'Unknown';
    phases.set(phase, (phases.get(phase) ?? 0) + 1);
  }
  const notReady = page.items.flatMap((pod) => {
    const reason = problemOf(pod);
    return reason === undefined ? [] : [`${nameOf(pod)}: ${reason}`];
  });
  return {
    count: page.items.length,
    phases: Object.fromEntries(phases),
    notReady: notReady.slice(0, MAX_ENTRIES),
  };
}

type Conditions = NonNullable<Evidence['owner']>['conditions'];

/** How the API server words its refusals (k8s.io/apiserver and plugin/pkg/admission of k8s.io/kubernetes). */
const patterns: readonly (readonly [RegExp, RefusalFacts['by']])[] = [
  [/(?:exceeded|failed|insufficient|status unknown for) quota: ([^,:\s]+)/, 'quota'],
  [/violates PodSecurity "([^"]+)"/, 'podSecurity'],
  [/failed calling (?:admission )?webhook "([^"]+)"/, 'webhookUnreachable'],
  [/admission webhook "([^"]+)" denied the request/, 'webhook'],
  [/ValidatingAdmissionPolicy '([^']+)'/, 'admissionPolicy'],
  [/serviceaccount "([^"]+)" not found/, 'serviceAccount'],
  [/no PriorityClass with name ([^\s,]+) was found/, 'priorityClass'],
  [
    /(?:maximum|minimum) \S+ usage per \w+ is|(?:cpu|memory|storage) max limit to request ratio/,
    'limitRange',
  ],
];

/** Who refuses the pods, by the condition of a Deployment or the newest FailedCreate event. */
export function refusalOf(conditions: Conditions, events: Evidence['events']): RefusalFacts | undefined {
  const condition = conditions.find(
    ({ type, status, reason }) =>
      (type === 'ReplicaFailure' && status === 'True' && reason !== 'FailedDelete') ||
      reason === 'ReplicaSetCreateError',
  );
  const message = condition?.message ?? events.find(({ reason }) => reason === 'FailedCreate')?.message;
  return message === undefined ? undefined : readRefusal(message);
}

/** A refusal in its parts. */
export function readRefusal(message: string): RefusalFacts {
  for (const [pattern, by] of patterns) {
    const match = pattern.exec(message);
    if (match !== null) return { by, ...(match[1] === undefined ? {} : { name: match[1] }), message };
  }
  return { by: 'other', message };
}
