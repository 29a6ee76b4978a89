import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ObjectRef } from '../../src/domain/failure.ts';
import type { EventAnswers } from '../../src/domain/ports.ts';
import { KubeApiError, createKubeConnection } from '../../src/kube/connection/index.ts';
import type { KubeConnection } from '../../src/kube/connection/index.ts';
import { createEventAnswers } from '../../src/kube/event-answers.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';

const now = Date.UTC(2026, 10, 23, 3, 0, 0, 250);
const deployment: ObjectRef = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace: 'kube-public',
  name: 'checkout',
  uid: 'd-1',
};
const answer = { reason: 'TicketFiled', note: 'Ticket T-1 is filed.', id: 'request-1' };

let sandbox: Sandbox;
let connection: KubeConnection;
let answers: EventAnswers;

beforeEach(async () => {
  sandbox = await createSandbox();
  const source = { kind: 'explicit', server: sandbox.url } as const;
  connection = await createKubeConnection(source, { clock: systemClock, version: '0.0.0' });
  answers = createEventAnswers({
    connection,
    clock: { ...systemClock, now: () => now },
    identity: 'agent-0',
  });
});

afterEach(async () => {
  connection.close();
  await sandbox.close();
});

function events(): Record<string, unknown>[] {
  return sandbox.objects.list({ apiVersion: 'v1', kind: 'Event' });
}

test('answers on the object, with an Event that kubectl describe shows', async () => {
  await answers.answer(deployment, answer);
  expect(events()).toEqual([
    expect.objectContaining({
      metadata: expect.objectContaining({
        namespace: 'kube-public',
        name: expect.stringMatching(/^checkout\.[0-9a-f]{16}$/),
      }),
      involvedObject: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        namespace: 'kube-public',
        name: 'checkout',
        uid: 'd-1',
      },
      type: 'Normal',
      reason: 'TicketFiled',
      message: 'Ticket T-1 is filed.',
      reportingComponent: 'ankra-support-agent',
      reportingInstance: 'agent-0',
      eventTime: '2026-11-23T03:00:00.250000Z',
      firstTimestamp: '2026-11-23T03:00:00Z',
    }),
  ]);
});

test('a repeat is harmless, another answer is another Event', async () => {
  await answers.answer(deployment, answer);
  await answers.answer(deployment, answer);
  expect(events()).toHaveLength(1);
  await answers.answer(deployment, { ...answer, id: 'request-2' });
  expect(events()).toHaveLength(2);
});

test.each(['Node', 'Namespace'])('answers about a %s in the namespace default', async (kind) => {
  await answers.answer({ apiVersion: 'v1', kind, namespace: '', name: 'one', uid: 'u-1' }, answer);
  expect(events()).toEqual([
    expect.objectContaining({
      metadata: expect.objectContaining({ namespace: 'default' }),
      involvedObject: { apiVersion: 'v1', kind, name: 'one', uid: 'u-1' },
    }),
  ]);
});

test('keeps to the limits of the API server', async () => {
  const name = `${'a'.repeat(235)}.${'b'.repeat(17)}`;
  await answers.answer(
    { ...deployment, name },
    { ...answer, reason: 'R'.repeat(200), note: 'ü'.repeat(1_000) },
  );
  const [event] = events() as [{ metadata: { name: string }; reason: string; message: string }];
  expect(event.metadata.name).toHaveLength(235 + 1 + 16);
  expect(event.reason).toHaveLength(128);
  expect(event.message).toBe('ü'.repeat(512));
});

test('passes on what the API server refuses', async () => {
  sandbox.failNext({ method: 'POST' }, 403);
  await expect(answers.answer(deployment, answer)).rejects.toThrow(KubeApiError);
});
