import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createNodeClock, shiftClock } from './clock.ts';
import { identifyAll } from './processes.ts';

const HOUR_S = 3_600;
/** Far above what a busy machine loses between two readings. */
const TOLERANCE_MS = 60_000;
/** Answers each line with both clocks. */
const program = `process.stdin.on('data', () =>
  console.log(JSON.stringify({ wall: Date.now(), monotonic: performance.now() })));`;

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Clocks {
  readonly wall: number;
  readonly monotonic: number;
}

function startProgram(): { pid: number; ask: () => Promise<Clocks> } {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const lines: Interface = createInterface(child.stdout);
  return {
    pid: child.pid ?? 0,
    ask: async () => {
      child.stdin.write('\n');
      const [line] = (await once(lines, 'line')) as [string];
      return JSON.parse(line) as Clocks;
    },
  };
}

/** How many hours the program's wall clock is ahead of ours. */
async function hoursAhead(ask: () => Promise<Clocks>): Promise<number> {
  const ahead = (await ask()).wall - Date.now();
  // No -0.
  const hours = Math.round(ahead / HOUR_S / 1_000) + 0;
  expect(Math.abs(ahead - hours * HOUR_S * 1_000)).toBeLessThan(TOLERANCE_MS);
  return hours;
}

const isHere = process.platform === 'linux' && process.arch === 'x64';

(isHere ? describe : describe.skip)('the clock of a program that runs', () => {
  test('is put ahead, behind and right again, and the monotonic one goes on', async () => {
    const { pid, ask } = startProgram();
    const before = await ask();
    for (const hours of [3, -3, 24 * 365, 0]) {
      await shiftClock(pid, hours * HOUR_S);
      expect(await hoursAhead(ask)).toBe(hours);
    }
    const passed = (await ask()).monotonic - before.monotonic;
    expect(passed).toBeGreaterThan(0);
    expect(passed).toBeLessThan(TOLERANCE_MS);
    expect(Math.abs(Date.now() - before.wall)).toBeLessThan(TOLERANCE_MS);
  });

  test('of a node is that of programs which come later, until it is right again', async () => {
    const first = startProgram();
    const pids = [first.pid];
    const setClock = createNodeClock(() => identifyAll(pids));
    await first.ask();
    await setClock(2 * HOUR_S);
    expect(await hoursAhead(first.ask)).toBe(2);
    const second = startProgram();
    await second.ask();
    pids.push(second.pid);
    while ((await hoursAhead(second.ask)) !== 2);
    await setClock(0);
    expect([await hoursAhead(first.ask), await hoursAhead(second.ask)]).toEqual([0, 0]);
  });

  test('of one that has ended is told as what it is', async () => {
    const { pid, ask } = startProgram();
    await ask();
    const [child] = children;
    child?.kill('SIGKILL');
    await once(child as ChildProcess, 'exit');
    await expect(shiftClock(pid, HOUR_S)).rejects.toThrow(/ENOENT/);
  });
});
