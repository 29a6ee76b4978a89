import type { Now } from '../domain/clock.ts';
import type { ObjectRef, Signal } from '../domain/failure.ts';
import type { IncidentCache, IncidentChange } from '../incidents/index.ts';
import type { Cause, KeyOf } from './cause.ts';
import type { Decision, Outcome } from './decision.ts';
import type { Findings } from './findings.ts';
import type { ObservedObject } from './owner-state.ts';
import type { Sight } from './sight.ts';

/** What one object shows at one moment. */
export interface Observation {
  readonly subject: ObservedObject;
  readonly owner: ObjectRef;
  readonly key: string;
  /** None means that the object is well, or gone. */
  readonly signals: readonly Signal[];
}

/** What the correlator has to be told about the world around it. */
export interface CorrelatorDeps {
  readonly keyOf: KeyOf;
  readonly incidents: Pick<IncidentCache, 'newestOf' | 'count' | 'isKeyOccupied'>;
  /**
   * What has changed for one owner may be news for this one: they have a cause in common. A cause with thousands of members is
   * judged by all of them, so that it is better looked at now and then than after each.
   */
  readonly onRelated: (key: string, isCause: boolean) => void;
}

/**
 * Folds signals into incidents: one open automatic incident per owner, and one for a cause that several have in common. It holds
 * no clock and decides by levels only, so that a restart, which begins with an empty correlator and the same cluster, comes to the
 * same decisions.
 */
export interface Correlator {
  readonly observe: (sighting: Observation, now: Now) => void;
  /** The owner has failed up to now, though no object shows how. */
  readonly noteFailing: (key: string, now: Now) => void;
  /** Objects are judged from now on. What they showed until then was not told, so that every owner counts as failing until now. */
  readonly begin: (now: Now) => void;
  /** The cache of Incidents has changed. Only the newest of a key counts. */
  readonly incidentChanged: (change: IncidentChange, now: Now) => void;
  /**
   * What is to be done for this key now. The caller carries it out, and tells by `noteDone` that it was written: what could not be is
   * decided anew.
   */
  readonly decide: (key: string, now: Now, sight: Sight) => Outcome;
  readonly noteDone: (decision: Decision, now: Now) => void;
  /** Keys with something in them, for a look at all of them. */
  readonly keys: () => Iterable<string>;
  readonly has: (key: string) => boolean;
  /** Whether an incident of this key stands. */
  readonly hasUnresolved: (key: string) => boolean;
  /** Whether anything fails under this key, or was told and is not over. */
  readonly isFailing: (key: string) => boolean;
  /** What is known of this key, whether there is anything to decide or not. */
  readonly findings: (key: string, now: Now, sight: Sight) => Findings | undefined;
  /** The common cause that claims this owner's failure at the moment. */
  readonly commonCauseOf: (key: string) => Cause | undefined;
  readonly size: number;
}
