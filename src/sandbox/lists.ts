import type { StoredObject } from './api-types.ts';
import type { ListOptions } from './query.ts';
import type { ListMeta } from './representation.ts';
import type { Resource } from './resources.ts';
import { ApiError, badRequest, expired, tooLargeResourceVersion } from './status.ts';
import type { Store } from './store.ts';

/** A collection: one namespace, or all of them (`''`). */
export interface Scope {
  readonly resource: Resource;
  readonly namespace: string;
}

/** One page of a list. */
export interface Page {
  readonly metadata: ListMeta;
  readonly objects: readonly StoredObject[];
}

interface Start {
  /** The revision to list at; `undefined` is the newest. */
  readonly revision: number | undefined;
  /** The first key that may be listed. */
  readonly fromKey: string;
}

// A token that continues at the newest revision carries -1, as that of a real API server.
const latest = -1;

function encodeToken(revision: number, fromKey: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: fromKey })).toString(
    'base64url',
  );
}

function decodeToken(token: string): { revision: number; fromKey: string } {
  try {
    const { v, rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as Record<
      string,
      unknown
    >;
    if (
      v === 'meta.k8s.io/v1' &&
      typeof rv === 'number' &&
      rv !== 0 &&
      typeof start === 'string' &&
      start !== ''
    )
      return { revision: rv, fromKey: start };
  } catch {
    // Not JSON: refused below like any other foreign token.
  }
  throw badRequest('invalid continue token: continue key is not valid');
}

function continueExpired(fromKey: string): ApiError {
  const { status } = expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list ' +
      'without the continue parameter, or use the continue token in this response to retrieve the remainder of ' +
      'the results. Continuing with the provided token results in an inconsistent list - objects that were ' +
      'created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  );
  return new ApiError({ ...status, metadata: { continue: encodeToken(latest, fromKey) } });
}

function continued(store: Store, options: ListOptions): Start {
  const { revision, fromKey } = decodeToken(options.continueToken);
  if (options.resourceVersion !== '' && options.resourceVersion !== '0')
    throw badRequest('specifying resource version is not allowed when using continue');
  if (revision === latest) return { revision: undefined, fromKey };
  if (revision < store.oldestRevision()) throw continueExpired(fromKey);
  return { revision, fromKey };
}

function begun(store: Store, options: ListOptions): Start {
  const wanted = Number(options.resourceVersion);
  if (wanted > store.revision()) throw tooLargeResourceVersion(wanted, store.revision());
  // A version with a limit but without a match rule means that very version, for historical reasons.
  const isExact = options.isExact || (options.limit > 0 && wanted > 0);
  if (!isExact) return { revision: undefined, fromKey: '' };
  if (wanted < store.oldestRevision()) throw expired('The resourceVersion for the provided list is too old.');
  return { revision: wanted, fromKey: '' };
}

/** One page of a consistent list. Throws 400, 410, 504. */
export function listPage(store: Store, scope: Scope, options: ListOptions): Page {
  const start = options.continueToken === '' ? begun(store, options) : continued(store, options);
  const revision = start.revision ?? store.revision();
  const prefix = scope.namespace === '' ? '' : `${scope.namespace}/`;
  const found = store
    .entries(scope.resource.storage, start.revision)
    .filter(([key, object]) => key.startsWith(prefix) && key >= start.fromKey && options.matches(object));
  const page = options.limit > 0 ? found.slice(0, options.limit) : found;
  const remaining = found.length - page.length;
  const lastKey = page.at(-1)?.[0] ?? '';
  const more = {
    continue: encodeToken(revision, `${lastKey}\u0000`),
    // Only a list without selectors knows how many are left.
    ...(options.hasSelector ? {} : { remainingItemCount: remaining }),
  };
  return {
    metadata: { resourceVersion: String(revision), ...(remaining > 0 ? more : {}) },
    objects: page.map(([, object]) => object),
  };
}
