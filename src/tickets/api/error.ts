import { types } from 'node:util';
import type { RefusedSetting } from '../../domain/ports.ts';

/** `transient` passes by itself; `paused` needs a change of configuration: token, address, CA, proxy. */
export type TicketApiErrorKind = 'transient' | 'paused';

/**
 * A call of the ticket API that gave no answer to work with. It carries words, never the error of the HTTP library:
 * that one holds the request with its headers, and whoever prints it prints the token.
 */
export class TicketApiError extends Error {
  override readonly name = 'TicketApiError';
  readonly kind: TicketApiErrorKind;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  /** What of the configuration is refused, where that can be told. */
  readonly setting: RefusedSetting | undefined;

  constructor(
    kind: TicketApiErrorKind,
    message: string,
    facts: {
      readonly status?: number | undefined;
      readonly retryAfterMs?: number | undefined;
      readonly setting?: RefusedSetting | undefined;
    } = {},
  ) {
    super(message);
    this.kind = kind;
    this.setting = facts.setting;
    this.status = facts.status;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** A file or setting that the client cannot work with. The message never quotes the content of the file. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

/** What an error is called in one line. */
export function describeError(error: unknown): string {
  // Those of TLS are made by Node.js itself, in a test in another realm: `instanceof` does not know them there.
  if (!types.isNativeError(error)) return String(error);
  const { code } = error as { readonly code?: unknown };
  // Several addresses were tried and each failed: the list has the reasons, the error itself says nothing.
  const message =
    error instanceof AggregateError ? error.errors.map(describeError).join('; ') : error.message;
  const isTelling = typeof code === 'string' && !message.includes(code);
  return isTelling ? `${message} (${code})` : message;
}
