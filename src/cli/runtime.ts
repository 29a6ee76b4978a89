import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Config, ConfigError } from '../config/index.ts';
import type { Clock } from '../domain/clock.ts';
import { createRedactor, type Redactor } from '../enrich/index.ts';
import { checkExtraPatterns } from '../enrich/redact/extra-patterns.ts';
import { defaultRedactionOptions, type RedactionOptions } from '../enrich/redact/options.ts';
import { createKubeConnection, type KubeConnection, type KubeSource } from '../kube/connection/index.ts';
import { systemClock } from '../lib/clock.ts';
import {
  createTicketClient,
  createTokenFile,
  type ProxySettings,
  type RequestEvent,
  type TicketClient,
  type TokenSource,
} from '../tickets/index.ts';
import { version } from '../version.ts';
import { CommandError, type CommandIo } from './process.ts';

/** Where a known secret comes from: each source has its own bound, so that no other can push its values out. */
export type SecretSource = 'ticketToken' | 'kubernetesToken' | 'proxy' | 'environment';

/** Values that must appear nowhere, learnt while the process runs. */
export interface KnownSecrets {
  readonly values: () => readonly string[];
  readonly learn: (source: SecretSource, value: string) => void;
}

/**
 * How many values of a source are kept, the last ones. Rotated tokens are: an old one may still be valid, and may still stand
 * in a log line. Of the environment: what the secret-like variables of pods hold that were read last.
 */
const maxKnown: Readonly<Record<SecretSource, number>> = {
  ticketToken: 8,
  kubernetesToken: 8,
  proxy: 12,
  environment: 200,
};

/** No secrets yet. */
export function createKnownSecrets(): KnownSecrets {
  const known = new Map<SecretSource, Set<string>>();
  return {
    values: () => [...known.values()].flatMap((values) => [...values]),
    learn: (source, value) => {
      const values = known.get(source) ?? new Set();
      known.set(source, values);
      // The one that is used is the last to be forgotten.
      values.delete(value);
      values.add(value);
      if (values.size > maxKnown[source]) values.delete(values.values().next().value ?? '');
    },
  };
}

/** What the configuration says of redaction, in the words of the redactor. */
export function redactionOptions({ redaction }: Config): RedactionOptions {
  const { patterns, pii, withhold } = redaction;
  return { ...defaultRedactionOptions, extraPatterns: patterns, pii, withhold };
}

/** A redactor that also strikes out what the process has learnt. Throws ConfigError when a pattern cannot be used. */
export function createAgentRedactor(config: Config, secrets: KnownSecrets): Redactor {
  const problems = checkExtraPatterns(config.redaction.patterns);
  if (problems.length > 0) throw new ConfigError('redaction', problems);
  const redactor = createRedactor(redactionOptions(config));
  // Our own first: of too many values the last are left out.
  const all = (exact: readonly string[] = []): readonly string[] => [...secrets.values(), ...exact];
  return {
    redactText: (text, exact) => redactor.redactText(text, all(exact)),
    redactLine: (line, exact) => redactor.redactLine(line, all(exact)),
    redactValue: (value, exact) => redactor.redactValue(value, all(exact)),
    openStream: (exact) => redactor.openStream(all(exact)),
  };
}

/** Which cluster the arguments of a command name. */
export interface ClusterArguments {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/**
 * Where the Kubernetes API is, in this order: the file or context of the arguments; inside of a cluster the pod's own account; the files of
 * KUBECONFIG; `~/.kube/config`.
 */
export function kubeSource({ kubeconfig, context }: ClusterArguments, env: CommandIo['env']): KubeSource {
  const chosen = context === undefined ? {} : { context };
  if (kubeconfig !== undefined) return { kind: 'kubeconfig', path: [kubeconfig], ...chosen };
  if (env['KUBERNETES_SERVICE_HOST'] !== undefined && context === undefined)
    return { kind: 'in-cluster', environment: env };
  const files = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  const usual = env['HOME'] === undefined ? [] : [join(env['HOME'], '.kube/config')];
  const path = files.length > 0 ? files : usual.filter((file) => existsSync(file));
  if (path.length > 0) return { kind: 'kubeconfig', path, ...chosen };
  throw new CommandError(
    'no Kubernetes API: run inside of a cluster, or name a kubeconfig with --kubeconfig or KUBECONFIG; there is no ~/.kube/config',
  );
}

/** The connection to the cluster, and a redactor that knows the secrets of this process. */
export async function openCluster(
  config: Config,
  place: ClusterArguments,
  env: CommandIo['env'],
): Promise<{ secrets: KnownSecrets; redactor: Redactor; connection: KubeConnection }> {
  const secrets = createKnownSecrets();
  const redactor = createAgentRedactor(config, secrets);
  const connection = await createKubeConnection(kubeSource(place, env), {
    clock: systemClock,
    version,
    onSecret: (value) => secrets.learn('kubernetesToken', value),
  });
  return { secrets, redactor, connection };
}

/** The namespace for Incidents and the Lease; a fixed one where the process does not know its own. */
export function namespaceOf(
  connection: KubeConnection,
  given: string | undefined,
  env: CommandIo['env'],
): string {
  return given ?? env['POD_NAMESPACE'] ?? connection.namespace ?? 'ankra-support-agent';
}

/** The ticket API as configured; its token and the proxy's credentials are learnt as secrets each time they are used. */
export function createTickets(
  config: Config,
  clock: Clock,
  secrets: KnownSecrets,
  onRequest?: (event: RequestEvent) => void,
): TicketClient {
  const { url, tokenFile, organisationId, caFile, timeout, proxy } = config.ticketApi;
  const file = createTokenFile(tokenFile);
  const redactor = createAgentRedactor(config, secrets);
  const token: TokenSource = {
    read: async () => {
      const value = await file.read();
      secrets.learn('ticketToken', value);
      return value;
    },
    forget: () => file.forget(),
  };
  return createTicketClient({
    url,
    token,
    clock,
    timeoutMs: timeout,
    onSecret: (value) => secrets.learn('proxy', value),
    redact: (text) => redactor.redactLine(text).text,
    ...(onRequest === undefined ? {} : { onRequest }),
    ...(organisationId === undefined ? {} : { organisationId }),
    ...(caFile === undefined ? {} : { caFile }),
    ...(proxy === undefined ? {} : { proxy: proxySettings(proxy) }),
  });
}

function proxySettings({
  url,
  noProxy,
  credentialsFile,
}: NonNullable<Config['ticketApi']['proxy']>): ProxySettings {
  return { url, noProxy, ...(credentialsFile === undefined ? {} : { credentialsFile }) };
}
