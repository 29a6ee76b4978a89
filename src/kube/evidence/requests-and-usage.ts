import type * as k8s from '@kubernetes/client-node';
import type { NodeFacts } from '../../domain/environment-facts.ts';
import type { Usage } from '../../domain/environment-parts.ts';
import type { ContainerFacts } from '../../domain/environment.ts';
import { parseQuantity, sayQuantity } from '../../lib/quantity.ts';
import {
  fields,
  type Fields,
  fieldsList,
  MAX_ENTRIES,
  metaOf,
  nameOf,
  present,
  text,
  textEntries,
  time,
  words,
} from '../object-fields.ts';
import { containersOf, resourcesOf } from './container.ts';
import { type EvidenceReader, listPath } from './evidence-reader.ts';
import { controllerOf } from './owner.ts';

/** Amounts by resource name: cores, bytes, pieces. */
export type Amounts = ReadonlyMap<string, number>;

/**
 * What a pod takes of a node, as the scheduler counts it: its containers and sidecars together, or the largest init
 * container with the sidecars before it, whichever is more; what the pod itself requests goes before; and its overhead
 * (kubernetes.io/docs/concepts/workloads/pods/init-containers, resource sharing within containers).
 */
export function podRequests(pod: Fields<k8s.V1Pod>): Amounts {
  const spec = fields<k8s.V1PodSpec>(pod.spec);
  let sidecars: Amounts = new Map();
  let peak: Amounts = new Map();
  for (const container of fieldsList<k8s.V1Container>(spec.initContainers)) {
    const wanted = added(sidecars, requestsOf(container.resources));
    peak = larger(peak, wanted);
    if (container.restartPolicy === 'Always') sidecars = wanted;
  }
  const running = fieldsList<k8s.V1Container>(spec.containers).reduce(
    (sum, { resources }) => added(sum, requestsOf(resources)),
    sidecars,
  );
  const own = requestsOf((spec as Fields<{ resources: object }>).resources);
  return added(new Map([...larger(running, peak), ...own]), amountsOf(spec.overhead));
}

/** What the pods of a node take of it that are not finished, `pods` included. */
export function requestedBy(pods: readonly Fields<k8s.V1Pod>[]): Amounts {
  const present = pods.filter((pod) => !isFinished(pod));
  const sum = present.reduce<Amounts>((total, pod) => added(total, podRequests(pod)), new Map());
  return new Map([...sum, ['pods', present.length]]);
}

