import { afterEach, describe, expect, test } from '@jest/globals';
import type { Evidence } from '../../src/domain/environment.ts';
import { createRedactor } from '../../src/enrich/index.ts';
import { defaultRedactionOptions } from '../../src/enrich/redact/options.ts';
import { type Composer, type ComposerDeps, ThreadComposer } from '../../src/compose/composer.ts';
import type { ComposerSettings } from '../../src/compose/redaction-thread.ts';
import { unpackLog } from '../../src/compose/ticket-texts.ts';
import { type ComposeInput, composeIncident } from '../../src/compose/incident-draft.ts';

const settings: ComposerSettings = {
  agent: { name: 'ankra-support-agent', version: '0.0.0' },
  namespace: 'ankra',
  maxEnvironmentLength: 65_536,
  category: 'technical',
  redaction: defaultRedactionOptions,
};

const owner = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'checkout', uid: 'd-1' };
const secret = 'Tr0ub4dor-and-3';

function evidence(lines: readonly string[]): Evidence {
  return {
    takenAt: Date.UTC(2026, 10, 23, 3),
    containers: [],
    events: [],
    logs: [{ container: 'app', pod: 'checkout-1', previous: true, lines: [...lines] }],
    omitted: [],
    secretValues: [secret],
  };
}

function input(lines: readonly string[] = ['ready', `the word is ${secret}`]): ComposeInput {
  return {
    opening: {
      name: 'deployment-checkout-0123abcd-1',
      key: '0123abcd',
      trigger: 'automatic',
      owner,
      signals: [
        {
          class: 'crash',
          reason: 'CrashLoopBackOff',
          message: `exit 3 after ${secret}`,
          regarding: { ...owner, apiVersion: 'v1', kind: 'Pod', name: 'checkout-1', uid: 'p-1' },
          since: Date.UTC(2026, 10, 23, 2),
          lastSeenAt: Date.UTC(2026, 10, 23, 3),
          occurrences: 4,
          immediate: false,
        },
      ],
      since: Date.UTC(2026, 10, 23, 2),
      occurrences: 4,
      affected: ['checkout-1'],
      note: `slow, and the password=${secret}`,
    },
    evidence: evidence(lines),
    cluster: { uid: 'c-1', version: 'v1.36.0' },
    severity: 'critical',
    now: Date.UTC(2026, 10, 23, 3),
  };
}

/** Nothing but its end gets the thread away from this one. */
function endlessInput(): ComposeInput {
  return { ...input(), opening: { ...input().opening, note: 'stuck for ever' } };
}

const stuckWorker = new URL('stuck-worker.ts', import.meta.url);

const open: Composer[] = [];

function aComposer(deps: Partial<ComposerDeps> = {}): { composer: Composer; withheld: string[] } {
  const withheld: string[] = [];
  const composer = new ThreadComposer({
    settings,
    knownSecrets: () => [],
    onWithheld: (reason) => withheld.push(reason),
    ...deps,
  });
  open.push(composer);
  return { composer, withheld };
}

