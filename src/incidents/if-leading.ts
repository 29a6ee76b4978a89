/** The Lease was lost in the middle of a step: what is left of it belongs to another process. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** Rejects with LeaseLostError without the Lease: a process that stood still had decided by what was true before. */
export async function ifLeading<T>(isLeader: () => boolean, call: () => Promise<T>): Promise<T> {
  if (!isLeader()) throw new LeaseLostError('the Lease was lost');
  return call();
}
