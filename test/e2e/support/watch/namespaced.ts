import { createKubeConnection } from '../../../../src/kube/connection/index.ts';
import type { KubeConnection, KubeSource } from '../../../../src/kube/connection/index.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import { watchedResources, Watches } from '../../../../src/watch/index.ts';
import { eventually } from '../wait.ts';
import { account, create } from './rights.ts';

/** All watches of an agent that looks at some namespaces only. */
export interface TenantWatches {
  readonly watches: Watches;
  /** `namespace: reason` of each namespace of which a watch is unwell or was. */
  readonly complaints: ReadonlySet<string>;
  /** Creates a Deployment. */
  deploy(admin: KubeConnection, namespace: string, name: string): Promise<void>;
  /** Waits until this Deployment, `namespace/name`, was seen. */
  sees(deployment: string): Promise<void>;
  stop(): Promise<void>;
}

export async function followNamespaces(
  source: KubeSource,
  namespaces: readonly string[],
): Promise<TenantWatches> {
  const connection = await createKubeConnection(source, { clock: systemClock, version: 'e2e' });
  const seen = new Set<string>();
  const complaints = new Set<string>();
  const watches = new Watches({
    connection,
    clock: systemClock,
    random: Math.random,
    resources: watchedResources({ namespaces, incidentNamespace: account.namespace }),
    onChange: ({ view }) => {
      if (view.kind === 'Deployment') seen.add(`${view.namespace}/${view.name}`);
    },
    observer: (event, { path }) => {
      const namespace = /\/namespaces\/([^/]+)\//.exec(path)?.[1] ?? '';
      if (event.kind === 'unwell' && namespaces.includes(namespace))
        complaints.add(`${namespace}: ${event.reason}`);
    },
    timings: { startSpreadMs: 0, slowInitMs: 500, slowMaxMs: 1_000 },
  });
  return {
    watches,
    complaints,
    deploy: async (admin, namespace, name) => {
      await create(admin, `/apis/apps/v1/namespaces/${namespace}/deployments`, aDeployment(name));
    },
    sees: async (deployment) => {
      await eventually(deployment, 30_000, () => (seen.has(deployment) ? true : undefined));
    },
    stop: async () => {
      await watches.stop();
      connection.close();
    },
  };
}

/** Nothing will run it: there are no controllers. */
function aDeployment(name: string): unknown {
  const labels = { app: name };
  return {
    metadata: { name },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'none' }] } },
    },
  };
}
