import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  agentImage,
  type Cluster,
  createTerminalProgress,
  ensureCluster,
  runCommand,
} from '../cluster/index.ts';
import { clusterBinDir, helm3Program } from '../cluster/toolchain.ts';
import { askedBy, grantedBy } from './support/audit.ts';
import { startTestDesk, type TestDesk } from './support/desk.ts';
import { aboutAgent, addDiagnosis } from './support/diagnostics.ts';
import { type EarlierRelease, hasEarlierRelease, provideEarlierRelease } from './support/earlier-release.ts';
import { removeCrd } from './support/installation.ts';
import { runbookCommands } from './support/runbook-commands.ts';
import { eventually } from './support/wait.ts';
import { aDeployment, aNamespace } from './support/workloads.ts';

/**
 * The life of a release with both Helms, from the chart and the image of an earlier commit: install, upgrade, test, roll back, upgrade, uninstall, in
 * a namespace in which Pod Security is `restricted`. One failure stands all the while, and has one Incident and one ticket. By the audit
 * log nothing is refused, and no right is given that is not used. At the end the same with kubectl and `deploy/` alone.
 */
const SECOND = 1_000;
const root = resolve(import.meta.dirname, '../..');
const chart = join(root, 'charts/ankra-support-agent');
const run = `life-${Date.now().toString(36)}`;
const clusterId = '0b5d3a4e-1b1a-4f4e-9a75-6a6c5a3f1e2d';
const RESTRICTED = 'pod-security.kubernetes.io/enforce=restricted';

/** Used for failures that do not happen here, or after a week. Each has a test of its own on the sandbox. */
const seldom: ReadonlySet<string> = new Set([
  // By one that files what another process has opened.
  'get support.ankra.app/incidents',
  'delete support.ankra.app/incidents',
  'create /events',
  // The Lease was made by the first pod of the first release.
  'create coordination.k8s.io/leases',
  'get apps/statefulsets',
  'get apps/daemonsets',
  'get apps/replicasets',
  'get batch/jobs',
  'get batch/cronjobs',
  'get /nodes',
  'get /pods',
  'get /pods/log',
  'get /persistentvolumeclaims',
  'get /persistentvolumes',
  'get storage.k8s.io/storageclasses',
  'list storage.k8s.io/volumeattachments',
  'list /resourcequotas',
  'list /limitranges',
  'list policy/poddisruptionbudgets',
  'list apps/controllerrevisions',
  'get autoscaling/horizontalpodautoscalers',
]);

let cluster: Cluster;
let desk: TestDesk;
/** Undefined in a clone without the history. */
let earlier: EarlierRelease | undefined;
let folder: string;
let bin: string;

beforeAll(async () => {
  cluster = await ensureCluster();
  desk = await startTestDesk(cluster, {
    clusters: [{ id: clusterId, name: 'production' }],
  });
  earlier = hasEarlierRelease() ? await provideEarlierRelease(cluster) : undefined;
  folder = await mkdtemp(join(tmpdir(), 'lifecycle-'));
  bin = await clusterBinDir(createTerminalProgress());
}, 240 * SECOND);

afterAll(async () => {
  await removeCrd(cluster);
  await desk.close();
  await earlier?.remove();
  await rm(folder, { recursive: true, force: true });
}, 60 * SECOND);

/** Where and by which Helm a release lives. */
interface Place {
  readonly helm: (words: string) => Promise<string>;
  readonly kubectl: (words: string) => Promise<string>;
  readonly agent: string;
  readonly shop: string;
}

function placeOf(name: string, program: () => Promise<string>, agent = `${run}-${name}-agent`): Place {
  const shell = async (script: string): Promise<string> => {
    const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, KUBECONFIG: cluster.adminKubeconfigPath };
    return runCommand('bash', ['-ec', script], { cwd: folder, env });
  };
  return {
    agent,
    shop: `${run}-${name}-shop`,
    helm: async (words) => shell(`${await program()} -n ${agent} ${words}`),
    kubectl: (words) => shell(`kubectl -n ${agent} ${words}`),
  };
}

