import { Silences } from '../../src/correlate/index.ts';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { redactionLabel } from '../../src/compose/composer.ts';
import { loadConfig } from '../../src/config/index.ts';
import { formatRows, programRows } from '../../src/enrich/redact/known-formats.ts';
import type { SuppressedBy } from '../../src/observe/evaluate-object.ts';
import { showFiles, startAllSeries, updateGauges } from '../../src/agent/gauges.ts';
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
      observer: { suppressed: () => new Map() },
      incidents: { count: 7, setAside: { foreign: 3, unreadable: 1 } },
      isLeader: true,
      silences: new Silences([{ reason: 'over', hasSelector: false, until: -1 }]),
    },
    10_000,
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
  expect(shown('last_byte_timestamp_seconds{resource="pods"}')).toMatch(/ 1$/);
  expect(shown('last_proven_timestamp_seconds{resource="pods"}')).toMatch(/ 0$/);
  expect(shown('phase{resource="pods",phase="watching"}')).toMatch(/ 1$/);
  expect(shown('phase{resource="pods",phase="waiting"}')).toMatch(/ 1$/);
  expect(shown('phase{resource="pods",phase="listing"}')).toMatch(/ 0$/);
  expect(shown('list_duration_seconds{resource="pods"}')).toMatch(/ 1\.5$/);
  expect(shown('list_duration_seconds{resource="jobs"}')).toMatch(/ 0$/);
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
        isLeader: true,
        observer: { suppressed: () => kept },
      },
      0,
    );
  show(new Map([['for', 3]]));
  show(new Map([['namespaceExcluded', 2]]));
  const values = (await metrics.suppressedObjects.get()).values.filter(({ value }) => value > 0);
  expect(values).toEqual([{ labels: { rule: 'namespaceExcluded' }, value: 2 }]);
  expect(await metrics.registry.metrics()).toContain('suppressed_objects{rule="for"} 0');
});

test('a replica that stands by shows nothing of the cluster, so that the sum over all replicas is right', async () => {
  const metrics = new Metrics('1.0.0');
  const show = (isLeader: boolean): void =>
    updateGauges(
      metrics,
      {
        watches: { handles: [aHandle('pods', { objects: 3 })], eventsDropped: { object: 0, total: 0 } },
        outbox: { pending: () => ({ count: 2, oldestAt: 5_000 }) },
        correlator: { size: 4 },
        incidents: { count: 6, setAside: { foreign: 1, unreadable: 1 } },
        silences: new Silences([{ reason: 'over', hasSelector: false, until: -1 }]),
        observer: { suppressed: () => new Map([['for', 3]]) },
        isLeader,
      },
      60_000,
    );
  const names = /^ankra_support_agent_(?:tickets_|incident|suppressed_objects|silences)\S+ [1-9].*/gm;
  show(true);
  const led = (await metrics.registry.metrics()).match(names);
  expect(led).toContain('ankra_support_agent_tickets_oldest_pending_timestamp_seconds 5');
  expect(led).toHaveLength(8);
  show(false);
  const text = await metrics.registry.metrics();
  expect(text.match(names)).toBeNull();
  expect(text).toContain('ankra_support_agent_watch_objects{resource="pods"} 3');
});

test('every series is there from the start, before the Kubernetes API was reached', async () => {
  const metrics = new Metrics('1.0.0');
  const config = await loadConfig(undefined, {});
  startAllSeries(metrics, config, ['pods', 'incidents', 'pods']);
  const text = await metrics.registry.metrics();
  const names = metrics.registry.getMetricsAsArray().map(({ name }) => name);
  const own = names.filter((name) => name.startsWith('ankra_support_agent_'));
  expect(own.filter((name) => !new RegExp(`^${name}(?:_count)?(?:\\{.*\\})? \\d`, 'm').test(text))).toEqual(
    [],
  );
  for (const series of [
    'watch_current{resource="incidents"} 0',
    'watch_relists_total{resource="pods",reason="expired"} 0',
    'suppressed_total{rule="ignored",class="crash"} 0',
    'redactions_total{rule="vendor-token"} 0',
    'silences{state="expired"} 0',
    'incident_objects_limit 2000',
  ])
    expect(text).toContain(`ankra_support_agent_${series}\n`);
  expect(text).toMatch(/_config_info\{mode="file",scope="cluster",hash="[0-9a-f]{10}"\} 1/);
});

test('files of the ticket API are shown by the time of their last change', async () => {
  const metrics = new Metrics('1.0.0');
  const config = await loadConfig(undefined, {});
  const folder = mkdtempSync(join(tmpdir(), 'gauges-'));
  const tokenFile = join(folder, 'token');
  const show = (): Promise<void> =>
    showFiles(metrics, { ...config, ticketApi: { ...config.ticketApi, tokenFile } });
  const shown = async () => (await metrics.fileTimestamp.get()).values.map(({ value }) => value);
  try {
    await show();
    expect(await shown()).toEqual([0, 0, 0]);
    writeFileSync(tokenFile, 't');
    utimesSync(tokenFile, 1_700_000_000, 1_700_000_000);
    await show();
    expect(await shown()).toEqual([1_700_000_000, 0, 0]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('every rule of the redaction is a value of the label', () => {
  const corpus = readFileSync(new URL('../corpus/redacted.txt', import.meta.url), 'utf8');
  const seen = [...corpus.matchAll(/\[REDACTED:([a-z0-9-]+)\]/g)].map(([, rule = '']) => rule);
  const rows = [...formatRows, ...programRows].map(({ rule }) => rule);
  const labels = new Set([...seen, ...rows].map((rule) => redactionLabel(rule, new Set())));
  expect(labels.size).toBeGreaterThan(12);
  expect(labels).not.toContain('custom');
});

test('a pattern of the configuration is told apart, also where a vendor has one of its name', () => {
  expect(redactionLabel('my-own', new Set(['my-own']))).toBe('custom');
  expect(redactionLabel('internal-token', new Set(['internal-token']))).toBe('custom');
  expect(redactionLabel('internal-token', new Set())).toBe('vendor-token');
});
