import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createKubeConnection, type KubeConnection } from '../../src/kube/connection/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import {
  createTerminalProgress,
  kwokProgram,
  type LoneControlPlane,
  startControlPlane,
} from '../../test/cluster/index.ts';
import { runClient } from '../../test/cluster/clients.ts';
import { AGENT_NAMESPACE } from '../time-to-post/server-side.ts';
import { serveLogs } from './logs.ts';
import { create, createNodes } from './objects.ts';

const root = resolve(import.meta.dirname, '../..');

/** A real etcd and API server with nodes that kwok plays, and everything that an agent needs there. */
export interface Plane {
  readonly serverUrl: string;
  /** Of the administrator. */
  readonly kubeconfig: string;
  readonly api: KubeConnection;
  /** Of the agent's account, and the certificate of the authority of the API server. */
  readonly token: string;
  readonly ca: string;
  readonly close: () => Promise<void>;
}

export async function openPlane(): Promise<Plane> {
  const program = await kwokProgram(createTerminalProgress());
  const plane = await startControlPlane();
  const kwok = startKwok(program, plane.adminKubeconfigPath);
  const logs = await serveLogs();
  const source = { kind: 'kubeconfig', path: plane.adminKubeconfigPath } as const;
  const api = await createKubeConnection(source, { clock: systemClock, version: 'bench' });
  const close = async (): Promise<void> => {
    kwok.kill();
    api.close();
    await plane.stop();
    await logs.close();
  };
  try {
    const crd = join(root, 'deploy/crd.yaml');
    await runClient('kubectl', plane.adminKubeconfigPath, ['apply', '-f', crd]);
    await createNodes(api, logs.port);
    return {
      serverUrl: plane.serverUrl,
      kubeconfig: plane.adminKubeconfigPath,
      api,
      token: await agentToken(api),
      ca: authorityOf(plane),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function startKwok(program: string, kubeconfig: string): ChildProcess {
  const stages = join(root, 'bench/kwok/stages.yaml');
  const flags = ['--manage-all-nodes=true', '--node-ip=127.0.0.1', '--v=ERROR'];
  const args = ['--kubeconfig', kubeconfig, '--config', stages, ...flags];
  return spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** The rights do not matter for what is measured. */
async function agentToken(api: KubeConnection): Promise<string> {
  const home = `/api/v1/namespaces/${AGENT_NAMESPACE}`;
  await create(api, '/api/v1/namespaces', { metadata: { name: AGENT_NAMESPACE } });
  await create(api, `${home}/serviceaccounts`, { metadata: { name: 'agent' } });
  await create(api, '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'agent' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', namespace: AGENT_NAMESPACE, name: 'agent' }],
  });
  const { status } = await api.json<{ status: { token: string } }>({
    method: 'POST',
    path: `${home}/serviceaccounts/agent/token`,
    body: { spec: { expirationSeconds: 7_200 } },
  });
  return status.token;
}

function authorityOf({ adminKubeconfigPath }: LoneControlPlane): string {
  const text = readFileSync(adminKubeconfigPath, 'utf8');
  const [, file] = /certificate-authority: ?"?([^"\s]+)/.exec(text) ?? [];
  if (file === undefined) throw new Error('the kubeconfig names no authority');
  return readFileSync(file, 'utf8');
}
