import { open, readdir, readFile, type FileHandle } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { clusterError } from './failure.ts';
import { isRunning, type ProcessRecord } from './processes.ts';

/*
 * A wrong wall clock for single programs of this machine. A Go program asks the kernel for the time through the vDSO, code that the kernel maps
 * into each process, so that no library can come between (libfaketime does so). Each process has a copy of its own once it is written to, and
 * /proc/<pid>/mem may write there. The functions of the vDSO are led to short ones at the end of its last page, which make the system call
 * and add the shift where it is the wall clock that was asked for; the monotonic clock stays right, as it does with a clock that was set.
 */

/** Numbers of Linux on x86-64: arch/x86/entry/syscalls/syscall_64.tbl. */
const syscalls = { gettimeofday: 96, time: 201, clock_gettime: 228 } as const;
/** Room for the three functions that are put there, at the end of the last page. */
const stubsSize = 128;
const stubSize = 40;

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

/** Machine code of what takes the place of each function: x86-64, arguments in rdi and rsi. */
function stubs(seconds: number): Readonly<Record<keyof typeof syscalls, Buffer>> {
  const shift = int32(seconds).toString('hex');
  // mov eax, number; syscall
  const call = (name: keyof typeof syscalls): string => `b8${int32(syscalls[name]).toString('hex')}0f05`;
  const code = (...hex: string[]): Buffer => Buffer.from(hex.join(''), 'hex');
  return {
    // test edi, edi; je add; cmp edi, 5; jne ret; add: add qword [rsi], seconds; ret. 0: CLOCK_REALTIME, 5: CLOCK_REALTIME_COARSE.
    clock_gettime: code(call('clock_gettime'), '85ff', '7405', '83ff05', '7507', '488106', shift, 'c3'),
    // test rdi, rdi; je ret; add qword [rdi], seconds; ret
    gettimeofday: code(call('gettimeofday'), '4885ff', '7407', '488107', shift, 'c3'),
    // add rax, seconds; test rdi, rdi; je ret; mov [rdi], rax; ret
    time: code(call('time'), '4805', shift, '4885ff', '7403', '488907', 'c3'),
  };
}

interface Mapping {
  readonly start: number;
  readonly end: number;
}

async function vdsoOf(pid: number): Promise<Mapping> {
  const maps = await readFile(`/proc/${pid}/maps`, 'utf8');
  const match = /^([0-9a-f]+)-([0-9a-f]+) .*\[vdso\]$/m.exec(maps);
  if (match === null) throw clockError(pid, 'it has no vDSO');
  return { start: Number.parseInt(match[1] ?? '', 16), end: Number.parseInt(match[2] ?? '', 16) };
}

function clockError(pid: number, problem: string): Error {
  const remedy = 'a shifted clock needs root on Linux of x86-64; see test/cluster/clock.ts.';
  return clusterError({ part: `clock of process ${pid}`, problem, remedy });
}

/** Offsets of the functions by name, from the dynamic symbols of a vDSO (ELF64, little endian). */
export function vdsoFunctions(image: Buffer): ReadonlyMap<string, number> {
  const sections = Number(image.readBigUInt64LE(0x28));
  const section = (index: number): { type: number; offset: number; size: number; link: number } => {
    const at = sections + index * 64;
    return {
      type: image.readUInt32LE(at + 4),
      offset: Number(image.readBigUInt64LE(at + 0x18)),
      size: Number(image.readBigUInt64LE(at + 0x20)),
      link: image.readUInt32LE(at + 0x28),
    };
  };
  const count = image.readUInt16LE(0x3c);
  const DYNSYM = 11;
  const symbols = Array.from({ length: count }, (_, index) => section(index)).find((s) => s.type === DYNSYM);
  if (symbols === undefined) return new Map();
  const names = section(symbols.link).offset;
  const found = new Map<string, number>();
  for (let at = symbols.offset; at < symbols.offset + symbols.size; at += 24) {
    const name = names + image.readUInt32LE(at);
    found.set(image.toString('latin1', name, image.indexOf(0, name)), Number(image.readBigUInt64LE(at + 8)));
  }
  return found;
}

/** What is to be written into a vDSO, each with its offset. */
function patches(image: Buffer, seconds: number): readonly (readonly [offset: number, bytes: Buffer])[] {
  const functions = vdsoFunctions(image);
  const place = image.length - stubsSize;
  return Object.entries(stubs(seconds)).flatMap(([name, code], index) => {
    const entry = functions.get(`__vdso_${name}`);
    if (entry === undefined) return [];
    const target = place + index * stubSize;
    // The distance of a jump counts from the instruction after it, five bytes on.
    const jump = Buffer.concat([Buffer.of(0xe9), int32(target - (entry + 5))]);
    return [
      [target, code],
      [entry, jump],
    ] as const;
  });
}

