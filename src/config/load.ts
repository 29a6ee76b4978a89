import { readFile } from 'node:fs/promises';
import { describeProblem, placeOf, sayProblem } from '../domain/input-problems.ts';
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
 * Reads file and environment and checks them together. The file is JSON or YAML, the agent's own or the values of the chart. An empty
 * environment variable counts as absent. Throws ConfigError with all problems at once; what a variable has set is blamed on the variable.
 */
export async function loadConfig(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Config> {
  const source = file ?? 'the environment';
  const misspelt = misspeltVariables(env);
  if (misspelt.length > 0) throw new ConfigError('the environment', misspelt);
  const value: unknown = file === undefined ? {} : fromValues(await readFileOf(file));
  const result = configSchema.safeParse(withEnvironment(value, env), { error: sayProblem });
  if (result.success) return result.data;
  throw new ConfigError(
    source,
    result.error.issues.flatMap((issue) => {
      const variable = variableOf(issue.path, env);
      return describe(issue).map((problem) =>
        variable === undefined ? problem : `${variable} (environment): ${problem}`,
      );
    }),
  );
}

/** Checks a configuration that has been read already. Throws ConfigError. */
export function parseConfig(value: unknown, source: string): Config {
  const result = configSchema.safeParse(value, { error: sayProblem });
  if (result.success) return result.data;
  throw new ConfigError(source, result.error.issues.flatMap(describe));
}

/** The variable that has set this field. */
function variableOf(
  path: readonly PropertyKey[],
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const field = path.join('.');
  return Object.keys(environmentVariables).find(
    (name) => (env[name] ?? '') !== '' && environmentVariables[name]?.join('.') === field,
  );
}

/** Kubernetes sets these for each Service of a namespace (documentation of Services, "Environment variables"). */
const OF_A_SERVICE = /_(SERVICE_HOST|SERVICE_PORT\w*|PORT|PORT_\w+)$/;

/** Variables that look like one of ours and are none: what they were to say would be passed over. */
function misspeltVariables(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const known = Object.keys(environmentVariables);
  const plain = (name: string): string => name.replaceAll(/[_-]/g, '').toUpperCase();
  return Object.keys(env)
    .filter((name) => /^ANKRA_/i.test(name) && !known.includes(name) && !OF_A_SERVICE.test(name))
    .flatMap((name) => {
      const meant = known.find((one) => distance(plain(one), plain(name)) <= 2);
      return meant === undefined ? [] : [`${name}: no such variable; it is called ${meant}`];
    });
}

/** How many letters have to be added, taken away or changed to make one of the other (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_none, index) => index);
  for (const [line, letter] of one.split('').entries()) {
    const next = [line + 1];
    for (const [column, against] of other.split('').entries())
      next.push(
        Math.min(
          (row[column + 1] ?? 0) + 1,
          (next[column] ?? 0) + 1,
          (row[column] ?? 0) + (letter === against ? 0 : 1),
        ),
      );
    row = next;
  }
  return row.at(-1) ?? 0;
}

async function readFileOf(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new ConfigError(file, [`the file cannot be read: ${(error as Error).message}`]);
  }
  return text.trimStart().startsWith('{') ? parseJson(text, file) : parseYaml(text, file);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigError(file, [`the file is not JSON ${placeOf(error)}`.trim()]);
  }
}

/** The parser is loaded for such a file alone: in a cluster the file is JSON. */
async function parseYaml(text: string, file: string): Promise<unknown> {
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error === undefined) return document.contents === null ? {} : document.toJS();
  const [at] = error.linePos ?? [];
  throw new ConfigError(file, [
    `the file is neither JSON nor YAML at line ${at?.line ?? 1} column ${at?.col ?? 1}`,
  ]);
}

/** The configuration that the values of the chart stand for, as its template makes it; anything else as it is. */
function fromValues(value: unknown): unknown {
  if (!isRecord(value) || !('config' in value)) return value;
  const { config, clusterId, clusterName, ticketApi } = value;
  const own = isRecord(config) ? config : {};
  return {
    ...own,
    ...given({ clusterId, clusterName }),
    ticketApi: { ...(isRecord(own['ticketApi']) ? own['ticketApi'] : {}), ...ticketApiOf(ticketApi) },
  };
}

function ticketApiOf(value: unknown): Record<string, unknown> {
  if (!isRecord(value)) return {};
  const { url, organisationId, tokenFile, proxy } = value;
  const { url: proxyUrl, noProxy } = isRecord(proxy) ? proxy : {};
  const hasProxy = typeof proxyUrl === 'string' && proxyUrl !== '';
  return given({
    url,
    organisationId,
    tokenFile,
    proxy: hasProxy ? given({ url: proxyUrl, noProxy }) : undefined,
  });
}

/** Without what is not there or empty: the chart has empty strings where nothing is set. */
function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, field]) => field !== undefined && field !== null && field !== ''),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withEnvironment(value: unknown, env: Readonly<Record<string, string | undefined>>): unknown {
  if (!isRecord(value)) return value;
  const merged = structuredClone(value);
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

function describe(issue: Parameters<typeof describeProblem>[0]): readonly string[] {
  return describeProblem(issue, 'the configuration', (field) => {
    const known = field.replace(/^classes\.[^.]+/, 'classes.*');
    return Object.hasOwn(renamedFields, known) ? renamedFields[known]?.split('.').at(-1) : undefined;
  });
}
