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
  const add = (type: string, name: string, msg: string): void => {
    problems.push({ type, loc: ['body', name], msg });
  };
  const read = <T>(name: string, check: Check<T>): T | null => {
    const value = body[name];
    if (value === undefined || value === null) return null;
    const checked = check(value);
    if ('value' in checked) return checked.value;
    add(checked.type, name, checked.msg);
    return null;
  };
  return {
    problems,
    add,
    text: (name, max) => read(name, textOf(max)),
    uuid: (name) => read(name, uuid),
    choice: (name, choices) => read(name, choiceOf(choices)),
    flag: (name) => read(name, flag) ?? false,
    record: (name) => read(name, record),
    records: (name) => read(name, records),
  };
}

/** What a field's value is, or what is wrong with it. */
type Checked<T> = { readonly value: T } | { readonly type: string; readonly msg: string };
type Check<T> = (value: unknown) => Checked<T>;

function textOf(max: number): Check<string> {
  return (value) => {
    if (typeof value !== 'string') return { type: 'string_type', msg: 'Input should be a valid string' };
    if (codePoints(value) <= max) return { value };
    return { type: 'string_too_long', msg: `String should have at most ${max} characters` };
  };
}

function uuid(value: unknown): Checked<string> {
  if (typeof value === 'string' && isUuid(value)) return { value: value.toLowerCase() };
  return { type: 'uuid_parsing', msg: 'Input should be a valid UUID' };
}

function choiceOf<T extends string>(choices: readonly T[]): Check<T> {
  return (value) => {
    const choice = choices.find((known) => known === value);
    return choice === undefined
      ? { type: 'enum', msg: `Input should be ${toSentence(choices)}` }
      : { value: choice };
  };
}

function flag(value: unknown): Checked<boolean> {
  return typeof value === 'boolean'
    ? { value }
    : { type: 'bool_type', msg: 'Input should be a valid boolean' };
}

function record(value: unknown): Checked<Readonly<Record<string, unknown>>> {
  return isRecord(value) ? { value } : { type: 'dict_type', msg: 'Input should be a valid dictionary' };
}

function records(value: unknown): Checked<readonly Readonly<Record<string, unknown>>[]> {
  if (Array.isArray(value) && value.every(isRecord)) return { value };
  return { type: 'list_type', msg: 'Input should be a valid list of dictionaries' };
}
