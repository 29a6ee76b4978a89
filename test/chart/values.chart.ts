import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { renderDeploy } from '../../scripts/render-deploy.ts';
import { configValueSchema, durationsTemplate, type ObjectSchema } from '../../scripts/render-schema.ts';
import { parseConfig } from '../../src/config/index.ts';
import { chart, helm, root } from './support/helm.ts';
import { cases, manifests, only, template, templateCase } from './support/render.ts';

const token = ['--set', 'clusterName=production,ticketApi.existingSecret.name=ticket-api'];

/** Runs `helm template` and gives what it complains about; fails when it does not. */
async function complaint(...args: readonly string[]): Promise<string> {
  const answer = await helm('template', 'support', chart, ...args);
  expect(answer.ok).toBe(false);
  return answer.stderr;
}

/** Values that Kubernetes describes, so that one line for the whole is enough. */
const ofKubernetes = [
  'resources',
  'podSecurityContext',
  'containerSecurityContext',
  'nodeSelector',
  'probes.startup',
  'probes.liveness',
  'probes.readiness',
];

/** Paths of all values: of what is not an object with fields of its own. */
function leaves(value: unknown, path: readonly string[] = []): readonly string[] {
  const isBranch =
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
  if (!isBranch || ofKubernetes.includes(path.join('.'))) return [path.join('.')];
  return Object.entries(value).flatMap(([key, field]) => leaves(field, [...path, key]));
}

/** Paths of the fields of a JSON Schema. */
function fieldsOf(schema: ObjectSchema, path: readonly string[] = []): readonly string[] {
  // An old name is in the schema to be refused.
  const nested = Object.entries(schema.properties ?? {}).filter(([, field]) => !('const' in field));
  if (nested.length === 0) return [path.join('.')];
  return nested.flatMap(([name, field]) => fieldsOf(field, [...path, name]));
}

describe('values are refused', () => {
  test.each([
    ['a typing error', ['--set', 'ticketApi.ulr=https://x'], "'/ticketApi': additional properties 'ulr'"],
    ['a typing error at the top', ['--set', 'replicaCuont=2'], "additional properties 'replicaCuont'"],
    ['a URL without TLS', ['--set', 'ticketApi.url=http://tickets.example.com'], "'/ticketApi/url'"],
    [
      'a URL that only looks local',
      ['--set', 'ticketApi.url=http://localhost.example.com'],
      "'/ticketApi/url'",
    ],
    [
      'a URL with a token in it',
      ['--set', 'ticketApi.url=https://a:b@tickets.example.com'],
      "'/ticketApi/url'",
    ],
    ['no URL', ['--set', 'ticketApi.url='], "'/ticketApi/url'"],
    [
      'a proxy with credentials',
      ['--set', 'ticketApi.proxy.url=http://me:pw@proxy:3128'],
      "'/ticketApi/proxy/url'",
    ],
    ['no replica', ['--set', 'replicaCount=0'], "'/replicaCount'"],
    ['a digest that is none', ['--set', 'image.digest=latest'], "'/image/digest'"],
    [
      'a rule that writes',
      ['--set-json', 'rbac.extraRules=[{"apiGroups":["a"],"resources":["b"],"verbs":["patch"]}]'],
      "'/rbac/extraRules/0/verbs/0'",
    ],
    [
      'a rule for every group',
      ['--set-json', 'rbac.extraRules=[{"apiGroups":["*"],"resources":["b"],"verbs":["get"]}]'],
      "'/rbac/extraRules/0/apiGroups/0'",
    ],
  ])('%s', async (_what, args, says) => {
    expect(await complaint(...token, ...args)).toContain(says);
  });

  test.each(['secrets', 'configmaps', '*', 'pods/exec', 'nodes/proxy', 'pods/portforward'])(
    'a rule for reading %s',
    async (resource) => {
      const rules = JSON.stringify([{ apiGroups: [''], resources: [resource], verbs: ['get'] }]);
      expect(await complaint(...token, '--set-json', `rbac.extraRules=${rules}`)).toContain(
        `may not be given "${resource}"`,
      );
    },
  );

  test.each([
    ['no token', [], 'ticketApi.existingSecret.name'],
    ['two tokens', [...token, '--set', 'ticketApi.token=x'], 'choose one'],
    [
      'the credentials of a proxy without the proxy',
      [...token, '--set', 'ticketApi.proxy.existingSecret.name=p'],
      'set ticketApi.proxy.url as well',
    ],
    ['two CA bundles', [...token, '--set', 'ticketApi.ca.secret=x,ticketApi.ca.configMap=y'], 'choose one'],
    [
      'namespaced mode without the identity of the cluster',
      [...token, '--set', 'config.watch.namespaces={shop}'],
      'needs clusterId',
    ],
    ['no ServiceAccount', [...token, '--set', 'serviceAccount.create=false'], 'serviceAccount.name'],
    [
      'two scrapes of the same metrics',
      [...token, '--set', 'metrics.podMonitor.enabled=true,metrics.serviceMonitor.enabled=true'],
      'enable one',
    ],
    [
      'a ServiceMonitor without a Service',
      [...token, '--set', 'service.enabled=false,metrics.serviceMonitor.enabled=true'],
      'service.enabled',
    ],
    [
      'the admission policy on a cluster that does not know it',
      [...token, '--set', 'admissionPolicy.enabled=true', '--kube-version', '1.29.6'],
      '1.30',
    ],
    ['a cluster that is too old', [...token, '--kube-version', '1.28.0'], 'kubeVersion'],
  ])('%s', async (_what, args, says) => {
    expect(await complaint(...args)).toContain(says);
  });
});