/** Neither to be started any more nor running. */
export function isFinished(pod: Fields<k8s.V1Pod>): boolean {
  const { phase } = fields<k8s.V1PodStatus>(pod.status);
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Quantities as amounts; what is no quantity does not count. */
export function amountsOf(quantities: unknown): Amounts {
  return new Map(
    textEntries(quantities).flatMap(([resource, text]): [string, number][] => {
      const amount = parseQuantity(text);
      return amount === undefined ? [] : [[resource, amount]];
    }),
  );
}

/** Amounts as quantities for a person. */
export function sayAmounts(amounts: Amounts): Record<string, string> {
  return Object.fromEntries(
    [...amounts].map(([resource, amount]) => [resource, sayQuantity(resource, amount)]),
  );
}

function requestsOf(resources: unknown): Amounts {
  return amountsOf(fields<k8s.V1ResourceRequirements>(resources).requests);
}

function added(a: Amounts, b: Amounts): Amounts {
  return new Map([...a, ...[...b].map(([name, amount]) => [name, amount + (a.get(name) ?? 0)] as const)]);
}

function larger(a: Amounts, b: Amounts): Amounts {
  return new Map([
    ...a,
    ...[...b].map(([name, amount]) => [name, Math.max(amount, a.get(name) ?? 0)] as const),
  ]);
}

/** How many pods which kind of controller has made. */
export function ownersOf(pods: readonly Fields<k8s.V1Pod>[]): Record<string, number> {
  const kinds = pods.map((pod) => words(controllerOf(pod, '')?.kind) ?? 'none');
  const counted = Map.groupBy(kinds, (kind) => kind);
  return Object.fromEntries([...counted].slice(0, MAX_ENTRIES).map(([kind, group]) => [kind, group.length]));
}

/** Whether a container of it may take what memory there is. */
export function hasNoLimit(pod: Fields<k8s.V1Pod>): boolean {
  return containersOf(pod).some(({ spec }) => resourcesOf(spec).limits['memory'] === undefined);
}

/** Of these a person would think first when room is to be made. */
const MAX_LARGEST = 3;

/** The pods that request most of a resource, each with its amount. */
export function largestBy(pods: readonly Fields<k8s.V1Pod>[], resource: string): string[] {
  return pods
    .filter((pod) => !isFinished(pod))
    .map((pod) => ({ pod, amount: podRequests(pod).get(resource) ?? 0 }))
    .filter(({ amount }) => amount > 0)
    .toSorted((a, b) => b.amount - a.amount)
    .slice(0, MAX_LARGEST)
    .map(({ pod, amount }) => {
      const { namespace, name } = metaOf(pod);
      const path = `${text(namespace) ?? ''}/${text(name) ?? ''}`;
      return words(`${path} ${resource}=${sayQuantity(resource, amount)}`) ?? '';
    });
}

/** What is in use: of each container by its name, and of the node. */
export interface ReadUsage {
  readonly containers: ReadonlyMap<string, Usage>;
  readonly node: Usage | undefined;
}

/** A PodMetrics or NodeMetrics of `metrics.k8s.io/v1beta1` (k8s.io/metrics/pkg/apis/metrics/v1beta1/types.go). */
interface Metrics {
  readonly timestamp: string;
  readonly usage: object;
  readonly containers: readonly { readonly name: string; readonly usage: object }[];
}

/**
 * What the containers of a pod and its node have in use, as whoever serves `metrics.k8s.io` has measured it last. Of a container that does
 * not run there is mostly nothing.
 */
export async function readUsage(
  reader: EvidenceReader,
  pod: Fields<k8s.V1Pod> | undefined,
  node: string | undefined,
): Promise<ReadUsage> {
  const { namespace } = metaOf(pod);
  const [ofPod, ofNode] = await Promise.all([
    pod === undefined
      ? undefined
      : readMetrics(
          reader,
          'containers.usage',
          `${listPath('PodMetrics', text(namespace) ?? '')}/${encodeURIComponent(nameOf(pod))}`,
        ),
    node === undefined
      ? undefined
      : readMetrics(reader, 'node.usage', `${listPath('NodeMetrics', '')}/${encodeURIComponent(node)}`),
  ]);
  const containers = fieldsList<Metrics['containers'][number]>(ofPod?.containers).flatMap(
    ({ name, usage }) =>
      text(name) === undefined ? [] : [[text(name) ?? '', usageOf(usage, ofPod?.timestamp)] as const],
  );
  return {
    containers: new Map(containers),
    node: ofNode === undefined ? undefined : usageOf(ofNode.usage, ofNode.timestamp),
  };
}

async function readMetrics(
  reader: EvidenceReader,
  field: string,
  path: string,
): Promise<Fields<Metrics> | undefined> {
  const { object, isAbsent } = await reader.find<Metrics>(field, path);
  if (isAbsent) reader.omit(field, 'metrics.k8s.io has measured nothing of it');
  return object;
}

function usageOf(amounts: unknown, at: unknown): Usage {
  const { cpu, memory } = sayAmounts(amountsOf(amounts));
  return present({ cpu, memory, measuredAt: time(at) });
}

/** The containers with what each has in use. */
export function withUsage(
  containers: readonly ContainerFacts[],
  usage: ReadUsage | undefined,
): readonly ContainerFacts[] {
  return containers.map((container) => {
    const own = usage?.containers.get(container.name);
    return own === undefined ? container : { ...container, usage: own };
  });
}

/** The node with what it has in use. */
export function nodeWithUsage(
  node: NodeFacts | undefined,
  usage: ReadUsage | undefined,
): NodeFacts | undefined {
  return node === undefined || usage?.node === undefined ? node : { ...node, usage: usage.node };
}
