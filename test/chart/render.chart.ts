import { describe, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { neededRights } from '../../src/cli/rights.ts';
import { parseConfig } from '../../src/config/index.ts';
import { watchedResources } from '../../src/watch/resources.ts';
import { chart, helm, root } from './support/helm.ts';
import { restrictedViolations, type PodSpec } from './support/pod-security.ts';
import { cases, manifests, only, template, templateCase, type Manifest } from './support/render.ts';
import { grants, objection, type Grant } from './support/rights.ts';

/** Golden files are rewritten on purpose only: `UPDATE_GOLDEN=1`. Read the difference before you commit it. */
const updating = process.env['UPDATE_GOLDEN'] === '1';
const golden = join(root, 'test/chart/golden');

function podsOf(objects: readonly Manifest[]): readonly PodSpec[] {
  return objects.flatMap((object): PodSpec[] => {
    if (object.kind === 'Pod') return [object['spec'] as PodSpec];
    if (object.kind !== 'Deployment') return [];
    return [(object['spec'] as { readonly template: { readonly spec: PodSpec } }).template.spec];
  });
}

describe.each(cases)('rendered with ci/%s-values.yaml', (name) => {
  test('looks as it did', async () => {
    const text = await templateCase(name);
    const file = join(golden, `${name}.yaml`);
    if (updating) {
      mkdirSync(golden, { recursive: true });
      writeFileSync(file, text);
    }
    expect(text).toBe(readFileSync(file, 'utf8'));
  });

  test('is the same every time, so that nothing is rolled out without a reason', async () => {
    expect(await templateCase(name)).toBe(await templateCase(name, '--is-upgrade'));
  });

  test('passes the linter', async () => {
    const answer = await helm('lint', '--strict', chart, '--values', join(chart, `ci/${name}-values.yaml`));
    expect(answer).toMatchObject({ ok: true });
  });

  test('runs where Pod Security is restricted', async () => {
    const pods = podsOf(manifests(await templateCase(name)));
    expect(pods.length).toBeGreaterThan(0);
    expect(pods.flatMap(restrictedViolations)).toEqual([]);
  });

  test('runs with a read-only root file system and a memory limit', async () => {
    const text = await templateCase(name);
    const deployment = only(manifests(text), 'Deployment');
    expect(deployment).toMatchObject({
      spec: {
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: {
          spec: {
            automountServiceAccountToken: true,
            containers: expect.arrayContaining([
              expect.objectContaining({
                name: 'agent',
                securityContext: expect.objectContaining({ readOnlyRootFilesystem: true }),
                resources: expect.objectContaining({
                  limits: expect.objectContaining({ memory: expect.any(String) }),
                }),
              }),
            ]),
          },
        },
      },
    });
    // A file mounted by subPath is never refreshed: a rotated token would not arrive.
    expect(text).not.toMatch(/subPath:/);
  });

  test('grants nothing that a reader of failures does not need', async () => {
    const objects = manifests(await templateCase(name));
    const refused = grants(objects)
      .map((grant) => ({ grant, why: objection(grant, 'ankra') }))
      .filter(({ why }) => why !== undefined);
    expect(refused).toEqual([]);
  });

  test('keeps the token out of everything but a Secret', async () => {
    const objects = manifests(await templateCase(name, '--set', 'commonLabels.probe=x'));
    const others = objects.filter((object) => object.kind !== 'Secret');
    expect(JSON.stringify(others)).not.toContain('not-a-real-token');
  });

  test('puts the common labels on every object of the chart', async () => {
    const objects = manifests(await templateCase(name, '--set', 'commonLabels.probe=x'));
    const own = objects.filter((object) => object.metadata.name !== 'support-more');
    expect(own.filter((object) => object.metadata.labels['probe'] !== 'x')).toEqual([]);
  });
});

describe('the agent may list and watch everything that it watches', () => {
  /** `/apis/apps/v1/namespaces/shop/deployments` as `{ resource: 'apps/deployments', namespace: 'shop' }`. */
  function parsePath(path: string): { readonly resource: string; readonly namespace: string | undefined } {
    const match = /^\/(?:api|apis\/([^/]+))\/v[^/]+(?:\/namespaces\/([^/]+))?\/([^/]+)$/.exec(path);
    return { resource: `${match?.[1] ?? ''}/${match?.[3] ?? ''}`, namespace: match?.[2] };
  }

  test.each([
    ['default', []],
    ['namespaced', ['shop', 'payments']],
  ])('with ci/%s-values.yaml', async (name, namespaces) => {
    const granted = grants(manifests(await templateCase(name)));
    const missing = watchedResources({ namespaces, incidentNamespace: 'ankra' })
      .map(({ path }) => parsePath(path))
      .flatMap((wanted) => ['list', 'watch'].map((verb) => ({ ...wanted, verb })))
      .filter(
        ({ resource, namespace, verb }) =>
          !granted.some(
            (grant) =>
              grant.resource === resource &&
              grant.verb === verb &&
              (grant.namespace === undefined || grant.namespace === namespace),
          ),
      );
    expect(missing).toEqual([]);
  });
});

describe('the rights that `check` asks for are those that the chart gives, verb by verb', () => {
  const say = (grant: Pick<Grant, 'namespace' | 'resource' | 'verb'>): string =>
    `${grant.verb} ${grant.resource} in ${grant.namespace ?? 'the cluster'}`;

  test.each([
    ['default', []],
    ['namespaced', ['shop', 'payments']],
  ])('with ci/%s-values.yaml', async (name, namespaces) => {
    const { watch, logs, lease, environment } = parseConfig(
      { clusterId: '0b5d3a4e-1b1a-4f4e-9a75-6a6c5a3f1e2d', watch: { namespaces } },
      'test',
    );
    // Who may read Incidents is about people.
    const given = grants(manifests(await templateCase(name))).filter(({ role }) => !role.endsWith('-view'));
    const needed = neededRights({ watch, logs, lease, environment }, 'ankra').map(
      ({ group, resource, ...right }) => ({
        ...right,
        resource: `${group}/${resource}`,
      }),
    );
    expect(new Set(needed.map(say))).toEqual(new Set(given.map(say)));
  });
});

test('ConfigMaps may be read only where the values say so, and the agent is told', async () => {
  const withRight = manifests(await templateCase('default', '--set', 'rbac.configMaps=true'));
  const rights = (objects: readonly Manifest[]): readonly string[] =>
    grants(objects).flatMap(({ resource, verb }) => (resource === '/configmaps' ? [verb] : []));
  expect(rights(manifests(await templateCase('default')))).toEqual([]);
  expect(rights(withRight)).toEqual(['get']);
  expect(JSON.stringify(withRight)).toContain('\\"configMaps\\": true');
});

test('what is in use may be read only where the values say so, and the agent is told', async () => {
  const withRight = manifests(await templateCase('default', '--set', 'rbac.metrics=true'));
  const rights = (objects: readonly Manifest[]): readonly string[] =>
    grants(objects).flatMap(({ resource, verb }) =>
      resource.startsWith('metrics.k8s.io/') ? [`${verb} ${resource}`] : [],
    );
  expect(rights(manifests(await templateCase('default')))).toEqual([]);
  expect(rights(withRight).toSorted()).toEqual(['get metrics.k8s.io/nodes', 'get metrics.k8s.io/pods']);
  expect(JSON.stringify(withRight)).toContain('\\"usage\\": true');
});

test('the list of objections refuses what it is there for', () => {
  const grant = (resource: string, verb: string, namespace?: string): Grant => ({
    role: 'r',
    kind: 'ClusterRole',
    namespace,
    resource,
    verb,
  });
  const refused = [
    grant('/secrets', 'get', 'ankra'),
    grant('/configmaps', 'list'),
    grant('/pods/exec', 'get'),
    grant('/pods/exec', 'create'),
    grant('/pods/ephemeralcontainers', 'patch'),
    grant('/nodes/proxy', 'get'),
    grant('/serviceaccounts/token', 'create'),
    grant('*/pods', 'get'),
    grant('/pods', '*'),
    grant('apps/deployments', 'patch'),
    grant('/pods', 'delete', 'ankra'),
    grant('rbac.authorization.k8s.io/clusterroles', 'bind'),
    grant('rbac.authorization.k8s.io/clusterroles', 'escalate'),
    grant('/serviceaccounts', 'impersonate'),
    grant('support.ankra.app/incidents', 'create'),
    grant('url /metrics', 'get'),
  ];
  expect(refused.filter((each) => objection(each, 'ankra') === undefined)).toEqual([]);
  expect(objection(grant('support.ankra.app/incidents', 'create', 'ankra'), 'ankra')).toBeUndefined();
});

describe('namespaced mode', () => {
  test('needs no right beyond its namespaces, and nothing of the cluster', async () => {
    const objects = manifests(await templateCase('namespaced'));
    const clusterScoped = ['ClusterRole', 'ClusterRoleBinding', 'CustomResourceDefinition'];
    expect(objects.filter((object) => clusterScoped.includes(object.kind))).toEqual([]);
    const readers = objects.filter(
      (object) => object.kind === 'Role' && object.metadata.name.endsWith('-reader'),
    );
    expect(readers.map((role) => role.metadata.namespace)).toEqual(['payments', 'shop']);
    const resources = new Set(grants(readers).map((grant) => grant.resource));
    expect([...resources].filter((resource) => /nodes|namespaces/.test(resource))).toEqual([]);
  });
});

describe('the chart', () => {
  test('keeps the Incidents when it is uninstalled, unless told otherwise', async () => {
    const kept = only(manifests(await templateCase('default')), 'CustomResourceDefinition');
    expect(kept.metadata.annotations).toEqual({
      'helm.sh/resource-policy': 'keep',
      'argocd.argoproj.io/sync-options': 'Delete=false,Prune=false',
      'kustomize.toolkit.fluxcd.io/prune': 'disabled',
    });
    const dropped = only(
      manifests(await templateCase('default', '--set', 'crds.keep=false')),
      'CustomResourceDefinition',
    );
    expect(dropped.metadata.annotations).toBeUndefined();
  });

  test('rolls the pods when the configuration changes, and not when the token does', async () => {
    const checksum = async (...args: readonly string[]): Promise<string | undefined> => {
      const text = await templateCase('trial', ...args);
      return /checksum\/config: (\w+)/.exec(text)?.[1];
    };
    const before = await checksum();
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(await checksum('--set', 'ticketApi.token=another')).toBe(before);
    expect(await checksum('--set', 'config.mode=observe')).not.toBe(before);
  });

  test('has the versions of the package', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    const [description] = manifests(readFileSync(join(chart, 'Chart.yaml'), 'utf8'));
    expect(description).toMatchObject({ version: manifest.version, appVersion: manifest.version });
  });

  test('names its image by tag, or by digest where there is one', async () => {
    expect(await template('--set', 'config.mode=observe')).toContain(
      'image: "ghcr.io/ankraio/ankra-support-agent:',
    );
    const pinned = await templateCase('production');
    expect(pinned).toMatch(
      /image: "registry\.example\.com\/ankraio\/ankra-support-agent@sha256:[0-9a-f]{64}"\n/,
    );
  });
});
