import { describe, expect, test } from '@jest/globals';
import type { Evidence } from '../../src/domain/environment.ts';
import { incidentSpecSchema } from '../../src/domain/incident.ts';
import { createRedactor } from '../../src/enrich/index.ts';
import { defaultRedactionOptions } from '../../src/enrich/redact/options.ts';
import { evidenceTarget } from '../../src/correlate/due-signals.ts';
import { type ComposeInput, composeIncident, mergeEvidence } from '../../src/compose/incident-draft.ts';
import { cases } from '../golden/cases.ts';
import { checkoutPod, inputOf, ref, signal } from '../golden/parts.ts';
import { aContainer, anEvent, emptyEvidence } from '../enrich/fixtures.ts';

const crash = cases['crash-exit-3'];
const manual = cases['manual'];
if (crash === undefined || manual === undefined) throw new Error('no cases');

function compose(input: ComposeInput): ReturnType<typeof composeIncident>['spec'] {
  return composeIncident(input, {
    redactor: createRedactor(defaultRedactionOptions),
    agent: { name: 'ankra-support-agent', version: '0.1.0' },
    namespace: 'ankra-support-agent',
    maxEnvironmentLength: 65_536,
    category: 'technical',
  }).spec;
}

describe('an Incident', () => {
  test('has class and reason of the most causal signal', () => {
    const spec = compose(inputOf(crash));
    expect(spec).toMatchObject({ class: 'crash', reason: 'CrashLoopBackOff', trigger: 'automatic' });
    expect(spec.draft).toMatchObject({ category: 'technical', severity: 'critical' });
    expect(spec).not.toHaveProperty('note');
  });

  test('of a request by hand has what was written, without secrets', () => {
    const input = inputOf(manual);
    const spec = compose({
      ...input,
      opening: { ...input.opening, note: 'login with password=hunter2hunter2 fails' },
    });
    expect(spec).toMatchObject({ class: 'manual', reason: 'RequestedByHand', trigger: 'manual' });
    expect(spec.note).toContain('[REDACTED:password]');
    expect(JSON.stringify(spec)).not.toContain('hunter2');
  });

  test.each([
    'severity: low',
    '{"severity":"low","category":"billing","cluster_id":"11111111-1111-4111-8111-111111111111"}',
    '"},"severity":"low","x":{"y":"',
    'https://evil.example/hook and file:///etc/passwd',
    '[k8s-0123456789-abcde]',
    '### Resolution\u2028closed as duplicate',
    '__proto__',
  ])('of a request that says %j differs from another in the note alone', (note) => {
    const input = inputOf(manual);
    const specOf = (words: string): ReturnType<typeof compose> =>
      compose({ ...input, opening: { ...input.opening, note: words } });
    const withoutNote = (spec: ReturnType<typeof compose>): unknown => {
      const { incident, ...others } = JSON.parse(spec.draft?.environment ?? '{}') as Record<string, object>;
      const environment = { ...others, incident: { ...incident, note: '' } };
      return { ...spec, note: '', draft: { ...spec.draft, subject: '', description: '', environment } };
    };
    expect(withoutNote(specOf(note))).toEqual(withoutNote(specOf('slow')));
    expect(specOf(note).draft).toMatchObject({ severity: 'critical', category: 'technical' });
  });

  test('is within what the custom resource takes, however long the words of the cluster are', () => {
    const long = 'word '.repeat(2_000);
    const hostile = { apiVersion: `${long}/v1`, kind: long, namespace: 'shop', name: 'checkout', uid: long };
    const input = inputOf({
      opening: {
        owner: hostile,
        signals: [signal('crash', checkoutPod, { reason: long, message: long })],
        note: long,
      },
      evidence: {},
    });
    const spec = compose(input);
    expect(spec.reason.length).toBeLessThanOrEqual(1_024);
    expect(spec.note?.length).toBeLessThanOrEqual(2_000);
    expect(spec.target.apiVersion.length).toBeLessThanOrEqual(317);
    expect(spec.target.kind.length).toBeLessThanOrEqual(63);
    expect(spec.target.uid.length).toBeLessThanOrEqual(128);
    expect(spec.draft?.environment.length).toBeLessThanOrEqual(65_536);
    expect(incidentSpecSchema.safeParse(spec).success).toBe(true);
  });

  test('is made of a hostile pod as of any other', () => {
    const labels = JSON.parse('{"__proto__":"x","app.kubernetes.io/name":"y"}') as Record<string, string>;
    const containers = Array.from({ length: 1_000 }, (_, at) =>
      aContainer({
        name: `c${at}`,
        environmentNames: ['__proto__', 'constructor'],
        image: '`'.repeat(1_000),
      }),
    );
    const input = inputOf(crash);
    const { owner } = input.evidence;
    if (owner === undefined) throw new Error('no owner');
    const evidence: Evidence = {
      ...input.evidence,
      owner: { ...owner, labels },
      containers,
      events: Array.from({ length: 500 }, () => anEvent('x'.repeat(4_000))),
    };
    const { draft } = compose({ ...input, evidence });
    expect(draft?.environment.length).toBeLessThanOrEqual(65_536);
    expect(draft?.description.length).toBeLessThanOrEqual(10_000);
    expect(draft?.environment).toContain('"__proto__":"x"');
  });
});

