import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { close, listen, listOf, statusOf } from './fake-api.ts';
import { pod } from './world.ts';

interface Recorded {
  readonly version: number;
  readonly type: string;
  readonly object: unknown;
}

/** An API server that keeps objects and their history as the real one does, and misbehaves when told to. */
export interface ModelServer {
  readonly url: string;
  /** `name@version` of every object, sorted. */
  state(): string[];
  put(name: string): void;
  remove(name: string): void;
  /** Forgets the history: older watches and continue tokens are expired. */
  compact(): void;
  bookmark(): void;
  /** Remembers this state for `restore`. */
  backUp(): void;
  /** Goes back to the backup as an etcd does: versions, too. Open watches end. Nothing without a backup. */
  restore(): void;
  /** The next watches come too late for the history, whatever their version. */
  outrunNext(watches: number): void;
  /** Pages of lists are answered one at each `tick`, from now on. */
  slowDown(): void;
  tick(): void;
  /** Events and bookmarks are sent one at each `tick`, from now on. */
  trickle(): void;
  /** Those that wait for a tick. */
  readonly waitingLines: number;
  /** Of the collection. */
  readonly version: string;
  /** Open watches that still get events. */
  readonly watching: number;
  /** Pages that wait for a tick. */
  readonly waitingPages: number;
  /** The next list shows the state of a while ago, as an API server that lags behind. */
  lagNext(): void;
  /** Does this to every open watch. */
  disturb(how: Disturbance): void;
  /** The next requests are answered with these statuses; 0 cuts the connection, 200 breaks the body off. */
  failNext(...codes: number[]): void;
  /** No more faults. */
  heal(): void;
  close(): Promise<void>;
}

export const disturbances = [
  'end',
  'cut',
  'half-line',
  'garbage',
  'error-410',
  'error-500',
  'repeat',
  'empty-line',
  'silence',
] as const;
export type Disturbance = (typeof disturbances)[number];

interface Model {
  version: number;
  /** Watches from before this version are expired. */
  compactedTo: number;
  generation: number;
  readonly objects: Map<string, Stored>;
  history: Recorded[];
  /** Open watches, and the version that each has already. */
  readonly watches: Map<ServerResponse, number>;
  readonly snapshots: Map<number, unknown[]>;
  faults: number[];
  backup: State | undefined;
  /** The latest states, oldest first. */
  past: State[];
  lags: boolean;
  /** Watches that are still to come too late. */
  outruns: number;
  /** Pages that wait for a tick; undefined while lists are quick. */
  pages: (() => void)[] | undefined;
  /** Lines of watches that wait for a tick; undefined while they are sent at once. */
  lines: (() => void)[] | undefined;
}

/** All objects at one version. */
interface State {
  readonly version: number;
  readonly objects: ReadonlyMap<string, Stored>;
}

interface Stored {
  readonly version: number;
  readonly object: unknown;
}

/** How many states a lagging server may be behind. */
const LAG = 5;

export async function createModelServer(): Promise<ModelServer> {
  const model = emptyModel();
  const server = createServer((request, response) => answer(model, request, response));
  await listen(server);

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    state: () => [...model.objects].map(([name, { version }]) => `${name}@${version}`).sort(),
    put: (name) => put(model, name),
    remove: (name) => remove(model, name),
    compact: () => {
      model.compactedTo = model.version;
      model.history = [];
      model.snapshots.clear();
    },
    bookmark: () => {
      const object = { kind: 'Pod', metadata: { resourceVersion: String(model.version) } };
      for (const watch of model.watches.keys()) send(model, watch, { type: 'BOOKMARK', object });
    },
    backUp: () => {
      model.backup = stateOf(model);
    },
    restore: () => restore(model),
    outrunNext: (watches) => {
      model.outruns = watches;
    },
    slowDown: () => {
      model.pages ??= [];
    },
    tick: () => {
      model.pages?.shift()?.();
      model.lines?.shift()?.();
    },
    trickle: () => {
      model.lines ??= [];
    },
    get version() {
      return String(model.version);
    },
    get watching() {
      return model.watches.size;
    },
    get waitingLines() {
      return model.lines?.length ?? 0;
    },
    get waitingPages() {
      return model.pages?.length ?? 0;
    },
    lagNext: () => {
      model.lags = true;
    },
    disturb: (how) => {
      for (const watch of model.watches.keys()) disturb(model, watch, how);
    },
    failNext: (...codes) => void model.faults.push(...codes),
    heal: () => {
      model.faults = [];
      model.lags = false;
      model.outruns = 0;
      const waiting = model.pages ?? [];
      model.pages = undefined;
      for (const answer of waiting) answer();
      const lines = model.lines ?? [];
      model.lines = undefined;
      for (const write of lines) write();
    },
    close: () => close(server),
  };
}

function emptyModel(): Model {
  return {
    version: 10,
    compactedTo: 0,
    generation: 0,
    objects: new Map(),
    history: [],
    watches: new Map(),
    snapshots: new Map(),
    faults: [],
    backup: undefined,
    past: [],
    lags: false,
    outruns: 0,
    pages: undefined,
    lines: undefined,
  };
}

function answer(model: Model, request: IncomingMessage, response: ServerResponse): void {
  const { searchParams } = new URL(request.url ?? '', 'http://model');
  const fault = model.faults.shift();
  if (fault === 0) request.socket.destroy();
  else if (fault === 200) response.write('{"kind":"PodList","metadata":', () => request.socket.destroy());
  else if (fault !== undefined) fail(response, fault);
  else if (searchParams.has('watch')) openWatch(model, response, Number(searchParams.get('resourceVersion')));
  else list(model, response, searchParams);
}

