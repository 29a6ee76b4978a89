import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ConfigInput } from '../../../src/config/index.ts';
import { agentImage, type Cluster } from '../../cluster/index.ts';
import type { TestDesk } from './desk.ts';
import { aboutAgent, addDiagnosis } from './diagnostics.ts';

/** The agent as a user installs it: by Helm, from the image of this working tree. */
export interface Installation {
  readonly namespace: string;
  readonly release: string;
  /** Ends the agent's pods at once, as a node that dies would; their Deployment starts new ones. */
  killPods(): Promise<void>;
  /** What all pods of the agent have logged so far. */
  logs(): Promise<string>;
  /** Applies the chart as it was installed, with what is missing of it; with other values, waits until all pods have them. */
  upgrade(values?: Readonly<Record<string, string>>): Promise<void>;
  uninstall(): Promise<void>;
}

/** Values of the chart, beside the usual ones. */
export interface InstallOptions extends Readonly<Record<string, unknown>> {
  readonly config?: ConfigInput;
  /** Returns before the agent is ready. */
  readonly isUnready?: boolean;
  /** Nobody else is in the cluster: the chart installs the custom resource, and the agent files for all namespaces. */
  readonly isAlone?: boolean;
}

const chart = resolve(import.meta.dirname, '../../../charts/ankra-support-agent');
const release = 'agent';

/** Short waits, so that a run takes minutes; everything else as by default. */
export const quickConfig: ConfigInput = {
  groupWait: '1s',
  // A suite breaks in minutes what breaks in months elsewhere.
  storm: { perMinute: 1_000, perHour: 1_000 },
  resolveAfter: '30s',
  ticketApi: { lookupDelay: '3s' },
  lease: { duration: '8s', renewDeadline: '5s', retryPeriod: '1s' },
  // What other suites ask for is theirs.
  manual: { enabled: false },
};

/** For suites that end no agent: it goes on to lead where suites side by side leave it no processor for seconds. */
export const steadyConfig: ConfigInput = {
  ...quickConfig,
  lease: { duration: '30s', renewDeadline: '20s', retryPeriod: '2s' },
};

/** Automatic filing in the namespaces of one run alone: other suites break things at the same time. */
function withinRun(config: ConfigInput, agentNamespace: string): ConfigInput {
  const includeNamespaces = [`${agentNamespace.replace(/-agent$/, '')}-*`];
  return { ...config, watch: { includeNamespaces, ...config.watch } };
}

/** Takes the custom resource away, and with it every Incident. The chart keeps it at an uninstall, for its own release. */
export async function removeCrd(cluster: Cluster): Promise<void> {
  await cluster.kubectl(['delete', 'crd', 'incidents.support.ankra.app', '--ignore-not-found']);
}

/** Installs the agent in `namespace`, which is to be called `<run>-agent`. */
export async function install(
  cluster: Cluster,
  desk: TestDesk,
  namespace: string,
  { isUnready = false, isAlone = false, config = quickConfig, ...more }: InstallOptions = {},
): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'e2e-install-'));
  if (isAlone) await removeCrd(cluster);
  await cluster.kubectl(['create', 'namespace', namespace]);
  await cluster.kubectl([
    '-n',
    namespace,
    'create',
    'secret',
    'generic',
    'desk-token',
    `--from-literal=token=${desk.token}`,
  ]);
  const caFile = join(folder, 'ca.crt');
  await writeFile(caFile, desk.ca);
  await cluster.kubectl(['-n', namespace, 'create', 'configmap', 'desk-ca', `--from-file=ca.crt=${caFile}`]);
  const values = { ...(await valuesFor(cluster, desk, namespace, { isAlone, config })), ...more };
  const forget = addDiagnosis(aboutAgent(cluster, namespace, `app.kubernetes.io/instance=${release}`));
  const valuesFile = join(folder, 'values.json');
  await writeFile(valuesFile, JSON.stringify(values));
  await cluster.helm([
    'install',
    release,
    chart,
    '-n',
    namespace,
    '-f',
    valuesFile,
    ...(isUnready ? [] : ['--wait', '--timeout', '120s']),
  ]);
  await rm(folder, { recursive: true, force: true });
  return installation(cluster, namespace, forget);
}

function installation(cluster: Cluster, namespace: string, forget: () => void): Installation {
  const selector = ['-n', namespace, '-l', `app.kubernetes.io/instance=${release}`];
  return {
    namespace,
    release,
    killPods: async () => {
      await cluster.kubectl(['delete', 'pods', ...selector, '--grace-period=0', '--force', '--wait=false']);
    },
    logs: () => cluster.kubectl(['logs', ...selector, '--tail=-1']),
    upgrade: async (changed = {}) => {
      const set = Object.entries(changed).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
      const wait = set.length === 0 ? [] : ['--wait', '--timeout', '120s'];
      await cluster.helm(['upgrade', release, chart, '-n', namespace, '--reuse-values', ...set, ...wait]);
    },
    uninstall: async () => {
      forget();
      await cluster.helm(['uninstall', release, '-n', namespace, '--wait']);
      await cluster.kubectl(['delete', 'namespace', namespace, '--wait=false']);
    },
  };
}

/** What every installation of the tests has. */
async function valuesFor(
  cluster: Cluster,
  desk: TestDesk,
  namespace: string,
  { isAlone, config }: { readonly isAlone: boolean; readonly config: ConfigInput },
): Promise<Readonly<Record<string, unknown>>> {
  const [repository, tag] = splitImage(agentImage);
  const { clusterId, clusterName, ...agentConfig } = config;
  return {
    ...(clusterName === undefined
      ? { clusterId: clusterId ?? (await clusterUid(cluster)) }
      : { clusterName }),
    image: { repository, tag, pullPolicy: 'IfNotPresent' },
    ticketApi: { url: desk.url, existingSecret: { name: 'desk-token' }, ca: { configMap: 'desk-ca' } },
    config: isAlone ? agentConfig : withinRun(agentConfig, namespace),
    crds: { enabled: isAlone },
    dnsPolicy: 'Default',
    // The test node does not account for local storage, so a request for it would fit nowhere.
    resources: { requests: { 'ephemeral-storage': null }, limits: { 'ephemeral-storage': null } },
  };
}

/** The id by which the ticket API knows a cluster that says nothing else. */
function clusterUid(cluster: Cluster): Promise<string> {
  return cluster.kubectl(['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}']);
}

function splitImage(image: string): readonly [repository: string, tag: string] {
  const colon = image.lastIndexOf(':');
  return [image.slice(0, colon), image.slice(colon + 1)];
}
