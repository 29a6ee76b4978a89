import { toApiError } from '../../src/kube/connection/errors.ts';
import { KubeConnectionError } from '../../src/kube/connection/index.ts';
import type { KubeConnection, KubeRequest, KubeStream } from '../../src/kube/connection/index.ts';
import type { FakeClock } from '../support/fake-clock.ts';

/**
 * What becomes of requests: all is well, this status, no answer, a watch that is open and brings nothing, or one that ends after 20 s and brings
 * no bookmarks.
 */
export type How = 'works' | number | 'hangs' | 'silent' | 'closes early';

/** An API without objects, each of whose paths can be broken by itself. */
export interface Switchboard {
  readonly connection: KubeConnection;
  /** From now on; a path that is not named works. */
  set(part: string, how: How): void;
  /** Cuts the open watches of paths that contain this. */
  cut(part: string): void;
  /** Watches that were opened, as `path timeoutSeconds`. */
  readonly opened: readonly string[];
}

const SECOND = 1_000;

export function createSwitchboard(clock: FakeClock): Switchboard {
  const modes = new Map<string, How>();
  const watches = new Map<AbortController, string>();
  const opened: string[] = [];
  /** Other collections change all the time. */
  const version = (): string => String(100 + Math.floor(clock.monotonic() / 100));
  const list = (): string => `{"kind":"List","metadata":{"resourceVersion":"${version()}"},"items":[]}`;
  const bookmark = (): string =>
    `{"type":"BOOKMARK","object":{"kind":"Any","metadata":{"resourceVersion":"${version()}"}}}\n`;

  function howFor(path: string): How {
    return [...modes].findLast(([part]) => path.includes(part))?.[1] ?? 'works';
  }

  async function meet({ path, query, signal }: KubeRequest): Promise<How> {
    await Promise.resolve();
    signal?.throwIfAborted();
    const how = howFor(path);
    if (typeof how === 'number') throw toApiError(`GET ${path}`, { status: how, body: {} });
    if (how === 'hangs' || (how === 'silent' && query?.['watch'] === undefined)) {
      await clock.sleep(30 * SECOND, signal);
      throw new KubeConnectionError(`GET ${path}: no answer`, 'timeout');
    }
    return how;
  }

  /** Bookmarks as the API server sends them: each minute, and two seconds before the end. */
  async function run(
    request: KubeRequest,
    stop: AbortSignal,
    onChunk: (chunk: Buffer) => void,
  ): Promise<void> {
    const isCutShort = howFor(request.path) === 'closes early';
    if (isCutShort)
      return clock.sleep(Math.min(20, Number(request.query?.['timeoutSeconds'])) * SECOND, stop);
    const endAt = clock.monotonic() + Number(request.query?.['timeoutSeconds']) * SECOND;
    for (;;) {
      const leftMs = endAt - clock.monotonic();
      const isLast = leftMs <= 2 * SECOND;
      await clock.sleep(isLast ? leftMs : Math.min(60 * SECOND, leftMs - 2 * SECOND), stop);
      const isSilent = howFor(request.path) === 'silent';
      if (isLast && !isSilent) return;
      if (isLast) await clock.sleep(1e9, stop);
      if (!isSilent) onChunk(Buffer.from(bookmark()));
    }
  }

  async function watch(request: KubeRequest): Promise<KubeStream> {
    const controller = new AbortController();
    opened.push(`${request.path} ${request.query?.['timeoutSeconds']}`);
    watches.set(controller, request.path);
    const end = (): void => controller.abort(new KubeConnectionError('cut', 'network'));
    request.signal?.addEventListener('abort', end);
    return {
      status: 200,
      headers: {},
      consume: (onChunk) =>
        run(request, controller.signal, onChunk).finally(() => watches.delete(controller)),
      destroy: end,
    };
  }

  async function stream(request: KubeRequest): Promise<KubeStream> {
    await meet(request);
    if (request.query?.['watch'] !== undefined) return watch(request);
    return {
      status: 200,
      headers: {},
      consume: async (onChunk) => onChunk(Buffer.from(list())),
      destroy: () => undefined,
    };
  }

  async function json<T>(request: KubeRequest): Promise<T> {
    await meet(request);
    return JSON.parse(list()) as T;
  }

  return {
    connection: {
      server: 'https://switchboard',
      namespace: undefined,
      skewMs: 0,
      json,
      stream,
    } as unknown as KubeConnection,
    set: (part, how) => void modes.set(part, how),
    cut: (part) => {
      for (const [controller, path] of watches)
        if (path.includes(part)) controller.abort(new KubeConnectionError('cut', 'network'));
    },
    opened,
  };
}
