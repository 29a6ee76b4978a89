import { describe, expect, test } from '@jest/globals';
import { MINUTE } from '../../../src/domain/clock.ts';
import { commentKinds, type Incident } from '../../../src/domain/incident.ts';
import { commentBody, doubleText, pendingComment } from '../../../src/tickets/render/comments.ts';

const openedAt = Date.parse('2026-11-23T03:00:00Z');
const now = openedAt + 12 * MINUTE;
const incident: Incident = {
  name: 'deployment-checkout-47eb08f7-2',
  uid: 'u-1',
  resourceVersion: '1',
  createdAt: openedAt,
  spec: {
    trigger: 'automatic',
    target: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'checkout', uid: 'u' },
    key: 'k',
    class: 'crash',
    reason: 'CrashLoopBackOff',
    openedAt,
  },
  status: { phase: 'Filed', recurrences: 1 },
};
const facts = {
  now,
  message: 'container checkout exits with code 3 (Error)',
  affected: Array.from({ length: 11 }, (_, at) => `p${at}`),
  occurrences: 40,
  recovery: 'What failed works again. 3 of 3 replicas are ready.',
  note: 'slow',
};

describe('a comment', () => {
  test.each(commentKinds)('of kind %s can be said without what it quotes, and in a few words', (kind) => {
    const quoted = "it's ``'; DROP TABLE x;-- `";
    const words = { ...facts, message: quoted, note: quoted, cause: incident };
    const comment = pendingComment(incident, kind, words);
    const [, unquoted, bare] = [0, 1, 2].map((shrink) => commentBody(comment, shrink));
    for (const body of [unquoted, bare]) {
      expect(body).not.toContain('DROP');
      expect(body).toContain(`[${comment.marker}]`);
      expect(body?.startsWith(comment.text.slice(0, comment.text.indexOf('**', 2) + 2))).toBe(true);
    }
    expect(bare).not.toContain('checkout');
    expect(bare).toContain('2026-11-23 03:12:00 UTC');
  });

  test.each([
    [
      'recovered',
      '**Recovered** at 2026-11-23 03:12:00 UTC, 12 min after the incident opened. What failed works again. 3 of 3 replicas are ready.',
    ],
    [
      'recurred',
      '**It has come again** at 2026-11-23 03:12:00 UTC: `container checkout exits with code 3 (Error)`. Occurrence 3 of this incident.',
    ],
    [
      'adopted',
      '**The same workload fails again**, at 2026-11-23 03:12:00 UTC: `container checkout exits with code 3 (Error)`. This ticket is still open, so no new one was filed; the new Incident is `deployment-checkout-47eb08f7-2`.',
    ],
    [
      'worse',
      '**A worse cause has shown** at 2026-11-23 03:12:00 UTC: `container checkout exits with code 3 (Error)`.',
    ],
    [
      'grown',
      '**More is affected** at 2026-11-23 03:12:00 UTC: `container checkout exits with code 3 (Error)`. 11 objects, 40 occurrences. Failing: `p0`, `p1`, `p2`, `p3`, `p4`, `p5`, `p6`, `p7`, `p8`, `p9` and 1 more.',
    ],
    [
      'unresolved',
      '**Still failing**, 12 min after the incident opened, at 2026-11-23 03:12:00 UTC: `container checkout exits with code 3 (Error)`.',
    ],
    [
      'manual',
      '**A person asked for a ticket** on Deployment `shop/checkout` at 2026-11-23 03:12:00 UTC; this one is open already. They wrote: `slow`',
    ],
  ] as const)('about "%s"', (kind, expected) => {
    expect(pendingComment(incident, kind, facts).text).toBe(expected);
  });

  test.each(commentKinds)('about "%s" can do without facts', (kind) => {
    expect(pendingComment(incident, kind, { now }).text).not.toContain('undefined');
  });

  test('has the same marker for the same intent, and another one for another', () => {
    const { marker } = pendingComment(incident, 'recurred', facts);
    expect(marker).toMatch(/^c-[0-9a-f]{10}$/);
    expect(pendingComment(incident, 'recurred', { now }).marker).toBe(marker);
    expect(pendingComment(incident, 'worse', facts).marker).not.toBe(marker);
    expect(pendingComment(incident, 'recurred', { now: now + 1 }).marker).not.toBe(marker);
    expect(pendingComment({ ...incident, uid: 'u-2' }, 'recurred', facts).marker).not.toBe(marker);
  });

  test('is sent with its marker as last line, whatever its length', () => {
    const comment = pendingComment(incident, 'worse', facts);
    expect(commentBody(comment)).toBe(`${comment.text}\n\n[${comment.marker}]`);
    const long = commentBody({ ...comment, text: 'line\n'.repeat(2_500) });
    expect(long.length).toBeLessThanOrEqual(10_000);
    expect(long.endsWith(`\n\n(cut)\n\n[${comment.marker}]`)).toBe(true);
  });
});

test('a double names the ticket that is kept', () => {
  expect(doubleText('t-1')).toContain('double of ticket `t-1`');
});
