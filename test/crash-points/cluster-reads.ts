import type { Evidence } from '../../src/domain/environment.ts';
import type { NewIncident } from '../../src/domain/incident.ts';
import type { ClusterReader, OwnerReader } from '../../src/domain/ports.ts';
import type { ComposeInput } from '../../src/compose/incident-draft.ts';
import type { ApiServer } from './api-connection.ts';
import type { AgentProcess } from './process.ts';
import type { World } from './world.ts';

/** Evidence takes its time, and holds nothing: texts are tested elsewhere. */
export function createReader({ random }: World, { clock }: AgentProcess): ClusterReader {
  const evidence = async (): Promise<Evidence> => {
    await clock.sleep(random.between(10, 1_500));
    return { takenAt: clock.now(), containers: [], events: [], logs: [], omitted: [], secretValues: [] };
  };
  return {
    evidence,
    early: async () => ({
      evidence: await evidence(),
      readAt: clock.monotonic(),
      object: undefined,
      isWhole: true,
    }),
    lastLines: evidence,
    secretValues: async () => (await evidence()).secretValues,
    cluster: () => Promise.resolve({}),
  };
}

/** An owner that has come since the views were last up to date is read on its own. */
export function readOwnerOf(
  { random }: World,
  process: AgentProcess,
  { model, troubles }: ApiServer,
): OwnerReader['read'] {
  return async ({ uid }) => {
    await process.clock.sleep(random.between(1, 40));
    const fault = troubles.of('statefulsets');
    if (fault === 'forbidden') return { kind: 'refused' };
    if (fault !== undefined && fault !== 'slow' && fault !== 'silent') throw new Error('no answer');
    return model.get('statefulsets', uid) === undefined ? { kind: 'absent' } : { kind: 'read' };
  };
}

/** An Incident with as few words as it can have. */
export function composeBriefly({ opening, now }: ComposeInput): NewIncident {
  const { name, key, trigger, owner, signals, note, previousTicketId } = opening;
  return {
    name,
    spec: {
      trigger,
      target: owner,
      key,
      class: signals[0]?.class ?? 'manual',
      reason: signals[0]?.reason ?? 'Requested',
      openedAt: now,
      ...(note === undefined ? {} : { note }),
      ...(previousTicketId === undefined ? {} : { previousTicketId }),
      draft: {
        subject: `${owner.name} fails`,
        description: 'It fails.',
        category: 'technical',
        severity: 'critical',
        environment: '{}',
      },
    },
  };
}
