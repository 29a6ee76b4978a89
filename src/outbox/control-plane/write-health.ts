import type { Clock } from '../../domain/clock.ts';
import { MINUTE } from '../../domain/clock.ts';
import type { ControlPlaneOutage, FailedWrites, WriteFailure } from '../../domain/control-plane.ts';

/** Writes are tried every few seconds: what was not tried for longer, as the process stood still, proves nothing. */
const MAX_GAP_MS = MINUTE;

/** What the writes to the API server have come to: those of this replica, and those of others as far as they are seen. */
export class WriteHealth {
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly #failures = new Map<string, FailedWrites>();
  #since: number | undefined;
  #lastFailureAt = -Infinity;
  #lastWriteAt: number;
  #endedAt: number | undefined;

  /** Begins when the API server has answered. */
  constructor(clock: Pick<Clock, 'now' | 'monotonic'>) {
    this.#clock = clock;
    this.#lastWriteAt = clock.monotonic();
  }

  /** A write was taken, of this replica or of another one. `at` is in monotonic milliseconds. */
  succeeded(at: number): void {
    if (at <= this.#lastWriteAt) return;
    this.#lastWriteAt = at;
    if (this.#since === undefined || this.#lastFailureAt > at) return;
    this.#endedAt = this.#clock.now() - this.#clock.monotonic() + at;
    this.#forget();
  }

  /** A write of this replica was not taken. */
  failed(failure: WriteFailure): void {
    const now = this.#clock.monotonic();
    if (now - this.#lastFailureAt > MAX_GAP_MS) this.#forget();
    this.#since ??= now;
    this.#lastFailureAt = now;
    const at = this.#clock.now();
    const known = this.#failures.get(failure.kind);
    this.#failures.delete(failure.kind);
    this.#failures.set(failure.kind, {
      ...failure,
      count: (known?.count ?? 0) + 1,
      firstAt: known?.firstAt ?? at,
      lastAt: at,
    });
  }

  /** The outage that lasts now. */
  outage(): ControlPlaneOutage | undefined {
    const now = this.#clock.monotonic();
    if (this.#since === undefined || now - this.#lastFailureAt > MAX_GAP_MS) return undefined;
    const offset = this.#clock.now() - now;
    return {
      since: this.#since,
      startedAt: this.#since + offset,
      lastWriteAt: this.#lastWriteAt + offset,
      failures: [...this.#failures.values()],
    };
  }

  /** Epoch milliseconds of the write that ended the last outage. */
  get endedAt(): number | undefined {
    return this.#endedAt;
  }

  #forget(): void {
    this.#since = undefined;
    this.#failures.clear();
  }
}
