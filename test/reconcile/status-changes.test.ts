import { describe, expect, test } from '@jest/globals';
import type { Findings } from '../../src/correlate/index.ts';
import {
  commented,
  noted,
  recovered,
  recurred,
  released,
  unfolded,
} from '../../src/reconcile/status-changes.ts';
import { anIncident, aSignal, checkout, KEY, NOW } from '../correlate/fixtures.ts';

const context = {
  now: NOW + 1_000,
  mode: 'file' as const,
  redact: (text: string) => text.replace('hunter2', '***'),
};
const findings: Findings = {
  key: KEY,
  owner: checkout,
  signals: [aSignal({ class: 'config', message: 'password hunter2 is wrong' })],
  isDue: true,
  since: NOW,
  lastSeenAt: NOW,
  occurrences: 7,
  affected: Array.from({ length: 30 }, (_, n) => `pod-${n}`),
};

function recover(
  status: Parameters<typeof anIncident>[0],
  how: Parameters<typeof recovered>[1]['how'] = 'healed',
) {
  const incident = anIncident(status);
  const health = { state: 'ready', wanted: 3, ready: 3 } as const;
  return recovered(incident, { kind: 'recover', incident, how, health }, context);
}

describe('a recovery', () => {
  test('of a filed incident is said on its ticket', () => {
    expect(recover({})).toMatchObject({
      phase: 'Recovered',
      recoveredAt: context.now,
      recovery: 'What failed works again. 3 of 3 replicas are ready.',
      comment: { kind: 'recovered' },
    });
  });

  test.each(['Pending', 'Rejected', 'Observed'] as const)('of one that is %s is only noted', (phase) => {
    expect(Object.keys(recover({ phase }) ?? {})).toEqual(['recoveredAt', 'recovery']);
  });

  test('happens once', () => {
    expect(recover({ recoveredAt: NOW })).toBeUndefined();
  });

  test.each([
    ['replaced', 'What failed was replaced and works now. 3 of 3 replicas are ready.'],
    ['gone', 'The object was deleted.'],
    ['scaledToZero', 'It was scaled to zero.'],
    ['membersOver', 'Nothing fails for it any more.'],
  ] as const)('says how it came: %s', (how, recovery) => {
    expect(recover({}, how)).toMatchObject({ recovery });
  });
});

describe('a recurrence', () => {
  function recur(status: Parameters<typeof anIncident>[0], mode: 'file' | 'observe' = 'file') {
    const incident = anIncident(status);
    return recurred(incident, { kind: 'recur', incident, findings }, { ...context, mode });
  }

  test('is counted and said on the ticket, without secrets', () => {
    const change = recur({ phase: 'Recovered', recoveredAt: NOW, recurrences: 2 });
    expect(change).toMatchObject({ phase: 'Filed', recurrences: 3, comment: { kind: 'recurred' } });
    expect(change).toHaveProperty('recoveredAt', undefined);
    expect(change?.comment?.text).toContain('password ***');
  });

  test('before the ticket was filed takes the recovery back and nothing else', () => {
    const change = recur({ phase: 'Pending', recoveredAt: NOW });
    expect(change).not.toHaveProperty('phase');
    expect(change).toHaveProperty('recoveredAt', undefined);
  });

  test('of one without a ticket waits for one, and in a trial for none', () => {
    expect(recur({ phase: 'Recovered', ticketId: undefined })).toMatchObject({ phase: 'Pending' });
    expect(recur({ phase: 'Recovered' }, 'observe')).toMatchObject({ phase: 'Observed' });
  });
});

describe('a comment', () => {
  function comment(status: Parameters<typeof anIncident>[0], kind: 'worse' | 'unresolved' = 'worse') {
    const incident = anIncident(status);
    return commented(incident, { kind: 'comment', incident, findings, comment: kind }, context);
  }

  test('brings the status up to what the ticket says, with a bounded list', () => {
    const change = comment({});
    expect(change).toMatchObject({
      class: 'config',
      occurrences: 7,
      affected: { count: 30 },
      comment: { kind: 'worse' },
    });
    expect(change?.affected?.names).toHaveLength(20);
    expect(change).not.toHaveProperty('saidUnresolvedAt');
  });

  test('that it stands is remembered', () => {
    expect(comment({}, 'unresolved')).toMatchObject({ saidUnresolvedAt: context.now });
  });

  test('is left when another waits, or there is no ticket any more', () => {
    expect(comment({ comment: { kind: 'adopted', marker: 'c', at: NOW, text: '' } })).toBeUndefined();
    expect(comment({ phase: 'Recovered' })).toBeUndefined();
  });
});

test('numbers on a ticket change with comments alone', () => {
  const note = (phase: 'Filed' | 'Pending') => {
    const incident = anIncident({ phase });
    return noted(incident, { kind: 'note', incident, findings });
  };
  expect(note('Filed')).toEqual({ occurrences: 7, lastSeenAt: NOW });
  expect(note('Pending')).toMatchObject({ affected: { count: 30 } });
});

test('after a trial an incident goes where it belongs', () => {
  expect(released(anIncident({ phase: 'Observed', ticketId: undefined }))).toEqual({ phase: 'Pending' });
  expect(released(anIncident({ phase: 'Observed', ticketId: 't-1' }))).toEqual({ phase: 'Filed' });
  expect(released(anIncident({ phase: 'Filed' }))).toBeUndefined();
});

describe('a common cause', () => {
  const cause = anIncident(
    { ticketId: 't-9' },
    {
      name: 'node-n1-1',
      spec: { target: { ...checkout, apiVersion: 'v1', kind: 'Node', namespace: '', name: 'n1' } },
    },
  );

  test('is told on a ticket that stood before, and remembered', () => {
    const incident = anIncident();
    const told = commented(
      incident,
      { kind: 'comment', incident, findings, comment: 'linked', cause },
      context,
    );
    expect(told).toMatchObject({ linkedTo: 'node-n1-1', comment: { kind: 'linked' } });
    expect(told?.comment?.text).toContain(
      'Node `n1` has an incident of its own, `node-n1-1`, with ticket `t-9`',
    );
    // The numbers stay as the ticket tells them.
    expect(Object.keys(told ?? {})).toEqual(['linkedTo', 'comment']);
  });

  test('that is over ends the incident for which it spoke, once', () => {
    expect(unfolded(anIncident({ phase: 'Folded' }), context)).toMatchObject({ recoveredAt: context.now });
    expect(unfolded(anIncident({ phase: 'Folded', recoveredAt: NOW }), context)).toBeUndefined();
  });
});
