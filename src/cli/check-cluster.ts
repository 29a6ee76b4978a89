import { createServer } from 'node:net';
import type { Config } from '../config/index.ts';
import { incidentSpecSchema } from '../domain/incident.ts';
import { KubeApiError, type KubeConnection } from '../kube/connection/index.ts';
import { MAX_SKEW_MS } from '../lib/clock.ts';
import { failed, type Finding, messageOf, ok, warning } from './finding.ts';
import { missingRights, type NeededRight, neededRights } from './rights.ts';

const CALL_TIMEOUT_MS = 10_000;
const GROUP_PATH = '/apis/support.ankra.app/v1alpha1';

/** What the checks of the cluster need. */
export interface ClusterChecks {
  readonly config: Config;
  readonly connection: KubeConnection;
  /** Where the Incidents and the Lease are. */
  readonly namespace: string;
}

/** Whether the agent could work in this cluster. Writes nothing. */
export async function checkCluster(checks: ClusterChecks): Promise<readonly Finding[]> {
  const { connection, config } = checks;
  const reached = await checkReach(connection);
  if (reached.outcome === 'failed') return [reached, await checkListening(config.http.host)];
  const findings = await Promise.all([
    checkRights(checks),
    Promise.all([checkResource(connection), checkLease(checks)]),
    checkNamespaces(checks),
  ]);
  return [reached, checkSkew(connection), ...findings.flat(), await checkListening(config.http.host)];
}

async function checkReach(connection: KubeConnection): Promise<Finding> {
  const check = 'kubernetes-api';
  try {
    const { gitVersion } = await read<{ gitVersion?: string }>(connection, '/version');
    return ok(check, `${connection.server} answers: Kubernetes ${gitVersion ?? '(no version)'}`);
  } catch (error) {
    return failed(check, `${connection.server}: ${messageOf(error)}`, reachRemedy(error));
  }
}

function reachRemedy(error: unknown): string {
  if (error instanceof KubeApiError && error.status === 401)
    return 'the credentials are not taken: use another kubeconfig, or see that the pod has its service account';
  if (/CERT|SELF_SIGNED|VERIFY/.test(messageOf(error)))
    return 'the certificate of the API server is not signed by the authority of the kubeconfig: correct certificate-authority';
  if (/wrong version number|packet length/.test(messageOf(error)))
    return 'that port does not speak TLS: correct the port of the server in the kubeconfig';
  return 'see that the address is right and that a network policy or firewall lets this pod reach it';
}

/** It is known from the answers to what was read before. */
function checkSkew({ clock }: KubeConnection): Finding {
  const skewMs = clock.skewMs();
  if (skewMs === undefined)
    return warning(
      'clock',
      'the API server sends no time',
      'look at what stands between it and this machine',
    );
  const seconds = Math.round(skewMs / 1_000);
  if (Math.abs(skewMs) <= MAX_SKEW_MS)
    return ok('clock', `differs by ${Math.abs(seconds)} s from the API server's`);
  return failed(
    'clock',
    `${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} the API server's`,
    'synchronise the clocks of the nodes (chrony, systemd-timesyncd): tokens and certificates are judged by them',
  );
}

async function checkRights({ config, connection, namespace }: ClusterChecks): Promise<readonly Finding[]> {
  const needed = neededRights(config, namespace);
  try {
    const missing = await missingRights(connection, needed);
    const allowed = ok('rights', `${needed.length - missing.length} of ${needed.length} are given`);
    return missing.length === 0 ? [allowed] : missing.map(describeMissing);
  } catch (error) {
    return [
      failed(
        'rights',
        `cannot be asked for: ${messageOf(error)}`,
        'let everybody create SelfSubjectAccessReviews, as the ClusterRole system:basic-user does',
      ),
    ];
  }
}

function describeMissing(right: NeededRight): Finding {
  const group = right.group === '' ? '' : `.${right.group}`;
  const where = right.namespace === undefined ? 'in the whole cluster' : `in namespace ${right.namespace}`;
  const detail = `may not ${right.verb} ${right.resource}${group} ${where}`;
  const rule = `apiGroups: ["${right.group}"], resources: [${right.resource}], verbs: [${right.verb}]`;
  return right.isRequired
    ? failed(
        'rights',
        detail,
        `give the service account this rule (docs/install.md, "Rights and why"): ${rule}`,
      )
    : warning('rights', `${detail}: tickets say less`, `give the service account this rule: ${rule}`);
}

