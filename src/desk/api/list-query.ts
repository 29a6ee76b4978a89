import { isUuid, refuse } from './problems.ts';
import type { Problem } from './problems.ts';
import { statuses } from './ticket-input.ts';

const DEFAULT_PAGE_SIZE = 25;
const LARGEST_PAGE_SIZE = 100;

/** The query of a list call after validation. */
export interface ListQuery {
  readonly page: number;
  readonly pageSize: number;
  readonly statuses: readonly string[];
  readonly clusterId?: string;
  /** A part of the subject. */
  readonly subject?: string;
}

/** Reads `page`, `page_size`, `status` (repeatable), `cluster_id` and `q`. Throws ApiError 422 with every problem. */
export function parseListQuery(query: Readonly<Record<string, unknown>>): ListQuery {
  const problems: Problem[] = [];
  const integer = (name: string, bounds: { readonly preset: number; readonly max: number }): number => {
    const given = query[name];
    if (given === undefined) return bounds.preset;
    const value = typeof given === 'string' && /^\d{1,9}$/u.test(given) ? Number(given) : 0;
    if (value >= 1 && value <= bounds.max) return value;
    const msg = `Input should be a whole number from 1 to ${bounds.max}`;
    problems.push({ type: 'int_parsing', loc: ['query', name], msg });
    return bounds.preset;
  };
  const page = integer('page', { preset: 1, max: 1_000_000 });
  const pageSize = integer('page_size', { preset: DEFAULT_PAGE_SIZE, max: LARGEST_PAGE_SIZE });
  const wanted = valuesOf(query['status']);
  if (!wanted.every((status) => statuses.some((known) => known === status))) {
    problems.push({
      type: 'enum',
      loc: ['query', 'status'],
      msg: `Input should be one of ${statuses.join(', ')}`,
    });
  }
  const [clusterId] = valuesOf(query['cluster_id']);
  if (clusterId !== undefined && !isUuid(clusterId)) {
    problems.push({
      type: 'uuid_parsing',
      loc: ['query', 'cluster_id'],
      msg: 'Input should be a valid UUID',
    });
  }
  const [text] = valuesOf(query['q']);
  refuse(problems);
  return {
    page,
    pageSize,
    statuses: wanted,
    ...(clusterId === undefined ? {} : { clusterId: clusterId.toLowerCase() }),
    ...(text === undefined ? {} : { subject: text }),
  };
}

/** A parameter that may be given once, several times or not at all. */
function valuesOf(given: unknown): readonly string[] {
  return [given].flat().filter((value) => typeof value === 'string');
}
