/** The Incident was deleted while it was worked on. */
export class GoneError extends Error {
  override readonly name = 'GoneError';
}

/** The words of something that was thrown. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
