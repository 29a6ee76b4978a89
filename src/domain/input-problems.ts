import * as z from 'zod';

/** One line for each mistake: the field as Kubernetes names it (`silences[0].reason`), or `whole` where it is no single one, and the remedy. `nameNow` gives the name of a field that has changed. */
export function describeProblem(
  issue: z.core.$ZodIssue,
  whole: string,
  nameNow: (field: string) => string | undefined = () => undefined,
): readonly string[] {
  const where = issue.path.length === 0 ? whole : z.core.toDotPath(issue.path);
  // What is wrong with a key says the problem within.
  const within = issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined;
  if (issue.code !== 'unrecognized_keys') return [`${where}: ${within ?? issue.message}`];
  return issue.keys.map((key) => {
    const name = nameNow(z.core.toDotPath([...issue.path, key]));
    return `${where}: unknown "${key}"; ${name === undefined ? 'check the spelling' : `it is called "${name}"`}`;
  });
}

/** Where a text stops to be JSON, for a message. The parser itself quotes what stands around it, which may be a secret. */
export function placeOf(error: unknown): string {
  return /at position \d+( \(line \d+ column \d+\))?/.exec((error as Error).message)?.[0] ?? '';
}

/**
 * What is wrong with a field, and what to write instead: for what a schema has no words of its own about. Given as `error` to `safeParse`. The value
 * itself is never told, as it may be a secret.
 */
export function sayProblem(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') return sayType(issue);
  if (issue.code === 'invalid_value')
    return `${issue.input === undefined ? 'is missing; write' : 'must be'} ${choices(issue.values)}`;
  if (issue.code === 'too_small')
    return issue.minimum === 1 && issue.origin === 'string'
      ? 'must not be empty'
      : `must ${measure(issue.origin)} at least ${issue.minimum}${unit(issue.origin)}`;
  if (issue.code === 'too_big')
    return `must ${measure(issue.origin)} at most ${issue.maximum}${unit(issue.origin)}`;
  return undefined;
}

function sayType({ expected, input }: { readonly expected: string; readonly input?: unknown }): string {
  const wanted = names[expected] ?? expected;
  if (input === undefined) return `is missing; write ${wanted}`;
  const quotes = expected === 'string' && typeof input !== 'object' ? ': put it into quotes' : '';
  return `must be ${wanted}, and is ${names[kindOf(input)] ?? kindOf(input)}${quotes}`;
}

const names: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object with fields',
  record: 'an object with fields',
  null: 'null',
};

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function choices(values: readonly unknown[]): string {
  const last = String(values.at(-1));
  return values.length < 2 ? last : `${values.slice(0, -1).join(', ')} or ${last}`;
}

function measure(origin: string): string {
  return unit(origin) === '' ? 'be' : 'have';
}

function unit(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' || origin === 'set' ? ' entries' : '';
}
