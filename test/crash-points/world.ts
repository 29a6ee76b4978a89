import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import { incidentKey } from '../../src/correlate/identity.ts';
import type { ObjectRef } from '../../src/domain/failure.ts';
import { createRandom, type Random } from './random.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';

/** Wall time at the beginning (epoch milliseconds). */
export const EPOCH = Date.UTC(2026, 10, 23, 3, 0, 0);
export const LOOKUP_DELAY_MS = 30 * SECOND;

/** How refusals depend on the owner: the same request is always answered alike. */
export type Refusal =
  | 'never'
  | 'unlessShrunk'
  | 'always'
  /** A firewall before the API answers 403, to the whole or to all forms of it. */
  | 'deniedUnlessShrunk'
  | 'denied';

/** An owner whose pods fail and heal: the level that the agent sees. */
export interface Fault {
  readonly owner: ObjectRef;
  readonly key: string;
  readonly refusal: Refusal;
  isFailing: boolean;
  /** Since when it is as it is. */
  since: number;
  affected: number;
  /** Values of the annotation, newest last. */
  readonly requests: string[];
}

/** What troubles the two APIs at the moment. Probabilities are per call. */
export interface Weather {
  deskDown: boolean;
  listDown: boolean;
  unauthorised: boolean;
  /** A deployment of the API: whatever is asked for is not found. */
  notFound: boolean;
  throttled: boolean;
  /** Only what changes something is throttled. */
  writesThrottled: boolean;
  answersLost: number;
  serverErrors: number;
  storeDown: boolean;
  storeErrors: number;
  storeSlow: boolean;
  /** Probability that a process is killed at a call. */
  kills: number;
  /** The same for calls that are seldom made, so that each of them is the last one now and then. */
  killsAtRare: number;
}

const fairWeather: Weather = {
  deskDown: false,
  listDown: false,
  unauthorised: false,
  notFound: false,
  throttled: false,
  writesThrottled: false,
  answersLost: 0,
  serverErrors: 0,
  storeDown: false,
  storeErrors: 0,
  storeSlow: false,
  kills: 0,
  killsAtRare: 0,
};

/** Everything that one seed determines and all parts of the simulation share. */
export interface World {
  readonly seed: number;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly faults: readonly Fault[];
  readonly weather: Weather;
  /**
   * Strict: what the API accepts is in its list within the look-up delay after the sender has given up, and the list never fails for
   * longer than its patience. Nothing may be doubled then.
   */
  readonly isStrict: boolean;
  /** Longest time until the list shows a ticket, or that it was closed. */
  readonly maxLagMs: number;
  /** Where processes were killed, and how often: before a call, and before the answer of one. */
  readonly killPoints: Map<string, number>;
  /** What went wrong while it happened. */
  readonly violations: string[];
  readonly trace: (line: string) => void;
  readonly digest: () => string;
  readonly lines: readonly string[];
}

/** The world of a seed. */
export function createWorld(seed: number, keepsTrace: boolean): World {
  const random = createRandom(seed);
  const scheduler = createScheduler();
  const isStrict = !random.chance(0.25);
  const lines: string[] = [];
  let hash = 0x811c9dc5;
  return {
    seed,
    random,
    scheduler,
    faults: Array.from({ length: random.between(2, 4) }, (_none, index) => createFault(index, random)),
    weather: { ...fairWeather },
    isStrict,
    maxLagMs: isStrict ? random.between(0, LOOKUP_DELAY_MS) : random.between(60 * SECOND, 90 * SECOND),
    killPoints: new Map(),
    violations: [],
    trace: (text) => {
      const line = `${(scheduler.now() / 1_000).toFixed(3).padStart(9)} ${text}`;
      // FNV-1a: equal digests of two runs show that they were the same.
      for (let index = 0; index < line.length; index += 1)
        hash = Math.imul(hash ^ line.charCodeAt(index), 0x01000193) >>> 0;
      if (keepsTrace) lines.push(line);
    },
    digest: () => hash.toString(16).padStart(8, '0'),
    lines,
  };
}

function createFault(index: number, random: Random): Fault {
  const name = `shop-${index}`;
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'prod', name, uid: `owner-${index}` };
  const refusals: readonly Refusal[] = [
    'never',
    'never',
    'never',
    'never',
    'unlessShrunk',
    'always',
    'deniedUnlessShrunk',
    // Of two that are refused so, with nobody else to be accepted, nothing tells that it is not all.
    index === 0 ? 'denied' : 'never',
  ];
  return {
    owner,
    key: incidentKey('cluster', owner),
    refusal: random.pick(refusals) ?? 'never',
    isFailing: false,
    since: -MINUTE,
    affected: 1,
    requests: [],
  };
}

/** All troubles end. */
export function clearUp(weather: Weather): void {
  Object.assign(weather, fairWeather);
}
