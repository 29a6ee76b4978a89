import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, ensureCluster } from '../cluster/index.ts';
import { startTestDesk, type TestDesk } from './support/desk.ts';
import { faultsOf } from './support/faults.ts';
import { install, type Installation, quickConfig } from './support/installation.ts';
import { eventually, throughout } from './support/wait.ts';

/**
 * A control plane that takes no writes, seen by two replicas of the real image. The faults need the cluster of this project.
 */
const SECOND = 1_000;
/** `E2E_SLOW=1`: an etcd that is away as well, which is much like an API server that is away. */
const isSlow = process.env['E2E_SLOW'] === '1';
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

beforeAll(async () => {
  cluster = await ensureCluster();
  desk = await startTestDesk(cluster);
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

/** Breaks the control plane for longer than `for`, and repairs it. Returns the text of the ticket. */
async function ticketOf(fault: ControlPlaneFault): Promise<string> {
  const before = desk.tickets(SUBJECT).length;
  await fault.strike();
  try {
    const ticket = await eventually('a ticket for the control plane', FILED_WITHIN_MS, () =>
      desk.tickets(SUBJECT).find(({ status }) => status === 'open'),
    );
    await throughout('one ticket', STANDBY_MS, () => desk.tickets(SUBJECT).length === before + 1);
    expect(ticket.comments).toEqual([]);
    return `${ticket.subject}\n${ticket.description}`;
  } finally {
    await fault.repair();
  }
}

interface ControlPlaneFault {
  readonly strike: () => Promise<unknown>;
  readonly repair: () => Promise<unknown>;
}

function stopped(component: 'kube-apiserver' | 'etcd'): ControlPlaneFault {
  return {
    strike: () => faultsOf(cluster).stop(component, 'SIGKILL'),
    repair: () => faultsOf(cluster).start(component),
  };
}

/** An etcd whose quota is below what it holds takes no writes from its next one on, and goes on answering reads. */
const full: ControlPlaneFault = {
  strike: async () => {
    await faultsOf(cluster).stop('etcd');
    await faultsOf(cluster).start('etcd', ['--quota-backend-bytes=1048576']);
  },
  repair: async () => {
    await faultsOf(cluster).restart('etcd');
    await faultsOf(cluster).etcdctl(['alarm', 'disarm']);
  },
};

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
    const text = await ticketOf(stopped('kube-apiserver'));
    expect(text).toMatch(
      /the API server (refuses connections|does not answer)|connections to the API server break off/,
    );
    expect(text).toContain(`replica \`${agent.release}-`);
    expect(text).toMatch(/From node `[a-z0-9-]+`/);
    await isSaidOnce();
  },
  6 * 60 * SECOND,
);

if (isSlow) {
  test(
    'an etcd that is away: the ticket says what the API server answers',
    async () => {
      const text = await ticketOf(stopped('etcd'));
      expect(text).toMatch(
        /etcd has no leader or does not answer|answers writes with errors|does not answer/,
      );
      await isSaidOnce();
    },
    6 * 60 * SECOND,
  );
}

test(
  'an etcd that is full: the ticket says so, and how room is made',
  async () => {
    const text = await ticketOf(full);
    expect(text).toContain('etcd has no space left and takes no writes');
    expect(text).toContain('etcdctl alarm disarm');
    await isSaidOnce();
  },
  6 * 60 * SECOND,
);
