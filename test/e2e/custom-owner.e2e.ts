import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cluster, ensureCluster } from '../cluster/index.ts';
import { aContainer, aPodSpec, type Fields } from './support/classes/objects.ts';
import { startTestDesk, type TestDesk } from './support/desk.ts';
import { install, type Installation } from './support/installation.ts';
import { eventually, throughout } from './support/wait.ts';
import { aNamespace } from './support/workloads.ts';

/**
 * Pods of kinds that the agent does not watch. A ReplicaSet whose name looks as if a Deployment had made it is owned by an
 * object of a custom kind; that one may be read, or may not.
 */
const SECOND = 1_000;
const FILED_WITHIN = 120 * SECOND;
const GROUP = 'e2e.example.org';
const run = `owner-${Date.now().toString(36)}`;
const namespaces = {
  agent: `${run}-agent`,
  /** ReplicaSet, Rollout, Shop: all may be read. */
  chain: `${run}-chain`,
  /** ReplicaSet, Fleet, Shop: no right to read the Fleet, at first. */
  unread: `${run}-unread`,
  /** ReplicaSet, Rollout with the annotation. */
  ignored: `${run}-ignored`,
};
const kinds = { Rollout: 'rollouts', Shop: 'shops', Fleet: 'fleets' } as const;

let cluster: Cluster;
let desk: TestDesk;
let agent: Installation | undefined;

function aKind(kind: keyof typeof kinds): Fields {
  const plural = kinds[kind];
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { kind, plural },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}

async function apply(...items: readonly unknown[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) });
}

/** Creates an object of a custom kind and returns the reference by which it owns others. */
async function owner(
  kind: keyof typeof kinds,
  place: { readonly namespace: string; readonly name: string },
  more: Fields = {},
): Promise<Fields> {
  const apiVersion = `${GROUP}/v1`;
  const { namespace, name } = place;
  await apply({ apiVersion, kind, metadata: { namespace, name, ...more } });
  const uid = await cluster.kubectl([
    '-n',
    namespace,
    'get',
    `${kinds[kind]}.${GROUP}`,
    name,
    '-o',
    'jsonpath={.metadata.uid}',
  ]);
  return { apiVersion, kind, name, uid, controller: true };
}

/** Two pods that crash. */
function aReplicaSet(namespace: string, controller: Fields): Fields {
  const labels = { app: 'web' };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { namespace, name: 'web-7d9f8b6c5', ownerReferences: [controller] },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: aPodSpec(aContainer('exit 4')) },
    },
  };
}

beforeAll(async () => {
  cluster = await ensureCluster();
  desk = await startTestDesk(cluster);
  const { agent: own, ...others } = namespaces;
  await apply(...Object.values(others).map(aNamespace), aKind('Rollout'), aKind('Shop'), aKind('Fleet'));
  await cluster.kubectl([
    'wait',
    '--for=condition=Established',
    '--timeout=60s',
    ...Object.values(kinds).map((plural) => `crd/${plural}.${GROUP}`),
  ]);
  const extraRules = [{ apiGroups: [GROUP], resources: [kinds.Rollout, kinds.Shop], verbs: ['get'] }];
  agent = await install(cluster, desk, own, { rbac: { extraRules } });
  const shop = await owner('Shop', { namespace: namespaces.chain, name: 'orders' });
  const above = { ownerReferences: [shop] };
  const rollout = await owner('Rollout', { namespace: namespaces.chain, name: 'web' }, above);
  const harbour = await owner('Shop', { namespace: namespaces.unread, name: 'harbour' });
  const fleet = await owner(
    'Fleet',
    { namespace: namespaces.unread, name: 'web' },
    { ownerReferences: [harbour] },
  );
  const annotations = { 'support.ankra.app/ignore': 'true' };
  const quiet = await owner('Rollout', { namespace: namespaces.ignored, name: 'web' }, { annotations });
  await apply(
    aReplicaSet(namespaces.chain, rollout),
    aReplicaSet(namespaces.unread, fleet),
    aReplicaSet(namespaces.ignored, quiet),
  );
}, 240 * SECOND);

afterAll(async () => {
  if (process.env['E2E_SHOW_LOGS'] === '1') process.stderr.write((await agent?.logs()) ?? '');
  await agent?.uninstall();
  const all = Object.values(namespaces);
  await cluster.kubectl(['delete', 'namespace', ...all, '--ignore-not-found', '--wait=false']);
  const crds = Object.values(kinds).map((plural) => `${plural}.${GROUP}`);
  await cluster.kubectl(['delete', 'crd', ...crds, '--ignore-not-found', '--wait=false']);
  await desk.close();
}, 120 * SECOND);

/** Gives the agent the right to read fleets. */
async function allowFleets(): Promise<void> {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const apiGroup = 'rbac.authorization.k8s.io';
  const metadata = { namespace: namespaces.unread, name: 'fleets' };
  await apply(
    {
      apiVersion,
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: [GROUP], resources: [kinds.Fleet], verbs: ['get'] }],
    },
    {
      apiVersion,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup, kind: 'Role', name: 'fleets' },
      subjects: [{ apiGroup, kind: 'Group', name: `system:serviceaccounts:${namespaces.agent}` }],
    },
  );
}

/** Subjects without their markers. */
function subjects(namespace: string): readonly string[] {
  return desk.tickets(namespace).map(({ subject }) => subject.replace(/ \[k8s-.*$/, ''));
}

describe('a crash of pods whose owner is of a custom kind', () => {
  test(
    'is one ticket of the root of the chain, where it may be read',
    async () => {
      await eventually('its ticket', FILED_WITHIN, () => subjects(namespaces.chain)[0]);
      expect(subjects(namespaces.chain)).toEqual([
        expect.stringMatching(`^Shop ${namespaces.chain}/orders: CrashLoopBackOff`),
      ]);
    },
    FILED_WITHIN + 10 * SECOND,
  );

  test(
    'is one ticket of the owner as the reference names it, where it may not',
    async () => {
      await eventually('its ticket', FILED_WITHIN, () => subjects(namespaces.unread)[0]);
      expect(subjects(namespaces.unread)).toEqual([
        expect.stringMatching(`^Fleet ${namespaces.unread}/web: CrashLoopBackOff`),
      ]);
    },
    FILED_WITHIN + 10 * SECOND,
  );

  test(
    'stays one ticket each when the agent starts anew and may read more, and none where the owner is ignored',
    async () => {
      // Its owner would be another one now.
      await allowFleets();
      await agent?.killPods();
      await throughout(
        'one ticket each',
        30 * SECOND,
        () => subjects(namespaces.chain).length === 1 && subjects(namespaces.unread).length === 1,
      );
      expect(subjects(namespaces.ignored)).toEqual([]);
      // What another suite has left, and is about to be deleted, is none of ours.
      const owners = '{range .items[*]}{.spec.target.namespace} {.spec.target.kind}{"\\n"}{end}';
      const query = ['get', 'incidents', '-n', namespaces.agent, '-o', `jsonpath=${owners}`];
      const incidents = await cluster.kubectl(query);
      const own = incidents.split('\n').filter((line) => line.startsWith(run));
      expect(own.toSorted()).toEqual([`${namespaces.chain} Shop`, `${namespaces.unread} Fleet`]);
    },
    60 * SECOND,
  );
});
