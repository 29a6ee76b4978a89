/** The Incident was deleted while it was worked on. */
export class GoneError extends Error {
  override readonly name = 'GoneError';
}

/** The Lease was lost in the middle of a step: what is left of it belongs to another process. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** The words of something that was thrown. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
