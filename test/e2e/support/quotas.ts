import type { Cluster } from '../../cluster/index.ts';
import { eventually } from './wait.ts';

/** Of the quotas of a cluster, what `kubectl get -o json` prints and is looked at. */
interface Quotas {
  readonly items: readonly {
    readonly metadata: { readonly namespace: string };
    readonly status?: { readonly hard?: object };
  }[];
}

function isQuota(object: unknown): boolean {
  return (object as { readonly kind?: string }).kind === 'ResourceQuota';
}

/**
 * Applies objects, their quotas first, and waits until each of those is counted: the API server admits by the quotas that its own watch has
 * shown it, and a pod that is made in the same moment passes. No namespace of another test may begin with `prefix`.
 */
export async function applyBehindQuotas(
  cluster: Cluster,
  prefix: string,
  objects: readonly unknown[],
): Promise<void> {
  const apply = (items: readonly unknown[]): Promise<string> =>
    cluster.kubectl(['apply', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    });
  const quotas = objects.filter(isQuota);
  await apply(quotas);
  await eventually('each quota to be counted', 60_000, async () => {
    const text = await cluster.kubectl(['get', 'resourcequotas', '-A', '-o', 'json']);
    const own = (JSON.parse(text) as Quotas).items.filter(({ metadata }) =>
      metadata.namespace.startsWith(prefix),
    );
    return own.length === quotas.length && own.every(({ status }) => status?.hard !== undefined)
      ? own
      : undefined;
  });
  await apply(objects.filter((object) => !isQuota(object)));
}
