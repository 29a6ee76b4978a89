import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { type Config, configSchema } from './schema.ts';

/** The configuration cannot be used. `problems` names every field that is wrong, and what to write instead. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(source: string, problems: readonly string[]) {
    super(
      `configuration of ${source} cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

/** Environment variables and the fields they set. They win over the file. */
export const environmentVariables: Readonly<Record<string, readonly string[]>> = {
  ANKRA_API_URL: ['ticketApi', 'url'],
  ANKRA_TOKEN_FILE: ['ticketApi', 'tokenFile'],
  ANKRA_ORGANISATION_ID: ['ticketApi', 'organisationId'],
  ANKRA_CA_FILE: ['ticketApi', 'caFile'],
  ANKRA_CLUSTER_ID: ['clusterId'],
  ANKRA_CLUSTER_NAME: ['clusterName'],
  ANKRA_MODE: ['mode'],
  ANKRA_LOG_LEVEL: ['log', 'level'],
};

/**
 * Reads file and environment and checks them together. An empty environment variable counts as absent.
 * Throws ConfigError with all problems at once.
 */
export async function loadConfig(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Config> {
  const source = file ?? 'the environment';
  const value: unknown = file === undefined ? {} : await readJson(file);
  return parseConfig(withEnvironment(value, env), source);
}

/** Checks a configuration that has been read already. Throws ConfigError. */
export function parseConfig(value: unknown, source: string): Config {
  const result = configSchema.safeParse(value);
  if (result.success) return result.data;
  throw new ConfigError(source, result.error.issues.flatMap(describeIssue));
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new ConfigError(file, [`the file cannot be read: ${(error as Error).message}`]);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser quotes what stands around the mistake, which may be a password: only the place is told.
    const place = /at position \d+( \(line \d+ column \d+\))?/.exec((error as Error).message)?.[0] ?? '';
    throw new ConfigError(file, [`the file is not JSON ${place}`.trim()]);
  }
}

function withEnvironment(value: unknown, env: Readonly<Record<string, string | undefined>>): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const merged = structuredClone(value) as Record<string, unknown>;
  for (const [name, path] of Object.entries(environmentVariables)) {
    const text = env[name];
    if (text !== undefined && text !== '') setAt(merged, path, text);
  }
  return merged;
}

function setAt(target: Record<string, unknown>, path: readonly string[], value: string): void {
  const [head, ...rest] = path;
  if (head === undefined) return;
  if (rest.length === 0) {
    target[head] = value;
    return;
  }
  target[head] ??= {};
  const child = target[head];
  // Anything else is wrong in the file, and the check says so.
  if (typeof child === 'object') setAt(child as Record<string, unknown>, rest, value);
}

/** Fields under the names that they had before the first release, and their names now. */
export const renamedFields: Readonly<Record<string, string>> = {
  'classes.*.hold': 'classes.*.for',
  settle: 'groupWait',
  recovery: 'resolveAfter',
};

function describeIssue(issue: z.core.$ZodIssue): readonly string[] {
  const path = issue.path.map(String).join('.');
  const where = path === '' ? 'the configuration' : path;
  if (issue.code !== 'unrecognized_keys') return [`${where}: ${messageOf(issue)}`];
  return issue.keys.map((key) => {
    const field = [...issue.path.map(String), key].join('.').replace(/^classes\.[^.]+/, 'classes.*');
    const name = Object.hasOwn(renamedFields, field) ? renamedFields[field]?.split('.').at(-1) : undefined;
    return `${where}: unknown "${key}"; ${name === undefined ? 'check the spelling' : `it is called "${name}"`}`;
  });
}

/** What is wrong with a key says the problem within. */
function messageOf(issue: z.core.$ZodIssue): string {
  return (issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined) ?? issue.message;
}
