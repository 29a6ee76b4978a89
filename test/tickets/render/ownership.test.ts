import { describe, expect, test } from '@jest/globals';
import type { OwnerFacts } from '../../../src/domain/environment.ts';
import { MINUTE } from '../../../src/domain/clock.ts';
import { ownershipLines } from '../../../src/tickets/render/ownership.ts';
import type { Story } from '../../../src/tickets/render/story.ts';

const BEGAN = Date.UTC(2026, 10, 23, 3);
const time = (minutesBefore: number): string => new Date(BEGAN - minutesBefore * MINUTE).toISOString();

function lines(owner: Partial<OwnerFacts>): readonly string[] {
  const environment = { incident: { since: time(0) }, owner, containers: [], events: [] };
  return ownershipLines({ trigger: 'automatic', openedAt: BEGAN, environment } as unknown as Story);
}

function annotated(annotations: Record<string, string>): readonly string[] {
  return lines({ selected: { labels: {}, annotations } });
}

describe('who changed what', () => {
  test.each([
    ['kubectl-edit', 4, '**Changed by**: kubectl (`kubectl-edit`), 4 min before it began failing'],
    ['argocd-controller', 4, '**Changed by**: Argo CD (`argocd-controller`), 4 min before it began failing'],
    ['helm-controller', 90, '**Changed by**: Flux (`helm-controller`), 1 h 30 min before it began failing'],
    ['helm', -2, '**Changed by**: Helm (`helm`), 2 min after it began failing'],
    ['postgres-operator', 0, '**Changed by**: `postgres-operator`, just when it began failing'],
  ])('%s, %d minutes before', (manager, before, line) => {
    expect(lines({ managed: { lastChange: { manager, at: time(before) } } })).toEqual([line]);
  });

  test('what manages it, and ConfigMaps that were changed in the last day', () => {
    expect(
      lines({
        managed: {
          helm: { release: 'shop', namespace: 'prod', chart: 'checkout-1.4.2', revision: '7' },
          argoCd: { application: 'shop' },
          flux: { kind: 'Kustomization', namespace: 'flux-system', name: 'apps' },
          sourceRevision: '4f2c91e',
          configMaps: [
            { name: 'checkout', changedAt: time(4), manager: 'kubectl-edit' },
            { name: 'old', changedAt: time(60 * 25) },
          ],
        },
      }),
    ).toEqual([
      '**Managed by**: Argo CD application `shop`, Flux Kustomization `flux-system/apps`, Helm release `prod/shop` (revision `7`, chart `checkout-1.4.2`), source revision `4f2c91e`',
      '**ConfigMaps**: `checkout` changed by kubectl (`kubectl-edit`), 4 min before it began failing',
    ]);
  });
});

describe("the team's own words", () => {
  test('stand in the ticket, the runbook as a link', () => {
    const words = {
      'support.ankra.app/runbook': 'https://runbooks.example.com/shop/checkout?tab=crash#pods',
      'support.ankra.app/team': 'payments',
      'support.ankra.app/contact': '#team-payments',
      'example.com/tier': 'gold',
    };
    expect(
      lines({ selected: { labels: { 'app.kubernetes.io/part-of': 'shop' }, annotations: words } }),
    ).toEqual([
      '**Runbook**: <https://runbooks.example.com/shop/checkout?tab=crash#pods>',
      '**Team**: `payments`',
      '**Contact**: `#team-payments`',
      '**Labels**: `app.kubernetes.io/part-of=shop`, `example.com/tier=gold`',
    ]);
  });

  test.each([
    'http://runbooks.example.com',
    'javascript:alert(1)',
    'https://user:password@example.com',
    'https://example.com/[REDACTED:token]',
    'see the wiki',
    'https://example.com/) [click](https://evil.example',
    `https://example.com/${'a'.repeat(600)}`,
  ])('a runbook that is no https link is not made one: %s', (value) => {
    const [line = ''] = annotated({ 'support.ankra.app/runbook': value });
    expect(line).not.toContain('<');
    expect(line).toMatch(/^\*\*Runbook\*\*: `.*`, which is no https link$/);
  });

  test('what stands in a label or annotation formats nothing', () => {
    const [line = ''] = annotated({ 'support.ankra.app/team': 'a` **b**\n# c' });
    expect(line).toBe('**Team**: ``a` **b** # c``');
  });
});
