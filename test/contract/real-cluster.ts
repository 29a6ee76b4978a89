import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { fieldAt, isFields, textAt, type Fields } from '../../src/sandbox/api-types.ts';
import { logText, type ContractCluster, type LogPods } from './contract-cluster.ts';
import { createClient, type Client, type Connection } from './kubernetes-client.ts';
import { laterVersions, serveVersions } from './later-crd.ts';

/** Where the real cluster is. */
export interface RealClusterOptions {
  /** Path of a kubeconfig whose user may do everything. */
  readonly kubeconfig: string;
  /** Image with `/bin/sh` that the node has, or can pull. */
  readonly image: string;
  /** `etcdctl` with its connection flags; without it nothing can be compacted. */
  readonly etcdctl?: readonly string[];
}

const pollMs = 250;
const patienceMs = 120_000;

async function pem(fields: unknown, name: string, folder: string): Promise<string | undefined> {
  const data = textAt(fields, `${name}-data`);
  if (data !== '') return Buffer.from(data, 'base64').toString();
  const path = textAt(fields, name);
  return path === '' ? undefined : readFile(resolve(folder, path), 'utf8');
}

function entry(config: unknown, list: string, name: string): unknown {
  const entries = fieldAt(config, list);
  if (!Array.isArray(entries)) return undefined;
  return entries.filter(isFields).find((candidate) => candidate['name'] === name);
}

/** Reads the current context of a kubeconfig: client certificate or token, data or files. */
export async function readKubeconfig(path: string): Promise<Connection> {
  const config: unknown = parse(await readFile(path, 'utf8'));
  const context = entry(config, 'contexts', textAt(config, 'current-context'));
  const cluster = fieldAt(entry(config, 'clusters', textAt(context, 'context.cluster')), 'cluster');
  const user = fieldAt(entry(config, 'users', textAt(context, 'context.user')), 'user');
  const found = {
    ca: await pem(cluster, 'certificate-authority', dirname(path)),
    cert: await pem(user, 'client-certificate', dirname(path)),
    key: await pem(user, 'client-key', dirname(path)),
    token: textAt(user, 'token') || undefined,
  };
  const given = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
  return { url: textAt(cluster, 'server'), ...given };
}

async function until(what: string, isDone: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < patienceMs; waited += pollMs) {
    if (await isDone()) return;
    await delay(pollMs);
  }
  throw new Error(`waited ${patienceMs / 1_000} s in vain for ${what}`);
}

async function compact(etcdctl: readonly string[] | undefined): Promise<void> {
  if (etcdctl === undefined) throw new Error('no etcdctl given: nothing can be compacted');
  const [command = '', ...flags] = etcdctl;
  const run = promisify(execFile);
  const { stdout } = await run(command, [...flags, 'endpoint', 'status', '-w', 'json']);
  const revision = fieldAt((JSON.parse(stdout) as unknown[])[0], 'Status.header.revision');
  await run(command, [...flags, 'compaction', String(revision as number)]);
}

const printf = `printf '${logText.replaceAll('\n', '\\n')}'`;

function logPod(name: string, image: string, script: string): Fields {
  const container = {
    name: 'app',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['/bin/sh', '-c', script],
  };
  const spec = {
    containers: [container],
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
  };
  // No cluster DNS: where there is none, the kubelet complains in an Event at every turn.
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { ...spec, dnsPolicy: 'Default' } };
}

async function startLogPods(client: Client, pods: string, image: string): Promise<LogPods> {
  const made = [
    logPod('crashed', image, `${printf}; sleep 1; exit 3`),
    logPod('running', image, `${printf}; exec sleep 3600`),
    logPod('waiting', '127.0.0.1:1/nope:1', 'true'),
  ];
  for (const body of made) await client.request('POST', pods, { body });
  const container = async (pod: string): Promise<unknown> => {
    const statuses = (await client.request('GET', `${pods}/${pod}`)).at('status.containerStatuses');
    return Array.isArray(statuses) ? statuses[0] : undefined;
  };
  await until('a restart', async () => Boolean(fieldAt(await container('crashed'), 'lastState.terminated')));
  await until('a running pod', async () => Boolean(fieldAt(await container('running'), 'state.running')));
  await until('a failed pull', async () =>
    /Image/.test(textAt(await container('waiting'), 'state.waiting.reason')),
  );
  await until('the log', async () => {
    const log = await client.request('GET', `${pods}/running/log`);
    return log.text === logText;
  });
  return { crashed: 'crashed', running: 'running', waiting: 'waiting' };
}

/** A namespace of its own on a real cluster, which must have the Incident CRD. */
export async function connectToRealCluster(options: RealClusterOptions): Promise<ContractCluster> {
  const connection = await readKubeconfig(options.kubeconfig);
  const client = createClient(connection);
  const namespace = `contract-${randomUUID().slice(0, 8)}`;
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  const made = await client.request('POST', '/api/v1/namespaces', { body });
  if (made.status !== 201) throw new Error(`cannot make a namespace: ${made.text}`);
  const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
  // Pods are refused until the controller manager has made the namespace's account.
  await until('the service account', async () => (await client.request('GET', account)).status === 200);
  let before: Awaited<ReturnType<typeof serveVersions>> = [];
  return {
    ...connection,
    namespace,
    serveLaterRelease: async () => {
      before = await serveVersions(client, laterVersions);
    },
    serveThisRelease: async () => {
      if (before.length > 0) await serveVersions(client, () => before);
    },
    compact: () => compact(options.etcdctl),
    startLogPods: () => startLogPods(client, `/api/v1/namespaces/${namespace}/pods`, options.image),
    cleanup: async () => {
      await client.request('DELETE', `/api/v1/namespaces/${namespace}`);
      client.close();
    },
  };
}
