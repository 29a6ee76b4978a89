import { Silences } from '../../src/correlate/index.ts';
import { expect, test } from '@jest/globals';
import type { SuppressedBy } from '../../src/observe/evaluate-object.ts';
import { updateGauges } from '../../src/agent/gauges.ts';
import { Metrics } from '../../src/telemetry/index.ts';
import type { ReflectorStatus, Watches } from '../../src/watch/index.ts';

type Handle = Watches['handles'][number];

function aHandle(name: string, status: Partial<ReflectorStatus>): Handle {
  const whole: ReflectorStatus = {
    resource: `/api/v1/${name}`,
    phase: 'watching',
    health: 'well',
    synced: true,
    objects: 0,
    lastVersion: '1',
    lastByteAgeMs: 0,
    lastBookmarkAgeMs: undefined,
    isCurrent: true,
    lastProvenAgeMs: undefined,
    lastStepAgeMs: 0,
    relists: {},
    reconnects: {},
    decodeErrors: 0,
    oversize: 0,
    projectionErrors: 0,
    skipped: 0,
    handlerErrors: 0,
    pendingOffers: 0,
    listDurationMs: undefined,
    ...status,
  };
  return { resource: { name }, status: whole } as Handle;
}

test('the watches of several namespaces are one resource: numbers add up, the worst one speaks for all', async () => {
  const metrics = new Metrics('1.0.0');
  const handles = [
    aHandle('pods', {
      objects: 3,
      lastByteAgeMs: 9_000,
      listDurationMs: 1_500,
      relists: { start: 1 },
      decodeErrors: 2,
    }),
    aHandle('pods', {
      objects: 4,
      lastByteAgeMs: 1_000,
      relists: { start: 1 },
      synced: false,
      phase: 'waiting',
    }),
    aHandle('jobs', { objects: 1 }),
  ];
  updateGauges(
    metrics,
    {
      watches: { handles, eventsDropped: { object: 5, total: 6 } },
      outbox: { pending: () => ({ count: 0 }) },
      correlator: { size: 0 },
      observer: { keptBack: () => new Map() },
      incidents: { count: 7, setAside: { foreign: 3, unreadable: 1 } },
      silences: new Silences([{ reason: 'over', hasSelector: false, until: -1 }]),
    },
    0,
  );
  const text = await metrics.registry.metrics();
  const shown = (name: string): string | undefined =>
    text.split('\n').find((line) => line.startsWith(`ankra_support_agent_watch_${name}`));
  expect(shown('objects{resource="pods"}')).toMatch(/ 7$/);
  expect(text).toContain('ankra_support_agent_incidents_ignored{reason="foreign"} 3');
  expect(text).toContain('ankra_support_agent_incidents_ignored{reason="unreadable"} 1');
  expect(text).toContain('ankra_support_agent_silences{state="expired"} 1');
  expect(text).toContain('ankra_support_agent_silences{state="active"} 0');
  expect(shown('objects{resource="jobs"}')).toMatch(/ 1$/);
  expect(shown('synced{resource="pods"}')).toMatch(/ 0$/);
  expect(shown('last_byte_age_seconds{resource="pods"}')).toMatch(/ 9$/);
  expect(shown('phase{resource="pods",phase="watching"}')).toMatch(/ 1$/);
  expect(shown('phase{resource="pods",phase="waiting"}')).toMatch(/ 1$/);
  expect(shown('phase{resource="pods",phase="listing"}')).toMatch(/ 0$/);
  expect(shown('list_duration_seconds{resource="pods"}')).toMatch(/ 1\.5$/);
  expect(shown('list_duration_seconds{resource="jobs"}')).toBeUndefined();
  expect(shown('relists_total{resource="pods",reason="start"}')).toMatch(/ 2$/);
  expect(shown('errors_total{resource="pods",kind="decode"}')).toMatch(/ 2$/);
  expect(shown('events_dropped_total{bound="object"}')).toMatch(/ 5$/);
  expect(shown('events_dropped_total{bound="total"}')).toMatch(/ 6$/);
});

test('what is kept back is shown for every rule, also when it is nothing any more', async () => {
  const metrics = new Metrics('1.0.0');
  const show = (kept: ReadonlyMap<SuppressedBy, number>): void =>
    updateGauges(
      metrics,
      {
        watches: { handles: [], eventsDropped: { object: 0, total: 0 } },
        outbox: { pending: () => ({ count: 0 }) },
        correlator: { size: 0 },
        incidents: { count: 0, setAside: { foreign: 0, unreadable: 0 } },
        silences: new Silences(),
        observer: { keptBack: () => kept },
      },
      0,
    );
  show(new Map([['for', 3]]));
  show(new Map([['namespaceExcluded', 2]]));
  const values = (await metrics.keptBack.get()).values.filter(({ value }) => value > 0);
  expect(values).toEqual([{ labels: { rule: 'namespaceExcluded' }, value: 2 }]);
  expect(await metrics.registry.metrics()).toContain('kept_back{rule="for"} 0');
});
