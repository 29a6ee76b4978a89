import { sign } from 'node:crypto';
import { request } from 'node:https';
import type { KubeConnection } from '../../../../src/kube/connection/index.ts';
import { eventually } from '../wait.ts';

/** Service account that the reflectors of the suite use, and the namespace it lives in. */
export const account = { namespace: 'watch-home', name: 'watcher' } as const;
const CLUSTER_ROLE = 'watch-reader';
const bindingPath = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';

const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: CLUSTER_ROLE };
const subjects = [{ kind: 'ServiceAccount', ...account }];

/** Creates any object. `path` is its collection. */
export async function create(admin: KubeConnection, path: string, body: unknown): Promise<unknown> {
  return await admin.json({ method: 'POST', path, body });
}

export async function createNamespace(admin: KubeConnection, name: string): Promise<void> {
  await create(admin, '/api/v1/namespaces', { metadata: { name } });
}

/** The account and what it may read; not bound to it yet. */
export async function createAccount(admin: KubeConnection): Promise<void> {
  await createNamespace(admin, account.namespace);
  await create(admin, `/api/v1/namespaces/${account.namespace}/serviceaccounts`, {
    metadata: { name: account.name },
  });
  await create(admin, '/apis/rbac.authorization.k8s.io/v1/clusterroles', {
    metadata: { name: CLUSTER_ROLE },
    rules: [
      {
        apiGroups: ['', 'apps', 'batch', 'events.k8s.io'],
        resources: ['*'],
        verbs: ['get', 'list', 'watch'],
      },
    ],
  });
}

/** Gives the account its rights in the whole cluster. */
export async function allow(admin: KubeConnection): Promise<void> {
  await create(admin, bindingPath, { metadata: { name: CLUSTER_ROLE }, roleRef, subjects });
}

/** Takes them away. */
export async function forbid(admin: KubeConnection): Promise<void> {
  await admin.json({ method: 'DELETE', path: `${bindingPath}/${CLUSTER_ROLE}` });
}

/** Gives the account its rights in one namespace. */
export async function allowIn(admin: KubeConnection, namespace: string): Promise<void> {
  const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`;
  await create(admin, path, { metadata: { name: CLUSTER_ROLE }, roleRef, subjects });
}

/** A token of the account. With `secret` it is worth nothing as soon as that Secret, of the account's namespace, is gone. */
export async function requestToken(admin: KubeConnection, secret?: string): Promise<string> {
  const home = `/api/v1/namespaces/${account.namespace}`;
  let boundObjectRef: unknown;
  if (secret !== undefined) {
    const made = (await create(admin, `${home}/secrets`, { metadata: { name: secret } })) as {
      metadata: { uid: string };
    };
    boundObjectRef = { apiVersion: 'v1', kind: 'Secret', name: secret, uid: made.metadata.uid };
  }
  const { status } = (await create(admin, `${home}/serviceaccounts/${account.name}/token`, {
    spec: { expirationSeconds: 3_600, boundObjectRef },
  })) as { status: { token: string } };
  return status.token;
}

/** How long after its end an API server still takes a token, for clocks that differ (go-jose's DefaultLeeway). */
const LEEWAY_SECONDS = 60;

/**
 * A token of the account as the kubelet projects it, but for `seconds` only: an API server issues none below ten minutes, so its claims are
 * signed again with the server's own key.
 */
export async function requestShortToken(
  admin: KubeConnection,
  key: string,
  seconds: number,
): Promise<string> {
  const [header = '', payload = ''] = (await requestToken(admin)).split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { readonly iat: number };
  const iat = claims.iat - LEEWAY_SECONDS;
  const shorter = JSON.stringify({ ...claims, iat, nbf: iat, exp: iat + seconds });
  const content = `${header}.${Buffer.from(shorter).toString('base64url')}`;
  return `${content}.${sign('sha256', Buffer.from(content), key).toString('base64url')}`;
}

/** Makes every token that was requested with this Secret worthless. */
export async function revoke(admin: KubeConnection, secret: string): Promise<void> {
  await admin.json({ method: 'DELETE', path: `/api/v1/namespaces/${account.namespace}/secrets/${secret}` });
}

const flowPath = '/apis/flowcontrol.apiserver.k8s.io/v1';
const FLOW = 'watch-throttled';

/** The server of a plane, as far as a plain HTTPS request needs it. */
export interface ServerAddress {
  readonly serverUrl: string;
  readonly ca: string;
}

/**
 * From now on the API server answers 429 to everything that the account asks, by its own flow control: all the account may have under way
 * is one request, and that one never ends, because its body never comes. Returns what ends it.
 */
export async function throttle(
  admin: KubeConnection,
  { serverUrl, ca }: ServerAddress,
  token: string,
): Promise<() => Promise<void>> {
  const limited = {
    nominalConcurrencyShares: 0,
    borrowingLimitPercent: 0,
    lendablePercent: 0,
    limitResponse: { type: 'Reject' },
  };
  await create(admin, `${flowPath}/prioritylevelconfigurations`, {
    metadata: { name: FLOW },
    spec: { type: 'Limited', limited },
  });
  const everything = {
    verbs: ['*'],
    apiGroups: ['*'],
    resources: ['*'],
    clusterScope: true,
    namespaces: ['*'],
  };
  await create(admin, `${flowPath}/flowschemas`, {
    metadata: { name: FLOW },
    spec: {
      // One is reserved.
      matchingPrecedence: 2,
      priorityLevelConfiguration: { name: FLOW },
      rules: [
        {
          subjects: [{ kind: 'ServiceAccount', serviceAccount: account }],
          resourceRules: [everything],
        },
      ],
    },
  });
  await eventually('flow control that knows', 20_000, () => isInForce(admin));
  const endless = request(`${serverUrl}/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`, {
    ca,
    method: 'POST',
    agent: false,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': 100 },
  });
  endless.on('error', () => undefined);
  endless.write('{');
  return async () => {
    endless.destroy();
    await admin.json({ method: 'DELETE', path: `${flowPath}/flowschemas/${FLOW}` });
    await admin.json({ method: 'DELETE', path: `${flowPath}/prioritylevelconfigurations/${FLOW}` });
  };
}

/** Its controller judges a schema as soon as it has taken it in. */
async function isInForce(admin: KubeConnection): Promise<true | undefined> {
  const { status } = await admin.json<{
    status?: { conditions?: readonly { type: string; status: string }[] };
  }>({
    path: `${flowPath}/flowschemas/${FLOW}`,
  });
  return status?.conditions?.some((one) => one.type === 'Dangling' && one.status === 'False') === true
    ? true
    : undefined;
}
