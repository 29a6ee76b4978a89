import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { busyboxImage, type Cluster, ensureCluster } from '../cluster/index.ts';
import { aContainer, aPodSpec, aWorkload, type Fields } from './support/classes/objects.ts';
import {
  crashedStatus,
  type PlayedNode,
  playedToleration,
  playNode,
  runningStatus,
} from './support/classes/played-node.ts';
import { type FiledTicket, startTestDesk, type TestDesk } from './support/desk.ts';
import { install, type Installation, quickConfig } from './support/installation.ts';
import { eventually, throughout } from './support/wait.ts';
import { aNamespace, runs } from './support/workloads.ts';

/** What many owners have in common is one ticket: a Secret, a registry, a node, a storm. */
const SECOND = 1_000;
const WITHIN = 120 * SECOND;
const run = `common-${Date.now().toString(36)}`;
const played = `${run}-node`;
const places = {
  agent: `${run}-agent`,
  secret: `${run}-secret`,
  registry: `${run}-registry`,
  alike: `${run}-alike`,
  aboard: `${run}-aboard`,
  storm: `${run}-storm`,
  stateful: `${run}-stateful`,
};
/** Nobody listens there, on the node itself. */
const REGISTRY = '127.0.0.1:1';
const MANY = 12;

let cluster: Cluster;
let desk: TestDesk;
let agent: Installation | undefined;
let node: PlayedNode | undefined;

async function apply(items: readonly unknown[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) });
}

function deployment(namespace: string, name: string, container: Fields, more: Fields = {}): Fields {
  return aWorkload('Deployment', { namespace, name, pod: aPodSpec(container, more) });
}

/** A workload that may run on the played node alone, and whose pods are given up five seconds after the node was lost. */
function stateful(kind: 'StatefulSet' | 'DaemonSet', name: string): Fields {
  const pod = aPodSpec(aContainer(runs), {
    nodeSelector: { 'kubernetes.io/hostname': played },
    tolerations: [
      playedToleration,
      // The controller of DaemonSets adds one without an end.
      ...(kind === 'DaemonSet'
        ? []
        : [
            {
              key: 'node.kubernetes.io/unreachable',
              operator: 'Exists',
              effect: 'NoExecute',
              tolerationSeconds: 5,
            },
          ]),
    ],
  });
  return aWorkload(kind, { namespace: places.stateful, name, pod });
}

interface PodState {
  readonly name: string;
  readonly uid: string;
  readonly isLeaving: boolean;
}

/** The pods of the workloads with state, by the name of their workload. */
async function statefulPods(): Promise<ReadonlyMap<string, PodState>> {
  const text = await cluster.kubectl(['-n', places.stateful, 'get', 'pods', '-o', 'json']);
  const { items } = JSON.parse(text) as {
    items: {
      metadata: { name: string; uid: string; deletionTimestamp?: string };
      spec: { nodeName?: string };
    }[];
  };
  return new Map(
    items
      .filter(({ spec }) => spec.nodeName === played)
      .map(({ metadata: { name, uid, deletionTimestamp } }) => [
        name.split('-')[0] ?? '',
        { name, uid, isLeaving: deletionTimestamp !== undefined },
      ]),
  );
}

function lackingSecret(name: string): Fields {
  const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }];
  return deployment(places.secret, name, aContainer(runs, { env }));
}

/** One that mounts a socket which the node does not have. */
function wantingSocket(name: string, socket: string): Fields {
  const path = `/run/${run}/${socket}.sock`;
  const volumes = [{ name: `of-${name}`, hostPath: { path, type: 'Socket' } }];
  const volumeMounts = [{ name: `of-${name}`, mountPath: '/run/node.sock' }];
  return deployment(places.alike, name, aContainer(runs, { volumeMounts }), { volumes });
}

function filed(subject: string): Promise<FiledTicket> {
  return eventually(`a ticket "${subject}"`, WITHIN, () => desk.tickets(subject)[0]);
}

interface Folded {
  readonly name: string;
  readonly phase: string | undefined;
  readonly into: string | undefined;
  readonly isOver: boolean;
}

/** The Incidents of the workloads in a namespace. */
async function incidentsIn(namespace: string): Promise<readonly Folded[]> {
  const text = await cluster.kubectl(['-n', places.agent, 'get', 'incidents', '-o', 'json']);
  const { items } = JSON.parse(text) as {
    items: {
      spec: { trigger: string; target: { kind: string; namespace: string; name: string } };
      status?: { phase?: string; foldedInto?: string; recoveredAt?: string };
    }[];
  };
  return items
    .filter(({ spec }) => spec.trigger === 'automatic' && spec.target.namespace === namespace)
    .map(({ spec, status }) => ({
      name: spec.target.name,
      phase: status?.phase,
      into: status?.foldedInto,
      isOver: status?.recoveredAt !== undefined,
    }))
    .toSorted((left, right) => left.name.localeCompare(right.name));
}

