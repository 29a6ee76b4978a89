import type { Clock } from '../../domain/clock.ts';

/** Beyond it the whole collection counts as hidden. */
const MAX_SPOTS = 1_000;

/** Objects whose present state is not known, although the watch is current: they could not be read. */
export class BlindSpots {
  readonly #clock: Clock;
  readonly #onShown: () => void;
  /** Namespaces by uid. */
  readonly #spots = new Map<string, string | undefined>();
  #unknown: { readonly since: number; readonly where: 'line' | 'list' } | undefined;

  /** `onShown` is called when something is known that was not: whoever relies on currency has to start over. */
  constructor(clock: Clock, onShown: () => void) {
    this.#clock = clock;
    this.#onShown = onShown;
  }

  /** A state of this object could not be read; without a namespace it is not known where it lies. */
  hide(uid: string, namespace?: string): void {
    if (this.#spots.has(uid) || this.#spots.size < MAX_SPOTS) this.#spots.set(uid, namespace);
    else this.hideUnknown('line');
  }

  /** Something could not be read, and not even whose state it was. Only a list that can tell all its items apart ends it. */
  hideUnknown(where: 'line' | 'list'): void {
    this.#unknown = { since: this.#unknown?.since ?? this.#clock.monotonic(), where };
  }

  /** Since when that is so (monotonic); undefined when it is not. */
  get unknownSince(): number | undefined {
    return this.#unknown?.since;
  }

  /** It was a line of a watch: a list may well show what it said. */
  get isCurable(): boolean {
    return this.#unknown?.where === 'line';
  }

  /** This object is known again, or is gone. */
  show(uid: string): void {
    if (this.#spots.delete(uid)) this.#onShown();
  }

  /** A list could tell all its items apart. */
  listed(): void {
    if (this.#unknown !== undefined) this.#onShown();
    this.#unknown = undefined;
  }

  /** Whether a state is hidden in this namespace; without one, anywhere. */
  hides(namespace?: string): boolean {
    if (this.#unknown !== undefined) return true;
    if (namespace === undefined) return this.#spots.size > 0;
    for (const where of this.#spots.values()) if (where === undefined || where === namespace) return true;
    return false;
  }
}
