import { createKubeConnection, type KubeSource } from '../../../../src/kube/connection/index.ts';
import type { KubeConnection } from '../../../../src/kube/connection/index.ts';
import {
  type Change,
  Reflector,
  type ReflectorEvent,
  type ReflectorTimings,
  type WatchFailureKind,
} from '../../../../src/kube/reflector/index.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import { eventually } from '../wait.ts';
import { create } from './rights.ts';

/** What the suite keeps of an object. */
interface View {
  readonly name: string;
  readonly version: string;
}

/** A reflector of the ConfigMaps of one namespace of a real API server, and what it has told so far. */
export interface Follower {
  readonly reflector: Reflector<View>;
  readonly changes: readonly Change<View>[];
  readonly events: readonly ReflectorEvent[];
  /** Waits until the store is what a plain list shows: the same names and versions. */
  agrees(withinMs?: number): Promise<void>;
  /** Waits until it says that it is unwell for this reason. */
  complains(reason: WatchFailureKind, withinMs?: number): Promise<void>;
  /** Waits until it is well. */
  recovers(withinMs?: number): Promise<void>;
  stop(): Promise<void>;
}

/** As by default, but quick: a test looks for seconds, not for minutes. Bounds of the transport are the agent's own. */
const quick: Partial<ReflectorTimings> = {
  startSpreadMs: 0,
  reopenSpreadMs: 100,
  backoffInitMs: 100,
  backoffMaxMs: 1_000,
  slowInitMs: 500,
  slowMaxMs: 1_000,
  unauthorizedInitMs: 200,
};

const LOOK_FOR_MS = 30_000;

/** Collection of the ConfigMaps of a namespace. */
export function configMapsPath(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/configmaps`;
}

/** Creates ConfigMaps of these names. */
export async function createConfigMaps(
  admin: KubeConnection,
  namespace: string,
  names: readonly string[],
): Promise<void> {
  for (const name of names)
    await create(admin, configMapsPath(namespace), { metadata: { name }, data: { n: '1' } });
}

/** Names `prefix-0` to `prefix-<count - 1>`. */
export function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${prefix}-${n}`);
}

export interface FollowerOptions {
  readonly admin: KubeConnection;
  readonly namespace: string;
  readonly source: KubeSource;
  readonly timings?: Partial<ReflectorTimings>;
}

/** Starts to follow; waits for nothing. */
export async function follow({ admin, namespace, source, timings }: FollowerOptions): Promise<Follower> {
  const path = configMapsPath(namespace);
  const connection = await createKubeConnection(source, { clock: systemClock, version: 'e2e' });
  const changes: Change<View>[] = [];
  const events: ReflectorEvent[] = [];
  const reflector = new Reflector<View>({
    resource: { path, kind: 'ConfigMap' },
    project,
    connection,
    clock: systemClock,
    random: Math.random,
    onChange: (change) => void changes.push(change),
    observer: (event) => void events.push(event),
    timings: { ...quick, ...timings },
  });
  reflector.start();

  async function waitFor(
    what: string,
    withinMs: number,
    look: () => Promise<boolean> | boolean,
  ): Promise<void> {
    await eventually(what, withinMs, async () => ((await look()) ? true : undefined)).catch(
      (error: unknown) => {
        throw new Error(`${String(error)}; ${JSON.stringify({ status: reflector.status, events })}`, {
          cause: error,
        });
      },
    );
  }

  return {
    reflector,
    changes,
    events,
    agrees: (withinMs = LOOK_FOR_MS) =>
      waitFor('the same as a plain list', withinMs, async () => {
        const list = await admin.json<{ items: unknown[] }>({ path });
        return (
          reflector.status.synced && asText(list.items.map(project)) === asText([...reflector.store.values()])
        );
      }),
    complains: (reason, withinMs = LOOK_FOR_MS) =>
      waitFor(`a complaint: ${reason}`, withinMs, () =>
        events.some((event) => event.kind === 'unwell' && event.reason === reason),
      ),
    recovers: (withinMs = LOOK_FOR_MS) =>
      waitFor('good health', withinMs, () => reflector.status.health === 'well'),
    stop: async () => {
      await reflector.stop();
      connection.close();
    },
  };
}

function project(object: unknown): View {
  const { metadata } = object as { metadata: { name: string; resourceVersion: string } };
  return { name: metadata.name, version: metadata.resourceVersion };
}

function asText(views: readonly View[]): string {
  return views
    .map(({ name, version }) => `${name}@${version}`)
    .sort()
    .join('\n');
}
