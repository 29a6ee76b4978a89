import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, ensureCluster } from '../cluster/index.ts';
import { startTestDesk, type TestDesk } from './support/desk.ts';
import { install, type Installation, quickConfig } from './support/installation.ts';
import { eventually, throughout } from './support/wait.ts';

/**
 * A control plane that takes no writes, seen by two replicas of the real image. The faults need the cluster of this project.
 */
const SECOND = 1_000;
const agentNamespace = `control-plane-${Date.now().toString(36)}-agent`;
const FOR_MS = 60 * SECOND;
/** `for`, tries of the Lease, and a look every five seconds. */
const FILED_WITHIN_MS = FOR_MS + 45 * SECOND;
/** A replica that did not lead would file by then. */
const STANDBY_MS = 45 * SECOND;
const SAID_WITHIN_MS = 120 * SECOND;
const SUBJECT = 'Control plane of cluster';

let cluster: Cluster;
let desk: TestDesk;
let agent: Installation;

function faults(): NonNullable<Cluster['own']>['faults'] {
  if (cluster.own === undefined)
    throw new Error('these tests need the cluster of this project: unset KUBECONFIG');
  return cluster.own.faults;
}

beforeAll(async () => {
  cluster = await ensureCluster();
  desk = await startTestDesk(cluster.own?.hostAddress ?? '127.0.0.1');
  const config = { ...quickConfig, controlPlane: { for: '1m' }, closeRecovered: true };
  agent = await install(cluster, desk, agentNamespace, { replicaCount: 2, config });
}, 240 * SECOND);

afterAll(async () => {
  try {
    await agent.uninstall();
  } finally {
    await desk.close();
  }
}, 120 * SECOND);

/** Breaks it for longer than `for`, and repairs it. Returns the text of the ticket. */
async function ticketOf(component: 'kube-apiserver' | 'etcd', ticketsBefore: number): Promise<string> {
  await faults().stop(component, 'SIGKILL');
  try {
    const ticket = await eventually(`a ticket for ${component}`, FILED_WITHIN_MS, () =>
      desk.tickets(SUBJECT).find(({ status }) => status === 'open'),
    );
    await throughout('one ticket', STANDBY_MS, () => desk.tickets(SUBJECT).length === ticketsBefore + 1);
    expect(ticket.comments).toEqual([]);
    return `${ticket.subject}\n${ticket.description}`;
  } finally {
    await faults().start(component);
  }
}

async function isSaidOnce(): Promise<void> {
  const ended = await eventually('a comment and the end of the ticket', SAID_WITHIN_MS, () =>
    desk.tickets(SUBJECT).every(({ status }) => status === 'closed')
      ? desk.tickets(SUBJECT).at(-1)
      : undefined,
  );
  expect(ended.comments).toEqual([
    expect.stringMatching(/^\*\*Takes writes again\*\*: .* It took none from /),
  ]);
}

test(
  'an API server that is away: one ticket from the last leader, one comment when it is back',
  async () => {
    const text = await ticketOf('kube-apiserver', 0);
    expect(text).toMatch(
      /the API server (refuses connections|does not answer)|connections to the API server break off/,
    );
    expect(text).toContain(`replica \`${agent.release}-`);
    expect(text).toMatch(/From node `[a-z0-9-]+`/);
    await isSaidOnce();
  },
  6 * 60 * SECOND,
);

test(
  'an etcd that is away: the ticket says what the API server answers',
  async () => {
    const text = await ticketOf('etcd', 1);
    expect(text).toMatch(/etcd has no leader or does not answer|answers writes with errors|does not answer/);
    await isSaidOnce();
  },
  6 * 60 * SECOND,
);