/** Values of an installation: of the chart as it is now, and as it was. */
async function writeValues({ shop }: Place): Promise<void> {
  const colon = agentImage.lastIndexOf(':');
  const ticketApi = { url: desk.url, existingSecret: { name: 'token' }, ca: { configMap: 'desk-ca' } };
  const common = {
    ticketApi,
    dnsPolicy: 'Default',
    // The test node does not account for local storage, so a request for it would fit nowhere.
    resources: { requests: { 'ephemeral-storage': null }, limits: { 'ephemeral-storage': null } },
  };
  const config = { ticketApi: { lookupDelay: '3s' }, watch: { includeNamespaces: [shop] } };
  const now = { repository: agentImage.slice(0, colon), tag: agentImage.slice(colon + 1) };
  const write = (file: string, values: unknown): Promise<void> =>
    writeFile(join(folder, `${shop}-${file}.json`), JSON.stringify(values));
  if (earlier !== undefined)
    await write('earlier', { ...common, image: earlier.image, config: { ...config, clusterId } });
  await write('now', { ...common, image: now, config: { ...config, groupWait: '1s' }, clusterId });
}

/** A Deployment whose image has a name that no image can have: its incident opens at once. */
async function fail(namespace: string, name: string): Promise<void> {
  const broken = aDeployment({ namespace, name, script: 'exit 0', image: `Shop/${name.toUpperCase()}:1` });
  const list = { apiVersion: 'v1', kind: 'List', items: [aNamespace(namespace), broken] };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) });
}

async function prepare(place: Place): Promise<void> {
  const { agent, shop, kubectl } = place;
  await removeCrd(cluster);
  await kubectl(`create namespace ${agent}`);
  await kubectl(`label namespace ${agent} ${RESTRICTED}`);
  await kubectl(`create secret generic token --from-literal=token=${desk.token}`);
  await writeFile(join(folder, 'ca.crt'), desk.ca);
  await kubectl('create configmap desk-ca --from-file=ca.crt');
  await writeValues(place);
  await fail(shop, 'cart');
  addDiagnosis(aboutAgent(cluster, agent, 'app.kubernetes.io/instance=agent'));
}

const describeWithHistory = hasEarlierRelease() ? describe : describe.skip;
// The audit log of another cluster is out of reach.
const describeWithAuditLog = (await ensureCluster()).own === undefined ? describe.skip : describe;

describeWithHistory.each([
  ['helm4', (): Promise<string> => Promise.resolve('helm')],
  ['helm3', (): Promise<string> => helm3Program(createTerminalProgress())],
])('a release by %s', (name, program) => {
  let place: Place;
  let upgradedAt: Date;
  /** Names of all. */
  let known: string;

  const wait = '--wait --timeout 120s';
  const incidents = (): Promise<string> => place.kubectl('get incidents -o name');
  const tickets = () => desk.tickets(place.shop);
  const values = (file: string): string => `-f ${place.shop}-${file}.json`;

  afterAll(async () => {
    await place.kubectl(`delete namespace ${place.agent} ${place.shop} --ignore-not-found --wait=false`);
  }, 60 * SECOND);

  test(
    'is installed from an earlier commit, and files',
    async () => {
      place = placeOf(name, program);
      await prepare(place);
      await place.helm(`install agent ${earlier?.chart} ${values('earlier')} ${wait}`);
      await eventually('the ticket', 120 * SECOND, () => tickets()[0]);
      known = await incidents();
      expect(known.trim().split('\n')).toHaveLength(1);
    },
    300 * SECOND,
  );

  test(
    'is upgraded, passes its test, and goes on with the Incident and its ticket',
    async () => {
      upgradedAt = new Date();
      await place.helm(`upgrade agent ${chart} ${values('now')} ${wait}`);
      expect(await place.helm('test agent --logs')).toMatch(/^ok +rights: (\d+) of \1 are given/m);
      expect(await incidents()).toBe(known);
      expect(tickets()).toHaveLength(1);
    },
    300 * SECOND,
  );

  test(
    'is rolled back and upgraded anew, and files nothing twice',
    async () => {
      await place.helm(`rollback agent 1 ${wait}`);
      expect(await incidents()).toBe(known);
      await place.helm(`rollback agent 2 ${wait}`);
      // One that fails now is filed by this release, and the other one is not filed anew meanwhile.
      await fail(place.shop, 'orders');
      await eventually('its ticket', 120 * SECOND, () => desk.tickets(`${place.shop}/orders`)[0]);
      await eventually('its status', 30 * SECOND, async () => {
        const phases = await place.kubectl(`get incidents -o jsonpath='{.items[*].status.phase}'`);
        return phases === 'Filed Filed' ? true : undefined;
      });
      expect(desk.tickets(`${place.shop}/cart`)).toHaveLength(1);
      known = await incidents();
      expect(known.trim().split('\n')).toHaveLength(2);
    },
    300 * SECOND,
  );

  describeWithAuditLog('by the audit log', () => {
    test(
      'was refused nothing, and was given no right that it does not use',
      async () => {
        const rendered = await place.helm(`template agent ${chart} ${values('now')}`);
        const granted = grantedBy(rendered);
        const asked = await askedBy(cluster.own?.auditLogPath ?? '', place.agent, upgradedAt);
        expect(asked.filter(({ isRefused }) => isRefused)).toEqual([]);
        const used = new Set(asked.map(({ what }) => what));
        expect([...seldom].filter((right) => !granted.has(right))).toEqual([]);
        expect([...granted].filter((right) => !used.has(right) && !seldom.has(right))).toEqual([]);
      },
      60 * SECOND,
    );
  });

  test(
    'is uninstalled, and the Incident stays',
    async () => {
      await place.helm('uninstall agent --wait');
      expect(await incidents()).toBe(known);
      expect(await cluster.kubectl(['get', 'crd', 'incidents.support.ankra.app', '-o', 'name'])).not.toBe('');
    },
    120 * SECOND,
  );
});

