import { describe, expect, test } from '@jest/globals';
import { environmentSchema } from '../../../src/domain/environment.ts';
import { ticketDraftSchema, type TicketDraft } from '../../../src/domain/ticket.ts';
import { renderDraft, tellsRecovery, toRequest } from '../../../src/tickets/render/draft.ts';
import { storyOf } from './hostile.ts';

const filing = { category: 'technical', severity: 'critical' } as const;
const marker = 'k8s-47eb08f776-c4009';
const draft = renderDraft(storyOf('x'), filing);

function requestOf(
  more: Partial<TicketDraft>,
  shrink = 0,
  recoveredAt?: number,
): ReturnType<typeof toRequest> {
  return toRequest({
    draft: { ...draft, ...more },
    marker,
    clusterId: 'c',
    shrink,
    incident: 'deployment-checkout-0123abcd-1',
    ...(recoveredAt === undefined ? {} : { recoveredAt }),
  });
}

test('a draft is within all limits', () => {
  expect(ticketDraftSchema.safeParse(draft).success).toBe(true);
  const long = renderDraft(storyOf('word '.repeat(1_000)), filing);
  expect(ticketDraftSchema.safeParse(long).success).toBe(true);
  expect(long.subject.length).toBeLessThanOrEqual(176);
});

describe('a request', () => {
  test('has everything of its draft and the marker', () => {
    const request = requestOf({});
    expect(request).toMatchObject({ ...filing, clusterId: 'c', marker });
    expect(request.subject).toBe(`${draft.subject} [${marker}]`);
    expect(request.description).toBe(`${draft.description}\n\n[${marker}]`);
    expect(request.environment).toEqual(JSON.parse(draft.environment));
  });

  test('keeps the marker at every length', () => {
    for (const length of [0, 1, 174, 175, 176, 177, 178, 200]) {
      const { subject } = requestOf({ subject: 's'.repeat(length) });
      expect(subject.endsWith(`[${marker}]`)).toBe(true);
      expect(subject.length).toBeLessThanOrEqual(200);
    }
    for (const length of [0, 1, 9_900, 9_974, 9_976, 9_977, 9_978, 10_000]) {
      const description = 'line\n'.repeat(2_000).slice(0, length);
      for (const recoveredAt of [undefined, 1_800_000_000_000]) {
        const request = requestOf({ description }, 0, recoveredAt);
        expect(request.description.endsWith(`\n\n[${marker}]`)).toBe(true);
        expect(request.description.length).toBeLessThanOrEqual(10_000);
      }
    }
  });

  test('says that it has recovered meanwhile', () => {
    const { description } = requestOf({}, 0, Date.parse('2026-11-23T03:30:00Z'));
    expect(description).toMatch(/^\*\*It has recovered meanwhile, at 2026-11-23 03:30:00 UTC\.\*\*\n\n/);
    expect(tellsRecovery(description)).toBe(true);
    expect(tellsRecovery(requestOf({}, 0).description)).toBe(false);
  });

  test('keeps keys of the environment that objects inherit', () => {
    const environment = '{"owner":{"labels":{"__proto__":"a","constructor":"b"}}}';
    expect(JSON.stringify(requestOf({ environment }).environment)).toBe(environment);
  });
});

describe('a shrunk request', () => {
  test('has an environment that says what, where and since when, and is still valid', () => {
    const { environment } = requestOf({}, 1);
    const whole = JSON.parse(draft.environment) as Record<string, unknown>;
    expect(environmentSchema.safeParse(environment).success).toBe(true);
    expect(environment).toMatchObject({
      incident: whole['incident'],
      cluster: whole['cluster'],
      owner: { kind: 'Deployment', replicas: { wanted: 3, ready: 0 } },
      logs: [],
      events: [],
      containers: [],
    });
    expect(Object.keys(environment)).not.toContain('pod');
  });

  test('loses the logs first, then the events, then the end of the description', () => {
    const log = `### Log of \`a\`\n\n\`\`\`text\n${'log\n'.repeat(800)}### Events\n\`\`\`\n`;
    const events = `### Events\n\n\`\`\`text\n${'event\n'.repeat(100)}\`\`\`\n`;
    const rest = '### What to run next\n\n```sh\nkubectl\n```';
    const description = (head: string): string =>
      requestOf({ description: `${head}\n\n${log}\n${events}\n${rest}` }, 1).description;
    expect(description('facts')).toBe(`facts\n\n${events}\n${rest}\n\n[${marker}]`);
    expect(description('f'.repeat(2_500))).toBe(`${'f'.repeat(2_500)}\n\n${rest}\n\n[${marker}]`);
    const long = description('fact\n'.repeat(1_000));
    expect(long).toMatch(/^fact\n[^]*\nfact\n\n\(cut\)\n\n\[k8s-47eb08f776-c4009\]$/);
    expect(long.length).toBeLessThanOrEqual(3_000);
  });

  test('keeps what fits', () => {
    const description = '### Log of `a`\n\n```text\nfew\n```\n\n### Events\n\nnone';
    expect(requestOf({ description }, 1).description).toBe(`${description}\n\n[${marker}]`);
  });
});
