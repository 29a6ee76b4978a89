import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type Cluster, ensureCluster } from '../cluster/index.ts';
import { type FiledTicket, startTestDesk, type TestDesk } from './support/desk.ts';
import { install, type Installation, quickConfig } from './support/installation.ts';
import { eventually, throughout } from './support/wait.ts';
import { aDeployment, aNamespace, runs } from './support/workloads.ts';

const SECOND = 1_000;
const FILED_WITHIN = 120 * SECOND;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const run = `e2e-${Date.now().toString(36)}`;
const namespaces = {
  agent: `${run}-agent`,
  crash: `${run}-crash`,
  oom: `${run}-oom`,
  init: `${run}-init`,
  healthy: `${run}-healthy`,
  manual: `${run}-manual`,
  kill: `${run}-kill`,
};

let cluster: Cluster;
let desk: TestDesk;
let agent: Installation | undefined;

async function apply(...objects: readonly unknown[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) });
}

function filed(namespace: string): Promise<FiledTicket> {
  return eventually(`a ticket for ${namespace}`, FILED_WITHIN, () => desk.tickets(namespace)[0]);
}

interface IncidentObject {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly target: { readonly namespace: string }; readonly trigger: string };
  readonly status?: { readonly phase?: string; readonly ticketId?: string };
}

async function incidentsOf(namespace: string): Promise<readonly IncidentObject[]> {
  const text = await cluster.kubectl(['get', 'incidents', '-n', namespaces.agent, '-o', 'json']);
  const { items } = JSON.parse(text) as { items: IncidentObject[] };
  return items.filter((incident) => incident.spec.target.namespace === namespace);
}

beforeAll(async () => {
  cluster = await ensureCluster();
  desk = await startTestDesk(cluster);
  const { agent: own, ...others } = namespaces;
  await apply(...Object.values(others).map(aNamespace));
  agent = await install(cluster, desk, own, { config: { ...quickConfig, manual: {} } });
  await apply(
    aDeployment({
      namespace: namespaces.crash,
      name: 'checkout',
      replicas: 3,
      script: 'echo "reading configuration"; echo "fatal: payments.provider is not set" >&2; exit 3',
      env: { PAYMENTS_TOKEN: 'canary-value-of-a-variable' },
    }),
    aDeployment({
      namespace: namespaces.oom,
      name: 'reports',
      script: 'echo "loading everything into memory"; tail /dev/zero',
      memoryLimit: '32Mi',
    }),
    aDeployment({
      namespace: namespaces.init,
      name: 'web',
      initScript: 'echo "database is not reachable"; exit 7',
      script: runs,
    }),
    aDeployment({ namespace: namespaces.healthy, name: 'steady', replicas: 2, script: runs }),
    aDeployment({ namespace: namespaces.manual, name: 'slow', script: runs }),
  );
}, 240 * SECOND);

afterAll(async () => {
  try {
    if (process.env['E2E_SHOW_LOGS'] === '1') process.stderr.write((await agent?.logs()) ?? '');
    await agent?.uninstall();
    // The next suite of this lane takes requests by hand of all namespaces.
    await cluster.kubectl(['-n', namespaces.manual, 'delete', 'deployment', '--all']);
    await cluster.kubectl([
      'delete',
      'namespace',
      ...Object.values(namespaces),
      '--ignore-not-found',
      '--wait=false',
    ]);
  } finally {
    await desk.close();
  }
}, 120 * SECOND);

describe('a crash loop of three replicas', () => {
  test(
    'files exactly one ticket with everything an engineer would look up',
    async () => {
      const ticket = await filed(namespaces.crash);
      expect(ticket).toMatchObject({ source: 'agent', severity: 'critical', category: 'technical' });
      expect(ticket.clusterId).toMatch(UUID);
      const uid = await cluster.kubectl([
        'get',
        'namespace',
        'kube-system',
        '-o',
        'jsonpath={.metadata.uid}',
      ]);
      expect(ticket.clusterId).toBe(uid);
      expect(ticket.subject).toContain(`Deployment ${namespaces.crash}/checkout: CrashLoopBackOff`);
      expect(ticket.subject).toMatch(/ \[k8s-[0-9a-f]{10}-[0-9a-f]{5}\]$/);
      expect(ticket.description).toContain('exit code `3`');
      expect(ticket.description).toContain('fatal: payments.provider is not set');
      expect(ticket.description).toContain('kubectl -n');
      expect(ticket.environment).toMatchObject({
        owner: { kind: 'Deployment', name: 'checkout', replicas: { wanted: 3 } },
        rollout: { revision: '1' },
        node: { name: expect.any(String), kubeletVersion: expect.stringMatching(/^v1\./) },
        cluster: { uid, version: expect.stringMatching(/^v1\./) },
      });
      const text = JSON.stringify(ticket);
      expect(text).toContain('PAYMENTS_TOKEN');
      expect(text).not.toContain('canary-value-of-a-variable');
    },
    FILED_WITHIN + 30 * SECOND,
  );

  test('sends an environment that is valid against its published schema', async () => {
    const file = join(import.meta.dirname, '../../docs/environment.schema.json');
    const validate = new Ajv2020({ strict: false }).compile(
      JSON.parse(await readFile(file, 'utf8')) as object,
    );
    const { environment } = await filed(namespaces.crash);
    validate(environment);
    expect(validate.errors ?? []).toEqual([]);
  });

  test('shows an operator phase, class, workload and ticket', async () => {
    const ticket = await filed(namespaces.crash);
    const table = await eventually('the ticket id in the table', 20 * SECOND, async () => {
      const text = await cluster.kubectl(['get', 'incidents', '-A']);
      return text.includes(ticket.id) ? text : undefined;
    });
    expect(table).toMatch(/PHASE +CLASS +NAMESPACE +WORKLOAD +TICKET/);
    expect(table).toMatch(new RegExp(`Filed +crash +${namespaces.crash} +\\S*checkout +${ticket.id}`));
  });

  test(
    'stays one ticket when the agent dies after filing, and recovers when it is fixed',
    async () => {
      const ticket = await filed(namespaces.crash);
      await agent?.killPods();
      await throughout('one ticket', 20 * SECOND, () => desk.tickets(namespaces.crash).length === 1);
      await apply(aDeployment({ namespace: namespaces.crash, name: 'checkout', replicas: 3, script: runs }));
      const comment = await eventually('a comment about the recovery', 150 * SECOND, () =>
        desk.tickets(namespaces.crash)[0]?.comments.find((body) => body.includes('Recovered')),
      );
      expect(comment).toContain('3 of 3 replicas are ready');
      const [incident] = await incidentsOf(namespaces.crash);
      expect(incident?.status).toMatchObject({ phase: 'Recovered', ticketId: ticket.id });
      expect(desk.tickets(namespaces.crash)).toHaveLength(1);
    },
    300 * SECOND,
  );
});