test('a URL on the loopback address may do without TLS', async () => {
  for (const url of ['http://127.0.0.1:8080', 'http://localhost', 'http://[::1]:1/base']) {
    expect(await template(...token, '--set', `ticketApi.url=${url}`)).toContain(`"url": "${url}"`);
  }
});

test('the README describes every value, and none that is gone', () => {
  const values = leaves(parse(readFileSync(join(chart, 'values.yaml'), 'utf8')));
  const readme = readFileSync(join(chart, 'README.md'), 'utf8');
  const described = [...readme.matchAll(/^\| `([^`]+)` +\|/gm)].map((match) => match[1] ?? '');
  expect(described.toSorted()).toEqual(values.toSorted());
});

test('docs/install.md describes every field of the configuration', () => {
  const text = readFileSync(join(root, 'docs/install.md'), 'utf8');
  // A request, as `GET /api/v1/clusters`, is no field.
  const described = [...text.matchAll(/^\| `([^` ]+)` +\|/gm)].map((match) => match[1] ?? '');
  expect(described.toSorted()).toEqual(fieldsOf(configValueSchema()).toSorted());
});

test('deploy/ is rendered from the chart as it is', async () => {
  for (const [file, text] of await renderDeploy()) {
    expect({ file, text: readFileSync(join(root, file), 'utf8') }).toEqual({ file, text });
  }
});

describe('the configuration file', () => {
  async function configOf(name: string, ...args: readonly string[]): Promise<unknown> {
    const configMap = only(
      manifests(await templateCase(name, ...args)).filter((each) => each.metadata.name !== 'support-more'),
      'ConfigMap',
    );
    return JSON.parse((configMap['data'] as Record<string, string>)['config.json'] ?? '');
  }

  test.each(cases)('of ci/%s-values.yaml is one that the agent accepts', async (name) => {
    expect(parseConfig(await configOf(name), name)).toMatchObject({ lease: { name: expect.any(String) } });
  });

  test('is checked by the schema of the values', async () => {
    expect(await complaint(...token, '--set', 'config.mod=observe')).toContain("additional properties 'mod'");
    expect(await complaint(...token, '--set', 'config.groupWait=10')).toContain("'/config/groupWait'");
    expect(await complaint(...token, '--set', 'config.classes.crush.for=1m')).toContain('crush');
    expect(await complaint(...token, '--set', 'config.settle=10s')).toContain('groupWait');
    expect(await complaint(...token, '--set', 'config.recovery.quiet=1m')).toContain('resolveAfter');
    expect(await complaint(...token, '--set', 'config.classes.crash.hold=1m')).toContain('classes.*.for');
    expect(await complaint(...token, '--set', 'config.ticketApi.tokenFile=/x')).toContain('tokenFile');
  });

  test('has the schema that the agent has', () => {
    const schema = JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8')) as {
      readonly properties: { readonly config: unknown };
    };
    expect(schema.properties.config).toEqual(configValueSchema());
    expect(readFileSync(join(chart, 'templates/_durations.tpl'), 'utf8')).toBe(durationsTemplate());
  });

  test('says what the values imply', async () => {
    expect(await configOf('default')).toEqual({
      clusterName: 'production',
      http: { port: 8080 },
      lease: { name: 'support-ankra-support-agent' },
      ticketApi: { url: 'https://platform.ankra.app', tokenFile: '/var/run/secrets/ankra/token' },
    });
  });
});
