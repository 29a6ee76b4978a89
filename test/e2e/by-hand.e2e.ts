import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, ensureCluster } from '../cluster/index.ts';
import { aContainer, aCronJob, aJob, aPod, aPodSpec, aWorkload } from './support/classes/objects.ts';
import { type FiledTicket, startTestDesk, type TestDesk } from './support/desk.ts';
import { install, type Installation, quickConfig } from './support/installation.ts';
import { eventually } from './support/wait.ts';
import { aNamespace, runs } from './support/workloads.ts';

/** Healthy objects of every kind that can be asked about: each ticket holds what one would have looked up. */
const SECOND = 1_000;
const FILED_WITHIN = 60 * SECOND;
const run = `by-hand-${Date.now().toString(36)}`;
const places = { agent: `${run}-agent`, services: `${run}-services`, work: `${run}-work` };

let cluster: Cluster;
let desk: TestDesk;
let agent: Installation | undefined;
let node = '';

const healthy = aPodSpec(aContainer(runs));

function storage(namespace: string): readonly unknown[] {
  const size = { storage: '1Gi' };
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: run },
      spec: {
        storageClassName: run,
        capacity: size,
        accessModes: ['ReadWriteOnce'],
        hostPath: { path: `/tmp/${run}`, type: 'DirectoryOrCreate' },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { namespace, name: 'data' },
      spec: { storageClassName: run, accessModes: ['ReadWriteOnce'], resources: { requests: size } },
    },
  ];
}

function objects(): readonly unknown[] {
  const { services, work } = places;
  const quota = { pods: '40', 'requests.storage': '10Gi' };
  return [
    {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { namespace: services, name: 'team' },
      spec: { hard: quota },
    },
    ...storage(services),
    aWorkload('Deployment', { namespace: services, name: 'web', pod: healthy }),
    aWorkload('DaemonSet', { namespace: services, name: 'collector', pod: healthy }),
    aWorkload('StatefulSet', {
      namespace: services,
      name: 'store',
      pod: aPodSpec(aContainer(runs, { volumeMounts: [{ name: 'data', mountPath: '/data' }] }), {
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
      }),
    }),
    aJob({ namespace: work, name: 'migrate', pod: aPodSpec(aContainer('echo done')) }),
    aCronJob({ namespace: work, name: 'report', pod: aPodSpec(aContainer('echo done')) }),
    aPod({ namespace: work, name: 'debugger', pod: healthy }),
  ];
}

/** What is asked about, and what the environment must hold. */
const asked: readonly (readonly [kind: string, name: string, namespace: string, holds: readonly RegExp[]])[] =
  [
    [
      'Deployment',
      'web',
      places.services,
      [
        /"replicas":\{"wanted":1,"ready":1/,
        /"isCurrent":true,"wanted":1,"pods":1,"ready":1/,
        /"quotas":\[\{"name":"team"/,
      ],
    ],
    [
      'StatefulSet',
      'store',
      places.services,
      [/"phase":"Bound"/, /"driver":"hostPath"/, /"usedBy":\["store-0 on /, /"updated":1/],
    ],
    ['DaemonSet', 'collector', places.services, [/"revisions":\[/, /"logs":\[\{"container":"app"/]],
    ['Job', 'migrate', places.work, [/"job":\{"name":"migrate".*"succeeded":1/]],
    ['CronJob', 'report', places.work, [/"cronJob":\{"schedule":"\* \* \* \* \*"/]],
    ['Pod', 'debugger', places.work, [/"phase":"Running"/]],
    [
      'Namespace',
      places.services,
      '',
      [/"pods":\{"count":\d+,"phases":\{"Running":/, /"resource":"pods","hard":"40","used":"\d/],
    ],
  ];

function note(kind: string): string {
  return `${run} asks about the ${kind}`;
}

async function annotate(kind: string, name: string, namespace: string, value: string): Promise<void> {
  const where = namespace === '' ? [] : ['-n', namespace];
  await cluster.kubectl([
    ...where,
    'annotate',
    `${kind.toLowerCase()}/${name}`,
    `support.ankra.app/file-ticket${value}`,
  ]);
}

beforeAll(async () => {
  cluster = await ensureCluster();
  desk = await startTestDesk(cluster);
  const items = [aNamespace(places.services), aNamespace(places.work), ...objects()];
  const list = { apiVersion: 'v1', kind: 'List', items };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) });
  agent = await install(cluster, desk, places.agent, { config: { ...quickConfig, manual: {} } });
  const settled = ['--for=jsonpath={.status.readyReplicas}=1', '--timeout=60s'];
  await cluster.kubectl(['-n', places.services, 'wait', 'deployment/web', 'statefulset/store', ...settled]);
  await cluster.kubectl([
    '-n',
    places.work,
    'wait',
    'job/migrate',
    '--for=condition=Complete',
    '--timeout=60s',
  ]);
  const names = await cluster.kubectl(['get', 'nodes', '-l', 'kubernetes.io/os=linux', '-o', 'name']);
  node = (names.split('\n')[0] ?? '').replace('node/', '');
}, 240 * SECOND);

afterAll(async () => {
  if (node !== '') await annotate('Node', node, '', '-').catch(() => undefined);
  const folder = process.env['E2E_TICKETS_DIR'];
  if (folder !== undefined) await keepTickets(folder);
  await agent?.uninstall();
  await cluster.kubectl(['delete', 'namespace', places.services, places.work, '--wait=false']);
  await cluster.kubectl(['delete', 'persistentvolume', run, '--wait=false']);
  await desk.close();
}, 120 * SECOND);

async function filed(kind: string): Promise<FiledTicket> {
  return eventually(`a ticket for the ${kind}`, FILED_WITHIN, () =>
    desk.tickets(run).find(({ subject }) => subject.startsWith(`${kind} `) && subject.includes(note(kind))),
  );
}

test.each(asked)(
  'a healthy %s gets its environment',
  async (kind, name, namespace, holds) => {
    await annotate(kind, name, namespace, `=${note(kind)}`);
    const { environment } = await filed(kind);
    const text = JSON.stringify(environment);
    for (const part of holds) expect(text).toMatch(part);
    expect(text).not.toContain('no right');
  },
  FILED_WITHIN + 10 * SECOND,
);

test(
  'a healthy Node gets its environment',
  async () => {
    await annotate('Node', node, '', `=${note('Node')}`);
    const { environment } = await filed('Node');
    expect(environment['node']).toMatchObject({
      name: node,
      leaseRenewedAt: expect.any(String),
      pods: { count: expect.any(Number) },
      requested: { pods: expect.any(String) },
    });
  },
  FILED_WITHIN + 10 * SECOND,
);

/** For a person who wants to read what a run has filed. */
async function keepTickets(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { subject, description, environment } of desk.tickets(run)) {
    const name = `by-hand-${subject.slice(0, subject.indexOf(' '))}`;
    await writeFile(join(folder, `${name}.md`), `# ${subject}\n\n${description}`);
    await writeFile(join(folder, `${name}.json`), JSON.stringify(environment, undefined, 2));
  }
}
