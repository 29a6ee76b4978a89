import type { Clock } from '../../domain/clock.ts';
import type { KubeConnection, KubeRequest } from '../connection/index.ts';
import { ItemSplitter } from './item-splitter.ts';
import type { ArrayPositions } from './json-scan.ts';
import { isUsableVersion } from '../../lib/resource-version.ts';
import type { ReflectorTimings } from './timings.ts';
import { classifyError, watchFailure, type WatchFailure } from './watch-failure.ts';
import { startWatchdog } from '../../lib/clock.ts';

/** What a page of a list says beside its items. */
export interface PageHead {
  readonly version: string;
  /** Empty on the last page. */
  readonly continueToken: string;
}

export interface PageReader {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly timings: ReflectorTimings;
  readonly signal: AbortSignal;
  readonly onByte: () => void;
  readonly onItem: (item: Buffer, arrays: ArrayPositions) => void;
  readonly onOversize: (head: Buffer) => void;
  /** The list's version, as soon as it is known and again at the end; a failure ends the page, before an item is taken if it can. */
  readonly onVersion: (version: string) => WatchFailure | undefined;
}

/** Carries a failure out of a callback. */
class PageRefused extends Error {
  readonly failure: WatchFailure;
  constructor(reason: WatchFailure) {
    super(reason.detail);
    this.failure = reason;
  }
}

/**
 * Reads one page, handing its items on as they arrive. It counts only when the list's object closed and the response ended
 * properly: everything else is a failure. Rejects only with the abort reason.
 */
export async function readPage(reader: PageReader, request: KubeRequest): Promise<PageHead | WatchFailure> {
  const { signal } = reader;
  try {
    const text = await readEnvelope(reader, request);
    const head = text === undefined ? undefined : headOf(text);
    if (head === undefined) return watchFailure('unreadable', `GET ${request.path}: not a whole list`);
    return reader.onVersion(head.version) ?? head;
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof PageRefused ? error.failure : classifyError(error);
  }
}

async function readEnvelope(reader: PageReader, request: KubeRequest): Promise<string | undefined> {
  const { clock, timings, signal } = reader;
  const stream = await reader.connection.stream({ ...request, signal });
  let lastByteAt = clock.monotonic();
  let isIdle = false;
  const splitter = new ItemSplitter({
    maxBytes: timings.maxLineBytes,
    onItem: reader.onItem,
    onOversize: reader.onOversize,
    onItemsStart: (envelope) => refuseEarly(reader, envelope),
  });
  const stopWatchdog = startWatchdog(clock, () => {
    const leftMs = lastByteAt + timings.listIdleMs - clock.monotonic();
    isIdle = leftMs <= 0;
    if (isIdle) stream.destroy();
    return Math.max(leftMs, 1);
  });
  try {
    await stream.consume((chunk) => {
      signal.throwIfAborted();
      lastByteAt = clock.monotonic();
      reader.onByte();
      splitter.push(chunk);
    });
  } catch (error) {
    if (!isIdle) throw error;
    throw new PageRefused(
      watchFailure('stalled', `GET ${request.path}: no byte for ${timings.listIdleMs} ms`),
    );
  } finally {
    stopWatchdog();
    stream.destroy();
  }
  return splitter.envelope();
}

/** Built-in types send their metadata before the items, so that a stale list can be refused before it does harm. */
function refuseEarly(reader: PageReader, envelope: string): void {
  const head = headOf(envelope);
  const refusal = head === undefined ? undefined : reader.onVersion(head.version);
  if (refusal !== undefined) throw new PageRefused(refusal);
}

function headOf(envelope: string): PageHead | undefined {
  const list = parseObject(envelope);
  const { resourceVersion, continue: token } = (list?.['metadata'] ?? {}) as Record<string, unknown>;
  // A list without items writes them as null or []; without the field it is something else.
  if (list === undefined || !('items' in list) || !isUsableVersion(resourceVersion)) return undefined;
  return { version: resourceVersion, continueToken: typeof token === 'string' ? token : '' };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
