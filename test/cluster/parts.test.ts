import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { imageConfiguration, withTemporaryFolder, writeImageArchive } from './archive.ts';
import { cacheDir, entryName } from './cache.ts';
import { CommandError, lastLines, runCommand } from './command.ts';
import { clusterError } from './failure.ts';
import { librariesOf } from './images.ts';
import { withLock } from './lock.ts';
import { createProgress } from './progress.ts';
import { isStartedFor, mountsBelow } from './traces.ts';

describe('a failure', () => {
  test('names part, problem, the last lines and the remedy', () => {
    const error = clusterError({
      part: 'etcd',
      problem: 'ended',
      lastLines: 'one\n\ntwo\n',
      remedy: 'start it.',
    });
    expect(error.message).toBe('etcd: ended\n  | one\n  | two\nRemedy: start it.');
  });

  test('of a command says which, how and why', async () => {
    const error: unknown = await runCommand('sh', ['-c', 'echo out; echo why >&2; exit 3']).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({ exitCode: 3, stdout: 'out\n', stderr: 'why\n' });
    expect(String(error)).toContain('exit code 3:\nwhy');
  });

  test('of a command that does not exist says so', async () => {
    await expect(runCommand('/no/such/program', [])).rejects.toThrow('ENOENT');
  });

  test('of a command that takes too long says so', async () => {
    await expect(runCommand('sleep', ['60'], { timeoutMs: 20 })).rejects.toThrow('was ended by SIGKILL');
  });
});

describe('a command', () => {
  test('gets its input and returns its output', async () => {
    expect(await runCommand('cat', [], { input: 'text' })).toBe('text');
  });

  test('may end without reading its input', async () => {
    expect(await runCommand('true', [], { input: 'x'.repeat(1_000_000) })).toBe('');
  });

  test('hands over its complaints line by line', async () => {
    const lines: string[] = [];
    await runCommand('sh', ['-c', 'echo a >&2; echo b >&2'], { onErrorLine: (line) => lines.push(line) });
    expect(lines).toEqual(['a', 'b']);
  });
});

test('lastLines keeps the end', () => {
  expect(lastLines('1\n2\n3\n', 2)).toBe('2\n3');
});

describe('progress', () => {
  test('writes one line for each step', async () => {
    const lines: string[] = [];
    const progress = createProgress((line) => lines.push(line));
    expect(await progress.step('etcd', async () => 7)).toBe(7);
    await expect(progress.step('kubelet', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(lines).toEqual([
      expect.stringMatching(/^ +0\.\d s {2}etcd \(0\.\d s\)$/),
      expect.stringMatching(/^ +0\.\d s {2}kubelet FAILED \(0\.\d s\)$/),
    ]);
  });
});

describe('the cache', () => {
  test('is where XDG says, or in the home', () => {
    expect(cacheDir({ XDG_CACHE_HOME: '/x' })).toBe('/x/ankra-support-agent');
    expect(cacheDir({ XDG_CACHE_HOME: '' })).toMatch(/\/\.cache\/ankra-support-agent$/);
  });

  test('has another entry when the inputs change', () => {
    expect(entryName('etcd', 'v3', ['a', 'b'])).toMatch(/^etcd-v3-[0-9a-f]{8}$/);
    expect(entryName('etcd', 'v3', ['a', 'b'])).not.toBe(entryName('etcd', 'v3', ['a', 'c']));
  });
});

describe('mountsBelow', () => {
  const line = (point: string): string => `36 35 98:0 / ${point} rw,noatime - ext3 /dev/root rw`;

  test('returns only what is below, the last mount first, with blanks restored', () => {
    const mountinfo = ['/', '/run', '/run/x', '/run/xy', '/run/x/a', '/run/x/a/b', '/run/x/c\\040d']
      .map(line)
      .join('\n');
    expect(mountsBelow('/run/x', mountinfo)).toEqual(['/run/x/c d', '/run/x/a/b', '/run/x/a']);
  });
});

describe('isStartedFor', () => {
  test.each([
    [true, ['/cache/etcd', '--data-dir=/run/x/etcd']],
    [true, ['/usr/bin/containerd-shim-runc-v2', '-id', 'a', '-address', '/run/x/containerd.sock']],
    [false, ['/cache/etcd', '--data-dir=/run/xy/etcd']],
    [false, ['/usr/bin/containerd']],
    [false, ['/usr/bin/tail', '-f', '/run/x/logs/etcd.log']],
    [false, ['']],
  ])('says %p of %p', (expected, words) => {
    expect(isStartedFor('/run/x', words)).toBe(expected);
  });
});

describe('images', () => {
  test('take a program’s libraries and its loader', () => {
    const output =
      '\tlinux-vdso.so.1 (0x1)\n\tlibm.so.6 => /lib/x/libm.so.6 (0x2)\n\t/lib64/ld-linux.so.2 (0x3)\n';
    expect(librariesOf(output)).toEqual(['/lib/x/libm.so.6', '/lib64/ld-linux.so.2']);
  });

  test('name the one layer by its digest', () => {
    expect(JSON.parse(imageConfiguration({ User: '65532' }, 'abc'))).toMatchObject({
      os: 'linux',
      config: { User: '65532' },
      rootfs: { type: 'layers', diff_ids: ['sha256:abc'] },
    });
  });

  test('are tar files of manifest, configuration and layer', async () => {
    await withTemporaryFolder(async (dir) => {
      const tarPath = join(dir, 'image.tar');
      const fill = (rootfs: string): Promise<void> => writeFile(join(rootfs, 'hello'), 'world');
      await writeImageArchive({ name: 'docker.io/library/x:1', config: {}, fill }, tarPath);
      expect(await runCommand('tar', ['-tf', tarPath])).toBe('manifest.json\nconfig.json\nlayer.tar\n');
      const manifest = await runCommand('tar', ['-xOf', tarPath, 'manifest.json']);
      expect(JSON.parse(manifest)).toMatchObject([{ RepoTags: ['docker.io/library/x:1'] }]);
    });
  });

  test('leave no temporary folder, even when they fail', async () => {
    let folder = '';
    const work = (dir: string): Promise<never> => {
      folder = dir;
      return Promise.reject(new Error('no'));
    };
    await expect(withTemporaryFolder(work)).rejects.toThrow('no');
    expect(existsSync(folder)).toBe(false);
  });
});

describe('a lock', () => {
  const name = `test ${process.pid}`;

  test('returns what the work returns, and is free afterwards, even when the work failed', async () => {
    const noWait = (): never => {
      throw new Error('nobody holds it');
    };
    await expect(withLock(name, noWait, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLock(name, noWait, () => Promise.resolve(7))).toBe(7);
  });

  test('makes the second wait for the first', async () => {
    const order: string[] = [];
    let finishFirst = (): void => {};
    const first = withLock(
      name,
      () => {},
      () =>
        new Promise<void>((resolve) => {
          finishFirst = () => {
            order.push('first ends');
            resolve();
          };
          order.push('first starts');
        }),
    );
    let second: Promise<number> = Promise.resolve(0);
    await new Promise<void>((resolve) => {
      second = withLock(name, resolve, async () => order.push('second starts'));
    });
    finishFirst();
    await Promise.all([first, second]);
    expect(order).toEqual(['first starts', 'first ends', 'second starts']);
  });
});
