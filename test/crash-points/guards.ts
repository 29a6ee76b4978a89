import type { IncidentStore } from '../../src/domain/ports.ts';
import type { AgentMutation } from './agent-part.ts';
import type { Mutation, MutationParts } from './fleet.ts';
import { CLUSTER_KEY } from './world.ts';

/** What keeps the agent from believing what is not so, each taken away once. */
export const guards: Readonly<Record<string, Mutation>> = {
  'every picture is taken for current': agent({
    freshness: (_real, clock) => () => ({ since: -Infinity, provenAt: clock.monotonic() }),
  }),
  'it does not count since when a picture is current': agent({
    freshness: (real) => (kind, namespace) => {
      const freshness = real(kind, namespace);
      return freshness === undefined ? undefined : { ...freshness, since: -Infinity };
    },
  }),
  'a picture is taken for proven up to now': agent({
    freshness: (real, clock) => (kind, namespace) => {
      const freshness = real(kind, namespace);
      return freshness === undefined ? undefined : { ...freshness, provenAt: clock.monotonic() };
    },
  }),
  "the machine's wall clock is believed": agent({ clock: (clock) => clock }),
  "another cluster's Incident is taken for one's own": agent({
    incident: (view) =>
      'unreadable' in view ? view : { ...view, spec: { ...view.spec, cluster: CLUSTER_KEY } },
  }),
  'an Incident that cannot be read leaves its key to others': agent({
    incident: ({ ...view }) => {
      if ('unreadable' in view) delete (view as { keyPrefix?: string }).keyPrefix;
      return view;
    },
  }),
  'words of a later release are written over': { store: forgetful },
};

function agent(mutation: AgentMutation): Mutation {
  return { agent: mutation };
}

/** Each write takes away what this release does not know. */
function forgetful(store: IncidentStore, { storeModel }: MutationParts): IncidentStore {
  return {
    ...store,
    patchStatus: async (incident, changes) => {
      const written = await store.patchStatus(incident, changes);
      const raw = storeModel.rawOf(incident.name);
      if (raw !== undefined && 'severity' in (raw.status as object)) {
        const { severity: _severity, ...status } = raw.status as { severity: string };
        storeModel.putRaw({ ...raw, status });
      }
      return written;
    },
  };
}
