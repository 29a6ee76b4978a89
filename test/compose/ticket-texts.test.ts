import { describe, expect, test } from '@jest/globals';
import { environmentSchema } from '../../src/domain/environment.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { createOutboxTexts } from '../../src/compose/ticket-texts.ts';
import { anEnvironment } from '../enrich/fixtures.ts';

const texts = createOutboxTexts({ clusterId: () => 'c-1', ticketLink: 'https://desk.example/t/{id}?t={id}' });

function incident(more: Partial<Incident['spec']> = {}, recoveredAt?: number): Incident {
  const environment = JSON.stringify(
    anEnvironment({
      incident: { ...anEnvironment().incident, affected: { count: 9, pods: ['p'.repeat(700)] } },
    }),
  );
  return {
    name: 'deployment-checkout-47eb08f7-1',
    uid: 'u',
    resourceVersion: '1',
    createdAt: 0,
    spec: {
      trigger: 'automatic',
      target: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'checkout', uid: 'u' },
      key: '47eb08f776c4',
      class: 'crash',
      reason: 'r',
      openedAt: 0,
      draft: { subject: 's', description: 'd', category: 'technical', severity: 'critical', environment },
      ...more,
    },
    status: { phase: 'Pending', ...(recoveredAt === undefined ? {} : { recoveredAt }) },
  };
}

describe('the words of the outbox', () => {
  test('a request carries the marker, the cluster and whether it has recovered', () => {
    const request = texts.request(incident(), 0);
    expect(request.marker).toMatch(/^k8s-47eb08f776-[0-9a-f]{5}$/);
    expect(request).toMatchObject({ clusterId: 'c-1', subject: `s [${request.marker}]` });
    expect(request.description).toBe(`d\n\n[${request.marker}]`);
    expect(texts.request(incident({}, 1), 0).description).toContain('It has recovered meanwhile');
    expect(texts.request(incident(), 1).environment).toMatchObject({ logs: [] });
  });

  test('a request without a draft is a mistake of ours', () => {
    expect(() => texts.request(incident({ draft: undefined }), 0)).toThrow('has no draft');
  });

  test('the smallest form of a request names what fails and has no word of it', () => {
    const whole = incident();
    const { subject, description, environment } = texts.request(whole, 2);
    expect(subject).toMatch(/^Deployment shop\/checkout: crash \[k8s-/);
    expect(description).toContain('`deployment-checkout-47eb08f7-1`');
    expect(environmentSchema.safeParse(environment).success).toBe(true);
    expect(environment['incident']).toMatchObject({ class: 'crash', affected: { count: 9, pods: [] } });
    expect(JSON.stringify(environment)).not.toContain('ppp');
  });

  test.each(['{', 'null', '[]', '{"incident":{"pods":3}}', '{"incident":null,"owner":7}', '{"version":"2"}'])(
    'a draft of another version (%s) is filed all the same',
    (environment) => {
      const other = incident();
      const { draft } = other.spec;
      const strange = incident({ draft: { ...draft, environment } as typeof draft });
      for (const shrink of [0, 1, 2])
        expect(texts.request(strange, shrink).environment).toEqual(expect.any(Object));
      expect(texts.atFiling(strange)).toEqual({ class: 'crash' });
    },
  );

  test('an adoption says who asks, and how it fails this time', () => {
    expect(texts.adoption(incident(), 5)).toMatchObject({
      kind: 'adopted',
      text: expect.stringContaining(': `s`. This ticket'),
    });
    expect(texts.adoption(incident({ draft: undefined }), 5).kind).toBe('adopted');
    const byHand = texts.adoption(incident({ trigger: 'manual', note: 'slow' }), 5);
    expect(byHand).toMatchObject({ kind: 'manual', at: 5 });
    expect(byHand.text).toContain('They wrote: `slow`');
  });

  test('the address of a ticket is whole or missing', () => {
    expect(texts.ticketUrl('a/b')).toBe('https://desk.example/t/a%2Fb?t=a%2Fb');
    expect(texts.ticketUrl('$&')).toBe('https://desk.example/t/%24%26?t=%24%26');
    expect(texts.ticketUrl('x'.repeat(2_000))).toBeUndefined();
    expect(
      createOutboxTexts({ clusterId: () => undefined, ticketLink: undefined }).ticketUrl('a'),
    ).toBeUndefined();
  });

  test('the status at filing says what was affected, within what the custom resource takes', () => {
    expect(texts.atFiling(incident())).toEqual({
      class: 'crash',
      occurrences: 3,
      affected: { count: 9, names: [`${'p'.repeat(599)}…`] },
    });
    expect(texts.atFiling(incident({ draft: undefined }))).toEqual({});
  });
});