/** Waits until all of them are folded into one incident, and returns its name. */
function foldedIn(namespace: string, count: number): Promise<string> {
  return eventually(`${count} folded Incidents in ${namespace}`, WITHIN, async () => {
    const all = await incidentsIn(namespace);
    if (all.length !== count || all.some(({ phase }) => phase !== 'Folded')) return undefined;
    const [into, ...others] = new Set(all.map((one) => one.into));
    return others.length === 0 ? into : undefined;
  });
}

beforeAll(async () => {
  cluster = await ensureCluster();
  desk = await startTestDesk(cluster);
  const { agent: own, ...others } = places;
  await apply(Object.values(others).map(aNamespace));
  agent = await install(cluster, desk, own, {
    config: {
      ...quickConfig,
      groupWait: '10s',
      resolveAfter: '10s',
      // Whoever is late for the minute is not for the hour.
      storm: { perMinute: 8, perHour: 10 },
      // A mount may fail once on a busy machine.
      classes: { config: { for: '5s' }, image: { for: '5s' }, node: { for: '5s' }, storage: { for: '20s' } },
    },
  });
  await apply([
    ...['checkout', 'orders', 'refunds'].map(lackingSecret),
    ...['api', 'web'].map((name) =>
      deployment(places.registry, name, aContainer(runs, { image: `${REGISTRY}/${name}:1` })),
    ),
  ]);
  await apply([
    wantingSocket('shipper', 'logs'),
    wantingSocket('tracer', 'logs'),
    wantingSocket('prober', 'probes'),
  ]);
  node = await playNode(cluster, played);
  await apply([
    deployment(places.aboard, 'shop', aContainer(runs), { nodeName: played }),
    stateful('StatefulSet', 'orders'),
    stateful('DaemonSet', 'shipper'),
  ]);
  const placed = await eventually('pods on the played node', 60 * SECOND, async () => {
    const pods = await statefulPods();
    return pods.size === 2 ? pods : undefined;
  });
  for (const { name } of placed.values())
    await node.writePodStatus(places.stateful, name, runningStatus(busyboxImage));
}, 240 * SECOND);

afterAll(async () => {
  if (process.env['E2E_SHOW_LOGS'] === '1') process.stderr.write((await agent?.logs()) ?? '');
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
  await node?.remove();
  await desk.close();
}, 120 * SECOND);

test(
  'three Deployments that lack one Secret are one ticket, which recovers when it is there',
  async () => {
    const ticket = await filed(`Secret ${places.secret}/db: `);
    expect(ticket.environment).toMatchObject({
      incident: { trigger: 'shared', class: 'config', members: { count: 3 } },
      owner: { kind: 'Secret', namespace: places.secret, name: 'db' },
    });
    expect(ticket.description).toContain('`Deployment/checkout`, `Deployment/orders`, `Deployment/refunds`');
    await foldedIn(places.secret, 3);
    await cluster.kubectl([
      '-n',
      places.secret,
      'create',
      'secret',
      'generic',
      'db',
      '--from-literal=password=changeme',
    ]);
    await eventually('a comment on the recovery', WITHIN, () =>
      desk.tickets(`Secret ${places.secret}/db`)[0]?.comments.some((body) => body.includes('Recovered')) ===
      true
        ? true
        : undefined,
    );
    // Each of them is written for itself, right after the one that has the ticket.
    await eventually('members that are over', WITHIN, async () => {
      const members = await incidentsIn(places.secret);
      return members.length === 3 && members.every(({ phase, isOver }) => phase === 'Folded' && isOver)
        ? true
        : undefined;
    });
    expect(desk.tickets(places.secret)).toHaveLength(1);
  },
  2 * WITHIN,
);

test(
  'two Deployments that pull from one registry which cannot be reached are one ticket',
  async () => {
    const ticket = await filed(`Registry ${REGISTRY}: `);
    expect(ticket.environment).toMatchObject({ incident: { class: 'image', members: { count: 2 } } });
    await foldedIn(places.registry, 2);
    expect(desk.tickets(places.registry)).toHaveLength(0);
  },
  WITHIN + 10 * SECOND,
);

