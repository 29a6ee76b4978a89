import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, ensureCluster } from '../cluster/index.ts';
import { aContainer, aPodSpec, aWorkload } from './support/classes/objects.ts';
import { aboutOwner } from './support/diagnostics.ts';
import { type FiledTicket, startTestDesk, type TestDesk } from './support/desk.ts';
import { install, type Installation, quickConfig } from './support/installation.ts';
import { type MetricsServer, startMetricsServer } from './support/metrics-server.ts';
import { eventually } from './support/wait.ts';
import { aNamespace, runs } from './support/workloads.ts';

/** What is in use, as the real metrics-server measures it and the API server hands it on. */
const SECOND = 1_000;
const FILED_WITHIN = 150 * SECOND;
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

beforeAll(async () => {
  cluster = await ensureCluster();
  desk = await startTestDesk(cluster);
  const items = [aNamespace(places.shop), unready()];
  const list = { apiVersion: 'v1', kind: 'List', items };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) });
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
      /node `memory [\d.]+Gi of [\d.]+Gi, cpu [\d.]+ of \d+`; measured \d+ (?:s|min) before this was read/;
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
