import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  endProcesses,
  forgetProcess,
  identify,
  isRunning,
  parseRecord,
  parseStat,
  readRecords,
  startProcess,
} from './processes.ts';

const stat = (name: string, state = 'S'): string =>
  `4242 (${name}) ${state} 1 4242 4242 0 -1 4194560 100 0 0 0 5 6 0 0 20 0 1 0 987654 1000 10 18446744073709551615\n`;

describe('parseStat', () => {
  test.each(['etcd', 'a b', 'odd) S 1 (name', '()'])(
    'reads state and start of a program called %p',
    (name) => {
      expect(parseStat(stat(name))).toEqual({ state: 'S', startTicks: 987_654 });
    },
  );

  test.each(['', '4242 etcd S 1', stat('etcd').slice(0, 30)])('refuses %p', (text) => {
    expect(parseStat(text)).toBeUndefined();
  });
});

describe('parseRecord', () => {
  const record = { name: 'etcd', pid: 4242, startTicks: 987_654, bootId: 'boot' };

  test('reads what was written', () => {
    expect(parseRecord(JSON.stringify(record))).toEqual(record);
  });

  test.each(['', '{', '{"name":"etcd"}', JSON.stringify({ ...record, pid: '4242' })])(
    'refuses %p',
    (text) => {
      expect(parseRecord(text)).toBeUndefined();
    },
  );
});

describe('a process that we started', () => {
  let dir = '';
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'ankra-processes-'));
  });
  afterEach(async () => {
    await endProcesses(await readRecords(dir), 0);
    await rm(dir, { recursive: true });
  });

  const start = (name: string, ...args: string[]) =>
    startProcess(dir, { name, program: '/bin/sleep', args, logFile: join(dir, 'log') });

  test('is written down, ended and forgotten', async () => {
    const record = await start('sleeper', '60');
    expect(await readRecords(dir)).toEqual([record]);
    expect(await isRunning(record)).toBe(true);
    await endProcesses([record], 2000);
    expect(await isRunning(record)).toBe(false);
    await forgetProcess(dir, 'sleeper');
    expect(await readRecords(dir)).toEqual([]);
  });

  test('is not mistaken for a later process with its number', async () => {
    const record = await start('sleeper', '60');
    const earlier = { ...record, startTicks: record.startTicks - 1 };
    const earlierBoot = { ...record, bootId: 'another boot' };
    await endProcesses([earlier, earlierBoot], 0);
    expect(await isRunning(earlier)).toBe(false);
    expect(await isRunning(earlierBoot)).toBe(false);
    expect(await isRunning(record)).toBe(true);
  });

  test('cannot be started when the program is not there', async () => {
    const program = join(dir, 'nothing');
    await expect(
      startProcess(dir, { name: 'x', program, args: [], logFile: join(dir, 'log') }),
    ).rejects.toThrow('ENOENT');
    expect(await readRecords(dir)).toEqual([]);
  });
});

test('a zombie does not count as running', async () => {
  // `exec` replaces the shell, and sleep never collects the child that the shell left it.
  const parent = spawn('/bin/sh', ['-c', 'sh -c "echo \\$\\$" & exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const pid = Number(await new Promise<string>((resolve) => parent.stdout.once('data', resolve)));
    // The child has written its number and is about to end.
    while ((await identify(pid)) !== undefined);
    expect(() => process.kill(pid, 0)).not.toThrow();
  } finally {
    parent.kill('SIGKILL');
  }
});
