import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { busyboxImage, type Cluster, ensureCluster } from '../cluster/index.ts';
import { aContainer, aPodSpec, aWorkload, type Fields } from './support/classes/objects.ts';
import { aboutOwner } from './support/diagnostics.ts';
import { startTestDesk, type TestDesk } from './support/desk.ts';
import { install, type Installation, quickConfig } from './support/installation.ts';
import { eventually, throughout } from './support/wait.ts';
import { aNamespace, runs } from './support/workloads.ts';

/**
 * What a reboot of the node does: all containers, the agent's own among them, and containerd are killed at once, and the kubelet starts
 * everything anew. Who comes back is no failure; who was well and cannot start again is one.
 */
const SECOND = 1_000;
const WITHIN = 120 * SECOND;
const run = `reboot-${Date.now().toString(36)}`;
const places = { agent: `${run}-agent`, well: `${run}-well`, lost: `${run}-lost` };
/** Only the node has it: there is nowhere to pull it from. */
const LOST_IMAGE = `127.0.0.1:1/${run}/orders:1`;

let cluster: Cluster;
let desk: TestDesk;
let agent: Installation | undefined;

async function apply(...items: readonly unknown[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) });
}

function aService(namespace: string, name: string, container: Fields): Fields {
  return aWorkload('Deployment', { namespace, name, pod: aPodSpec(container), spec: { replicas: 2 } });
}

async function available(namespace: string): Promise<void> {
  const all = ['wait', 'deployments', '--all', '--for=condition=Available', '--timeout=100s'];
  await cluster.kubectl(['-n', namespace, ...all]);
}

/** Restarts of all containers in a namespace, one number each. */
async function restarts(namespace: string): Promise<readonly number[]> {
  const path = 'jsonpath={.items[*].status.containerStatuses[*].restartCount}';
  const text = await cluster.kubectl(['-n', namespace, 'get', 'pods', '-o', path]);
  return text.split(' ').map(Number);
}

beforeAll(async () => {
  cluster = await ensureCluster();
  if (cluster.own === undefined)
    throw new Error('these tests need the cluster of this project: unset KUBECONFIG');
  desk = await startTestDesk(cluster);
  const { agent: home, well, lost } = places;
  await apply(aNamespace(well), aNamespace(lost));
  await cluster.own.ctr(['images', 'tag', '--force', busyboxImage, LOST_IMAGE]);
  const pending = { for: '10s' };
  const classes = { image: pending, config: pending, node: pending };
  agent = await install(cluster, desk, home, { config: { ...quickConfig, classes } });
  // It needs a while, as a program that fills its caches does.
  const readinessProbe = {
    exec: { command: ['test', '-f', '/tmp/ready'] },
    periodSeconds: 1,
    timeoutSeconds: 10,
  };
  await apply(
    aService(well, 'web', aContainer(runs)),
    aService(well, 'slow', aContainer(`sleep 10; touch /tmp/ready; ${runs}`, { readinessProbe })),
    aWorkload('StatefulSet', { namespace: well, name: 'store', pod: aPodSpec(aContainer(runs)) }),
    aService(lost, 'orders', aContainer(runs, { image: LOST_IMAGE })),
  );
  await Promise.all([available(well), available(lost)]);
  await cluster.own.faults.rebootRuntime([LOST_IMAGE]);
}, 300 * SECOND);

afterAll(async () => {
  if (process.env['E2E_SHOW_LOGS'] === '1') process.stderr.write((await agent?.logs()) ?? '');
  await agent?.uninstall();
  const all = Object.values(places);
  await cluster.kubectl(['delete', 'namespace', ...all, '--ignore-not-found', '--wait=false']);
  await desk.close();
}, 120 * SECOND);

describe('after a reboot of the node', () => {
  test(
    'what was well and cannot start again, as its image is gone: one ticket',
    async () => {
      const owner = `Deployment ${places.lost}/orders`;
      const ticket = await eventually(
        `a ticket for ${owner}`,
        WITHIN,
        () => desk.tickets(`${owner}: `)[0],
        aboutOwner(cluster, owner),
      );
      expect(ticket.environment).toMatchObject({ incident: { class: 'image' } });
      await throughout('one ticket', 10 * SECOND, () => desk.tickets(places.lost).length === 1);
    },
    WITHIN + 60 * SECOND,
  );

  test(
    'what comes back is no failure, and has been restarted once',
    async () => {
      await available(places.well);
      await throughout('no ticket', 30 * SECOND, () => desk.tickets(places.well).length === 0);
      expect(new Set(await restarts(places.well))).toEqual(new Set([1]));
    },
    WITHIN + 60 * SECOND,
  );
});
