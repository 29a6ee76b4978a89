import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { until } from '../agent/stage.ts';
import { type Canaries, createCanaries, leaks } from './canaries.ts';
import { type CanaryStage, openCanaryStage } from './stage.ts';
import { stuff } from './stuffed-pod.ts';

// Real waits on a machine that may be busy: each has a deadline of its own.
jest.setTimeout(60_000);

let canaries: Canaries;
let stage: CanaryStage;
beforeEach(async () => {
  canaries = createCanaries(1_123);
  stage = await openCanaryStage(canaries);
});
afterEach(() => stage.close());

function comments(): readonly string[] {
  return stage.desk
    .received()
    .flatMap(({ url, body }) => (url.includes('/comments') ? [JSON.stringify(body)] : []));
}

function phases(): string[] {
  return stage.incidents().map((incident) => String((incident['status'] as { phase?: string })?.phase));
}

test('no secret of a pod, of a request or of the agent leaves in a whole life of an incident', async () => {
  const workload = stuff(stage.sandbox, canaries);
  await stage.start();
  workload.crash(4);
  await until('a ticket', () => phases().includes('Filed'));
  const ticket = JSON.stringify(stage.desk.received().find(({ method }) => method === 'POST')?.body);
  // The text is there, only the secrets are not.
  expect(ticket).toContain('payments.provider must be one of');
  expect(ticket).toContain('[REDACTED:');
  expect(leaks(canaries, await stage.seen())).toEqual([]);

  // What the cluster says of a worse cause is cut where a secret stands.
  workload.block('Error: the value ' + 'x'.repeat(240));
  await until('a worse cause', () => comments().some((body) => body.includes('worse cause')));
  expect(leaks(canaries, await stage.seen())).toEqual([]);

  workload.run();
  await until('the recovery', () => comments().some((body) => body.includes('Recovered')));
  workload.crash(5);
  await until('the recurrence', () => comments().some((body) => body.includes('come again')));
  expect(leaks(canaries, await stage.seen())).toEqual([]);

  const note = `please look, api_key=${canaries.opaque('note of a request')} is refused`;
  workload.annotate(note);
  await until('the request', () => comments().some((body) => body.includes('please look')));
  workload.annotate(`two\nlines, token=${canaries.opaque('note that is refused')}`);
  await until('the refusal', async () =>
    (await stage.seen())['Events of the agent'].includes('TicketRefused'),
  );
  expect(leaks(canaries, await stage.seen())).toEqual([]);
});
