import { type Config, ConfigError } from '../config/index.ts';
import type { Clock } from '../domain/clock.ts';
import { createRedactor, type Redactor } from '../enrich/index.ts';
import { checkExtraPatterns } from '../enrich/redact/extra-patterns.ts';
import type { RedactionOptions } from '../enrich/redact/options.ts';
import { defaultRedactionOptions } from '../enrich/redact/options.ts';
import {
  createTicketClient,
  createTokenFile,
  type ProxySettings,
  type TicketClient,
  type TokenSource,
} from '../tickets/index.ts';

/** Values that must appear nowhere, learnt while the process runs. */
export interface KnownSecrets {
  readonly values: () => readonly string[];
  readonly learn: (value: string) => void;
}

/** Rotated tokens kept: an old one may still be valid, and may still stand in a log line. */
const MAX_KNOWN = 8;

/** No secrets yet. */
export function createKnownSecrets(): KnownSecrets {
  const known = new Set<string>();
  return {
    values: () => [...known],
    learn: (value) => {
      known.add(value);
      if (known.size > MAX_KNOWN) known.delete(known.values().next().value ?? '');
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

/** The ticket API as configured; its token is learnt as a secret each time it is read. */
export function createTickets(config: Config, clock: Clock, secrets: KnownSecrets): TicketClient {
  const { url, tokenFile, organisationId, caFile, timeout, proxy } = config.ticketApi;
  const file = createTokenFile(tokenFile);
  const token: TokenSource = {
    read: async () => {
      const value = await file.read();
      secrets.learn(value);
      return value;
    },
    forget: () => file.forget(),
  };
  return createTicketClient({
    url,
    token,
    clock,
    timeoutMs: timeout,
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
