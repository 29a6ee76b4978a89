import { describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { helmPath, root } from './support/helm.ts';
import { brokenReferences, yamlProblems } from './support/references.ts';
import { manifests, type Manifest, only, template } from './support/render.ts';

const run = promisify(execFile);

/** kubectl lies beside Helm in what the cluster tool fetches. */
async function kustomize(folder: string): Promise<string> {
  const beside = join(dirname(await helmPath()), 'kubectl');
  const kubectl = process.env['KUBECTL'] ?? beside;
  return (await run(kubectl, ['kustomize', join(root, folder)], { maxBuffer: 16 * 1024 * 1024 })).stdout;
}

function expectSound(text: string): readonly Manifest[] {
  expect(yamlProblems(text)).toEqual([]);
  const objects = manifests(text);
  expect(brokenReferences(objects)).toEqual([]);
  return objects;
}

function documentsOf(file: string): readonly Manifest[] {
  return manifests(readFileSync(join(root, file), 'utf8'));
}

describe('the kustomization', () => {
  test('of deploy/ has the whole agent, and the Role of kube-node-lease where the kubelets keep their Leases', async () => {
    const objects = expectSound(await kustomize('deploy'));
    const own = 'ankra-support-agent';
    const namespaces = new Set(objects.map(({ metadata }) => metadata.namespace));
    expect(namespaces).toEqual(new Set([own, 'kube-node-lease', undefined]));
    expect(
      objects.filter(({ metadata }) => metadata.namespace === 'kube-node-lease').map(({ kind }) => kind),
    ).toEqual(['Role', 'RoleBinding']);
  });

  test('of deploy/namespaced/ has nothing of the cluster', async () => {
    const objects = expectSound(await kustomize('deploy/namespaced'));
    expect(objects.filter(({ metadata }) => metadata.namespace === undefined)).toEqual([]);
  });
});

test('deleting deploy/install.yaml deletes no Incident: neither their kind nor their namespace is in it', () => {
  const kinds = documentsOf('deploy/install.yaml').map(({ kind }) => kind);
  expect(kinds).toContain('Deployment');
  expect(kinds.filter((kind) => ['CustomResourceDefinition', 'Namespace'].includes(kind))).toEqual([]);
});

describe('the values of the example', () => {
  async function render(values: unknown): Promise<readonly Manifest[]> {
    const folder = mkdtempSync(join(tmpdir(), 'example-'));
    try {
      const file = join(folder, 'values.yaml');
      writeFileSync(file, stringify(values));
      return expectSound(await template('--values', file));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  test('for Argo CD render', async () => {
    const application = only(documentsOf('deploy/examples/argocd-application.yaml'), 'Application');
    const { source } = application['spec'] as { source: { path: string; helm: { valuesObject: unknown } } };
    expect(source.path).toBe('charts/ankra-support-agent');
    only(await render(source.helm.valuesObject), 'Deployment');
  });

  test('for Flux render', async () => {
    const release = only(documentsOf('deploy/examples/flux-helmrelease.yaml'), 'HelmRelease');
    const { values, chart } = release['spec'] as { values: unknown; chart: { spec: { chart: string } } };
    expect(chart.spec.chart).toBe('charts/ankra-support-agent');
    only(await render(values), 'Deployment');
  });
});
