import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { CommandError, failureOf, outputOf, portOf } from '../../src/cli/process.ts';
import { ConfigError } from '../../src/config/index.ts';
import { KubeconfigError } from '../../src/kube/connection/errors.ts';

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('a command that fails', () => {
  test('names an option that it does not know, without a stack', () => {
    const error = thrownBy(() => parseArgs({ args: ['--nope'], options: {} }));
    expect(failureOf(error)).toEqual({ text: "Unknown option '--nope'. See --help.", exitCode: 2 });
  });

  test('names a file that cannot be read, without a stack', async () => {
    const error: unknown = await readFile('/nope/token').catch((reason: unknown) => reason);
    const { text, exitCode } = failureOf(error);
    expect(text).toContain("'/nope/token'");
    expect(text).not.toContain('\n');
    expect(exitCode).toBe(1);
  });

  test('gives the words and the code of its own errors', () => {
    expect(failureOf(new CommandError('no', 7))).toEqual({ text: 'no', exitCode: 7 });
    expect(failureOf(new ConfigError('test', ['wrong']))).toMatchObject({ exitCode: 1 });
    expect(
      failureOf(new KubeconfigError('the kubeconfig cannot be read: /nope (ENOENT)')).text,
    ).not.toContain('\n');
  });

  test('shows where a fault of the program lies', () => {
    expect(failureOf(new RangeError('bug')).text).toContain('failure.test.ts');
    expect(failureOf('text')).toEqual({ text: 'text', exitCode: 1 });
  });
});

describe('options', () => {
  test.each(['abc', '', ' ', '-1', '1.5', '65536'])('refuse the port %j by name', (text) => {
    expect(() => portOf(text)).toThrow(`--port: "${text}"`);
  });

  test('take ports and forms', () => {
    expect([portOf('0'), portOf('8181')]).toEqual([0, 8181]);
    expect([outputOf('text'), outputOf('json')]).toEqual(['text', 'json']);
    expect(() => outputOf('yaml')).toThrow('--output: "yaml"');
  });
});
