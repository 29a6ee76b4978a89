import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Environment, Evidence } from '../../src/domain/environment.ts';
import type { Signal } from '../../src/domain/failure.ts';
import { buildEnvironment, createRedactor, type Subject } from '../../src/enrich/index.ts';
import { defaultRedactionOptions } from '../../src/enrich/redact/options.ts';
import { aContainer, anEvent, anyEnvironment, emptyEvidence, owner, parseAsSent } from './fixtures.ts';

const redactor = createRedactor(defaultRedactionOptions);
const agent = { name: 'ankra-support-agent', version: '0.1.0' };
const since = Date.parse('2026-11-23T03:10:45Z');

const SINCE = new Date(since).toISOString();
const EARLIER = '2026-11-23T02:10:45.000Z';
const backOff = {
  type: 'Warning',
  reason: 'BackOff',
  message: '',
  count: 9,
  object: 'Pod/a',
  firstAt: EARLIER,
} as const;

function signal(name: string, more: Partial<Signal> = {}): Signal {
  const regarding = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name, uid: name };
  return {
    class: 'crash',
    regarding,
    reason: 'CrashLoopBackOff',
    message: 'm',
    since,
    lastSeenAt: since,
    occurrences: 3,
    immediate: true,
    ...more,
  };
}

const subject: Subject = {
  trigger: 'automatic',
  owner,
  signals: [signal('a')],
  since,
  occurrences: 3,
  affected: ['a'],
};

function build(
  evidence: Partial<Evidence> = {},
  about: Partial<Subject> = {},
  maxLength = 65_536,
): Environment {
  return buildEnvironment(
    {
      subject: { ...subject, ...about },
      evidence: { ...emptyEvidence, ...evidence },
      cluster: { name: 'c' },
      agent,
    },
    redactor,
    maxLength,
  );
}

describe('an environment', () => {
  test('without any evidence names what fails and its owner', () => {
    expect(build()).toEqual({
      version: '1',
      collectedAt: '2026-11-23T03:12:45.000Z',
      agent,
      incident: {
        class: 'crash',
        reason: 'CrashLoopBackOff',
        trigger: 'automatic',
        since: '2026-11-23T03:10:45.000Z',
        occurrences: 3,
        affected: { count: 1, pods: ['a'] },
        alsoFailing: [],
      },
      cluster: { name: 'c' },
      owner: { ...owner, labels: {}, conditions: [], chain: [{ kind: 'Deployment', name: 'checkout' }] },
      containers: [],
      events: [],
      logs: [],
      omitted: [],
    });
  });

  test.each<[string, Partial<Evidence>, Partial<Signal>, string]>([
    ['a crash loop by its first back-off', { events: [backOff] }, {}, EARLIER],
    ['a crash loop, and no normal event', { events: [{ ...backOff, type: 'Normal' }] }, {}, SINCE],
    ['a crash loop, and an event without a time', { events: [anEvent('BackOff')] }, {}, SINCE],
    ['another class, as its signal says', { events: [backOff] }, { class: 'image' }, SINCE],
    [
      'a rollout past its deadline by its revision',
      { rollout: { changes: [], changedAt: EARLIER } },
      { class: 'rollout', reason: 'ProgressDeadlineExceeded' },
      EARLIER,
    ],
  ])('tells the beginning of %s', (_case, evidence, more, wanted) => {
    expect(build(evidence, { signals: [signal('a', more)] }).incident.since).toBe(wanted);
  });

  test('of a request by hand says what was written', () => {
    const { incident } = build({}, { trigger: 'manual', signals: [], note: 'slow' });
    expect(incident).toMatchObject({
      class: 'manual',
      reason: 'RequestedByHand',
      trigger: 'manual',
      note: 'slow',
    });
  });

  test('of an owner without a uid has none', () => {
    expect(build({}, { owner: { ...owner, uid: '' } }).owner).not.toHaveProperty('uid');
  });

  test('lists twenty objects and failures, and counts all', () => {
    const names = Array.from({ length: 30 }, (_, at) => `p${at}`);
    const { incident } = build({}, { affected: names, signals: names.map((name) => signal(name)) });
    expect(incident.affected).toEqual({ count: 30, pods: names.slice(0, 20) });
    expect(incident.alsoFailing).toHaveLength(20);
    expect(incident.alsoFailing[0]).toEqual({ class: 'crash', reason: 'CrashLoopBackOff', object: 'Pod/p1' });
  });

  test('never holds the literal values of variables', () => {
    const built = build({
      secretValues: ['hunter2hunter2'],
      events: [anEvent('login hunter2hunter2 failed')],
    });
    expect(JSON.stringify(built)).not.toContain('hunter2');
    expect(built).not.toHaveProperty('secretValues');
    expect(built).not.toHaveProperty('takenAt');
  });

  test('is valid, within its length and without secrets whatever the evidence', () => {
    const secret = 'Zk7Qw9Lm3Xv5Tn1B';
    fc.assert(
      fc.property(anyEnvironment, fc.constantFrom(4_096, 65_536), (given, maxLength) => {
        const { containers, events, omitted } = given;
        const logs = [
          { container: 'a', pod: 'p', previous: true, lines: [`x ${secret} y`, '"'.repeat(500)] },
        ];
        const parts = { containers, events, omitted, logs, owner: given.owner };
        const built = build({ ...parts, secretValues: [secret] }, {}, maxLength);
        const json = JSON.stringify(parseAsSent(built));
        expect(json.length).toBeLessThanOrEqual(maxLength);
        expect(json).not.toContain(secret);
      }),
      { numRuns: 25, interruptAfterTimeLimit: 20_000 },
    );
  });
});

