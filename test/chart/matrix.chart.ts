import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { parseConfig } from '../../src/config/index.ts';
import { checkExtraPatterns } from '../../src/enrich/redact/extra-patterns.ts';
import { chart, helm3Path, type HelmAnswer, helmPath, runHelm } from './support/helm.ts';
import { brokenReferences, yamlProblems } from './support/references.ts';
import { manifests } from './support/render.ts';
import { type ValueSet, valueSets } from './support/value-sets.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chart-values-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function template(path: string, set: ValueSet): Promise<HelmAnswer> {
  const { release = 'support', namespace = 'ankra', values = '', args = [] } = set;
  const file = join(folder, 'values.yaml');
  writeFileSync(file, values);
  // Helm would take a name such as 123 or --x for something else without the equals sign.
  return runHelm(path, ['template', release, chart, `--namespace=${namespace}`, '--values', file, ...args]);
}

/** Words of Helm's own when a template breaks: nobody can tell from them which value is wrong. */
const opaque = /nil pointer|error calling|wrong type for value|cannot unmarshal|YAML parse error|goroutine/;

function expectRefusal({ ok, stderr }: HelmAnswer, words: RegExp): void {
  expect({ ok, stderr }).toEqual({ ok: false, stderr: expect.stringMatching(words) });
  expect(stderr).not.toMatch(opaque);
}

function expectRender({ ok, stdout, stderr }: HelmAnswer): void {
  expect({ ok, stderr: ok ? '' : stderr }).toEqual({ ok: true, stderr: '' });
  expect(yamlProblems(stdout)).toEqual([]);
  const objects = manifests(stdout);
  expect(brokenReferences(objects)).toEqual([]);
  const text = objects
    .filter(({ kind }) => kind === 'ConfigMap')
    .map((each) => (each['data'] as Record<string, string> | undefined)?.['config.json'])
    .find((each) => each !== undefined);
  // What is rendered is taken by the agent: the chart has refused the rest.
  const config = parseConfig(JSON.parse(text ?? 'null'), 'the chart');
  expect(checkExtraPatterns(config.redaction.patterns)).toEqual([]);
}

describe.each([
  ['Helm 4', helmPath],
  ['Helm 3', helm3Path],
])('with %s', (_name, pathOf) => {
  test.each(valueSets.filter(({ refused }) => refused !== undefined))('$what is refused', async (set) => {
    expectRefusal(await template(await pathOf(), set), set.refused ?? /$^/);
  });

  test.each(valueSets.filter(({ refused }) => refused === undefined))('$what renders', async (set) => {
    const answer = await template(await pathOf(), set);
    expectRender(answer);
    expect(answer.stdout).toMatch(set.has ?? /kind: Deployment/);
  });
});

/** A chart that has this one as a dependency, with these values of its own. */
function parentChart(values: string): string {
  const parent = mkdtempSync(join(folder, 'parent-'));
  cpSync(chart, join(parent, 'charts/agent'), { recursive: true });
  const dependency =
    'dependencies: [{ name: ankra-support-agent, version: 0.1.0, condition: ankra-support-agent.enabled }]';
  writeFileSync(join(parent, 'Chart.yaml'), `apiVersion: v2\nname: parent\nversion: 1.0.0\n${dependency}\n`);
  writeFileSync(join(parent, 'values.yaml'), values);
  return parent;
}

describe.each([
  ['Helm 4', helmPath],
  ['Helm 3', helm3Path],
])('as a sub-chart, with %s', (_name, pathOf) => {
  const agent = 'clusterName: production, ticketApi: { existingSecret: { name: t } }';

  test.each([
    ['switched on', `ankra-support-agent: { enabled: true, ${agent} }`, 1],
    ['switched off', 'ankra-support-agent: { enabled: false }', 0],
    [
      'with a block that the parent takes away',
      `ankra-support-agent: { ${agent}, podSecurityContext: null, metrics: null }`,
      1,
    ],
  ])('%s', async (_what, values, deployments) => {
    const answer = await runHelm(await pathOf(), ['template', 'support', parentChart(values)]);
    expect(answer).toMatchObject({ ok: true });
    expect(manifests(answer.stdout).filter(({ kind }) => kind === 'Deployment')).toHaveLength(deployments);
  });
});

test('the templates count on nothing that values.yaml does not have', () => {
  const [, skeleton = ''] =
    /define "agent\.structure" -}}\n([^]*?){{- end }}/.exec(
      readFileSync(join(chart, 'templates/_values.tpl'), 'utf8'),
    ) ?? [];
  // What Kubernetes describes may be taken away as a whole, so it is not in the skeleton.
  expect(parse(readFileSync(join(chart, 'values.yaml'), 'utf8'))).toMatchObject({
    ...(parse(skeleton) as object),
    probes: expect.anything(),
  });
});

test('there are at least 105 sets', () => {
  expect(new Set(valueSets.map(({ what }) => what)).size).toBeGreaterThanOrEqual(105);
});
