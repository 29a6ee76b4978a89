import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { createKubeConnection, type KubeConnection } from '../../../../src/kube/connection/index.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import type { Cluster } from '../../../cluster/index.ts';
import { type Certificates, createCertificates } from '../../../tickets/api/certificates.ts';

const installation = resolve(import.meta.dirname, '../../../../deploy/install.yaml');
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ACCOUNT = 'agent';

/** What all scenarios share: the cluster, a certificate for their proxies, and the agent's rights as `deploy/` has them. */
export interface Stage {
  /** Begins the name of everything that is made. */
  readonly run: string;
  /** Speaks as administrator, past every proxy. */
  readonly admin: KubeConnection;
  /** The API server, as the proxies reach it. */
  readonly server: { readonly url: string; readonly ca: string };
  readonly tls: { readonly key: string; readonly cert: string };
  /** PEM of the authority that signed `tls`. */
  readonly ca: string;
  /** Makes a namespace with an account that may what an installed agent may; returns a token of it. */
  giveHome(namespace: string): Promise<string>;
  makeNamespace(name: string): Promise<void>;
  /** Takes everything away. */
  clear(): Promise<void>;
}

interface Rights {
  readonly cluster: readonly unknown[];
  readonly own: readonly unknown[];
}

/** Reads what an installed agent may do, and makes nothing yet but the role for the whole cluster. */
export async function openStage(cluster: Cluster): Promise<Stage> {
  const run = `stale-${Date.now().toString(36)}`;
  const source = { kind: 'kubeconfig', path: cluster.adminKubeconfigPath } as const;
  const admin = await createKubeConnection(source, { clock: systemClock, version: 'e2e' });
  const certificates = createCertificates();
  const authority = certificates.authority('proxy-ca');
  const rights = await readRights();
  await create(admin, `${RBAC}/clusterroles`, { metadata: { name: run }, rules: rights.cluster });
  const namespaces: string[] = [];

  async function makeNamespace(name: string): Promise<void> {
    namespaces.push(name);
    await create(admin, '/api/v1/namespaces', { metadata: { name } });
  }

  return {
    run,
    admin,
    server: await serverOf(cluster),
    tls: authority.issue(['IP:127.0.0.1']),
    ca: authority.pem,
    makeNamespace,
    giveHome: async (namespace) => {
      await makeNamespace(namespace);
      return await giveAccount({ admin, run, namespace, rules: rights.own });
    },
    clear: () => clear({ admin, run, namespaces, certificates }),
  };
}

async function readRights(): Promise<Rights> {
  const documents = parseAllDocuments(await readFile(installation, 'utf8')).map(
    (document) => document.toJS() as { kind?: string; metadata: { name: string }; rules: unknown[] } | null,
  );
  const rulesOf = (kind: string, suffix: string): readonly unknown[] => {
    const found = documents.find((one) => one?.kind === kind && one.metadata.name.endsWith(suffix));
    if (found === undefined || found === null)
      throw new Error(`deploy/install.yaml has no ${kind} ${suffix}`);
    return found.rules;
  };
  return { cluster: rulesOf('ClusterRole', '-reader'), own: rulesOf('Role', '-own') };
}

/** The authority may stand in the file or beside it. */
async function serverOf(cluster: Cluster): Promise<Stage['server']> {
  const config = parse(await readFile(cluster.adminKubeconfigPath, 'utf8')) as {
    readonly clusters: readonly { readonly cluster: Readonly<Record<string, string | undefined>> }[];
  };
  const { 'certificate-authority': file, 'certificate-authority-data': data = '' } =
    config.clusters[0]?.cluster ?? {};
  const ca = file === undefined ? Buffer.from(data, 'base64').toString() : await readFile(file, 'utf8');
  return { url: cluster.serverUrl, ca };
}

async function create(admin: KubeConnection, path: string, body: unknown): Promise<unknown> {
  return await admin.json({ method: 'POST', path, body });
}

interface Home {
  readonly admin: KubeConnection;
  readonly run: string;
  readonly namespace: string;
  readonly rules: readonly unknown[];
}

async function giveAccount({ admin, run, namespace, rules }: Home): Promise<string> {
  const inside = `${RBAC}/namespaces/${namespace}`;
  const subjects = [{ kind: 'ServiceAccount', name: ACCOUNT, namespace }];
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  const roleRef = (kind: string): unknown => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: run });
  await create(admin, accounts, { metadata: { name: ACCOUNT } });
  await create(admin, `${inside}/roles`, { metadata: { name: run }, rules });
  await create(admin, `${inside}/rolebindings`, {
    metadata: { name: run },
    roleRef: roleRef('Role'),
    subjects,
  });
  await create(admin, `${RBAC}/clusterrolebindings`, {
    metadata: { name: namespace },
    roleRef: roleRef('ClusterRole'),
    subjects,
  });
  const { status } = (await create(admin, `${accounts}/${ACCOUNT}/token`, {
    spec: { expirationSeconds: 7_200 },
  })) as { readonly status: { readonly token: string } };
  return status.token;
}

interface Made {
  readonly admin: KubeConnection;
  readonly run: string;
  readonly namespaces: readonly string[];
  readonly certificates: Certificates;
}

async function clear({ admin, run, namespaces, certificates }: Made): Promise<void> {
  const remove = (path: string): Promise<unknown> =>
    admin.json({ method: 'DELETE', path }).catch(() => undefined);
  for (const namespace of namespaces) {
    await remove(`/api/v1/namespaces/${namespace}`);
    await remove(`${RBAC}/clusterrolebindings/${namespace}`);
  }
  await remove(`${RBAC}/clusterroles/${run}`);
  certificates.remove();
  admin.close();
}
