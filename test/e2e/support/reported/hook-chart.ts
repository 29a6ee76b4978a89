import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '../../../cluster/index.ts';
import { aContainer, aJob, aPodSpec } from '../classes/objects.ts';

/** A chart whose hook fails before anything is installed. */
export interface HookChart {
  readonly namespace: string;
  /** Of the hook's Job; Helm's templates are filled in. */
  readonly jobName: string;
  /** When Helm removes the Job. Without it, before the next one of this name is made. */
  readonly deletePolicy?: string;
}

/** Installs or upgrades the release `shop`, and resolves when Helm has given up, with its complaint. */
export async function deployHookChart(cluster: Cluster, chart: HookChart): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'e2e-hook-'));
  try {
    await mkdir(join(folder, 'templates'));
    await writeFile(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: shop\nversion: 1.0.0\n');
    await writeFile(join(folder, 'templates', 'migrate.yaml'), JSON.stringify(hookJob(chart)));
    const release = ['shop', folder, '-n', chart.namespace, '--timeout', '90s'];
    return await cluster.helm(['upgrade', '--install', ...release]).then(
      () => '',
      (error: unknown) => String(error),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function hookJob({ namespace, jobName, deletePolicy }: HookChart): unknown {
  const pod = aPodSpec(aContainer('echo "relation orders does not exist" >&2; exit 1'));
  const job = aJob({ namespace, name: jobName, pod, spec: { backoffLimit: 0 } });
  const annotations = {
    'helm.sh/hook': 'pre-install,pre-upgrade',
    ...(deletePolicy === undefined ? {} : { 'helm.sh/hook-delete-policy': deletePolicy }),
  };
  return { ...job, metadata: { namespace, name: jobName, annotations } };
}
