import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
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
  /** Ends every open watch in this way. */
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
] as const;
export type Disturbance = (typeof disturbances)[number];

interface Model {
  version: number;
  /** Watches from before this version are expired. */
  compactedTo: number;
  generation: number;
  readonly objects: Map<string, { version: number; object: unknown }>;
  history: Recorded[];
  readonly watches: Set<ServerResponse>;
  readonly snapshots: Map<number, unknown[]>;
  faults: number[];
}

export async function createModelServer(): Promise<ModelServer> {
  const model: Model = {
    version: 10,
    compactedTo: 0,
    generation: 0,
    objects: new Map(),
    history: [],
    watches: new Set(),
    snapshots: new Map(),
    faults: [],
  };
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://model');
    const fault = model.faults.shift();
    if (fault === 0) request.socket.destroy();
    else if (fault === 200) response.write('{"kind":"PodList","metadata":', () => request.socket.destroy());
    else if (fault !== undefined) fail(response, fault);
    else if (searchParams.has('sendInitialEvents')) openWatchList(model, response);
    else if (searchParams.has('watch'))
      openWatch(model, response, Number(searchParams.get('resourceVersion')));
    else list(model, response, searchParams);
  });
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
      for (const watch of model.watches) watch.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
    },
    disturb: (how) => {
      for (const watch of model.watches) disturb(model, watch, how);
    },
    failNext: (...codes) => void model.faults.push(...codes),
    heal: () => {
      model.faults = [];
    },
    close: () => close(server),
  };
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
  for (const watch of model.watches) watch.write(lineOf({ type, object }));
}

function lineOf(event: { type: string; object: unknown }): string {
  return `${JSON.stringify({ type: event.type, object: event.object })}\n`;
}

function list(model: Model, response: ServerResponse, query: URLSearchParams): void {
  const [tokenVersion, offset] = (query.get('continue') ?? `${model.version}:0`).split(':').map(Number);
  const version = tokenVersion ?? 0;
  if (!query.has('continue'))
    model.snapshots.set(
      version,
      [...model.objects.values()].map(({ object }) => object),
    );
  const all = model.snapshots.get(version);
  if (all === undefined) {
    fail(response, 410);
    return;
  }
  const from = offset ?? 0;
  const limit = Number(query.get('limit') ?? Number.POSITIVE_INFINITY);
  const items = all.slice(from, from + limit);
  const continueToken = from + limit < all.length ? `${version}:${from + limit}` : undefined;
  const head = { version: String(version), ...(continueToken === undefined ? {} : { continueToken }) };
  response.end(JSON.stringify(listOf(items, head)));
}

function openWatch(model: Model, response: ServerResponse, from: number): void {
  // Real servers do both; which, depends here on nothing that matters.
  if (from < model.compactedTo && from % 2 === 0) {
    fail(response, 410);
    return;
  }
  response.writeHead(200);
  response.flushHeaders();
  if (from < model.compactedTo) {
    response.write(lineOf({ type: 'ERROR', object: statusOf(410, { reason: 'Expired' }) }));
    return;
  }
  for (const event of model.history) if (event.version > from) response.write(lineOf(event));
  model.watches.add(response);
  response.once('close', () => model.watches.delete(response));
}

/** The present objects in the order of their names, which is not that of their versions, then the end mark. */
function openWatchList(model: Model, response: ServerResponse): void {
  response.writeHead(200);
  for (const name of [...model.objects.keys()].sort()) {
    response.write(lineOf({ type: 'ADDED', object: model.objects.get(name)?.object }));
  }
  const annotations = { 'k8s.io/initial-events-end': 'true' };
  const metadata = { resourceVersion: String(model.version), annotations };
  response.write(lineOf({ type: 'BOOKMARK', object: { kind: 'Pod', metadata } }));
  model.watches.add(response);
  response.once('close', () => model.watches.delete(response));
}

/** What is written into the stream. */
function noiseOf(model: Model, how: Disturbance): string {
  const last = model.history.at(-1);
  switch (how) {
    case 'half-line':
      return '{"type":"ADDED","object":{"kind":"Pod"';
    case 'garbage':
      return '{"type":"ADDED","object":{]}\n';
    case 'error-410':
      return lineOf({ type: 'ERROR', object: statusOf(410, { reason: 'Expired' }) });
    case 'error-500':
      return lineOf({ type: 'ERROR', object: statusOf(500) });
    case 'repeat':
      return last === undefined ? '\n' : lineOf(last);
    case 'end':
    case 'cut':
    case 'empty-line':
      return '\n';
  }
}

/** After an ERROR the stream stays open, as a server may leave it, but gets no more events. */
function disturb(model: Model, watch: ServerResponse, how: Disturbance): void {
  const isOver = how !== 'garbage' && how !== 'repeat' && how !== 'empty-line';
  if (isOver) model.watches.delete(watch);
  watch.write(noiseOf(model, how), () => {
    if (how === 'cut' || how === 'half-line') watch.socket?.destroy();
  });
  if (how === 'end') watch.end();
}
