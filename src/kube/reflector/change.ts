/** What a handler gets. It may get the same twice: it must be idempotent. */
export type Change<V> =
  | {
      readonly kind: 'upsert';
      readonly uid: string;
      readonly view: V;
      /** What was held before; undefined for an object that is new to us. */
      readonly previous: V | undefined;
      /** The server's history was rewritten: this is true, even where a handler knows of a higher version. */
      readonly rewritten: boolean;
    }
  | {
      readonly kind: 'delete';
      readonly uid: string;
      /** The final state, or the last known one. */
      readonly view: V;
      /** The object went while nobody watched: it may have changed again before. */
      readonly finalStateUnknown: boolean;
    };

/** What is held, by uid. Live: it changes between turns of the event loop. */
export interface StoreView<V> {
  readonly size: number;
  get(uid: string): V | undefined;
  values(): Iterable<V>;
  entries(): Iterable<readonly [uid: string, view: V]>;
}

/** What every object has, in the words of its metadata. */
export interface Identity {
  readonly uid: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
}

/** Reads an object's metadata; undefined when something that every stored object has is missing. */
export function identityOf(object: unknown): Identity | undefined {
  const metadata = (object as { metadata?: Record<string, unknown> } | null | undefined)?.metadata;
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const { uid, namespace, name, resourceVersion } = metadata;
  if (!isFilled(uid) || !isFilled(name) || !isFilled(resourceVersion)) return undefined;
  return { uid, name, namespace: isFilled(namespace) ? namespace : '', version: resourceVersion };
}

function isFilled(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
