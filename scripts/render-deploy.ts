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

const namespaceManifest = `---
apiVersion: v1
kind: Namespace
metadata:
  name: ${namespace}
  labels:
    pod-security.kubernetes.io/enforce: restricted
`;

async function template(...args: readonly string[]): Promise<string> {
  const values = join(root, 'deploy/values.yaml');
  const answer = await helm('template', namespace, chart, '-n', namespace, '-f', values, ...args);
  if (!answer.ok) throw new Error(answer.stderr);
  return answer.stdout;
}

/** The manifests as they have to be, by path below the repository's root. Throws what Helm says. */
export async function renderDeploy(): Promise<ReadonlyMap<string, string>> {
  const [everything, crd] = await Promise.all([
    template(),
    template('--show-only', 'templates/crd-incidents.yaml'),
  ]);
  return new Map([
    ['deploy/install.yaml', header + namespaceManifest + everything],
    ['deploy/crd.yaml', header + crd],
  ]);
}

if (import.meta.main) {
  for (const [file, text] of await renderDeploy()) await writeFile(join(root, file), text);
}