async function checkResource(connection: KubeConnection): Promise<Finding> {
  const check = 'custom-resource';
  const name = 'incidents.support.ankra.app';
  try {
    const { resources = [] } = await read<{ resources?: { name: string }[] }>(connection, GROUP_PATH);
    if (!resources.some((resource) => resource.name === 'incidents'))
      throw new Error('it is not in its group');
  } catch (error) {
    const isAbsent = !(error instanceof KubeApiError) || error.status === 404;
    const detail = isAbsent ? `${name} is not installed` : messageOf(error);
    return failed(check, detail, 'kubectl apply -f deploy/crd.yaml, or crds.enabled in the chart');
  }
  const absent = await absentFields(connection);
  if (absent === undefined) return ok(check, `${name} is installed; its fields cannot be read`);
  if (absent.length === 0) return ok(check, `${name} is installed, with all fields`);
  return failed(
    check,
    `${name} is older than this agent and drops ${absent.join(', ')}`,
    'kubectl apply -f deploy/crd.yaml',
  );
}

/** Fields of the spec that the installed resource does not know; undefined when its schema cannot be read. */
async function absentFields(connection: KubeConnection): Promise<readonly string[] | undefined> {
  interface Schemas {
    readonly components?: {
      readonly schemas?: Readonly<Record<string, { properties?: { spec?: { properties?: object } } }>>;
    };
  }
  const answer = await read<Schemas>(connection, `/openapi/v3${GROUP_PATH}`).catch(() => undefined);
  const schemas = Object.entries(answer?.components?.schemas ?? {});
  const [, incident] = schemas.find(([name]) => name.endsWith('.Incident')) ?? [];
  const known = incident?.properties?.spec?.properties;
  if (known === undefined) return undefined;
  return Object.keys(incidentSpecSchema.unwrap().shape).filter((field) => !(field in known));
}

async function checkLease({ config, connection, namespace }: ClusterChecks): Promise<Finding> {
  const { name } = config.lease;
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`;
  try {
    const { spec } = await read<{ spec?: { holderIdentity?: string; renewTime?: string } }>(connection, path);
    const { holderIdentity: holder = '', renewTime = '' } = spec ?? {};
    if (holder === '') return ok('lease', `${namespace}/${name} is free`);
    return ok('lease', `${namespace}/${name} is held by ${holder}, renewed ${renewTime}`);
  } catch (error) {
    if (error instanceof KubeApiError && error.status === 404)
      return ok('lease', `${namespace}/${name} is not there yet: the agent makes it`);
    return warning(
      'lease',
      messageOf(error),
      `give the right to get the Lease ${name} in namespace ${namespace}`,
    );
  }
}

/** The agent's own namespace and those of namespaced mode. Without the right to read a namespace nothing is said of it. */
async function checkNamespaces({
  config,
  connection,
  namespace,
}: ClusterChecks): Promise<readonly Finding[]> {
  const literal = config.watch.includeNamespaces.filter((name) => !/[*?]/.test(name));
  const names = [...new Set([namespace, ...config.watch.namespaces, ...literal])];
  const states = await Promise.all(names.map((name) => stateOf(connection, name)));
  const absent = names.filter((_name, index) => states[index] === 'absent');
  if (absent.length > 0)
    return absent.map((name) =>
      failed(
        'namespaces',
        `${name} does not exist`,
        `kubectl create namespace ${name}, then helm upgrade, or give its right name in the values`,
      ),
    );
  const unknown = names.filter((_name, index) => states[index] === 'unknown');
  return [
    ok(
      'namespaces',
      unknown.length === 0 ? `${names.length} exist` : `not asked for: ${unknown.join(', ')} (no right to)`,
    ),
  ];
}

async function stateOf(connection: KubeConnection, name: string): Promise<'there' | 'absent' | 'unknown'> {
  try {
    await read(connection, `/api/v1/namespaces/${encodeURIComponent(name)}`);
    return 'there';
  } catch (error) {
    return error instanceof KubeApiError && error.status === 404 ? 'absent' : 'unknown';
  }
}

/** Whether a probe could reach the agent on this address. `::` needs nothing: Node listens on IPv4 where there is no IPv6. */
async function checkListening(host: string): Promise<Finding> {
  const address = host === '::' ? {} : { host };
  const { promise, resolve } = Promise.withResolvers<Finding>();
  const server = createServer();
  server.once('error', ({ message }) =>
    resolve(
      failed(
        'listen',
        `http.host ${host}: ${message}`,
        'set config.http.host to an address of this machine: 0.0.0.0 where it has no IPv6',
      ),
    ),
  );
  server.listen({ port: 0, ...address }, () => {
    const found = server.address();
    server.close();
    resolve(ok('listen', `on ${typeof found === 'object' ? (found?.address ?? host) : host}`));
  });
  return promise;
}

function read<T>(connection: KubeConnection, path: string): Promise<T> {
  return connection.json<T>({ path, timeoutMs: CALL_TIMEOUT_MS });
}
