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