test(
  'an OOM-killed container is named as such, with its limit',
  async () => {
    const ticket = await filed(namespaces.oom);
    expect(ticket.subject).toContain('OOMKilled');
    expect(ticket.description).toContain('memory limit `32Mi`');
    expect(desk.tickets(namespaces.oom)).toHaveLength(1);
  },
  FILED_WITHIN,
);

test(
  'a failing init container is named as such',
  async () => {
    const ticket = await filed(namespaces.init);
    expect(ticket.subject).toContain('init container prepare exits with code 7');
    expect(ticket.description).toContain('database is not reachable');
    expect(desk.tickets(namespaces.init)).toHaveLength(1);
  },
  FILED_WITHIN,
);

test(
  'a request by annotation files one ticket, is answered, and never files twice',
  async () => {
    const annotate = (value: string): Promise<string> =>
      cluster.kubectl([
        '-n',
        namespaces.manual,
        'annotate',
        '--overwrite',
        'deployment/slow',
        `support.ankra.app/file-ticket=${value}`,
      ]);
    await annotate('slow since 10:00');
    const ticket = await filed(namespaces.manual);
    expect(ticket.subject).toContain('slow since 10:00');
    expect(ticket).toMatchObject({ source: 'agent', severity: 'critical' });
    const events = await eventually('the answer', 20 * SECOND, async () => {
      const text = await cluster.kubectl([
        '-n',
        namespaces.manual,
        'get',
        'events',
        '--field-selector',
        'reason=TicketFiled',
        '-o',
        'json',
      ]);
      const { items } = JSON.parse(text) as { items: { message: string; type: string }[] };
      return items.length > 0 ? items : undefined;
    });
    expect(events).toEqual([
      expect.objectContaining({ type: 'Normal', message: expect.stringContaining(ticket.id) }),
    ]);

    await agent?.killPods();
    await annotate('slow since 10:00');
    await throughout(
      'the same value files nothing',
      15 * SECOND,
      () => desk.tickets(namespaces.manual).length === 1,
    );
    await annotate('still slow at 11:00');
    await eventually('a ticket for the new value', 60 * SECOND, () =>
      desk.tickets(namespaces.manual).length === 2 ? true : undefined,
    );
  },
  FILED_WITHIN + 120 * SECOND,
);

test(
  'an incident that the agent could not file before it died is filed once by the next one',
  async () => {
    desk.desk.faults.add({ kind: 'status', status: 503 });
    await apply(aDeployment({ namespace: namespaces.kill, name: 'victim', script: 'exit 1' }));
    await eventually('a pending incident', FILED_WITHIN, async () =>
      (await incidentsOf(namespaces.kill)).length === 1 ? true : undefined,
    );
    await agent?.killPods();
    desk.desk.faults.clear();
    await filed(namespaces.kill);
    await throughout('one ticket', 20 * SECOND, () => desk.tickets(namespaces.kill).length === 1);
  },
  FILED_WITHIN + 180 * SECOND,
);

test(
  'a healthy rolling update files nothing',
  async () => {
    await apply(
      aDeployment({
        namespace: namespaces.healthy,
        name: 'steady',
        replicas: 2,
        script: runs,
        env: { REVISION: '2' },
      }),
    );
    await cluster.kubectl([
      '-n',
      namespaces.healthy,
      'rollout',
      'status',
      'deployment/steady',
      '--timeout=90s',
    ]);
    expect(desk.tickets(namespaces.healthy)).toEqual([]);
    expect(await incidentsOf(namespaces.healthy)).toEqual([]);
  },
  120 * SECOND,
);

// Only the cluster of this project writes an audit log.
const describeWithAuditLog = (await ensureCluster()).own === undefined ? describe.skip : describe;

describeWithAuditLog('the API server', () => {
  test('refused the agent nothing', async () => {
    const account = `system:serviceaccount:${namespaces.agent}:`;
    const lines = (await readFile(cluster.own?.auditLogPath ?? '', 'utf8'))
      .split('\n')
      .filter((line) => line.includes(account));
    const refused = lines
      .map(
        (line) => JSON.parse(line) as { verb: string; requestURI: string; responseStatus?: { code: number } },
      )
      .filter((entry) => entry.responseStatus?.code === 403);
    expect(lines.length).toBeGreaterThan(0);
    expect(refused).toEqual([]);
  });
});