/** As `deploy/` has it, but for what is different here from where a user is. */
describe('an agent by kubectl alone', () => {
  const namespace = 'ankra-support-agent';
  const file = (name: string): string => join(root, 'deploy', name);
  const tickets = () => desk.tickets(place.shop);
  let place: Place;
  /** Names of all. */
  let known: string;

  afterAll(async () => {
    await cluster.kubectl(['delete', '-f', file('install.yaml'), '--ignore-not-found']);
    await place.kubectl(`delete namespace ${namespace} ${place.shop} --ignore-not-found --wait=false`);
  }, 60 * SECOND);

  test(
    'is applied and files',
    async () => {
      place = placeOf('kubectl', () => Promise.resolve('helm'), namespace);
      const { kubectl, helm } = place;
      await removeCrd(cluster);
      await kubectl(`delete namespace ${namespace} --ignore-not-found`);
      await kubectl(`apply -f ${file('namespace.yaml')} -f ${file('crd.yaml')}`);
      await kubectl(`create secret generic ticket-api --from-literal=token=${desk.token}`);
      await kubectl('create configmap cluster --from-literal=name=production');
      await writeFile(join(folder, 'ca.crt'), desk.ca);
      await kubectl('create configmap desk-ca --from-file=ca.crt');
      await writeValues(place);
      await fail(place.shop, 'cart');
      addDiagnosis(aboutAgent(cluster, namespace, `app.kubernetes.io/name=${namespace}`));
      await helm(
        `template ${namespace} ${chart} -f ${place.shop}-now.json -f ${file('values.yaml')} > install.yaml`,
      );
      await cluster.kubectl(['apply', '-f', join(folder, 'install.yaml')]);
      await eventually('the ticket', 120 * SECOND, () => tickets()[0]);
      known = await kubectl('get incidents -o name');
      expect(known.trim().split('\n')).toHaveLength(1);
    },
    240 * SECOND,
  );

  test(
    'can be looked at by each command of the runbooks and of the alerts',
    async () => {
      const incident = known.trim().replace(/^.*\//, '');
      const commands = await runbookCommands({ namespace, account: namespace, incident });
      expect(commands.length).toBeGreaterThan(10);
      const failed: string[] = [];
      for (const command of commands) {
        // What they look for is mostly not there: the agent is well.
        const [asked = ''] = command.split(' | grep ');
        await place.kubectl(asked.replace(/^kubectl /, '')).catch((error: unknown) => {
          failed.push(String(error));
        });
      }
      expect(failed).toEqual([]);
    },
    120 * SECOND,
  );

  test(
    'is deleted by its own file, and Incident, resource and namespace stay; applied anew it files nothing twice',
    async () => {
      const { kubectl } = place;
      await cluster.kubectl(['delete', '-f', file('install.yaml')]);
      expect(await kubectl('get deployments,serviceaccounts -o name')).toBe('serviceaccount/default\n');
      expect(await kubectl('get incidents -o name')).toBe(known);
      await cluster.kubectl(['apply', '-f', join(folder, 'install.yaml')]);
      await kubectl(`rollout status deployment/${namespace} --timeout=120s`);
      // One that fails now is filed by the new process, and the other one is not filed anew meanwhile.
      await fail(place.shop, 'orders');
      await eventually('its ticket', 120 * SECOND, () => desk.tickets(`${place.shop}/orders`)[0]);
      expect(desk.tickets(`${place.shop}/cart`)).toHaveLength(1);
    },
    240 * SECOND,
  );
});
