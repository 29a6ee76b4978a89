import { describe, expect, test } from '@jest/globals';
import { environmentSchema } from '../../../src/domain/environment.ts';
import { ticketDraftSchema, type TicketDraft } from '../../../src/domain/ticket.ts';
import { renderDraft } from '../../../src/tickets/render/draft.ts';
import { tellsRecovery, toRequest } from '../../../src/tickets/render/request.ts';
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

  const note =
    '*Log lines and Events are left out, as the ticket API refused the whole. They are in the Incident `deployment-checkout-0123abcd-1`.*';
  const log = `### Log of \`a\`\n\n\`\`\`text\n/etc/passwd\n### Events\n\`\`\`\n`;
  const events = '### Events\n\n```text\n/etc/shadow\n```\n';
  const rest = '### What to run next\n\n```sh\nkubectl\n```';
  const described = (head: string): string =>
    requestOf({ description: `${head}\n\n${log}\n${events}\n${rest}` }, 1).description;

  test('has no word of logs and Events, however short it is, and says where they are', () => {
    expect(described('facts')).toBe(`facts\n\n${rest}\n\n${note}\n\n[${marker}]`);
    expect(described('- **Why**: exit\n- **Log says**: `/etc/passwd`\n- **Where**: node')).toBe(
      `- **Why**: exit\n- **Where**: node\n\n${rest}\n\n${note}\n\n[${marker}]`,
    );
  });

  test('has no line of a log in its cause and its subject, whosever it is', () => {
    for (const says of ['log says', 'log of sql-proxy says']) {
      const said = `both crash; ${says}: /etc/passwd`;
      expect(described(`- **Cause**: \`${said}\``)).toContain('- **Cause**: `both crash`\n');
      expect(requestOf({ subject: said }, 1).subject).toMatch(/^both crash \[/);
    }
  });

  test('has no line of a log that the members of a storm share', () => {
    const line =
      '- **In common**: the 4 of 12 whose logs were read write `/etc/passwd`; all are on node `a`\n';
    expect(described(`- **Since**: now\n${line}- **Where**: node`)).toContain('now\n- **Where**');
    const said = '- **In common**: all say `write to disk failed`\n';
    expect(described(`facts\n${said}`)).toContain(said);
    const whole = JSON.parse(draft.environment) as { readonly incident: object };
    const [shared, others] = [
      { what: 'log', value: '/etc/passwd', count: 4 },
      { what: 'node', value: 'a', count: 12 },
    ];
    const members = { count: 12, owners: [], common: [shared, others] };
    const environment = JSON.stringify({ ...whole, incident: { ...whole.incident, members } });
    expect(requestOf({ environment }, 1).environment).toMatchObject({
      incident: { members: { count: 12, common: [others] } },
    });
  });

  test('loses the end of what is left', () => {
    const long = described('fact\n'.repeat(1_000));
    expect(long).toMatch(/^fact\n[^]*\nfact\n\n\(cut\)\n\n\*Log lines [^]*\*\n\n\[k8s-47eb08f776-c4009\]$/);
    expect(long.length).toBeLessThanOrEqual(3_000);
  });

  test('keeps what quotes nothing', () => {
    const description = `facts\n\n${rest}`;
    expect(requestOf({ description }, 1).description).toBe(`${description}\n\n[${marker}]`);
  });
});

describe('a request of names and times', () => {
  test('says what fails, in which way and since when', () => {
    const { subject, description } = requestOf({}, 2);
    const { owner, incident } = JSON.parse(draft.environment) as {
      owner: { namespace: string; name: string };
      incident: { class: string; since: string };
    };
    const path = `${owner.namespace}/${owner.name}`;
    const since = incident.since.slice(0, 19).replace('T', ' ');
    expect(subject).toBe(`Deployment ${path}: ${incident.class} [${marker}]`);
    expect(description).toContain(`**Deployment \`${path}\`: ${incident.class}, since ${since} UTC**\n\n`);
  });

  test('has no marker but its own, whatever the names are', () => {
    const environment = JSON.parse(draft.environment) as { owner: object };
    const owner = { ...environment.owner, name: 'k8s-0123456789-abcde' };
    const { subject } = requestOf({ environment: JSON.stringify({ ...environment, owner }) }, 2);
    expect(subject.match(/k8s-[0-9a-f]/g)).toHaveLength(1);
  });

  test('names the Incident where the environment does not tell', () => {
    const { subject, description } = requestOf({ environment: '{' }, 2);
    expect(subject).toBe(`Incident deployment-checkout-0123abcd-1 [${marker}]`);
    expect(description).toMatch(/^The text of this ticket was refused/);
  });
});
