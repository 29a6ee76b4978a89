import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

/** Fields that are left out whatever they hold. */
const SECRET_PATHS = ['token', '*.token', 'authorization', '*.authorization', 'headers', '*.headers'];
/** An error seldom has more causes; one that is its own cause has no end. */
const MAX_CAUSES = 4;

export interface LoggerOptions {
  readonly level: string;
  readonly version: string;
  /** Takes out secrets that a field or an error may carry. */
  readonly redact: (text: string) => string;
  readonly destination?: DestinationStream;
}

/** A JSON logger: static messages with the data beside them, one entry a line. Every text among the data is redacted. */
export function createLogger(options: LoggerOptions): Logger {
  const { level, version, redact, destination } = options;
  const settings = {
    level,
    base: { name: 'ankra-support-agent', version },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) => redactFields(fields, redact),
    },
    redact: { paths: SECRET_PATHS, censor: '[REDACTED]' },
    serializers: { err: (error: unknown) => describeError(error, redact) },
  };
  return destination === undefined ? pino(settings) : pino(settings, destination);
}

/** Fields are texts and numbers; what is more is not looked into, as it belongs into no log line. */
function redactFields(
  fields: Record<string, unknown>,
  redact: (text: string) => string,
): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === 'string' ? redact(value) : value,
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

/** Name, code, message and causes of an error, without secrets and without a stack. */
export function describeError(
  error: unknown,
  redact: (text: string) => string,
  causes = MAX_CAUSES,
): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: redact(asText(error)) };
  const { code } = error as { readonly code?: unknown };
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  return {
    type: redact(asText(error.name)),
    ...(typeof code === 'string' ? { code: redact(code) } : {}),
    message: redact(asText(error.message)),
    ...(inner === undefined || causes === 0 ? {} : { cause: describeError(inner, redact, causes - 1) }),
  };
}

/** Anything can be thrown, also what cannot be made a text. */
function asText(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'something that cannot be shown';
  }
}
