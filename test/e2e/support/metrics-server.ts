import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, createTerminalProgress, metricsServerProgram } from '../../cluster/index.ts';
import { createCertificates } from '../../tickets/api/certificates.ts';
import { faultsOf } from './faults.ts';
import { freePort } from '../../support/free-port.ts';
import { eventually } from './wait.ts';

const NAMESPACE = 'kube-system';
const API_SERVICE = 'v1beta1.metrics.k8s.io';
const NAME = 'metrics-server';
const START_WITHIN_MS = 120_000;

/** A metrics-server that serves `metrics.k8s.io` of the cluster. */
export interface MetricsServer {
  stop(): Promise<void>;
}

/**
 * Starts the real metrics-server on this machine, with the rights of an administrator, and lets the API server hand `metrics.k8s.io` on to it.
 * For that the API server is started anew with the certificate of a front proxy, which our cluster has none of. Resolves when usage is served.
 */
export async function startMetricsServer(cluster: Cluster): Promise<MetricsServer> {
  const program = await metricsServerProgram(createTerminalProgress());
  const folder = await mkdtemp(join(tmpdir(), 'metrics-server-'));
  await allowAggregation(cluster, folder);
  const host = cluster.own?.hostAddress ?? '127.0.0.1';
  const port = await freePort();
  const child = spawn(program, flagsOf({ cluster, folder, host, port }), {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4_000);
  });
  const list = { apiVersion: 'v1', kind: 'List', items: registration(host, port) };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) });
  const server = { stop: () => stop(cluster, child, folder) };
  const look = async (): Promise<true | undefined> =>
    (await cluster.kubectl(['top', 'nodes'])).includes('%') ? true : undefined;
  await eventually('metrics of the node', START_WITHIN_MS, look, () => Promise.resolve(log)).catch(
    async (error: unknown) => {
      // An API that is registered and not served keeps namespaces from being deleted.
      await server.stop();
      throw error;
    },
  );
  return server;
}

/** Kubernetes documentation, "Configure the Aggregation Layer". */
async function allowAggregation(cluster: Cluster, folder: string): Promise<void> {
  const certificates = createCertificates();
  const authority = certificates.authority('front-proxy-ca');
  const { cert, key } = authority.issue(['DNS:front-proxy-client']);
  await writeFile(join(folder, 'ca.crt'), authority.pem);
  await writeFile(join(folder, 'proxy.crt'), cert);
  await writeFile(join(folder, 'proxy.key'), key);
  certificates.remove();
  const faults = faultsOf(cluster);
  await faults.stop('kube-apiserver');
  await faults.start('kube-apiserver', [
    `--requestheader-client-ca-file=${join(folder, 'ca.crt')}`,
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-username-headers=X-Remote-User',
    `--proxy-client-cert-file=${join(folder, 'proxy.crt')}`,
    `--proxy-client-key-file=${join(folder, 'proxy.key')}`,
  ]);
}

interface Place {
  readonly cluster: Cluster;
  readonly folder: string;
  readonly host: string;
  readonly port: number;
}

function flagsOf({ cluster, folder, host, port }: Place): readonly string[] {
  const kubeconfig = cluster.adminKubeconfigPath;
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--bind-address=${host}`,
    `--secure-port=${port}`,
    `--cert-dir=${folder}`,
    '--kubelet-insecure-tls',
    '--kubelet-preferred-address-types=InternalIP',
    // The least that it takes, which has to be more than the time that a kubelet has for its answer.
    '--metric-resolution=10s',
    '--kubelet-request-timeout=5s',
  ];
}

/** A Service without pods, whose only endpoint is this machine. */
function registration(host: string, port: number): readonly unknown[] {
  const metadata = { name: NAME, namespace: NAMESPACE };
  const labels = { 'kubernetes.io/service-name': NAME };
  const ports = [{ name: 'https', port, protocol: 'TCP' }];
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { ports: [{ ...ports[0], port: 443, targetPort: port }] },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels },
      addressType: 'IPv4',
      ports,
      endpoints: [{ addresses: [host], conditions: { ready: true } }],
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: API_SERVICE },
      spec: {
        service: { name: NAME, namespace: NAMESPACE },
        group: 'metrics.k8s.io',
        version: 'v1beta1',
        insecureSkipTLSVerify: true,
        groupPriorityMinimum: 100,
        versionPriority: 100,
      },
    },
  ];
}

async function stop(cluster: Cluster, child: ChildProcess, folder: string): Promise<void> {
  await cluster.kubectl(['delete', 'apiservice', API_SERVICE, '--ignore-not-found']);
  const own = ['-n', NAMESPACE, 'delete', '--ignore-not-found'];
  await cluster.kubectl([...own, `service/${NAME}`, `endpointslice/${NAME}`]);
  if (child.exitCode === null) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  await faultsOf(cluster).restart('kube-apiserver');
  await rm(folder, { recursive: true, force: true });
}
