import type { World } from './world.ts';

/** The collections that the simulated cluster has, by the last part of their paths. */
export const collectionNames = ['pods', 'statefulsets', 'events', 'incidents'] as const;
export type CollectionName = (typeof collectionNames)[number];

/** An object that has no version yet. */
export interface NewObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly [field: string]: unknown;
  };
  readonly spec?: unknown;
  readonly status?: unknown;
  readonly [field: string]: unknown;
}

/** An object as the API server keeps it. Never changed: each change is a new object. */
export type RawObject = NewObject & { readonly metadata: { readonly resourceVersion: string } };

/** One event of a watch, as it goes over the wire. */
export interface WatchEvent {
  readonly version: number;
  readonly line: Buffer;
}

/** The objects of the cluster with one history, as etcd keeps them. All methods are single atomic moments. */
export interface ApiModel {
  readonly version: () => number;
  readonly list: (name: CollectionName) => readonly RawObject[];
  readonly get: (name: CollectionName, uid: string) => RawObject | undefined;
  /** Creates the object or takes the place of the one with its uid; gives it the next version. */
  readonly put: (name: CollectionName, object: NewObject) => RawObject;
  readonly remove: (name: CollectionName, uid: string) => void;
  /** What has happened after this version, oldest first. */
  readonly since: (name: CollectionName, version: number) => readonly WatchEvent[];
  readonly subscribe: (name: CollectionName, listener: (event: WatchEvent) => void) => () => void;
}

interface Collection {
  readonly objects: Map<string, RawObject>;
  readonly history: WatchEvent[];
  readonly listeners: Set<(event: WatchEvent) => void>;
}

/** An empty cluster. */
export function createApiModel(): ApiModel {
  const collections = new Map<CollectionName, Collection>(
    collectionNames.map((name) => [name, { objects: new Map(), history: [], listeners: new Set() }]),
  );
  const of = (name: CollectionName): Collection => collections.get(name) as Collection;
  let version = 100;

  function tell({ history, listeners }: Collection, type: string, object: RawObject): void {
    const event: WatchEvent = { version, line: toLine(type, object) };
    history.push(event);
    for (const listener of listeners) listener(event);
  }

  return {
    version: () => version,
    list: (name) => [...of(name).objects.values()],
    get: (name, uid) => of(name).objects.get(uid),
    put: (name, object) => {
      const collection = of(name);
      version += 1;
      const { uid } = object.metadata;
      const type = collection.objects.has(uid) ? 'MODIFIED' : 'ADDED';
      const kept = {
        ...object,
        metadata: { ...object.metadata, resourceVersion: String(version) },
      };
      collection.objects.set(uid, kept);
      tell(collection, type, kept);
      return kept;
    },
    remove: (name, uid) => {
      const collection = of(name);
      const object = collection.objects.get(uid);
      if (object === undefined) return;
      version += 1;
      collection.objects.delete(uid);
      tell(collection, 'DELETED', {
        ...object,
        metadata: { ...object.metadata, resourceVersion: String(version) },
      });
    },
    since: (name, after) => of(name).history.filter((event) => event.version > after),
    subscribe: (name, listener) => {
      of(name).listeners.add(listener);
      return () => of(name).listeners.delete(listener);
    },
  };
}

function toLine(type: string, object: unknown): Buffer {
  return Buffer.from(`${JSON.stringify({ type, object })}\n`);
}

/** A bookmark of this collection at this version. */
export function bookmark(name: CollectionName, version: number): Buffer {
  const kinds = { pods: 'Pod', statefulsets: 'StatefulSet', events: 'Event', incidents: 'Incident' };
  return toLine('BOOKMARK', {
    kind: kinds[name],
    metadata: { resourceVersion: String(version) },
  });
}

/** How the watches and lists of one collection are troubled. */
export const viewFaults = [
  /** Nobody listens: connections are refused, and open ones break off. */
  'refused',
  /** Every request is answered with 500, 503 or 429; open watches are closed. */
  'serverError',
  /** Packets are dropped: requests time out, and open watches bring nothing more, for ever. */
  'dropped',
  /** Open watches bring nothing more, for ever; new requests are served. */
  'silent',
  /** Lists break off in the middle, and so do watches. */
  'cutOff',
  /** Answers 403. */
  'forbidden',
  /** Answers 404, as while a type is not served. */
  'absent',
  /** All of it is late by up to some seconds. */
  'slow',
] as const;
export type ViewFault = (typeof viewFaults)[number];

/** Which collections are troubled now. */
export interface ViewTroubles {
  readonly of: (name: CollectionName) => ViewFault | undefined;
  /** For a while; a later one of the same collection takes its place. */
  readonly begin: (name: CollectionName, fault: ViewFault, lengthMs: number) => void;
  readonly onBegin: (listener: (name: CollectionName, fault: ViewFault) => void) => () => void;
  readonly clear: () => void;
  /** When this collection was last troubled; -Infinity if it never was. */
  readonly lastAt: (name: CollectionName) => number;
}

/** No troubles. */
export function createViewTroubles({ scheduler, trace }: Pick<World, 'scheduler' | 'trace'>): ViewTroubles {
  const faults = new Map<CollectionName, { readonly fault: ViewFault }>();
  const endedAt = new Map<CollectionName, number>();
  const listeners = new Set<(name: CollectionName, fault: ViewFault) => void>();
  return {
    of: (name) => faults.get(name)?.fault,
    begin: (name, fault, lengthMs) => {
      const entry = { fault };
      trace(`view: ${name} ${fault} for ${Math.round(lengthMs / 1_000)} s`);
      faults.set(name, entry);
      for (const listener of listeners) listener(name, fault);
      scheduler.after(lengthMs, () => {
        if (faults.get(name) !== entry) return;
        faults.delete(name);
        endedAt.set(name, scheduler.now());
        trace(`view: ${name} is as it should be`);
      });
    },
    onBegin: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    clear: () => {
      for (const name of faults.keys()) endedAt.set(name, scheduler.now());
      faults.clear();
    },
    lastAt: (name) => (faults.has(name) ? scheduler.now() : (endedAt.get(name) ?? -Infinity)),
  };
}
