import type { z } from 'zod';

/** One entry of the list that a 422 answer carries: where, what, and a machine-readable type. */
export interface Problem {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
}

/** An answer other than success, thrown by handlers and turned into `{"detail": …}` in one place. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly detail: string | readonly Problem[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, detail: string | readonly Problem[], headers: Record<string, string> = {}) {
    super(typeof detail === 'string' ? detail : detail.map((problem) => problem.msg).join('; '));
    this.status = status;
    this.detail = detail;
    this.headers = headers;
  }
}

/** What a value from outside is read as. Throws ApiError 422 with every problem; `where` says where the value stood: body, query, path. */
export function parse<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ApiError(
    422,
    parsed.error.issues.map((issue) => toProblem(issue, where)),
  );
}

/** The words of FastAPI, which the hosted service answers with. */
function toProblem(issue: z.core.$ZodIssue, where: string): Problem {
  const loc = [where, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  return { type: typeOf(issue), loc, msg: issue.message };
}

/** What is said of a field that is not there. */
export const FIELD_REQUIRED = 'Field required';

const expectedTypes: Readonly<Record<string, string>> = {
  string: 'string_type',
  boolean: 'bool_type',
  object: 'dict_type',
  array: 'list_type',
};

function typeOf(issue: z.core.$ZodIssue): string {
  if (issue.message === FIELD_REQUIRED) return 'missing';
  if (issue.code === 'custom') return String(issue.params?.['type'] ?? 'value_error');
  if (issue.code === 'invalid_type') return expectedTypes[issue.expected] ?? 'value_error';
  if (issue.code === 'invalid_value') return 'enum';
  return issue.code === 'invalid_format' && issue.format === 'guid' ? 'uuid_parsing' : 'value_error';
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/iu;

/** Any UUID version, in the usual notation with dashes. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Length in code points: how the API's limits are counted. */
export function codePoints(text: string): number {
  let count = 0;
  // A string iterates by code point.
  for (const _ of text) count += 1;
  return count;
}

/** True for a JSON object: not null, not an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
