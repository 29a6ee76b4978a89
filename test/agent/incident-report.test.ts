import { beforeEach, expect, test } from '@jest/globals';
import type { UnreadableIncident } from '../../src/domain/incident.ts';
import type { EventAnswer } from '../../src/domain/ports.ts';
import { createIncidentReport, type IncidentReport } from '../../src/agent/incident-report.ts';
import { createLogger } from '../../src/telemetry/index.ts';
import { anIncident } from '../correlate/fixtures.ts';

let lines: Record<string, unknown>[];
let answers: EventAnswer[];
let report: IncidentReport;

beforeEach(() => {
  [lines, answers] = [[], []];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  report = createIncidentReport({
    log: createLogger({ level: 'info', version: '0', redact: (text) => text, destination: { write } }),
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
