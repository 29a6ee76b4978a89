import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Fields, KubeObject } from '../../src/sandbox/api-types.ts';
import { deploy, type Workload } from './shop.ts';
import { openStage, type RunningAgent, type TestStage, until } from './stage.ts';

// Real waits on a machine that may be busy: each has a deadline of its own.
jest.setTimeout(60_000);

const NAMESPACE = 'ankra-support-agent';

let stage: TestStage;
let checkout: Workload;
let agent: RunningAgent;

beforeEach(async () => {
  stage = await openStage();
  checkout = deploy(stage.sandbox);
  agent = await stage.start();
  checkout.crash();
  await until('a ticket', () => stage.incidents()[0]?.status['phase'] === 'Filed');
  await agent.stop();
});
afterEach(() => stage.close());

/** What another release, or another cluster, has left of the one Incident while no agent ran. */
function rewrite(change: (object: KubeObject & { spec: Fields; status: Fields }) => void): void {
  const name = stage.incidents()[0]?.name ?? '';
  stage.sandbox.objects.update({ kind: 'Incident', namespace: NAMESPACE, name }, (object) =>
    change(object as KubeObject & { spec: Fields; status: Fields }),
  );
}

/** Another workload lives and dies: whatever the agent had to say of the first one by then, it has said. */
async function untilAllIsSaid(): Promise<void> {
  const name = `witness-${stage.tickets().length}`;
  const other = deploy(stage.sandbox, name, 1);
  other.crash();
  const ticket = await until('a ticket of the witness', () =>
    stage.tickets().find(({ subject }) => subject.includes(name)),
  );
  other.run();
  await until('its end', () => commentsOn(ticket.id).some((body) => body.includes('**Recovered**')));
}

function commentsOn(id: string): readonly string[] {
  return stage.tickets().find((ticket) => ticket.id === id)?.comments ?? [];
}

function logged(message: string): readonly Record<string, unknown>[] {
  return agent.lines.filter(({ msg }) => msg === message);
}

function statusOf(): Readonly<Record<string, unknown>> {
  return stage.incidents()[0]?.status ?? {};
}

describe('an Incident of a later release', () => {
  const later = { phase: 'Acknowledged', acknowledgedBy: { team: 'shop' } };

  test('that has a ticket recovers and comes again on it, and keeps what this release does not know', async () => {
    rewrite(({ status }) => Object.assign(status, later));
    agent = await stage.start();
    checkout.run();
    await until('the recovery', () => stage.tickets()[0]?.comments[0]?.includes('**Recovered**'));
    await until('its end in the status', () => statusOf()['comment'] === undefined);
    expect(statusOf()).toMatchObject({ ...later, recoveredAt: expect.any(String) });
    checkout.crash();
    await until('the return', () => stage.tickets()[0]?.comments[1]?.includes('**It has come again**'));
    expect(statusOf()).toMatchObject({ ...later, recurrences: 1 });
    expect(stage.tickets()).toHaveLength(1);
    expect(stage.incidents()).toHaveLength(1);
    expect(
      logged('an Incident has words of a later release; it is handled by what is known of it'),
    ).toHaveLength(1);
  });

  test('whose ticket was filed and not written down takes that one', async () => {
    rewrite((object) => {
      object['status'] = { ...later };
    });
    agent = await stage.start();
    await until('its ticket', () => statusOf()['ticketId'] === stage.tickets()[0]?.id);
    await untilAllIsSaid();
    expect(statusOf()).toMatchObject(later);
    expect(stage.tickets().filter(({ subject }) => subject.includes('checkout'))).toHaveLength(1);
  });

  test('sends the comment that was left, of whatever kind', async () => {
    const text = '**Handed over** to the night shift.';
    const comment = { kind: 'handedOver', marker: 'c-later', at: new Date().toISOString(), text, shift: 2 };
    rewrite(({ status }) => Object.assign(status, { comment }));
    agent = await stage.start();
    await until('the comment', () => stage.tickets()[0]?.comments[0]?.includes(text));
    await until('its end', () => statusOf()['comment'] === undefined);
    expect(await agent.metrics.registry.metrics()).toContain('comments_total{kind="other",outcome="sent"} 1');
  });
});

describe('an Incident that cannot be read', () => {
  const message = 'an Incident cannot be read, and its workload gets no other one';

  test('keeps its key: nothing is opened beside it, and it is said what to do', async () => {
    rewrite((object) => {
      object.spec['class'] = { name: 'quota', version: 2 };
    });
    agent = await stage.start();
    checkout.run();
    await untilAllIsSaid();
    checkout.crash();
    await untilAllIsSaid();
    expect(stage.tickets().filter(({ subject }) => subject.includes('checkout'))).toHaveLength(1);
    expect(stage.incidents().filter(({ spec }) => spec['class'] !== 'crash')).toHaveLength(1);
    expect(logged(message)).toHaveLength(1);
    expect(logged(message)[0]).toMatchObject({
      reason: expect.stringContaining('spec.class'),
      remedy: expect.stringContaining('delete it'),
    });
    const events = stage.sandbox.objects.list({ kind: 'Event', namespace: NAMESPACE });
    expect(events.map((event) => event['reason'])).toContain('IncidentUnreadable');
    agent.agent.measure();
    expect(await agent.metrics.registry.metrics()).toContain('incidents_ignored{reason="unreadable"} 1');
  });

  test('makes room when it is deleted: the failure gets another one, which takes the open ticket', async () => {
    rewrite((object) => {
      object.spec['openedAt'] = 'yesterday';
    });
    agent = await stage.start();
    await until('a line', () => logged(message).length === 1);
    const { name } = stage.incidents()[0] ?? { name: '' };
    stage.sandbox.objects.delete({ kind: 'Incident', namespace: NAMESPACE, name });
    await until('another one', () => statusOf()['ticketId'] === stage.tickets()[0]?.id);
    expect(stage.tickets()).toHaveLength(1);
  });
});

describe('an Incident of another cluster', () => {
  const message = 'an Incident of another cluster is left alone; it may be deleted';

  // cert-manager 2318, Cluster API 2554: a restore in another cluster acted on what belonged to the first.
  test('has nothing said on its ticket, though here all is well', async () => {
    rewrite((object) => {
      object.spec['cluster'] = 'production';
    });
    checkout.run();
    agent = await stage.start();
    await untilAllIsSaid();
    const ticket = stage.tickets().find(({ subject }) => subject.includes('checkout'));
    expect(ticket).toMatchObject({ status: 'open', comments: [] });
    expect(logged(message)).toMatchObject([{ cluster: 'production' }]);
    agent.agent.measure();
    expect(await agent.metrics.registry.metrics()).toContain('incidents_ignored{reason="foreign"} 1');
  });

  test('that has the name of the next one of ours is passed over by its number', async () => {
    const first = stage.incidents()[0]?.name ?? '';
    rewrite((object) => {
      object.spec['cluster'] = 'production';
      object.spec['key'] = 'f'.repeat(64);
    });
    agent = await stage.start();
    const second = first.replace(/-1$/, '-2');
    const ours = await until('one of ours', () => stage.incidents().find(({ name }) => name === second));
    expect(ours.spec['cluster']).toMatch(/^[0-9a-f-]{36}$/);
    await until(
      'its ticket',
      () => stage.incidents().find(({ name }) => name === second)?.status['ticketId'],
    );
  });
});
