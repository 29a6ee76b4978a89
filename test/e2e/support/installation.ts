import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ConfigInput } from '../../../src/config/index.ts';
import { agentImage, type Cluster } from '../../cluster/index.ts';
import type { TestDesk } from './desk.ts';

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
  /** Returns before the agent is ready. */
  readonly isUnready?: boolean;
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
};

export async function install(
  cluster: Cluster,
  desk: TestDesk,
  namespace: string,
  { isUnready = false, ...more }: InstallOptions = {},
): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'e2e-install-'));
  // The chart keeps its CRD at an uninstall; one of an earlier run would belong to that run's release.
  await cluster.kubectl(['delete', 'crd', 'incidents.support.ankra.app', '--ignore-not-found']);
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
  const [repository, tag] = splitImage(agentImage);
  const values = {
    image: { repository, tag, pullPolicy: 'IfNotPresent' },
    ticketApi: { url: desk.desk.url, existingSecret: { name: 'desk-token' }, ca: { configMap: 'desk-ca' } },
    config: quickConfig,
    dnsPolicy: 'Default',
    // The test node does not account for local storage, so a request for it would fit nowhere.
    resources: { requests: { 'ephemeral-storage': null }, limits: { 'ephemeral-storage': null } },
    ...more,
  };
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
      await cluster.helm(['uninstall', release, '-n', namespace, '--wait']);
      await cluster.kubectl(['delete', 'namespace', namespace, '--wait=false']);
    },
  };
}

function splitImage(image: string): readonly [repository: string, tag: string] {
  const colon = image.lastIndexOf(':');
  return [image.slice(0, colon), image.slice(colon + 1)];
}
