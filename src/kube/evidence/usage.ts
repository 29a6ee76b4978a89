import type * as k8s from '@kubernetes/client-node';
import type { ContainerFacts } from '../../domain/environment.ts';
import type { Usage } from '../../domain/environment-parts.ts';
import type { NodeFacts } from '../../domain/environment-facts.ts';
import { type Fields, fieldsList, metaOf, nameOf, present, text, time } from '../object-fields.ts';
import { type EvidenceReader, listPath } from './evidence-reader.ts';
import { amountsOf, sayAmounts } from './requests.ts';

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
