import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, ensureCluster } from '../cluster/index.ts';
import { startTestDesk, type TestDesk } from './support/desk.ts';
import { install, type Installation, quickConfig } from './support/installation.ts';
import { eventually, throughout } from './support/wait.ts';
import { aDeployment, aNamespace, images, runs } from './support/workloads.ts';

/**
 * Filing by hand, with the admission policy in force: what a person may ask for, what becomes of it, and what nobody but
 * the agent may do. The test's people are impersonated users; the policy asks the real authoriser about them.
 */
const SECOND = 1_000;
const FILED_WITHIN = 60 * SECOND;
const ANNOTATION = 'support.ankra.app/file-ticket';
const run = `manual-${Date.now().toString(36)}`;
const namespaces = {
  agent: `${run}-agent`,
  shop: `${run}-shop`,
  flood: `${run}-flood`,
  calm: `${run}-calm`,
};
/** Ten thousand changes by command: E2E_FLOOD_OBJECTS=100 E2E_FLOOD_ROUNDS=100. */
const floodObjects = Number(process.env['E2E_FLOOD_OBJECTS'] ?? 8);
const floodRounds = Number(process.env['E2E_FLOOD_ROUNDS'] ?? 6);
/** May change workloads in `shop` and request tickets there. */
const requester = 'e2e-requester';
/** May change workloads everywhere, and request nothing. */
const editor = 'e2e-editor';

let cluster: Cluster;
let desk: TestDesk;
let agent: Installation | undefined;

async function apply(...items: readonly unknown[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) });
}

interface Place {
  readonly as?: string;
  readonly namespace?: string;
}

/** Sets or, with undefined, takes away the annotation; `object` as in `deployment/slow`. */
async function annotate(object: string, value: string | undefined, place: Place = {}): Promise<string> {
  const { as, namespace } = place;
  return cluster.kubectl([
    ...(namespace === undefined ? [] : ['-n', namespace]),
    'annotate',
    '--overwrite',
    object,
    value === undefined ? `${ANNOTATION}-` : `${ANNOTATION}=${value}`,
    ...(as === undefined ? [] : ['--as', as]),
  ]);
}

async function reasonOfRefusal(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'it was allowed',
    (error: unknown) => String(error),
  );
}

interface Answer {
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly kind: string; readonly name: string };
}

async function answers(namespace: string): Promise<readonly Answer[]> {
  const text = await cluster.kubectl(['-n', namespace, 'get', 'events', '-o', 'json']);
  const { items } = JSON.parse(text) as { items: Answer[] };
  return items.filter(({ reason }) => reason.startsWith('Ticket'));
}

function answered(namespace: string, reason: string, name: string): Promise<Answer> {
  return eventually(`${reason} on ${name}`, FILED_WITHIN, async () =>
    (await answers(namespace)).find(
      (answer) => answer.reason === reason && answer.involvedObject.name === name,
    ),
  );
}

/** Of this run alone: what another suite has asked for in the same words may not be deleted yet. */
function ticketOf(words: string) {
  return eventually(`a ticket of "${words}"`, FILED_WITHIN, () =>
    desk.tickets(words).find(({ subject }) => subject.includes(run)),
  );
}

async function incidentsOf(namespace: string): Promise<number> {
  const path = 'jsonpath={range .items[*]}{.spec.trigger}/{.spec.target.namespace}{"\\n"}{end}';
  const text = await cluster.kubectl(['-n', namespaces.agent, 'get', 'incidents', '-o', path]);
  return text.split('\n').filter((line) => line === `manual/${namespace}`).length;
}

/** Writes to the API server by the agent's account, its Lease left aside; from the audit log. */
async function writesOfTheAgent(): Promise<number> {
  if (cluster.own === undefined) return 0;
  const account = `system:serviceaccount:${namespaces.agent}:`;
  const lines = (await readFile(cluster.own.auditLogPath, 'utf8')).split('\n');
  return lines.filter(
    (line) =>
      line.includes(`"username":"${account}`) &&
      /"verb":"(?:create|update|patch|delete)"/.test(line) &&
      line.includes('"stage":"ResponseComplete"') &&
      !line.includes('"resource":"leases"'),
  ).length;
}

