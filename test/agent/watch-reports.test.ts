import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { noteList, watchCluster, WatchLog } from '../../src/agent/watch-reports.ts';
import { IncidentCache } from '../../src/incidents/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLogger, type Logger } from '../../src/telemetry/index.ts';
import {
  type WatchedResource,
  watchedResources,
  type Watches,
  type WatchEvent,
} from '../../src/watch/index.ts';
import { anIncident, CLUSTER, keyOf } from '../correlate/fixtures.ts';
import { createScene, type Scene } from '../kube/evidence/scene.ts';

/** Messages of level info and above, with the resource. */
let told: string[];
let quiet: number;
let logger: Logger;
let log: WatchLog;

beforeEach(() => {
  [told, quiet] = [[], 0];
  const write = (line: string): void => {
    const { level, msg, resource, left } = JSON.parse(line) as Record<string, string>;
    if (level === 'debug') quiet += 1;
    else told.push([level, msg?.split(';')[0], resource, left].filter(Boolean).join(' '));
  };
  const options = { level: 'debug', version: '1', redact: (text: string) => text, destination: { write } };
  logger = createLogger(options);
  log = new WatchLog(logger);
});

const all = watchedResources({ incidentNamespace: 'agent' });
const named = (name: string): readonly WatchedResource[] => all.filter((one) => one.name === name);
const [jobs, cronJobs, events] = [named('jobs'), named('cronjobs'), named('events')];

const unwell: WatchEvent = { kind: 'unwell', reason: 'transport', detail: 'ECONNREFUSED' };
const forbidden: WatchEvent = { kind: 'unwell', reason: 'forbidden', detail: '403' };
const well: WatchEvent = { kind: 'well', unwellMs: 1_000 };
const stale: WatchEvent = { kind: 'stale', reason: 'transport', staleMs: 10_000 };
const current: WatchEvent = { kind: 'current', staleMs: 20_000 };

function tell(resources: readonly WatchedResource[], ...happened: readonly WatchEvent[]): void {
  for (const event of happened) for (const resource of resources) log.report(resource, event);
}

test('one kind that fails is told as it is', () => {
  tell(jobs, unwell, stale, well, current);
  expect(told).toEqual([
    'warn watch is unwell and goes on trying jobs',
    'warn watch is not current jobs',
    'info watch is well again jobs',
    'info watch is current again jobs',
  ]);
});

test('several watches of one collection tell it once, and its end when the last of them is well', () => {
  tell(events, { kind: 'synced', objects: 3, durationMs: 5, isWhole: true }, unwell, stale);
  tell(events.slice(1), well, current);
  expect(told).toEqual([
    'info watch synced events',
    'warn watch is unwell and goes on trying events',
    'warn watch is not current events',
  ]);
  tell(events.slice(0, 1), well, current);
  expect(told.slice(3)).toEqual(['info watch is well again events', 'info watch is current again events']);
});

describe('an API server that does not answer', () => {
  test('is told by a handful of lines, whatever the number of watches, and all the rest at level debug', () => {
    for (const event of [unwell, stale, well, current]) tell(all, event);
    expect(told).toEqual([
      'warn watch is unwell and goes on trying pods',
      'warn several watches fail, as when the API server does not answer',
      `info the watches that failed are current again ${all.at(-1)?.path}`,
      'info watch is current again incidents',
    ]);
    expect(quiet).toBeGreaterThan(40);
    told = [];
    tell(jobs, unwell, well);
    expect(told).toHaveLength(2);
  });

  test('hides no kind that goes on failing when the others are well', () => {
    for (const event of [unwell, stale]) tell(all, event);
    const others = all.filter((one) => !jobs.includes(one));
    tell(others, well, current);
    expect(told.slice(2)).toEqual(['info the watches that failed are current again /apis/batch/v1/jobs']);
    tell(jobs, well, current);
    expect(told.slice(3)).toEqual(['info watch is well again jobs', 'info watch is current again jobs']);
  });

  test('hides no missing right', () => {
    tell(all, unwell);
    tell(cronJobs, forbidden);
    expect(told.at(-1)).toBe('warn watch is unwell and goes on trying cronjobs');
  });
});

test('the cache of Incidents hears when a list of them begins and when it has come', () => {
  const steps: string[] = [];
  const incidents = { noteList: (step: string) => steps.push(step) };
  const synced = { kind: 'synced', objects: 0, durationMs: 1, isWhole: true } as const;
  const relist = { kind: 'relist', reason: 'regressed' } as const;
  for (const event of [relist, unwell, synced, well]) noteList(incidents, event);
  expect(steps).toEqual(['begins', 'ends']);
  noteList(incidents, relist);
  noteList(incidents, { ...synced, isWhole: false });
  expect(steps).toEqual(['begins', 'ends', 'begins']);
});

describe('the watches of the cluster', () => {
  let scene: Scene;
  let watches: Watches | undefined;

  beforeEach(async () => {
    scene = await createScene();
  });
  afterEach(async () => {
    await watches?.stop();
    await scene.close();
  });

  test('take away an Incident that was written before the first list and is not in it', async () => {
    const nothing = (): void => undefined;
    const report = { foreign: nothing, unreadable: nothing };
    const incidents = new IncidentCache({ clusterKey: CLUSTER, keyOf, report });
    incidents.noteAnswer(anIncident());
    const observer = { upsert: nothing, remove: nothing, lookAgain: nothing, synced: nothing };
    const synced = Promise.withResolvers<void>();
    const { connection } = scene;
    const ports = { connection, clock: systemClock, random: () => 0, log: logger };
    const usual = { wallNow: undefined, timings: undefined, watch: {} };
    watches = watchCluster(
      { ...ports, ...usual, namespace: 'ankra', onFailed: synced.reject },
      { observer, incidents },
      synced.resolve,
    );
    expect([...incidents.all()]).toHaveLength(1);
    await synced.promise;
    expect([...incidents.all()]).toEqual([]);
  });
});
