import { setTimeout as delay } from 'node:timers/promises';
import { createKubeConnection, type KubeConnection } from '../../../src/kube/connection/index.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import type { Cluster } from '../../cluster/index.ts';
import { agentProcess } from './processes.ts';
import { eventually } from './wait.ts';

const WITHIN_MS = 60_000;
/** Take-overs are measured in tenths of a second. */
const LOOK_MS = 20;

/** The agent's process that holds the Lease. */
export interface Leader {
  /** As it stands in the Lease: pod and process. */
  readonly identity: string;
  readonly pod: string;
  readonly pid: number;
}

/** Who leads, of the agents of one namespace. Asked over a connection of its own: kubectl takes too long to measure with. */
export interface Leaders {
  /** The one that leads now and lives. Throws after a minute without one. */
  find(): Promise<Leader>;
  /** Milliseconds until somebody else holds the Lease, from `startedAt` (`performance.now()`). Throws after a minute. */
  untilOther(before: Leader, startedAt: number): Promise<number>;
  close(): void;
}

interface LeaseList {
  readonly items: readonly { readonly spec?: { readonly holderIdentity?: string } }[];
}

/** Looks at the Leases of `namespace`. */
export async function watchLeaders(cluster: Cluster, namespace: string): Promise<Leaders> {
  const source = { kind: 'kubeconfig', path: cluster.adminKubeconfigPath } as const;
  const connection: KubeConnection = await createKubeConnection(source, {
    clock: systemClock,
    version: 'e2e',
  });
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;

  async function holder(): Promise<string | undefined> {
    const list = await connection.json<LeaseList>({ path, timeoutMs: 2_000 }).catch(() => undefined);
    const identity = list?.items[0]?.spec?.holderIdentity;
    return identity === '' ? undefined : identity;
  }

  async function living(): Promise<Leader | undefined> {
    const identity = await holder();
    const pod = identity?.split('_')[0];
    if (identity === undefined || pod === undefined) return undefined;
    const pid = await agentProcess(pod);
    return pid === undefined ? undefined : { identity, pod, pid };
  }

  return {
    find: () => eventually('a leader', WITHIN_MS, living),
    untilOther: async (before, startedAt) => {
      while (performance.now() < startedAt + WITHIN_MS) {
        const identity = await holder();
        if (identity !== undefined && identity !== before.identity) return performance.now() - startedAt;
        await delay(LOOK_MS);
      }
      throw new Error(`nobody leads in place of ${before.identity} within a minute`);
    },
    close: () => connection.close(),
  };
}