/** A thread that says it is ready and then does this at every question. */
function thread(atQuestion: string): URL {
  const code = `import { parentPort } from 'node:worker_threads';
    parentPort.on('message', function () { ${atQuestion} });
    parentPort.postMessage({ kind: 'ready' });`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

/** Threads of this process that run JavaScript, beside its own. */
function threads(): number {
  const { workers } = process.report.getReport() as { readonly workers: readonly object[] };
  return workers.length;
}

afterEach(async () => {
  for (const composer of open.splice(0)) await composer.close();
});

test('the log that is attached is redacted, and what it gives away is struck from the ticket', () => {
  const redactor = createRedactor(defaultRedactionOptions);
  const given = input(['the word was n0t-known-before-X7']);
  const lines = [`the word is ${secret}`, 'password=n0t-known-before-X7', 'fatal: no provider'];
  const logFile = { container: 'app', pod: 'checkout-1', previous: true, lines };
  const { spec } = composeIncident(
    { ...given, evidence: { ...given.evidence, logFile } },
    { ...settings, redactor },
  );
  const content = Buffer.from(unpackLog({ spec })?.content ?? []).toString();
  expect(content).toMatch(/fatal: no provider\n$/);
  expect(content.split('\n')).toHaveLength(4);
  for (const text of [content, JSON.stringify({ ...spec.draft, attachment: undefined })])
    expect(text).not.toMatch(/Tr0ub4dor|n0t-known-before/);
  expect(JSON.parse(spec.draft?.environment ?? '')).not.toHaveProperty('logFile');
});

describe('a composer', () => {
  test('makes what would be made without a thread, and tells what was taken out', async () => {
    const redacted: string[] = [];
    const { composer, withheld } = aComposer({ onRedacted: (rule) => redacted.push(rule) });
    const inline = composeIncident(input(), {
      ...settings,
      redactor: createRedactor(settings.redaction),
    });
    expect(await composer.compose(input())).toEqual(inline);
    expect(JSON.stringify(inline)).toContain('[REDACTED:exact-value]');
    expect(redacted).toContain('exact-value');
    expect(withheld).toEqual([]);
  });

  test('strikes out what the process has learnt, whatever the pod brings along', async () => {
    const token = 'plain-words-for-a-token';
    const many = Array.from({ length: 1_500 }, (_, at) => `filler-value-${at}`);
    const given = input([`echo ${token}`]);
    const { composer } = aComposer({ knownSecrets: () => [token] });
    const crowded = { ...given, evidence: { ...given.evidence, secretValues: many } };
    expect(JSON.stringify(await composer.compose(crowded))).not.toContain(token);
  });

  test('withholds every text when the thread is busy past the deadline, and goes on after that', async () => {
    const { composer, withheld } = aComposer({ worker: stuckWorker, deadlineMs: 2_000 });
    await composer.compose(input());
    const [late, next] = await Promise.all([composer.compose(endlessInput()), composer.compose(input())]);
    expect(withheld).toEqual(['redaction missed its deadline']);
    expect(JSON.stringify(late)).not.toMatch(/exit 3|stuck|password/);
    expect(late.spec).toMatchObject({ reason: 'CrashLoopBackOff', target: owner, class: 'crash' });
    expect(late.spec.draft?.subject).toContain('checkout');
    // The one behind it pays nothing for it.
    expect(next.spec.draft?.environment).toContain('the word is');
  }, 30_000);

  test.each([
    ['dies', 'process.exit(1)', 'the redaction thread has ended'],
    ['throws', 'throw new TypeError("about Tr0ub4dor-and-3")', 'the redaction thread failed: TypeError'],
    [
      'takes all memory',
      'const all = []; for (;;) all.push(Array(1e5).fill(Math.random()))',
      'the redaction thread failed: ERR_WORKER_OUT_OF_MEMORY',
    ],
    [
      'cannot do it',
      "parentPort.postMessage({ kind: 'failed', reason: 'RangeError' })",
      'redaction failed: RangeError',
    ],
  ])('withholds every text when the thread %s', async (_, atQuestion, reason) => {
    const { composer, withheld } = aComposer({ worker: thread(atQuestion), deadlineMs: 20_000 });
    const both = await Promise.all([composer.compose(input()), composer.compose(input())]);
    expect(withheld).toEqual([reason, reason]);
    expect(JSON.stringify(both)).not.toMatch(/Tr0ub4dor|the word is|slow/);
    expect(JSON.parse(both[0]?.spec.draft?.environment ?? '{}')).toMatchObject({
      omitted: [{ field: 'environment', reason: 'withheld: redaction failed or took too long' }],
    });
  });

  test('withholds every text when the thread cannot be started', async () => {
    const { composer, withheld } = aComposer({ worker: new URL('file:///nowhere/at-all.ts') });
    expect(JSON.stringify(await composer.compose(input()))).not.toContain(secret);
    expect(withheld).toEqual([expect.stringContaining('the redaction thread')]);
  });

  test('takes an answer that came while its own thread was stalled for longer than the deadline', async () => {
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const incident = { name: 'made', spec: {} };
    const { composer, withheld } = aComposer({
      worker: thread(`
        parentPort.postMessage({ kind: 'composed', incident: ${JSON.stringify(incident)}, redactions: new Map() });
        const { gate } = arguments[0];
        if (gate) { Atomics.store(gate, 0, 1); Atomics.notify(gate, 0); }`),
      deadlineMs: 50,
    });
    await composer.compose(input());
    const made = composer.compose({ ...input(), gate } as ComposeInput);
    await new Promise((turn) => setImmediate(turn));
    expect(Atomics.wait(gate, 0, 0, 20_000)).not.toBe('timed-out');
    for (const until = performance.now() + 200; performance.now() < until;);
    expect(await made).toEqual(incident);
    expect(withheld).toEqual([]);
  });

  test('counts the time that its thread has worked, not that in which it got no processor', async () => {
    const { composer, withheld } = aComposer({
      worker: thread(`
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
        parentPort.postMessage({ kind: 'composed', incident: { name: 'made', spec: {} }, redactions: new Map() });`),
      deadlineMs: 100,
    });
    expect((await composer.compose(input())).name).toBe('made');
    expect(withheld).toEqual([]);
  });

  test('gives up a thread that does nothing at all', async () => {
    const { composer, withheld } = aComposer({ worker: thread(''), deadlineMs: 5 });
    await composer.compose(input());
    expect(withheld).toEqual(['redaction missed its deadline']);
  });

  test('tries once more before it withholds a text', async () => {
    const tries = new Int32Array(new SharedArrayBuffer(4));
    const { composer, withheld } = aComposer({
      worker: thread(`
        if (Atomics.add(arguments[0].tries, 0, 1) === 0) process.exit(1);
        parentPort.postMessage({ kind: 'composed', incident: { name: 'made', spec: {} }, redactions: new Map() });`),
    });
    const made = await composer.compose({ ...input(), tries } as ComposeInput);
    expect([made.name, tries[0], withheld]).toEqual(['made', 2, []]);
  });

  test('an odd reason is a text like any other', async () => {
    const { composer } = aComposer({ worker: thread('process.exit(1)') });
    const given = input();
    const signals = given.opening.signals.map((signal) => ({ ...signal, reason: `because of ${secret}` }));
    const made = await composer.compose({ ...given, opening: { ...given.opening, signals } });
    expect(JSON.stringify(made)).not.toContain(secret);
  });

  test('leaves no thread behind when it is closed, not even a busy one', async () => {
    const before = threads();
    const { composer, withheld } = aComposer({ worker: stuckWorker });
    await composer.compose(input());
    expect(threads()).toBe(before + 1);
    const waiting = [composer.compose(endlessInput()), composer.compose(input())];
    await new Promise((turn) => setImmediate(turn));
    await composer.close();
    expect(threads()).toBe(before);
    expect(JSON.stringify(await Promise.all(waiting))).not.toContain(secret);
    expect(withheld).toHaveLength(2);
    expect(threads()).toBe(before);
  });
});
