import { describe, expect, test } from '@jest/globals';
import { redactCommand } from '../../src/cli/redact.ts';
import { defaultRedactionOptions, type RedactionOptions } from '../../src/enrich/redact/options.ts';

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly files: (string | undefined)[];
}

async function* chunksOf(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

interface RunOptions {
  readonly args?: string[];
  readonly options?: Partial<RedactionOptions>;
  readonly chunk?: number;
}

async function run(text: string, { args = [], options = {}, chunk = 7 }: RunOptions = {}): Promise<Run> {
  let out = '';
  let err = '';
  const files: (string | undefined)[] = [];
  const code = await redactCommand({
    stdin: chunksOf(text, chunk),
    // Refuses every write once, as a full pipe does.
    stdout: {
      write: (part) => {
        out += part;
        return false;
      },
      once: (_event, listener) => queueMicrotask(listener),
    },
    stderr: { write: (part) => (err += part) },
    args,
    loadOptions: async (file) => {
      files.push(file);
      return { ...defaultRedactionOptions, ...options };
    },
  });
  return { code, out, err, files };
}

describe('the command redact', () => {
  test('masks line by line and counts per rule', async () => {
    const { code, out, err } = await run('one\nDB_PASSWORD=hunter2\nthree\n');
    expect(code).toBe(0);
    expect(out).toBe('one\nDB_PASSWORD=[REDACTED:password]\nthree\n');
    expect(err).toBe('password  1\n');
  });

  test('writes the counts as JSON', async () => {
    const { err } = await run('password=abcdef1\npassword=abcdef2 to bob@example.com', { args: ['--json'] });
    expect(JSON.parse(err)).toEqual({ email: 1, password: 2 });
  });

  test.each(['', '\n', 'a', 'a\n', 'a\n\n', 'ü€\u{1f600}\nb', '\n\nx'])(
    'leaves %j byte for byte',
    async (text) => {
      const { out, err } = await run(text, { chunk: 1 });
      expect(out).toBe(text);
      expect(err).toBe('nothing redacted\n');
    },
  );

  test('keeps the number of lines of a private key', async () => {
    const key = [
      '-----BEGIN PRIVATE KEY-----',
      'A'.repeat(64),
      'B'.repeat(64),
      'Cq==',
      '-----END PRIVATE KEY-----',
    ];
    const { out } = await run(`before\n${key.join('\n')}\nafter\n`);
    expect(out.split('\n')).toHaveLength(8);
    expect(out).toBe(`before\n${'[REDACTED:private-key]\n'.repeat(5)}after\n`);
  });

  test('keeps only the beginning of an endless line', async () => {
    const { out } = await run(`${'x'.repeat(100_000)}\nnext`, {
      chunk: 4_096,
      options: { maxLineLength: 100 },
    });
    expect(out.split('\n').map((line) => line.length)).toEqual([100, 4]);
  });

  test('uses the same options as the agent, from the file that is named', async () => {
    const extraPatterns = [{ name: 'ticket-number', pattern: 'CASE-[0-9]{4}' }];
    const { out, files } = await run('see CASE-1234', {
      args: ['--config', 'agent.yaml'],
      options: { extraPatterns },
    });
    expect(out).toBe('see [REDACTED:ticket-number]');
    expect(files).toEqual(['agent.yaml']);
  });

  test('names the field of a pattern that cannot be used, and writes nothing', async () => {
    const { code, out, err } = await run('text', {
      options: { extraPatterns: [{ name: 'slow', pattern: '(a+)+$' }] },
    });
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toMatch(/^redaction\.patterns\[0\]\.pattern: repeats a group/);
  });

  test.each([['--what'], ['--config'], ['file.txt']])(
    'names what it does not understand: %s',
    async (arg) => {
      await expect(run('text', { args: [arg] })).rejects.toThrow(arg);
    },
  );

  test('explains itself when asked to', async () => {
    const { code, out, err } = await run('text', { args: ['--help'] });
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^usage: /);
  });
});
