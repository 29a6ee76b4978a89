/**
 * Renders the plain manifests of `deploy/` from the chart, for those who install without Helm:
 * `node scripts/render-deploy.ts`. They are committed; a test fails when they are stale.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chart, helm, root } from '../test/chart/support/helm.ts';

const namespace = 'ankra-support-agent';
const header =
  '# Rendered from charts/ankra-support-agent by scripts/render-deploy.ts: change the chart, not this file.\n';

async function template(values: string, ...args: readonly string[]): Promise<string> {
  const file = join(root, values);
  const answer = await helm('template', namespace, chart, '-n', namespace, '-f', file, ...args);
  if (!answer.ok) throw new Error(answer.stderr);
  return header + answer.stdout;
}

/** The manifests as they have to be, by path below the repository's root. Throws what Helm says. */
export async function renderDeploy(): Promise<ReadonlyMap<string, string>> {
  const values = 'deploy/values.yaml';
  const crd = ['--set', 'crds.enabled=true', '--show-only', 'templates/crd-incidents.yaml'];
  return new Map([
    ['deploy/install.yaml', await template(values)],
    ['deploy/crd.yaml', await template(values, ...crd)],
    ['deploy/namespaced/install.yaml', await template('deploy/namespaced/values.yaml')],
  ]);
}

if (import.meta.main) {
  for (const [file, text] of await renderDeploy()) await writeFile(join(root, file), text);
}
