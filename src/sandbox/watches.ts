import type { Change } from './history.ts';
import { SECOND, type Clock } from '../domain/clock.ts';
import type { StoredObject } from './api-types.ts';
import type { Scope } from './lists.ts';
import type { ListOptions } from './query.ts';
import { showBookmark, showObject, type Form } from './representation.ts';
import { expired } from './status.ts';
import type { Store } from './store.ts';

/** One line of a watch. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
}

/** The connection that a watch writes to. */
export interface WatchSink {
  send(event: WatchEvent): void;
  /** Ends the answer as a server does when the time is over. */
  end(): void;
  /** Cuts the connection. */
  destroy(): void;
}

/** What a client asked to watch. */
export interface WatchRequest {
  readonly scope: Scope;
  readonly options: ListOptions;
  readonly form: Form;
}

/** Which watches to end, and how. */
export interface WatchSelection {
  readonly plural?: string;
  readonly isClean?: boolean;
}

interface OpenWatch {
  readonly request: WatchRequest;
  readonly sink: WatchSink;
  readonly stop: AbortController;
}

// The API server takes a random time of 1800 to 3600 s where the client names none.
const defaultTimeoutMs = 1_800 * SECOND;
// It sends the last bookmark this long before the time is over (nextBookmarkTime in apiserver's cache_watcher.go).
const lastBookmarkMs = 2 * SECOND;

function inScope({ scope, options }: WatchRequest, object: StoredObject | undefined): boolean {
  if (object === undefined) return false;
  return (scope.namespace === '' || object.metadata.namespace === scope.namespace) && options.matches(object);
}

/**
 * What a change means to one watcher. An object that leaves the selection is deleted for that watcher,
 * shown as it last was, in the version of the change.
 */
function toWatchEvent(request: WatchRequest, change: Change): WatchEvent | undefined {
  const { scope, form } = request;
  const isNow = change.type !== 'DELETED' && inScope(request, change.object);
  const wasBefore = inScope(request, change.previous);
  if (isNow)
    return {
      type: wasBefore ? 'MODIFIED' : 'ADDED',
      object: showObject(scope.resource, form, change.object),
    };
  if (!wasBefore || change.previous === undefined) return undefined;
  const { previous } = change;
  const last = {
    ...previous,
    metadata: { ...previous.metadata, resourceVersion: String(change.revision) },
  };
  return { type: 'DELETED', object: showObject(scope.resource, form, last) };
}

interface HubDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly bookmarkIntervalMs: number;
}

function isFromNow({ resourceVersion }: ListOptions): boolean {
  return resourceVersion === '' || resourceVersion === '0';
}

function isTooOld(store: Store, options: ListOptions): boolean {
  if (isFromNow(options) || options.sendInitialEvents === true) return false;
  return Number(options.resourceVersion) < store.oldestRevision();
}

function sendBookmark(
  store: Store,
  { request, sink }: OpenWatch,
  annotations?: Record<string, string>,
): void {
  const metadata = {
    resourceVersion: String(store.revision()),
    ...(annotations === undefined ? {} : { annotations }),
  };
  sink.send({ type: 'BOOKMARK', object: showBookmark(request.scope.resource, request.form, metadata) });
}

function sendAll(store: Store, { request, sink }: OpenWatch): void {
  const { scope, form } = request;
  for (const [, object] of store.entries(scope.resource.storage)) {
    if (inScope(request, object))
      sink.send({ type: 'ADDED', object: showObject(scope.resource, form, object) });
  }
}

function sendChange({ request, sink }: OpenWatch, change: Change): void {
  const event = toWatchEvent(request, change);
  if (event !== undefined) sink.send(event);
}

/** What is sent before live events: everything, or what has changed since the version that the client knows. */
function sendBeginning(store: Store, watch: OpenWatch): void {
  const { scope, options } = watch.request;
  if (options.sendInitialEvents ?? isFromNow(options)) {
    sendAll(store, watch);
    if (options.sendInitialEvents === true && options.allowBookmarks)
      sendBookmark(store, watch, { 'k8s.io/initial-events-end': 'true' });
    return;
  }
  if (isFromNow(options)) return;
  for (const change of store.changesAfter(scope.resource.storage, Number(options.resourceVersion)))
    sendChange(watch, change);
}

/** Sends bookmarks, regularly and shortly before the end; resolves when the time is over, rejects when stopped. */
async function keepTime({ store, clock, bookmarkIntervalMs }: HubDeps, watch: OpenWatch): Promise<void> {
  const { options } = watch.request;
  const deadline = clock.monotonic() + (options.timeoutMs ?? defaultTimeoutMs);
  for (let left = deadline - clock.monotonic(); left > 0; left = deadline - clock.monotonic()) {
    const untilLast = left > lastBookmarkMs ? left - lastBookmarkMs : left;
    await clock.sleep(Math.min(bookmarkIntervalMs, untilLast), watch.stop.signal);
    if (options.allowBookmarks && clock.monotonic() < deadline) sendBookmark(store, watch);
  }
}

/** All open watches of a sandbox; bookmarks and time-outs follow the clock. */
export class WatchHub {
  readonly #deps: HubDeps;
  readonly #watches = new Set<OpenWatch>();

  constructor(deps: HubDeps) {
    this.#deps = deps;
    deps.store.onChange((change) => this.#onChange(change));
  }

  /** Starts a watch; the answer ends it when the client has gone. */
  open(request: WatchRequest, sink: WatchSink): () => void {
    const { options } = request;
    const { store } = this.#deps;
    if (isTooOld(store, options)) {
      const message = `too old resource version: ${options.resourceVersion} (${store.oldestRevision()})`;
      sink.send({ type: 'ERROR', object: expired(message).status });
      sink.end();
      return () => undefined;
    }
    const watch: OpenWatch = { request, sink, stop: new AbortController() };
    sendBeginning(store, watch);
    this.#watches.add(watch);
    // Rejects only when the watch is closed.
    this.#endInTime(watch).catch(() => undefined);
    return () => this.#close(watch);
  }

  /** Ends open watches, by a cut connection or (`isClean`) by a proper end of the answer. Returns how many. */
  disconnect({ plural, isClean = false }: WatchSelection = {}): number {
    const chosen = [...this.#watches].filter(
      ({ request }) => plural === undefined || request.scope.resource.plural === plural,
    );
    for (const watch of chosen) {
      this.#close(watch);
      if (isClean) watch.sink.end();
      else watch.sink.destroy();
    }
    return chosen.length;
  }

  #onChange(change: Change): void {
    for (const watch of this.#watches) {
      const { scope, options } = watch.request;
      // A watch from a version that is yet to come waits silently for it.
      const isAhead = change.revision <= Number(options.resourceVersion);
      if (scope.resource.storage === change.storage && !isAhead) sendChange(watch, change);
    }
  }

  #close(watch: OpenWatch): void {
    this.#watches.delete(watch);
    watch.stop.abort(new Error('watch closed'));
  }

  async #endInTime(watch: OpenWatch): Promise<void> {
    await keepTime(this.#deps, watch);
    this.#close(watch);
    watch.sink.end();
  }
}
