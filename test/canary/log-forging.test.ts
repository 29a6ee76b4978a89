import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createAgentRedactor, createKnownSecrets } from '../../src/cli/runtime.ts';
import { parseConfig } from '../../src/config/index.ts';
import { reportWatchEvent } from '../../src/agent/watch-reports.ts';
import { createLogger } from '../../src/telemetry/index.ts';

/** What some reader takes for the end of a line, or a terminal for a command. */
// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u;

const odd = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '\n',
      '\r',
      '\u001b[2K',
      '\u2028',
      '\u2029',
      '\u0085',
      '\u0000',
      '\u009b',
      '\u202e',
      '"',
      '\\',
    ),
    fc.constantFrom('\ud800', '\udfff', '\u{e0041}', '}\n{"level":"info","msg":"ticket filed"}', '%s', '%o'),
    fc.string({ unit: 'binary', maxLength: 3 }),
  ),
  maxLength: 30,
});

function aLog() {
  const lines: string[] = [];
  const redactor = createAgentRedactor(parseConfig({}, 'test'), createKnownSecrets());
  const log = createLogger({
    level: 'trace',
    version: '0.0.0',
    redact: (text) => redactor.redactText(text).text,
    destination: { write: (line) => void lines.push(line) },
  });
  return { log, lines };
}

test('whatever a name or a message holds, an entry is one line of JSON with nothing raw in it', () => {
  fc.assert(
    fc.property(odd, odd, (name, message) => {
      const { log, lines } = aLog();
      log.warn({ workload: `Pod/shop/${name}`, reason: message, err: new Error(message) }, 'static words');
      const cause = Object.assign(new Error(name), { name, code: message });
      log.error({ err: new Error('outer', { cause }) }, 'static words');
      log.error({ err: new AggregateError([cause], message) }, 'static words');
      log.error({ err: message, detector: name }, 'static words');
      reportWatchEvent(
        log,
        { name, path: name, kind: 'Pod' },
        { kind: 'unwell', reason: 'internal', detail: message },
      );
      reportWatchEvent(
        log,
        { name: 'pods', path: '/api/v1/pods', kind: 'Pod' },
        { kind: 'bad-data', detail: message, count: 1 },
      );
      expect(lines).toHaveLength(6);
      for (const line of lines) {
        expect(line.endsWith('\n')).toBe(true);
        expect(line.slice(0, -1)).not.toMatch(unsafe);
        expect(line.isWellFormed()).toBe(true);
        const entry = JSON.parse(line) as Record<string, unknown>;
        expect(entry).toMatchObject({ name: 'ankra-support-agent' });
        expect(['static words', 'watch is unwell and goes on trying', 'objects could not be read']).toContain(
          entry['msg'],
        );
        expect(line.match(/"(?:level|msg)":/g)).toHaveLength(2);
      }
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 300) },
  );
});
