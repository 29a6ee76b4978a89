import { MINUTE } from '../../domain/clock.ts';
import type { Environment } from '../../domain/environment.ts';
import type { Trigger } from '../../domain/incident.ts';

/** Everything the text of a ticket is made from. All of it is redacted already. */
export interface Story {
  readonly trigger: Trigger;
  /** What fails, as the most causal signal says it: `container app exits with code 3 (Error)`. */
  readonly message: string;
  /** The container that fails, if it is one. */
  readonly container?: string;
  readonly environment: Environment;
  /** Name and namespace of the Incident object. */
  readonly incident: { readonly name: string; readonly namespace: string };
  readonly openedAt: number;
  /** The closed ticket of an earlier incident of the same owner. */
  readonly previousTicketId?: string;
}

/** Epoch milliseconds of a time in the environment; undefined for none and for what is no time of our calendar. */
export function timeOf(text: string | undefined): number | undefined {
  const at = Date.parse(text ?? '');
  return at >= 0 && at < MAX_TIME ? at : undefined;
}

/** The year 10000. */
const MAX_TIME = 253_402_300_800_000;

/** Clocks of a cluster differ by less. */
const SAME_CLOCK_MS = MINUTE;

/**
 * How far the clock of the pod's node is ahead of the cluster's, in milliseconds, at least; negative when it is behind, undefined when no
 * time shows it. A kubelet takes a pod after the API server has made it, and what it writes has been. A static pod it has taken before.
 */
export function clockOffset({ collectedAt, containers, owner, pod }: Environment): number | undefined {
  const began = timeOf(pod?.startedAt);
  const made = timeOf(pod?.createdAt);
  const runs = containers.map(({ state }) =>
    timeOf(state.running?.startedAt ?? state.terminated?.finishedAt),
  );
  const written = [began, ...runs].filter((at) => at !== undefined);
  const ahead = Math.max(...written) - (timeOf(collectedAt) ?? Infinity);
  if (ahead > SAME_CLOCK_MS) return ahead;
  if (began === undefined || made === undefined || owner.kind === 'Pod') return undefined;
  return began < made - SAME_CLOCK_MS ? began - made : undefined;
}
