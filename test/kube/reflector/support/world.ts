import { createKubeConnection } from '../../../../src/kube/connection/index.ts';
import type { KubeConnection } from '../../../../src/kube/connection/index.ts';
import {
  type Change,
  Reflector,
  type ReflectorEvent,
  type ReflectorOptions,
} from '../../../../src/kube/reflector/index.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import type { FakeClock } from '../../../support/fake-clock.ts';
import { createFakeApi } from './fake-api.ts';
import type { FakeApi, FakeRequest, FakeStream } from './fake-api.ts';

/** What the tests keep of a pod. */
export interface PodView {
  readonly name: string;
  readonly version: string;
  readonly note: string;
}

/** A reflector against a scripted API server, under a fake clock. */
export interface World {
  readonly api: FakeApi;
  readonly clock: FakeClock;
  readonly reflector: Reflector<PodView>;
  readonly changes: Change<PodView>[];
  readonly events: ReflectorEvent[];
  /** Names and versions of what is held, sorted: `web@12`. */
  held(): string[];
  /** Starts, answers the first list with these pods and opens the first watch. */
  sync(pods: readonly unknown[], version?: string): Promise<FakeStream>;
  /** Lets the reflector sit out its pause; returns how long it was. */
  passPause(): Promise<number>;
  /** Waits until I/O has made this true. */
  until(condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

export type WorldOptions = Partial<ReflectorOptions<PodView>>;

/** Never, for waits that a test does not want. */
export const NEVER_MS = 1e12;

const open = new Set<World>();

/** For `afterEach`: stops every reflector, closes every server. */
export async function closeWorlds(): Promise<void> {
  for (const world of open) await world.close();
  open.clear();
}

/** A world without luck: jitter is always the middle, the freshness check sleeps, and a watch without bookmarks lasts, unless `options` say otherwise. */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const clock = createFakeClock();
  const api = await createFakeApi();
  const connection: KubeConnection =
    options.connection ??
    (await createKubeConnection({ kind: 'explicit', server: api.url }, { clock, version: '1.2.3' }));
  const changes: Change<PodView>[] = [];
  const events: ReflectorEvent[] = [];
  const reflector = new Reflector<PodView>({
    resource: { path: '/api/v1/pods', kind: 'Pod' },
    project: projectPod,
    clock,
    random: () => 0.5,
    onChange: (change) => void changes.push(change),
    observer: (event) => void events.push(event),
    ...options,
    connection,
    timings: { startSpreadMs: 0, freshnessMs: NEVER_MS, plainWatchMs: 450_000, ...options.timings },
  });

  async function until(condition: () => boolean): Promise<void> {
    // The bound is only there to fail with a stack instead of by jest's timeout.
    for (let turns = 0; !condition(); turns += 1) {
      if (turns > 200_000) throw new Error(`never came true; ${JSON.stringify(reflector.status)}`);
      await new Promise<void>((done) => setImmediate(done));
    }
  }

  function attempts(): number {
    const { relists, reconnects } = reflector.status;
    return [...Object.values(relists), ...Object.values(reconnects)].reduce((sum, count) => sum + count, 0);
  }

  async function passPause(): Promise<number> {
    await until(() => reflector.status.phase === 'waiting');
    const from = clock.monotonic();
    const before = attempts();
    // What fails at once is waiting again before anybody can look: the attempt itself is counted.
    while (reflector.status.phase === 'waiting' && attempts() === before) await clock.advance(100);
    return clock.monotonic() - from;
  }

  async function sync(pods: readonly unknown[], version = '100'): Promise<FakeStream> {
    reflector.start();
    (await api.next('list')).list(pods, { version });
    const stream = (await api.next('watch')).open();
    await until(() => reflector.status.phase === 'watching');
    return stream;
  }

  const world: World = {
    api,
    clock,
    reflector,
    changes,
    events,
    held: () => [...reflector.store.values()].map((view) => `${view.name}@${view.version}`).sort(),
    sync,
    passPause,
    until,
    close: async () => {
      await reflector.stop();
      connection.close();
      await api.close();
    },
  };
  open.add(world);
  return world;
}

export interface PodShape {
  readonly uid?: string;
  readonly namespace?: string;
  readonly note?: string;
}

/** A pod as the API sends it, as far as the tests look. */
export function pod(name: string, version: number | string, shape: PodShape = {}): unknown {
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name,
      namespace: shape.namespace ?? 'shop',
      uid: shape.uid ?? `uid-${name}`,
      resourceVersion: String(version),
      annotations: { note: shape.note ?? '' },
    },
  };
}

export function projectPod(object: unknown): PodView | undefined {
  const { metadata } = object as {
    metadata: { name: string; resourceVersion: string; annotations?: { note?: string } };
  };
  return { name: metadata.name, version: metadata.resourceVersion, note: metadata.annotations?.note ?? '' };
}

export type { FakeRequest, FakeStream };