function people(): readonly unknown[] {
  const rbac = 'rbac.authorization.k8s.io';
  const role = (name: string, rules: readonly unknown[]): unknown => ({
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name: `${run}-${name}` },
    rules,
  });
  const subject = (name: string): unknown => ({ kind: 'User', apiGroup: rbac, name });
  const roleRef = (name: string): unknown => ({
    apiGroup: rbac,
    kind: 'ClusterRole',
    name: `${run}-${name}`,
  });
  const verbs = ['get', 'list', 'create', 'update', 'patch'];
  return [
    role('edit', [
      { apiGroups: ['apps'], resources: ['deployments'], verbs },
      { apiGroups: [''], resources: ['pods', 'nodes', 'namespaces'], verbs },
    ]),
    role('file', [{ apiGroups: ['support.ankra.app'], resources: ['incidents'], verbs: ['file'] }]),
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: `${run}-edit` },
      subjects: [subject(requester), subject(editor)],
      roleRef: roleRef('edit'),
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'file', namespace: namespaces.shop },
      subjects: [subject(requester)],
      roleRef: roleRef('file'),
    },
  ];
}

beforeAll(async () => {
  cluster = await ensureCluster();
  desk = await startTestDesk(cluster);
  const { agent: own, ...others } = namespaces;
  await apply(...Object.values(others).map(aNamespace), ...people());
  const { shop, flood, calm } = namespaces;
  const [installed] = await Promise.all([
    install(cluster, desk, own, {
      admissionPolicy: { enabled: true },
      config: { ...quickConfig, manual: {} },
    }),
    apply(
      aDeployment({ namespace: shop, name: 'slow', script: runs }),
      aDeployment({ namespace: shop, name: 'broken', script: 'echo "no such queue" >&2; exit 4' }),
      ...Array.from({ length: floodObjects }, (_, n) =>
        aDeployment({ namespace: flood, name: `app-${n}`, replicas: 0, script: runs }),
      ),
      aDeployment({ namespace: calm, name: 'quiet', replicas: 0, script: runs }),
    ),
  ]);
  agent = installed;
}, 180 * SECOND);

afterAll(async () => {
  try {
    if (process.env['E2E_SHOW_LOGS'] === '1') process.stderr.write((await agent?.logs()) ?? '');
    await annotate('node/node-1', undefined).catch(() => undefined);
    await agent?.uninstall();
    await cluster.kubectl([
      'delete',
      'namespace',
      ...Object.values(namespaces),
      '--ignore-not-found',
      '--wait=false',
    ]);
    await cluster.kubectl(['delete', 'clusterrolebinding', `${run}-edit`, '--ignore-not-found']);
    await cluster.kubectl(['delete', 'clusterrole', `${run}-edit`, `${run}-file`, '--ignore-not-found']);
  } finally {
    await desk.close();
  }
}, 120 * SECOND);

test(
  'the API server lets only those ask who hold the verb file there, and controllers go on',
  async () => {
    const { shop, calm } = namespaces;
    // The API server needs a moment to know a policy that was made just now.
    const refusal = await eventually('the policy in force', 30 * SECOND, async () => {
      const reason = await reasonOfRefusal(
        annotate('deployment/quiet', 'let me in', { as: editor, namespace: calm }),
      );
      await annotate('deployment/quiet', undefined, { namespace: calm });
      return reason.includes('you need the verb') ? reason : undefined;
    });
    expect(refusal).toContain('you may not request support tickets here');
    for (const [object, place] of [
      ['deployment/quiet', { as: requester, namespace: calm }],
      ['deployment/slow', { as: editor, namespace: shop }],
      ['node/node-1', { as: requester }],
      [`namespace/${calm}`, { as: requester }],
    ] as const)
      expect(await reasonOfRefusal(annotate(object, 'let me in', place))).toContain('you need the verb');
    // Other changes of the same people are none of its business.
    await cluster.kubectl(['-n', calm, 'label', 'deployment/quiet', 'tier=back', '--as', editor]);
    await expect(
      annotate('deployment/slow', 'slow since 10:00', { as: requester, namespace: shop }),
    ).resolves.toContain('annotated');
    // A template with the annotation is its author's to write; the pods that controllers make of it are not refused.
    const template = { metadata: { annotations: { [ANNOTATION]: 'from the template' } } };
    await cluster.kubectl([
      '-n',
      shop,
      'patch',
      'deployment/slow',
      '-p',
      JSON.stringify({ spec: { template } }),
    ]);
    await cluster.kubectl(['-n', shop, 'rollout', 'status', 'deployment/slow', '--timeout=60s']);
    await ticketOf('slow since 10:00');
    expect(desk.tickets('from the template')).toEqual([]);
  },
  150 * SECOND,
);

test('nobody but the agent creates Incidents', async () => {
  const can = (as: string, verb = 'create'): Promise<string> =>
    cluster
      .kubectl(['auth', 'can-i', verb, 'incidents.support.ankra.app', '-n', namespaces.agent, '--as', as])
      .catch((error: unknown) => String(error));
  expect(await can(`system:serviceaccount:${namespaces.agent}:agent-ankra-support-agent`)).toContain('yes');
  for (const as of [requester, editor, `system:serviceaccount:${namespaces.shop}:default`])
    expect(await can(as)).toMatch(/\bno\b/);
});

