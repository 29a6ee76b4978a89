import type { Clock } from '../../domain/clock.ts';

/** Beyond it the whole collection counts as hidden. */
const MAX_SPOTS = 1_000;

/** Objects whose present state is not known, although the watch is current: they could not be read. */
export interface BlindSpots {
  /** A state of this object could not be read; without a namespace it is not known where it lies. */
  hide(uid: string, namespace?: string): void;
  /** Something could not be read, and not even whose state it was. Only a list that can tell all its items apart ends it. */
  hideUnknown(where: 'line' | 'list'): void;
  /** Since when that is so (monotonic); undefined when it is not. */
  readonly unknownSince: number | undefined;
  /** It was a line of a watch: a list may well show what it said. */
  readonly isCurable: boolean;
  /** This object is known again, or is gone. */
  show(uid: string): void;
  /** A list could tell all its items apart. */
  listed(): void;
  /** Whether a state is hidden in this namespace; without one, anywhere. */
  hides(namespace?: string): boolean;
}

/** `onShown` is called when something is known that was not: whoever relies on currency has to begin anew. */
export function createBlindSpots(clock: Clock, onShown: () => void): BlindSpots {
  const spots = new Map<string, string | undefined>();
  let unknown: { readonly since: number; readonly where: 'line' | 'list' } | undefined;

  function hideUnknown(where: 'line' | 'list'): void {
    unknown = { since: unknown?.since ?? clock.monotonic(), where };
  }

  return {
    hide: (uid, namespace) => {
      if (spots.has(uid) || spots.size < MAX_SPOTS) spots.set(uid, namespace);
      else hideUnknown('line');
    },
    hideUnknown,
    get unknownSince() {
      return unknown?.since;
    },
    get isCurable() {
      return unknown?.where === 'line';
    },
    show: (uid) => {
      if (spots.delete(uid)) onShown();
    },
    listed: () => {
      if (unknown !== undefined) onShown();
      unknown = undefined;
    },
    hides: (namespace) => {
      if (unknown !== undefined) return true;
      if (namespace === undefined) return spots.size > 0;
      for (const where of spots.values()) if (where === undefined || where === namespace) return true;
      return false;
    },
  };
}