function fail(response: ServerResponse, code: number): void {
  response.statusCode = code;
  response.end(JSON.stringify(statusOf(code, { reason: code === 410 ? 'Expired' : '' })));
}

function put(model: Model, name: string): void {
  const known = model.objects.get(name);
  model.version += 1;
  if (known === undefined) model.generation += 1;
  const uid =
    (known?.object as { metadata: { uid: string } } | undefined)?.metadata.uid ??
    `${name}-${model.generation}`;
  const object = pod(name, model.version, { uid, note: '日本 "{[' });
  model.objects.set(name, { version: model.version, object });
  record(model, known === undefined ? 'ADDED' : 'MODIFIED', object);
}

function remove(model: Model, name: string): void {
  const known = model.objects.get(name);
  if (known === undefined) return;
  model.objects.delete(name);
  model.version += 1;
  const { uid } = (known.object as { metadata: { uid: string } }).metadata;
  record(model, 'DELETED', pod(name, model.version, { uid }));
}

function record(model: Model, type: string, object: unknown): void {
  model.history.push({ version: model.version, type, object });
  model.past = [...model.past, stateOf(model)].slice(-LAG);
  // A watch from a version that is still to come is silent until then.
  for (const [watch, from] of model.watches) if (model.version > from) send(model, watch, { type, object });
}

function stateOf({ version, objects }: Model): State {
  return { version, objects: new Map(objects) };
}

function restore(model: Model): void {
  const { backup } = model;
  if (backup === undefined) return;
  model.version = backup.version;
  model.compactedTo = backup.version;
  model.history = [];
  model.past = [];
  model.snapshots.clear();
  model.objects.clear();
  for (const [name, stored] of backup.objects) model.objects.set(name, stored);
  for (const watch of model.watches.keys()) watch.end();
  model.watches.clear();
}

function selectByName(objects: readonly unknown[], fieldSelector: string | null): readonly unknown[] {
  const name = /metadata\.name=([^,]+)/.exec(fieldSelector ?? '')?.[1];
  if (name === undefined) return objects;
  return objects.filter((object) => (object as { metadata: { name: string } }).metadata.name === name);
}

function lineOf(event: { type: string; object: unknown }): string {
  return `${JSON.stringify({ type: event.type, object: event.object })}\n`;
}

/** Keeps what a list shows for its later pages; returns its version. */
function takeSnapshot(model: Model): number {
  const { version, objects } = (model.lags ? model.past[0] : undefined) ?? stateOf(model);
  model.lags = false;
  model.snapshots.set(
    version,
    [...objects.values()].map(({ object }) => object),
  );
  return version;
}

function list(model: Model, response: ServerResponse, query: URLSearchParams): void {
  const [version = 0, offset] = (query.get('continue') ?? `${takeSnapshot(model)}:0`).split(':').map(Number);
  const snapshot = model.snapshots.get(version);
  if (snapshot === undefined) {
    fail(response, 410);
    return;
  }
  const all = selectByName(snapshot, query.get('fieldSelector'));
  const from = offset ?? 0;
  const limit = Number(query.get('limit') ?? Number.POSITIVE_INFINITY);
  const items = all.slice(from, from + limit);
  const continueToken = from + limit < all.length ? `${version}:${from + limit}` : undefined;
  const head = { version: String(version), ...(continueToken === undefined ? {} : { continueToken }) };
  const page = JSON.stringify(listOf(items, head));
  // A slow page shows what was true when it was asked for.
  if (model.pages === undefined) response.end(page);
  else model.pages.push(() => void response.end(page));
}

function openWatch(model: Model, response: ServerResponse, from: number): void {
  const isTooLate = from < model.compactedTo || model.outruns > 0;
  model.outruns = Math.max(0, model.outruns - 1);
  // Real servers do both; which, depends here on nothing that matters.
  if (isTooLate && from % 2 === 0) {
    fail(response, 410);
    return;
  }
  response.writeHead(200);
  response.flushHeaders();
  if (isTooLate) {
    response.write(lineOf({ type: 'ERROR', object: statusOf(410, { reason: 'Expired' }) }));
    return;
  }
  for (const event of model.history) if (event.version > from) send(model, response, event);
  model.watches.set(response, from);
  response.once('close', () => model.watches.delete(response));
}

function send(model: Model, watch: ServerResponse, event: Omit<Recorded, 'version'>): void {
  const write = (): void => void (watch.writableEnded || watch.write(lineOf(event)));
  if (model.lines === undefined) write();
  else model.lines.push(write);
}

/** What is written into the stream. */
const noises: Readonly<Record<Disturbance, (last: Recorded | undefined) => string>> = {
  'half-line': () => '{"type":"ADDED","object":{"kind":"Pod"',
  garbage: () => '{"type":"ADDED","object":{]}\n',
  'error-410': () => lineOf({ type: 'ERROR', object: statusOf(410, { reason: 'Expired' }) }),
  'error-500': () => lineOf({ type: 'ERROR', object: statusOf(500) }),
  repeat: (last) => (last === undefined ? '\n' : lineOf(last)),
  end: () => '\n',
  cut: () => '\n',
  'empty-line': () => '\n',
  silence: () => '',
};

/** After an ERROR the stream stays open, as a server may leave it, but gets no more events; in `silence`, without a word. */
function disturb(model: Model, watch: ServerResponse, how: Disturbance): void {
  // What was sent before arrives before.
  for (const write of model.lines?.splice(0) ?? []) write();
  const isOver = how !== 'garbage' && how !== 'repeat' && how !== 'empty-line';
  if (isOver) model.watches.delete(watch);
  if (how === 'silence') return;
  watch.write(noises[how](model.history.at(-1)), () => {
    if (how === 'cut' || how === 'half-line') watch.socket?.destroy();
  });
  if (how === 'end') watch.end();
}
