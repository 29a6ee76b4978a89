import { beforeEach, expect, test } from '@jest/globals';
import type { ObjectRef } from '../../src/domain/failure.ts';
import type { EventAnswer } from '../../src/domain/ports.ts';
import { createReport, type Report } from '../../src/agent/report.ts';
import { createLogger, Metrics } from '../../src/telemetry/index.ts';
import { settle } from '../support/fake-clock.ts';
import { anIncident, aNode, aSignal, checkout, KEY, NOW } from '../correlate/fixtures.ts';

let lines: Record<string, unknown>[];
let metrics: Metrics;
let answered: string[];
let report: Report;

beforeEach(() => {
  lines = [];
  answered = [];
  metrics = new Metrics('1');
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const log = createLogger({ level: 'info', version: '1', redact: (text) => text, destination: { write } });
  const answers = {
    answer: async ({ kind, name }: ObjectRef, { type, reason, note }: EventAnswer) => {
      answered.push([kind, name, type, reason, note].filter(Boolean).join(' '));
      throw new Error('forbidden');
    },
  };
  report = createReport({ log, metrics, answers, now: () => NOW + 1_500, namespace: 'agent' });
});

const findings = {
  key: KEY,
  owner: checkout,
  signals: [aSignal()],
  isDue: true,
  since: NOW,
  lastSeenAt: NOW,
  occurrences: 9,
  affected: ['a', 'b'],
};

test('a new incident and its ticket are one line each', () => {
  report.opened(anIncident({ phase: 'Pending' }), findings);
  report.filed(anIncident(), 't-1');
  expect(lines.map(({ msg }) => msg)).toEqual(['incident opened', 'ticket filed']);
  expect(lines[0]).toMatchObject({ workload: 'Deployment/shop/checkout', class: 'crash', affected: 2 });
  expect(lines[1]).toMatchObject({ ticket: 't-1', seconds: 1.5 });
});

test('what is in no namespace is named by its kind and name', () => {
  const target = { apiVersion: 'v1', kind: 'Node', namespace: '', name: 'worker-1', uid: 'node-1' };
  report.filed(anIncident({}, { spec: { target } }), 't-1');
  report.annotationRefused(target, 'soon', 'is no time');
  expect(lines).toMatchObject([{ workload: 'Node/worker-1' }, { workload: 'Node/worker-1' }]);
});

test('a word of a later release is told as it is, and counted with all others of its kind', async () => {
  const later = anIncident({}, { spec: { class: 'quota' } });
  report.commented(later, { kind: 'handedOver', marker: 'c', at: NOW, text: 't' });
  expect(lines).toMatchObject([{ class: 'quota', comment: 'handedOver' }]);
  const shown = await metrics.registry.metrics();
  expect(shown).toContain('comments_total{kind="other",outcome="sent"} 1');
});

test('a ticket that was refused as a whole and filed with less is told as a warning, with the reason', () => {
  report.filed(anIncident(), 't-1', '403: no reason given');
  expect(lines).toMatchObject([
    { level: 'warn', ticket: 't-1', seconds: 1.5, reason: '403: no reason given' },
  ]);
});

test('a filed request is answered on its object; a failed answer is a warning, not more', async () => {
  report.filed(anIncident(), 't-1');
  report.adopted(anIncident({}, { spec: { trigger: 'manual' } }), 't-2');
  await settle();
  expect(answered).toEqual(['Deployment checkout TicketFiled Ticket t-2 holds this request.']);
  expect(lines.at(-1)).toMatchObject({ level: 'warn', msg: 'the answer on the object failed' });
});

test('a refusal is told in the words of the API on the Incident, and on the object if a person has asked', async () => {
  const refused = 'The ticket API refused the ticket: 422: body.category: unknown';
  report.rejected(anIncident(), '422: body.category: unknown');
  expect(answered).toEqual([`Incident ${anIncident().name} Warning TicketRejected ${refused}`]);
  report.rejected(anIncident({}, { spec: { trigger: 'manual' } }), '422: body.category: unknown');
  expect(answered).toHaveLength(3);
  expect(answered[2]).toBe(`Deployment checkout TicketRefused ${refused}`);
  expect(lines[0]).toMatchObject({ level: 'error', reason: '422: body.category: unknown' });
  const { values } = await metrics.tickets.get();
  expect(values.filter(({ value }) => value > 0)).toEqual([{ labels: { outcome: 'rejected' }, value: 2 }]);
});

test('trouble is counted by its kind', async () => {
  report.suppressed('ignored', 'crash');
  report.detectorFailed('crash', new Error('bug'));
  report.evaluationFailed(aNode(), new Error('bug'));
  report.actionFailed(KEY, new Error('no'));
  report.request('refused');
  report.blocked('401', 'token');
  report.failed(anIncident(), 'create', { kind: 'unknown', error: '502' });
  const text = await metrics.registry.metrics();
  for (const line of [
    'suppressed_total{rule="ignored",class="crash"} 1',
    'detector_errors_total{class="crash"} 1',
    'detector_errors_total{class="none"} 1',
    'request_failures_total{call="decision",kind="store"} 1',
    'request_failures_total{call="create",kind="unknown"} 1',
    'manual_requests_total{outcome="refused"} 1',
    'tickets_blocked{reason="token"} 1',
    'tickets_blocked{reason="cluster"} 0',
  ])
    expect(text).toContain(`ankra_support_agent_${line}`);
  const blocked = async (): Promise<number> =>
    (await metrics.blocked.get()).values.reduce((sum, { value }) => sum + value, 0);
  expect(await blocked()).toBe(1);
  report.blocked('the cluster is not known', 'cluster');
  expect(await blocked()).toBe(1);
  expect(await metrics.registry.metrics()).toContain('tickets_blocked{reason="cluster"} 1');
  report.unblocked();
  expect(await blocked()).toBe(0);
  report.blocked('401', 'token');
  report.ended();
  expect(await blocked()).toBe(0);
});

test('the time from the first symptom to the opening is measured by the times of the objects', async () => {
  report.opened(anIncident({ phase: 'Pending' }), { ...findings, since: NOW - 90_000 });
  const text = await metrics.registry.metrics();
  expect(text).toContain('symptom_to_opening_seconds_sum 90');
  expect(text).toContain('symptom_to_opening_seconds_bucket{le="120"} 1');
});