test(
  'one value is one ticket: answered, not repeated after a restart, and a new value is a new one',
  async () => {
    const { shop } = namespaces;
    const ticket = await ticketOf('slow since 10:00');
    expect(ticket).toMatchObject({ source: 'agent', severity: 'critical', comments: [] });
    expect(ticket.environment).toMatchObject({
      owner: { kind: 'Deployment', name: 'slow', replicas: { wanted: 1 } },
    });
    expect((await answered(shop, 'TicketFiled', 'slow')).message).toContain(ticket.id);
    await agent?.killPods();
    await annotate('deployment/slow', undefined, { namespace: shop });
    await annotate('deployment/slow', 'slow since 10:00', { namespace: shop });
    await annotate('deployment/slow', 'still slow at 11:00', { namespace: shop });
    await ticketOf('still slow at 11:00');
    await throughout(
      'one ticket for each value',
      5 * SECOND,
      () => desk.tickets(`${shop}/slow`).length === 2,
    );
  },
  180 * SECOND,
);

test(
  'a request on a workload whose ticket is open becomes a comment, and its Incident names that ticket',
  async () => {
    const { shop } = namespaces;
    const ticket = await ticketOf(`${shop}/broken`);
    await annotate('deployment/broken', 'customers call', { namespace: shop });
    await eventually('the comment', FILED_WITHIN, () =>
      desk.tickets(`${shop}/broken`)[0]?.comments.find((body) => body.includes('customers call')),
    );
    expect((await answered(shop, 'TicketFiled', 'broken')).message).toContain(ticket.id);
    expect(desk.tickets(`${shop}/broken`)).toHaveLength(1);
  },
  150 * SECOND,
);

test(
  'what cannot be taken is refused with a reason, and nothing is filed',
  async () => {
    const { shop } = namespaces;
    await apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: shop, name: 'bare', annotations: { [ANNOTATION]: 'two\nlines' } },
      spec: { containers: [{ name: 'app', image: images.busybox, command: ['/bin/sh', '-c', runs] }] },
    });
    const refusal = await answered(shop, 'TicketRefused', 'bare');
    expect(refusal.message).toContain('control characters or line breaks');
    await annotate('pod/bare', 'the bare pod is slow', { namespace: shop });
    await ticketOf('the bare pod is slow');
    expect(desk.tickets('two')).toEqual([]);
  },
  120 * SECOND,
);

test(
  'a Node and a Namespace are filed for, and answered in default',
  async () => {
    await Promise.all([
      annotate('node/node-1', `${run} node is slow`),
      annotate(`namespace/${namespaces.calm}`, `${run} all of it is slow`),
    ]);
    const [node, namespace] = await Promise.all([
      ticketOf(`${run} node is slow`),
      ticketOf(`${run} all of it is slow`),
    ]);
    expect(node.subject).toContain('Node');
    expect((await answered('default', 'TicketFiled', namespaces.calm)).message).toContain(namespace.id);
  },
  120 * SECOND,
);

test(
  'a flood in one namespace files five in an hour, writes little, and others are served',
  async () => {
    const { flood, calm } = namespaces;
    const before = await writesOfTheAgent();
    for (let round = 0; round < floodRounds; round += 1) {
      await cluster.kubectl([
        '-n',
        flood,
        'annotate',
        '--overwrite',
        'deployments',
        '--all',
        `${ANNOTATION}=flood ${round}`,
      ]);
    }
    await annotate('deployment/quiet', 'quiet but slow', { namespace: calm });
    await ticketOf('quiet but slow');
    const delayed = await eventually('an answer to those that wait', FILED_WITHIN, async () =>
      (await answers(flood)).find(({ reason }) => reason === 'TicketDelayed'),
    );
    expect(delayed.message).toMatch(/filed from \d\d:\d\d UTC on/);
    await agent?.killPods();
    await throughout('five at most', 10 * SECOND, async () => (await incidentsOf(flood)) <= 5);
    expect(await incidentsOf(flood)).toBe(5);
    expect((await answers(flood)).length).toBeLessThanOrEqual(5 * 2 + 2 * 5 * 4);
    // Six requests with their status and answers, and the answers to those that wait, told anew after the restart.
    const written = (await writesOfTheAgent()) - before;
    if (process.env['E2E_SHOW_LOGS'] === '1') process.stderr.write(`writes of the agent: ${written}\n`);
    expect(written).toBeLessThanOrEqual(120);
  },
  150 * SECOND + floodRounds * floodObjects * 60,
);
