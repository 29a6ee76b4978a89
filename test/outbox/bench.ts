import type { Incident, IncidentStatus } from '../../src/domain/incident.ts';
import { type StepContext, type StepResult, whileLeading } from '../../src/outbox/context.ts';
import { GoneError } from '../../src/outbox/errors.ts';
import { createCircuitBreaker } from '../../src/outbox/circuit-breaker.ts';
import type { FilingFacts, Step } from '../../src/outbox/next-step.ts';
import { createShelf } from '../../src/outbox/shelf.ts';
import { carryOut } from '../../src/outbox/steps.ts';
import { anIncident, createKit, type Kit } from './fixtures.ts';

/** A step that does something. */
export type Work = Exclude<Step, { kind: 'wait' }>;

/** One incident, what is known of it, and what steps make of it. */
export interface Bench extends Kit {
  readonly context: StepContext;
  readonly cut: AbortController;
  readonly stored: () => IncidentStatus;
  readonly run: (step: Work, facts?: Partial<FilingFacts>) => Promise<StepResult>;
}

/** One incident in the hands of the real steps. */
export function bench(
  incident: Incident = anIncident(),
  tickets: Parameters<typeof createKit>[1] = [],
  options: Parameters<typeof createKit>[2] = {},
): Bench {
  const kit = createKit([incident], tickets, options);
  const shelf = createShelf(kit.store, kit.clock, () => undefined);
  shelf.offer(incident);
  const cut = new AbortController();
  const context: StepContext = {
    ...kit,
    desk: whileLeading(kit.desk, kit.isLeader),
    gate: createCircuitBreaker(kit.random, kit.observer),
    signal: cut.signal,
    load: shelf.load,
    noteSent: shelf.noteSent,
    isNewest: shelf.isNewest,
    write: async (subject, change) => {
      const written = await shelf.update(subject, change);
      if (written === undefined) throw new GoneError(subject.name);
      return written;
    },
  };
  return Object.assign(kit, {
    context,
    cut,
    stored: () => kit.store.objects.get(incident.name)?.status ?? { phase: 'Pending' as const },
    run: (step: Work, facts: Partial<FilingFacts> = {}) => {
      const held = shelf.items.get(incident.name)?.incident ?? incident;
      return carryOut(step, { incident: held, facts: { failures: 0, shrink: 0, ...facts } }, context);
    },
  });
}