test(
  'two Deployments of whose pods the kubelet says the same on one node are one ticket, and another is one of its own',
  async () => {
    const ticket = await filed('FailedMount: 2 workloads on node node-1 fail with the same message');
    expect(ticket.environment).toMatchObject({
      incident: { trigger: 'shared', class: 'storage', members: { count: 2 } },
    });
    expect(ticket.description).toContain('`Deployment/shipper`, `Deployment/tracer`');
    expect(ticket.description).toContain(`/run/${run}/logs.sock`);
    const other = await filed(`Deployment ${places.alike}/prober: FailedMount`);
    expect(other.description).toContain(`/run/${run}/probes.sock`);
    expect(desk.tickets(places.alike)).toEqual([other]);
  },
  WITHIN + 10 * SECOND,
);

test(
  'what fails on a node that has fallen silent belongs to the ticket of the node',
  async () => {
    if (node === undefined) throw new Error('no node is played');
    await node.fallSilent();
    await eventually('the node to be given up', 60 * SECOND, async () => {
      const ready = ['get', 'node', played, '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'];
      return (await cluster.kubectl(ready)).trim() === 'Unknown' ? true : undefined;
    });
    const pod = await cluster.kubectl(['-n', places.aboard, 'get', 'pods', '-o', 'name']);
    await node.writePodStatus(places.aboard, pod.trim().replace('pod/', ''), crashedStatus(busyboxImage));
    const ticket = await filed(`Node ${played}: `);
    const into = await foldedIn(places.aboard, 1);
    expect(ticket.description).toContain(into);
    expect(desk.tickets(places.aboard)).toHaveLength(0);
  },
  WITHIN + 60 * SECOND,
);

test(
  'the ticket of a lost node says what becomes of each kind of pod, and its way out does what it says',
  async () => {
    const { description } = await filed(`Node ${played}: `);
    expect(description).toMatch(
      /\*\*Hint\*\*: .*Pods of StatefulSets are not replaced: .* are Terminating, and stay so/,
    );
    expect(description).toMatch(
      /\*\*Hint\*\*: .*Pods of DaemonSets stay bound to the node and run nowhere else/,
    );
    const [, remedy = ''] = description.split('Only when the machine is certainly off');
    expect(remedy).toMatch(/two processes write to one volume.*delete pod NAME --grace-period=0 --force/);
    // What is said is so: the one is Terminating and has no successor, the other is as it was.
    const before = await eventually('a pod that is given up', 60 * SECOND, async () => {
      const pods = await statefulPods();
      return pods.get('orders')?.isLeaving === true ? pods : undefined;
    });
    await throughout('no successor', 10 * SECOND, async () => {
      const now = (await statefulPods()).get('orders');
      return now?.isLeaving === true && now.uid === before.get('orders')?.uid;
    });
    expect(before.get('shipper')?.isLeaving).toBe(false);
    const [, command = ''] =
      /^kubectl (taint nodes \S+ node\.kubernetes\.io\/out-of-service=\S+)$/m.exec(remedy) ?? [];
    await cluster.kubectl(command.split(' '));
    await eventually('a pod that is let go', 90 * SECOND, async () =>
      (await statefulPods()).get('orders')?.uid === before.get('orders')?.uid ? undefined : true,
    );
  },
  WITHIN + 160 * SECOND,
);

test(
  'a storm is one ticket that lists all, also when the agent is killed in it',
  async () => {
    const all = Array.from({ length: MANY }, (_, n) => `worker-${n}`);
    // The kubelet says so at once, whatever else the machine does.
    const container = aContainer(runs, { image: 'no:image:name' });
    await apply(all.map((name) => deployment(places.storm, name, container)));
    const ticket = await filed('Storm: ');
    await agent?.killPods();
    const into = await foldedIn(places.storm, MANY);
    expect(ticket.description).toContain(into);
    expect(ticket.subject).toContain('fail at the same time');
    // Their ReplicaSets tell; none of them has run, so that no log does.
    const common = /\*\*In common\*\*: .*\ball were rolled out at `[\d-]+ [\d:]+ UTC(?:, within \d+ s)?`/;
    expect(ticket.description).toMatch(common);
    expect(ticket.description).not.toContain('whose logs were read');
    await throughout('one ticket', 20 * SECOND, () => desk.tickets('Storm: ').length === 1);
    expect(desk.tickets(places.storm)).toHaveLength(0);
    const told = [ticket.description, ...(desk.tickets('Storm: ')[0]?.comments ?? [])].join('\n');
    expect(told).toContain('worker-');
  },
  2 * WITHIN,
);
