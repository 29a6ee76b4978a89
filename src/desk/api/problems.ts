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

/** A 422 with these problems, if there are any. Throws ApiError. */
export function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new ApiError(422, problems);
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

/** Reads the fields of one JSON object and collects every problem instead of stopping at the first. */
export interface FieldReader {
  readonly problems: readonly Problem[];
  /** `null` when absent, null or wrong. */
  text(name: string, maxCodePoints: number): string | null;
  uuid(name: string): string | null;
  choice<T extends string>(name: string, choices: readonly T[]): T | null;
  flag(name: string): boolean;
  record(name: string): Readonly<Record<string, unknown>> | null;
  records(name: string): readonly Readonly<Record<string, unknown>>[] | null;
  /** Adds a problem that only the caller can see. */
  add(type: string, name: string, msg: string): void;
}

/** True for a JSON object: not null, not an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toSentence(choices: readonly string[]): string {
  const quoted = choices.map((choice) => `'${choice}'`);
  return `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1) ?? ''}`;
}

/** A reader over a request body. Throws ApiError when the body is no JSON object at all. */
export function readBody(body: unknown): FieldReader {
  if (!isRecord(body)) {
    const msg = 'Input should be a valid dictionary';
    throw new ApiError(422, [{ type: 'dict_type', loc: ['body'], msg }]);
  }
  const problems: Problem[] = [];
  const add = (type: string, name: string, msg: string): null => {
    problems.push({ type, loc: ['body', name], msg });
    return null;
  };
  const read = <T>(name: string, check: (value: unknown) => T | null): T | null => {
    const value = body[name];
    return value === undefined || value === null ? null : check(value);
  };
  const asText = (name: string, value: unknown): string | null =>
    typeof value === 'string' ? value : add('string_type', name, 'Input should be a valid string');
  return {
    problems,
    add,
    text: (name, max) =>
      read(name, (value) => {
        const text = asText(name, value);
        if (text === null || codePoints(text) <= max) return text;
        return add('string_too_long', name, `String should have at most ${max} characters`);
      }),
    uuid: (name) =>
      read(name, (value) => {
        if (typeof value === 'string' && isUuid(value)) return value.toLowerCase();
        return add('uuid_parsing', name, 'Input should be a valid UUID');
      }),
    choice: (name, choices) =>
      read(
        name,
        (value) =>
          choices.find((choice) => choice === value) ??
          add('enum', name, `Input should be ${toSentence(choices)}`),
      ),
    flag: (name) =>
      read(name, (value) =>
        typeof value === 'boolean' ? value : add('bool_type', name, 'Input should be a valid boolean'),
      ) ?? false,
    record: (name) =>
      read(name, (value) =>
        isRecord(value) ? value : add('dict_type', name, 'Input should be a valid dictionary'),
      ),
    records: (name) =>
      read(name, (value) =>
        Array.isArray(value) && value.every(isRecord)
          ? value
          : add('list_type', name, 'Input should be a valid list of dictionaries'),
      ),
  };
}
