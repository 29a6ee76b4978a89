import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientEnvironment, clientPath, type Cluster, ensureCluster } from '../cluster/index.ts';
import { aContainer, aPodSpec, aWorkload, type Fields } from './support/classes/objects.ts';
import { aboutOwner } from './support/diagnostics.ts';
import { type FiledTicket, startTestDesk, type TestDesk } from './support/desk.ts';
import { install, type Installation, quickConfig } from './support/installation.ts';
import { type MetricsServer, startMetricsServer } from './support/metrics-server.ts';
import { eventually } from './support/wait.ts';
import { aNamespace, runs } from './support/workloads.ts';

/** What is in use, as the real metrics-server measures it and the API server hands it on; and what an autoscaler makes of it. */
const SECOND = 1_000;
const FILED_WITHIN = 210 * SECOND;
const run = `usage-${Date.now().toString(36)}`;
const places = { agent: `${run}-agent`, shop: `${run}-shop` };

let cluster: Cluster;
let desk: TestDesk;
let metrics: MetricsServer | undefined;
let agent: Installation | undefined;

function filed(owner: string): Promise<FiledTicket> {
  const look = (): FiledTicket | undefined => desk.tickets(`${owner}: `)[0];
  return eventually(`a ticket for ${owner}`, FILED_WITHIN, look, aboutOwner(cluster, owner));
}

/** Runs, needs some memory, and is never ready. */
function unready(): unknown {
  const readinessProbe = {
    exec: { command: ['/bin/sh', '-c', 'echo "waiting for feature flags"; exit 1'] },
    periodSeconds: 2,
  };
  const resources = { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } };
  const pod = aPodSpec(aContainer(runs, { readinessProbe, resources }));
  return aWorkload('Deployment', { namespace: places.shop, name: 'checkout', pod });
}

/** A workload that an autoscaler scales by a share of the CPU that it requests. */
function scaled(name: string, container: Fields): readonly unknown[] {
  const pod = aPodSpec(container);
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', name };
  const cpu = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } };
  return [
    aWorkload('Deployment', { namespace: places.shop, name, pod, spec: { replicas: 2 } }),
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { namespace: places.shop, name },
      spec: {
        scaleTargetRef: target,
        minReplicas: 2,
        maxReplicas: 4,
        metrics: [{ type: 'Resource', resource: cpu }],
      },
    },
  ];
}

const requesting = { resources: { requests: { cpu: '10m' } } };
/** Of these the autoscaler gets no metrics at first: metrics-server comes later, and one is ready later still. */
const late: readonly (readonly [string, Fields])[] = [
  ['late-metrics', aContainer(runs, requesting)],
  [
    'late-start',
    aContainer(`sleep 100; touch /tmp/ready; ${runs}`, {
      ...requesting,
      readinessProbe: {
        exec: { command: ['cat', '/tmp/ready'] },
        initialDelaySeconds: 100,
        periodSeconds: 2,
      },
    }),
  ],
];

/** What a person has who pastes a command. */
async function shellEnvironment(): Promise<NodeJS.ProcessEnv> {
  const path = `${dirname(await clientPath('kubectl'))}:${process.env['PATH'] ?? ''}`;
  return { ...process.env, ...clientEnvironment(cluster.adminKubeconfigPath), PATH: path };
}

/** The Events about the metrics that an autoscaler does not get. */
async function missedBy(name: string): Promise<readonly { message: string; count?: number }[]> {
  const about = `involvedObject.kind=HorizontalPodAutoscaler,involvedObject.name=${name},reason=FailedGetResourceMetric`;
  const args = ['-n', places.shop, 'get', 'events', '--field-selector', about, '-o', 'json'];
  return (JSON.parse(await cluster.kubectl(args)) as { items: { message: string; count?: number }[] }).items;
}

beforeAll(async () => {
  cluster = await ensureCluster();
  desk = await startTestDesk(cluster);
  const items = [
    aNamespace(places.shop),
    unready(),
    ...scaled('without-request', aContainer(runs)),
    ...late.flatMap(([name, container]) => scaled(name, container)),
  ];
  const list = { apiVersion: 'v1', kind: 'List', items };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) });
  await eventually('an autoscaler without metrics', 60 * SECOND, async () =>
    (await missedBy('late-metrics')).length > 0 ? true : undefined,
  );
  metrics = await startMetricsServer(cluster);
  await eventually('metrics of the pod', 90 * SECOND, async () =>
    (await cluster.kubectl(['-n', places.shop, 'top', 'pods'])).includes('checkout') ? true : undefined,
  );
  const config = { ...quickConfig, classes: { probe: { for: '5s' } } };
  agent = await install(cluster, desk, places.agent, { config, rbac: { metrics: true } });
}, 400 * SECOND);

afterAll(async () => {
  if (process.env['E2E_SHOW_TICKETS'] === '1')
    for (const one of desk.tickets('')) process.stderr.write(`${one.subject}\n\n${one.description}\n\n`);
  await agent?.uninstall();
  await cluster.kubectl([
    'delete',
    'namespace',
    ...Object.values(places),
    '--ignore-not-found',
    '--wait=false',
  ]);
  await metrics?.stop();
  await desk.close();
}, 240 * SECOND);

test(
  'the ticket says what container and node have in use, beside limit, request and what there is',
  async () => {
    const { description, environment } = await filed(`Deployment ${places.shop}/checkout`);
    const container =
      /container `app` `memory [\d.]+[KMG]i of its limit 64Mi, cpu [\d.]+ without a limit, 0\.01 requested`/;
    const node =
      /node `memory [\d.]+Gi of [\d.]+Gi, cpu [\d.]+ of \d+`; measured \d+ (?:s|min)(?: \(container\) and \d+ (?:s|min) \(node\))? before this was read/;
    expect(description).toMatch(container);
    expect(description).toMatch(node);
    const usage = {
      cpu: expect.any(String),
      memory: expect.stringMatching(/i$/),
      measuredAt: expect.any(String),
    };
    expect(environment).toMatchObject({ containers: [{ name: 'app', usage }], node: { usage } });
    expect(JSON.stringify(environment['omitted'])).not.toContain('usage');
  },
  FILED_WITHIN + 10 * SECOND,
);

test(
  'an autoscaler whose pods lack a request is told with the container and the command that shows it',
  async () => {
    const { subject, description } = await filed(`HorizontalPodAutoscaler ${places.shop}/without-request`);
    expect(subject).toMatch(/the autoscaler cannot scale: missing request for cpu in container app of Pod/);
    expect(description.split('\n')[0]).toMatch(/^\*\*Not scaling: HorizontalPodAutoscaler/);
    expect(description).toMatch(/\*\*Hint\*\*: .*container `app` requests no `cpu`: give it a request/);
    expect(description).not.toContain('metrics-server');
    const [, command = ''] = /^(kubectl .* jsonpath=.*requests.*)$/m.exec(description) ?? [];
    const shown = await promisify(execFile)('/bin/sh', ['-c', command], { env: await shellEnvironment() });
    expect(shown.stdout).toBe('app: \n');
    // Each pod that is named in turn is an Event of its own.
    expect((await missedBy('without-request')).some(({ message }) => message.includes('missing'))).toBe(true);
    for (const [name] of late) {
      expect(await missedBy(name)).not.toEqual([]);
      expect(desk.tickets(`HorizontalPodAutoscaler ${places.shop}/${name}`)).toEqual([]);
    }
  },
  FILED_WITHIN + 70 * SECOND,
);
