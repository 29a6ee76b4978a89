import { beforeEach, expect, test } from '@jest/globals';
import type { Incident, IncidentStatus, UnreadableIncident } from '../../src/domain/incident.ts';
import type { EventAnswer } from '../../src/domain/ports.ts';
import { IncidentReport } from '../../src/agent/incident-report.ts';
import { createLogger, Metrics } from '../../src/telemetry/index.ts';
import { anIncident, NOW } from '../correlate/fixtures.ts';

let lines: Record<string, unknown>[];
let answers: EventAnswer[];
let report: IncidentReport;
let metrics: Metrics;
let isLeader: boolean;

beforeEach(() => {
  [lines, answers, isLeader, metrics] = [[], [], true, new Metrics('0')];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  report = new IncidentReport({
    log: createLogger({ level: 'info', version: '0', redact: (text) => text, destination: { write } }),
    metrics,
    isLeader: () => isLeader,
    maxIncidents: 2,
    answers: {
      answer: async (_about, answer) => {
        answers.push(answer);
        if (answers.length === 2) throw new Error('no right');
      },
    },
  });
});

function unreadable(n: number): UnreadableIncident {
  return {
    name: `unread-${n}`,
    uid: `u-${n}`,
    resourceVersion: '1',
    namespace: 'support',
    unreadable: `spec.class: ${'x'.repeat(2_000)}`,
    keyPrefix: undefined,
    cluster: 'cluster-2',
  };
}

test('of a namespace that was copied the first Incidents are named, not thousands', () => {
  for (let n = 0; n < 50; n += 1) report.foreign(anIncident({}, { name: `f-${n}` }));
  expect(lines).toHaveLength(20);
});

test('what cannot be read is said in the log and on the object, with what to do', async () => {
  report.unreadable(unreadable(1), false);
  report.unreadable(unreadable(2), false);
  await Promise.resolve();
  expect(lines).toMatchObject([
    { level: 'error', incident: 'unread-1', remedy: expect.stringContaining('delete it') },
    { level: 'error', incident: 'unread-2' },
    { level: 'warn', msg: 'the answer on the object failed' },
  ]);
  expect(answers[0]).toMatchObject({ type: 'Warning', reason: 'IncidentUnreadable', id: 'u-1' });
  expect(answers[0]?.note).toContain('delete it');
  expect(answers[0]?.note.length).toBe(1_000);
});

test('one that cannot be read and is of another cluster needs no remedy', () => {
  report.unreadable(unreadable(1), true);
  expect(lines).toMatchObject([{ level: 'warn', incident: 'unread-1', cluster: 'cluster-2' }]);
  expect(answers).toEqual([]);
});

test('a custom resource that drops fields is told of once', () => {
  report.pruned();
  report.pruned();
  expect(lines).toHaveLength(1);
  expect(lines[0]?.['msg']).toContain('kubectl apply -f deploy/crd.yaml');
});

/** Tells of a change, after which there are so many Incidents. */
function change(before: Incident | undefined, after: Incident | undefined, count = 1): void {
  const { name, spec } = after ?? before ?? anIncident();
  report.changed({ name, key: spec.key, before, after }, count);
}

test('the life of an incident is one line for each change that the outbox does not tell of', () => {
  const at = (status: Partial<IncidentStatus>) => anIncident(status);
  change(undefined, at({ phase: 'Pending' }));
  change(at({ phase: 'Pending' }), at({}));
  change(at({}), at({ occurrences: 10 }));
  change(at({}), at({ phase: 'Recovered', recoveredAt: NOW }));
  change(at({ phase: 'Recovered', recoveredAt: NOW }), at({ recurrences: 1 }));
  change(at({ phase: 'Pending' }), at({ phase: 'Rejected' }));
  change(at({}), undefined);
  expect(lines.map(({ change: told }) => told)).toEqual(['recovered', 'recurred']);
});

test('a recovery before the ticket was filed is told as well, and the end of a request is not', () => {
  change(anIncident({ phase: 'Pending' }), anIncident({ phase: 'Pending', recoveredAt: NOW }));
  const request = { spec: { trigger: 'manual' as const } };
  change(anIncident({}, request), anIncident({ recoveredAt: NOW }, request));
  expect(lines.map(({ change: told }) => told)).toEqual(['recovered']);
});

test('a change is told of by the leader alone, and not of another Incident of the name', () => {
  const over = anIncident({ phase: 'Recovered', recoveredAt: NOW });
  isLeader = false;
  change(anIncident(), over);
  isLeader = true;
  change(anIncident({}, { uid: 'i-0' }), over);
  expect(lines).toEqual([]);
});

test('a class of a later release is told as it is, and counted with all others', async () => {
  const later = { spec: { class: 'quota' } };
  change(anIncident({}, later), anIncident({ recoveredAt: NOW }, later));
  expect(lines).toMatchObject([{ class: 'quota' }]);
  expect(await metrics.registry.metrics()).toContain(
    'incident_changes_total{class="other",change="recovered"} 1',
  );
});

test('words of a later release are told of once', () => {
  const later = anIncident({}, { spec: { class: 'quota' } });
  change(undefined, later);
  change(later, { ...later, resourceVersion: '200' });
  const other = anIncident({}, { name: 'other', uid: 'o' });
  change(undefined, other);
  change(other, { ...other, kept: { phase: 'Parked' } });
  expect(lines.map(({ words }) => words)).toEqual([['spec.class: quota'], ['status.phase: Parked']]);
});

test('it is told once that there are as many Incidents as there may be, until there is room again', () => {
  for (const count of [1, 2, 3, 2, 1, 2]) change(undefined, anIncident(), count);
  expect(lines.map(({ incidents }) => incidents)).toEqual([2, 2]);
  isLeader = false;
  for (const count of [1, 2]) change(undefined, anIncident(), count);
  expect(lines).toHaveLength(2);
});
