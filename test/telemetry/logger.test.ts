import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { createLogger, describeError } from '../../src/telemetry/logger.ts';

const redact = (text: string): string => text.replaceAll('hunter2', '[REDACTED]');

function logged(write: (log: ReturnType<typeof createLogger>) => void): readonly string[] {
  const chunks: string[] = [];
  const destination = { write: (chunk: string) => void chunks.push(chunk) };
  write(createLogger({ level: 'info', version: '1.2.3', redact, destination }));
  return chunks
    .join('')
    .split('\n')
    .filter((line) => line !== '');
}

function only(write: (log: ReturnType<typeof createLogger>) => void): Record<string, unknown> {
  const lines = logged(write);
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>;
}

describe('a log line', () => {
  test('is JSON with the time, the level in words, the version and the data', () => {
    expect(only((log) => log.info({ ticket: 't-1' }, 'ticket filed'))).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      name: 'ankra-support-agent',
      version: '1.2.3',
      ticket: 't-1',
      msg: 'ticket filed',
    });
  });

  test('is left out below the level', () => {
    expect(logged((log) => log.debug('quiet'))).toEqual([]);
  });

  test('stays one line of JSON, whatever it is given', () => {
    const property = fc.property(
      fc.dictionary(fc.string(), fc.anything()),
      fc.string(),
      (fields, message) => {
        const line = only((log) => log.info({ fields, ...fields }, message));
        expect(line['level']).toBeDefined();
      },
    );
    fc.assert(property, { numRuns: 200 });
  });

  test('does not show secrets in texts, errors and their causes', () => {
    const error = new Error('password hunter2', { cause: new Error('again hunter2') });
    const [line = ''] = logged((log) => log.warn({ err: error, reason: 'said hunter2' }, 'failed'));
    expect(line).not.toContain('hunter2');
    expect(line.match(/REDACTED/g)).toHaveLength(3);
  });

  test('never has what carries credentials by its name', () => {
    const request = { headers: { cookie: 'abc' }, token: 'def' };
    const [line = ''] = logged((log) => log.info({ request, authorization: 'ghi', token: 'jkl' }, 'x'));
    expect(line).not.toMatch(/abc|def|ghi|jkl/);
  });
});

describe('an error in a log line', () => {
  test('has its name, code and message, and no stack', () => {
    const error = Object.assign(new TypeError('no'), { code: 'ECONNREFUSED' });
    expect(describeError(error, redact)).toEqual({ type: 'TypeError', code: 'ECONNREFUSED', message: 'no' });
  });

  test('may be its own cause', () => {
    const error = new Error('loop');
    error.cause = error;
    expect(JSON.stringify(describeError(error, redact)).match(/loop/g)).toHaveLength(5);
  });

  test('of several tells the first', () => {
    const error = new AggregateError([new Error('refused'), new Error('refused again')]);
    expect(describeError(error, redact)).toMatchObject({ cause: { message: 'refused' } });
  });

  test('may be anything that can be thrown', () => {
    expect(describeError('text', redact)).toEqual({ message: 'text' });
    expect(describeError(undefined, redact)).toEqual({ message: 'undefined' });
    expect(describeError(Object.create(null), redact)).toEqual({ message: 'something that cannot be shown' });
  });
});
