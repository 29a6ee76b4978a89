import type { Incident, IncidentStatus } from '../../src/domain/incident.ts';
import { createStepContext, type StepContext, whileLeading } from '../../src/outbox/context.ts';
import { CircuitBreaker } from '../../src/outbox/circuit-breaker.ts';
import type { FilingFacts, Step } from '../../src/outbox/next-step.ts';
import { FilingRecords } from '../../src/outbox/filing-records.ts';
import { carryOut } from '../../src/outbox/outbox.ts';
import { anIncident, createKit, type Kit } from './fixtures.ts';

/** A step that does something. */
export type Work = Exclude<Step, { kind: 'wait' }>;

/** One incident, what is known of it, and what steps make of it. */
export interface Bench extends Kit {
  readonly context: StepContext;
  readonly records: FilingRecords;
  readonly cut: AbortController;
  readonly stored: () => IncidentStatus;
  readonly run: (step: Work, facts?: Partial<FilingFacts>) => Promise<{ readonly facts: FilingFacts }>;
}

/** One incident in the hands of the real steps. */
export function bench(
  incident: Incident = anIncident(),
  tickets: Parameters<typeof createKit>[1] = [],
  options: Parameters<typeof createKit>[2] = {},
): Bench {
  const kit = createKit([incident], tickets, options);
  const { incidents, clock } = kit;
  const records = new FilingRecords({ incidents, clock, queue: { enqueue: () => undefined } });
  incidents.upsert(incident);
  const cut = new AbortController();
  const context = createStepContext(kit, {
    ticketApi: whileLeading(kit.desk, kit.isLeader),
    circuitBreaker: new CircuitBreaker(kit.random, kit.observer),
    records,
    signal: cut.signal,
  });
  return Object.assign(kit, {
    context,
    records,
    cut,
    stored: () => kit.store.objects.get(incident.name)?.status ?? { phase: 'Pending' as const },
    run: async (step: Work, facts: Partial<FilingFacts> = {}) => {
      const held = incidents.named(incident.name) ?? incident;
      return {
        facts: await carryOut(step, { incident: held, facts: { failures: 0, shrink: 0, ...facts } }, context),
      };
    },
  });
}
