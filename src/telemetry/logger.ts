import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

/** Lines of error text kept in a log entry: a stack is for bugs, not for every refused connection. */
const REDACTED_PATHS = ['token', '*.token', 'authorization', '*.authorization', 'headers', '*.headers'];

export interface LoggerOptions {
  readonly level: string;
  readonly version: string;
  /** Takes out secrets that a message or an error text may carry. */
  readonly redact: (text: string) => string;
  readonly destination?: DestinationStream;
}

/** A JSON logger: static messages with the data beside them, one entry a line. */
export function createLogger(options: LoggerOptions): Logger {
  const settings = {
    level: options.level,
    base: { name: 'ankra-support-agent', version: options.version },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: REDACTED_PATHS, censor: '[REDACTED]' },
    serializers: { err: (error: unknown) => describeError(error, options.redact) },
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}

/** Name, message and causes of an error, without secrets. */
export function describeError(error: unknown, redact: (text: string) => string): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: redact(String(error)) };
  return {
    type: error.name,
    message: redact(error.message),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause, redact) }),
  };
}
