import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { systemClock } from '../../src/lib/clock.ts';
import { deploy } from './shop.ts';
import { openStage, type TestStage, until } from './stage.ts';

// Real waits on a machine that may be busy: each has a deadline of its own.
jest.setTimeout(60_000);

const IGNORE_UNTIL = 'support.ankra.app/ignore-until';

let stage: TestStage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

function inMs(ms: number): string {
  return new Date(systemClock.now() + ms).toISOString();
}

function keptBack(text: string, rule: string): boolean {
  return new RegExp(`suppressed_objects.rule="${rule}". [1-9]`).test(text);
}

describe('the agent in a silence', () => {
  test.each(['an annotation', 'the configuration'])(
    'of %s files when it is over, and at once',
    async (how) => {
      const workload = deploy(stage.sandbox, 'checkout', 2);
      // Long enough for an agent to start on a busy machine.
      const end = inMs(15_000);
      if (how === 'an annotation') workload.annotate(IGNORE_UNTIL, end);
      const silences =
        how === 'an annotation' ? [] : [{ reason: 'patching', namespaces: ['sh*'], until: end }];
      workload.crash();
      const { agent, metrics } = await stage.start('agent-1', { silences });
      const rule = how === 'an annotation' ? 'ignoredUntil' : 'silenced';
      await until('that they are kept back', async () => {
        agent.measure();
        return keptBack(await metrics.registry.metrics(), rule);
      });
      expect(stage.tickets()).toEqual([]);
      await until('the ticket', () => stage.tickets().length === 1);
      // Its time of `for` is over long since. The agent goes by the API server's clock, which it knows by whole seconds.
      expect(systemClock.now() - Date.parse(end)).toBeGreaterThan(-1_000);
    },
  );

  test('that is nonsense files all the same, and says so on the object and in the log', async () => {
    const workload = deploy(stage.sandbox, 'checkout', 2);
    workload.annotate(IGNORE_UNTIL, 'next Friday');
    workload.crash();
    const { lines } = await stage.start();
    await until('the ticket', () => stage.tickets().length === 1);
    const event = await until('the Event', () =>
      stage.sandbox.objects
        .list({ kind: 'Event', namespace: 'shop' })
        .find((object) => object['reason'] === 'AnnotationRefused'),
    );
    expect(event).toMatchObject({
      type: 'Warning',
      involvedObject: { kind: 'Deployment', name: 'checkout' },
      message: expect.stringMatching(/ignore-until is not followed.*write it as 2026-12-24T18:00:00Z/),
    });
    expect(lines.filter(({ annotation }) => annotation === IGNORE_UNTIL)).toHaveLength(1);
  });
});