describe('secrets that stand in two places', () => {
  test('a private key over many lines of a log', () => {
    const lines = [
      'loading key',
      '-----BEGIN RSA PRIVATE KEY-----',
      'MIIEowIBAAKCAQEAx7Zk3Jq9v0Qw8Lk2m5n6p7q8r9s0t1u2v3w4x5y6z7A8B9C0',
      'D1E2F3G4H5I6J7K8L9M0N1O2P3Q4R5S6T7U8V9W0X1Y2Z3a4b5c6d7e8f9g0h1i2',
      '-----END RSA PRIVATE KEY-----',
      'done',
    ];
    const [log] = build({ logs: [{ container: 'a', pod: 'p', previous: true, lines }] }).logs;
    expect(log?.lines).toHaveLength(6);
    expect([log?.lines[0], log?.lines[5]]).toEqual(['loading key', 'done']);
    expect(log?.lines.join('\n')).not.toMatch(/MIIE|D1E2F3/);
  });

  test('an option and its value', () => {
    const command = [
      'server',
      '--password',
      'hunter2xyz',
      '--api-key',
      'sk9f8a7s6d5f4g3h2j1',
      '--port',
      '8080',
      '-c',
      'run',
    ];
    const [container] = build({ containers: [aContainer({ command })] }).containers;
    expect(container?.command).toEqual([
      'server',
      '--password',
      '[REDACTED:command-line]',
      '--api-key',
      '[REDACTED:command-line]',
      '--port',
      '8080',
      '-c',
      'run',
    ]);
  });

  test('half of one at the end of a text that was cut where it was read', () => {
    const secret = 'Zk7Qw9Lm3Xv5Tn1BZk7Qw9Lm3Xv5Tn1B';
    const message = `${'words '.repeat(700).slice(0, 4_096 - 17)} ${secret.slice(0, 16)}`;
    expect(message).toHaveLength(4_096);
    const built = build({ events: [anEvent(message)], secretValues: [secret] });
    expect(JSON.stringify(built)).not.toContain(secret.slice(0, 8));
  });

  test('one across the place where the text is cut to size', () => {
    const secret = 'Zk7Qw9Lm3Xv5Tn1BZk7Qw9Lm3Xv5Tn1B';
    const built = build({ events: [anEvent(`${'x'.repeat(1_010)}:${secret}`)], secretValues: [secret] });
    expect(JSON.stringify(built)).not.toContain(secret.slice(0, 8));
  });

  test('an empty log stays empty', () => {
    const logs = [{ container: 'a', pod: 'p', previous: true, lines: [] }];
    expect(build({ logs }).logs).toEqual(logs);
  });
});