describe('evidence that was taken twice', () => {
  const early: Evidence = {
    ...emptyEvidence,
    takenAt: 1,
    containers: [aContainer({ name: 'early' })],
    events: [anEvent('early')],
    logs: [{ container: 'a', pod: 'p', previous: true, lines: ['early'] }],
    secretValues: ['one', 'two'],
  };
  const omitted = [
    { field: 'logs', reason: 'gone' },
    { field: 'node', reason: 'gone' },
  ];
  const empty: Evidence = { ...emptyEvidence, takenAt: 2, omitted, secretValues: ['two', 'three'] };

  test('is the new one where nothing was taken before', () => {
    expect(mergeEvidence(empty, undefined)).toBe(empty);
  });

  test('is completed by what was there at first, and does not say that this is missing', () => {
    expect(mergeEvidence(empty, early)).toEqual({
      ...early,
      takenAt: 2,
      omitted: [{ field: 'node', reason: 'gone' }],
      secretValues: ['two', 'three', 'one'],
    });
  });

  test('is the new one in every part that it has', () => {
    const fresh: Evidence = {
      ...empty,
      containers: [aContainer({ name: 'fresh' })],
      events: [anEvent('fresh')],
      logs: [{ container: 'a', pod: 'p', previous: true, lines: ['fresh'] }],
    };
    const { containers, events, logs, omitted: missing } = mergeEvidence(fresh, early);
    expect({ containers, events, logs }).toEqual({
      containers: fresh.containers,
      events: fresh.events,
      logs: fresh.logs,
    });
    // A second container's log may be missing although the first one's is there.
    expect(missing).toEqual(omitted);
  });

  test('prefers an old log with lines to a new one without', () => {
    const logs = [{ container: 'a', pod: 'p', previous: true, lines: [] }];
    expect(mergeEvidence({ ...empty, logs }, early).logs).toEqual(early.logs);
  });
});

describe('where evidence is gathered', () => {
  const owner = ref('Deployment');

  test('is the pod that fails most, and its container', () => {
    const container = { name: 'app', role: 'app', restartCount: 3 } as const;
    const words = { reason: 'r', message: 'm' };
    const signals = [signal('rollout', owner, words), signal('crash', checkoutPod, { ...words, container })];
    expect(evidenceTarget({ owner, signals })).toEqual({
      owner,
      pod: checkoutPod,
      container: 'app',
      classes: ['rollout', 'crash'],
    });
  });

  test('is the pod that was read already, where it fails in the same way', () => {
    const another = { ...checkoutPod, name: 'another', uid: 'another' };
    const exits = (subject: typeof checkoutPod, exitCode: number) =>
      signal('crash', subject, {
        reason: 'CrashLoopBackOff',
        message: 'm',
        container: { name: 'app', role: 'app', restartCount: 3, exitCode },
      });
    const signals = [exits(checkoutPod, 3), exits(another, 3)];
    expect(evidenceTarget({ owner, signals }, 'another').pod).toBe(another);
    expect(evidenceTarget({ owner, signals }, 'gone').pod).toBe(checkoutPod);
    expect(
      evidenceTarget({ owner, signals: [exits(checkoutPod, 4), exits(another, 3)] }, 'another').pod,
    ).toBe(checkoutPod);
  });

  test('is a member of the cause whose failure has lasted for long enough', () => {
    const [first, second] = [ref('Deployment', 'cart'), ref('Deployment', 'web')];
    const members = [first, second].map((one) => ({
      owner: one,
      class: 'create' as const,
      reason: 'FailedCreate',
      message: 'm',
      since: 0,
      regarding: one,
    }));
    const common = { kind: 'shared' as const, members, isFirst: false };
    const signals = [signal('create', second, { reason: 'FailedCreate', message: 'm' })];
    expect(evidenceTarget({ owner, signals, common })).toEqual({ owner: second, classes: ['create'] });
  });

  test('is the owner alone where no pod fails', () => {
    expect(
      evidenceTarget({ owner, signals: [signal('rollout', owner, { reason: 'r', message: 'm' })] }),
    ).toEqual({ owner, classes: ['rollout'] });
    expect(evidenceTarget({ owner, signals: [] })).toEqual({ owner, classes: ['manual'] });
  });
});
