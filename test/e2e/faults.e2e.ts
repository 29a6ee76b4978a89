import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { type Cluster, ensureCluster } from '../cluster/index.ts';
import { startTestDesk, type TestDesk } from './support/desk.ts';
import { faultsOf } from './support/faults.ts';
import { install, type Installation } from './support/installation.ts';
import { eventually, throughout } from './support/wait.ts';
import { aDeployment, aNamespace } from './support/workloads.ts';

/**
 * What may be cut off: every incident gets exactly one ticket all the same. What may be killed, the control plane among it, is in
 * kills.e2e.ts. The compaction needs the cluster of this project.
 */
const SECOND = 1_000;
const FILED_WITHIN = 120 * SECOND;
const run = `faults-${Date.now().toString(36)}`;
const agentNamespace = `${run}-agent`;

let cluster: Cluster;
let desk: TestDesk;
let agent: Installation | undefined;
const made: string[] = [];

async function apply(...objects: readonly unknown[]): Promise<void> {
  await cluster.kubectl(['apply', '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
  });
}

/**
 * A namespace with a Deployment whose image has a name that no image can have: its incident opens at once. Returns the namespace, which
 * the ticket's subject names.
 */
async function failIn(name: string): Promise<string> {
  const namespace = `${run}-${name}`;
  made.push(namespace);
  const image = `Shop/${name.toUpperCase()}:1`;
  await apply(aNamespace(namespace), aDeployment({ namespace, name: 'victim', script: 'exit 0', image }));
  return namespace;
}

async function oneTicket(namespace: string): Promise<void> {
  await eventually(`a ticket for ${namespace}`, FILED_WITHIN, () => desk.tickets(namespace)[0]);
  await throughout(`one ticket for ${namespace}`, 8 * SECOND, () => desk.tickets(namespace).length === 1);
}

async function leaderPod(): Promise<string | undefined> {
  const holder = await cluster.kubectl([
    '-n',
    agentNamespace,
    'get',
    'leases',
    '-o',
    'jsonpath={.items[0].spec.holderIdentity}',
  ]);
  const pod = holder.split('_')[0];
  return pod === '' ? undefined : pod;
}

beforeAll(async () => {
  cluster = await ensureCluster();
  desk = await startTestDesk(cluster);
  agent = await install(cluster, desk, agentNamespace, { replicaCount: 2 });
}, 240 * SECOND);

afterAll(async () => {
  try {
    if (process.env['E2E_SHOW_LOGS'] === '1') process.stderr.write((await agent?.logs()) ?? '');
    await cluster.kubectl(['delete', 'namespace', ...made, '--ignore-not-found', '--wait=false']);
    await agent?.uninstall();
  } finally {
    await desk.close();
  }
}, 120 * SECOND);

describe('the ticket API', () => {
  test(
    'an answer that is lost after the ticket was accepted',
    async () => {
      desk.desk.faults.add({ kind: 'loseAnswer', on: 'create', times: 1 });
      await oneTicket(await failIn('lost'));
    },
    FILED_WITHIN + 120 * SECOND,
  );

  test(
    'down while incidents open, and up again',
    async () => {
      desk.desk.faults.add({ kind: 'down' });
      const namespace = await failIn('down');
      await eventually('a pending incident', FILED_WITHIN, async () => {
        const table = await cluster.kubectl(['get', 'incidents', '-n', agentNamespace]);
        return table.includes(namespace) ? true : undefined;
      });
      desk.desk.faults.clear();
      await oneTicket(namespace);
    },
    2 * FILED_WITHIN + 120 * SECOND,
  );
});

describe('the Kubernetes API', () => {
  test(
    'history compacted under the watches',
    async () => {
      const status = JSON.parse(await faultsOf(cluster).etcdctl(['endpoint', 'status', '-w', 'json'])) as {
        Status: { header: { revision: number } };
      }[];
      await faultsOf(cluster).etcdctl(['compaction', String(status[0]?.Status.header.revision)]);
      await oneTicket(await failIn('compacted'));
    },
    FILED_WITHIN + 60 * SECOND,
  );

  test(
    'rights taken away and given back',
    async () => {
      const name = `${agentNamespace}-${agent?.release}-ankra-support-agent-reader`;
      const binding = await cluster.kubectl(['get', 'clusterrolebinding', name, '-o', 'json']);
      await cluster.kubectl(['delete', 'clusterrolebinding', name]);
      const namespace = await failIn('rights');
      await throughout('the agent stays up', 10 * SECOND, async () => (await leaderPod()) !== undefined);
      const { apiVersion, kind, roleRef, subjects } = JSON.parse(binding) as Record<string, unknown>;
      await apply({ apiVersion, kind, metadata: { name }, roleRef, subjects });
      await oneTicket(namespace);
    },
    2 * FILED_WITHIN + 60 * SECOND,
  );
});
