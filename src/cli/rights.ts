import type { Config } from '../config/index.ts';
import { SECOND } from '../domain/clock.ts';
import type { KubeConnection } from '../kube/connection/index.ts';

/** One thing that the agent does with one kind of object. */
export interface NeededRight {
  readonly verb: string;
  /** `''` is the core group. */
  readonly group: string;
  /** With its subresource, `pods/log`. */
  readonly resource: string;
  /** Without it the whole cluster. */
  readonly namespace: string | undefined;
  readonly name?: string;
  /** Without a required one something fails to be noticed or filed; without another one tickets say less. */
  readonly isRequired: boolean;
}

type Rule = readonly [group: string, resources: string, verbs: string];

/** What is watched, in all namespaces or in those that are configured. */
const watched: readonly Rule[] = [
  ['', 'pods', 'get list watch'],
  ['apps', 'deployments statefulsets daemonsets replicasets', 'get list watch'],
  ['batch', 'jobs cronjobs', 'get list watch'],
  ['events.k8s.io', 'events', 'list watch'],
];

/** What is read when a ticket is written, and the answer to a person. */
const evidence: readonly Rule[] = [
  ['', 'pods/log', 'get'],
  ['', 'events', 'create'],
  ['', 'persistentvolumeclaims', 'get'],
  ['', 'resourcequotas limitranges', 'list'],
  ['policy', 'poddisruptionbudgets', 'list'],
  ['apps', 'controllerrevisions', 'list'],
  ['autoscaling', 'horizontalpodautoscalers', 'get'],
];

const clusterWatched: readonly Rule[] = [['', 'nodes namespaces', 'get list watch']];

const clusterEvidence: readonly Rule[] = [
  ['', 'persistentvolumes', 'get'],
  ['storage.k8s.io', 'storageclasses', 'get'],
  ['storage.k8s.io', 'volumeattachments', 'list'],
];

const own: readonly Rule[] = [
  ['coordination.k8s.io', 'leases', 'create'],
  ['support.ankra.app', 'incidents', 'get list watch create delete'],
  ['support.ankra.app', 'incidents/status', 'patch'],
];

/** Everything that the agent does in a cluster, verb by verb. A test compares it with the roles of the chart. */
export function neededRights(
  { watch, lease, logs, environment }: Pick<Config, 'watch' | 'lease' | 'logs' | 'environment'>,
  ownNamespace: string,
): readonly NeededRight[] {
  const isNamespaced = watch.namespaces.length > 0;
  const places = isNamespaced ? watch.namespaces : [undefined];
  const optional: readonly Rule[] = [
    ...(environment.configMaps ? [['', 'configmaps', 'get'] as const] : []),
    ...(environment.usage ? [['metrics.k8s.io', 'pods', 'get'] as const] : []),
  ];
  const wanted = evidence.filter(([, resources]) => logs.enabled || resources !== 'pods/log');
  const readings = [...wanted, ...optional];
  return [
    ...places.flatMap((place) => [...rights(watched, place, true), ...rights(readings, place, false)]),
    ...(isNamespaced ? [] : ofCluster(environment.usage)),
    ...rights(own, ownNamespace, true),
    ...rights([['coordination.k8s.io', 'leases', 'get watch update']], ownNamespace, true).map((right) => ({
      ...right,
      name: lease.name,
    })),
    ...rights([['', 'events', 'create']], ownNamespace, false),
  ];
}

function ofCluster(withUsage: boolean): readonly NeededRight[] {
  return [
    ...rights(clusterWatched, undefined, true),
    ...rights(clusterEvidence, undefined, false),
    ...(withUsage ? rights([['metrics.k8s.io', 'nodes', 'get']], undefined, false) : []),
    // When the kubelet of a silent node was last heard of.
    ...rights([['coordination.k8s.io', 'leases', 'get']], 'kube-node-lease', false),
  ];
}

function rights(
  rules: readonly Rule[],
  namespace: string | undefined,
  isRequired: boolean,
): readonly NeededRight[] {
  return rules.flatMap(([group, resources, verbs]) =>
    resources
      .split(' ')
      .flatMap((resource) =>
        verbs.split(' ').map((verb) => ({ verb, group, resource, namespace, isRequired })),
      ),
  );
}

const ASKED_AT_ONCE = 8;

/** The rights that are not given. Throws what the connection throws. */
export async function missingRights(
  connection: KubeConnection,
  needed: readonly NeededRight[],
): Promise<readonly NeededRight[]> {
  const missing: NeededRight[] = [];
  for (let start = 0; start < needed.length; start += ASKED_AT_ONCE) {
    const asked = needed.slice(start, start + ASKED_AT_ONCE);
    const answers = await Promise.all(asked.map((right) => isAllowed(connection, right)));
    missing.push(...asked.filter((_right, index) => answers[index] === false));
  }
  return missing;
}

async function isAllowed(connection: KubeConnection, right: NeededRight): Promise<boolean> {
  const [resource, subresource] = right.resource.split('/');
  const { verb, group, namespace, name } = right;
  const answer = await connection.json<{ status?: { allowed?: boolean } }>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    timeoutMs: 10 * SECOND,
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb, group, resource, subresource, namespace, name } },
    },
  });
  return answer.status?.allowed === true;
}