function isFree(image: Buffer): boolean {
  const place = image.subarray(image.length - stubsSize);
  const ours = stubs(0).clock_gettime.subarray(0, 16);
  return place.every((byte) => byte === 0) || place.subarray(0, 16).equals(ours);
}

/** Whether all threads stand, and none of them within the vDSO: such a one would go on in the middle of what is being written. */
async function standsOutside(pid: number, vdso: Mapping): Promise<boolean> {
  for (const thread of await readdir(`/proc/${pid}/task`))
    if (!(await threadStandsOutside(`/proc/${pid}/task/${thread}`, vdso))) return false;
  return true;
}

/** False of a thread that has ended since it was listed, too: what else runs is asked for again. */
async function threadStandsOutside(path: string, vdso: Mapping): Promise<boolean> {
  try {
    const stat = await readFile(`${path}/stat`, 'utf8');
    if (!/^[TtZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))) return false;
    // The last word is the address of the next instruction.
    const last = (await readFile(`${path}/syscall`, 'utf8')).trim().split(' ').at(-1) ?? '';
    const next = Number(last);
    return !Number.isNaN(next) && !(next >= vdso.start && next < vdso.end);
  } catch (error) {
    if (hasEnded(error)) return false;
    throw error;
  }
}

function hasEnded(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ESRCH';
}

async function comesToStand(pid: number, vdso: Mapping): Promise<boolean> {
  for (let looks = 0; looks < 20; looks += 1) {
    if (await standsOutside(pid, vdso)) return true;
    await wait(1);
  }
  return false;
}

async function whileStopped(pid: number, vdso: Mapping, work: () => Promise<void>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    process.kill(pid, 'SIGSTOP');
    try {
      if (await comesToStand(pid, vdso)) return await work();
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await wait(5);
  }
  throw clockError(pid, 'its threads do not stop outside of the vDSO');
}

async function readAll(memory: FileHandle, { start, end }: Mapping): Promise<Buffer> {
  const image = Buffer.alloc(end - start);
  await memory.read(image, 0, image.length, start);
  return image;
}

/**
 * Puts the wall clock of a running program this many seconds ahead of the machine's (behind when negative), whatever it was before. Programs
 * that it starts have the machine's clock. Throws ClusterError when that cannot be done, and as `process.kill` does when it has ended.
 */
export async function shiftClock(pid: number, seconds: number): Promise<void> {
  if (process.arch !== 'x64') throw clockError(pid, `this machine is ${process.arch}`);
  const vdso = await vdsoOf(pid);
  const memory = await open(`/proc/${pid}/mem`, 'r+');
  try {
    const image = await readAll(memory, vdso);
    if (!isFree(image)) throw clockError(pid, 'there is no room at the end of its vDSO');
    const all = patches(image, seconds);
    if (all.length === 0) throw clockError(pid, 'its vDSO has no function that is known');
    await whileStopped(pid, vdso, async () => {
      for (const [offset, bytes] of all) await memory.write(bytes, 0, bytes.length, vdso.start + offset);
    });
  } finally {
    await memory.close();
  }
}

const lookMs = 100;

/** A function that puts the clock of all processes ahead, of those that come later too, until it is called with 0. */
export function createNodeClock(
  processes: () => Promise<readonly ProcessRecord[]>,
): (seconds: number) => Promise<void> {
  let current = 0;
  let following: Promise<void> | undefined;
  const shifted = new Map<string, number>();

  async function apply(seconds: number): Promise<void> {
    for (const record of await processes()) {
      const key = `${record.pid} ${record.startTicks}`;
      if ((shifted.get(key) ?? 0) === seconds) continue;
      await shiftClock(record.pid, seconds).catch(async (error: unknown) => {
        // It may end at any moment.
        if (await isRunning(record)) throw error;
      });
      shifted.set(key, seconds);
    }
  }

  async function follow(): Promise<void> {
    while (current !== 0) {
      await wait(lookMs);
      await apply(current);
    }
  }

  return async (seconds) => {
    current = 0;
    // What went wrong while nobody waited for it is told now.
    await following;
    current = seconds;
    await apply(seconds);
    following = seconds === 0 ? undefined : follow();
    following?.catch(() => undefined);
  };
}
