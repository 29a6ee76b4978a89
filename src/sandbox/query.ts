import type { Resource } from './resources.ts';
import { parseFieldSelector, parseLabelSelector, type Predicate } from './selectors.ts';
import { badRequest, invalid, type FieldError } from './status.ts';

/** The query of a LIST or WATCH, read and checked. */
export interface ListOptions {
  readonly matches: Predicate;
  readonly hasSelector: boolean;
  /** `''` unset, `'0'` any, else a version. */
  readonly resourceVersion: string;
  readonly isExact: boolean;
  readonly limit: number;
  readonly continueToken: string;
  readonly allowBookmarks: boolean;
  readonly sendInitialEvents: boolean | undefined;
  readonly timeoutMs: number | undefined;
}

function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

/** Whether a GET on a collection is a watch. */
export function isWatch(query: URLSearchParams): boolean {
  return flag(query, 'watch');
}

function count(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || value === '') return undefined;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0)
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  return number;
}

function forbidden(field: string, why: string): FieldError {
  return { type: 'FieldValueForbidden', field, body: `Forbidden: ${why}` };
}

/** ValidateListOptions of k8s.io/apimachinery: which options may stand together. */
function combinationErrors(query: URLSearchParams): FieldError[] {
  const match = query.get('resourceVersionMatch') ?? '';
  const hasInitial = query.has('sendInitialEvents');
  const rules: readonly (readonly [boolean, string, string])[] = isWatch(query)
    ? [
        [
          hasInitial && match !== 'NotOlderThan',
          'resourceVersionMatch',
          'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
        ],
        [
          match !== '' && !hasInitial,
          'resourceVersionMatch',
          'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
        ],
      ]
    : [
        [
          match !== '' && !query.get('resourceVersion'),
          'resourceVersionMatch',
          'resourceVersionMatch is forbidden unless resourceVersion is provided',
        ],
        [
          match !== '' && Boolean(query.get('continue')),
          'resourceVersionMatch',
          'resourceVersionMatch is forbidden when continue is provided',
        ],
        [hasInitial, 'sendInitialEvents', 'sendInitialEvents is forbidden for list'],
      ];
  return rules.filter(([isBroken]) => isBroken).map(([, field, why]) => forbidden(field, why));
}

function resourceVersion(query: URLSearchParams): string {
  const value = query.get('resourceVersion') ?? '';
  if (!/^\d*$/.test(value)) {
    const why = `strconv.ParseUint: parsing ${JSON.stringify(value)}: invalid syntax`;
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(value)}: ${why}`,
    );
  }
  return value;
}

function selection(resource: Resource, query: URLSearchParams): Predicate {
  const byLabel = parseLabelSelector(query.get('labelSelector') ?? '');
  const byField = parseFieldSelector(resource, query.get('fieldSelector') ?? '');
  return (object) => byLabel(object) && byField(object);
}

/** Reads the query of a LIST or WATCH. Throws 400 and 422. */
export function parseListOptions(resource: Resource, query: URLSearchParams): ListOptions {
  const errors = combinationErrors(query);
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions', name: '' }, errors);
  const version = resourceVersion(query);
  const timeoutSeconds = count(query, 'timeoutSeconds');
  return {
    matches: selection(resource, query),
    hasSelector: Boolean(query.get('labelSelector')) || Boolean(query.get('fieldSelector')),
    resourceVersion: version,
    isExact: query.get('resourceVersionMatch') === 'Exact',
    // The API server ignores the limit of a list that may come from its cache.
    limit: version === '0' ? 0 : (count(query, 'limit') ?? 0),
    continueToken: query.get('continue') ?? '',
    allowBookmarks: flag(query, 'allowWatchBookmarks'),
    sendInitialEvents: query.has('sendInitialEvents') ? flag(query, 'sendInitialEvents') : undefined,
    timeoutMs: timeoutSeconds === undefined || timeoutSeconds === 0 ? undefined : timeoutSeconds * 1_000,
  };
}
