import { spawn } from 'node:child_process';
import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A process that we started. Number, start and boot together name it: a pid alone is given out again. */
export interface ProcessRecord {
  readonly name: string;
  readonly pid: number;
  /** Clock ticks between boot and the start of the process: field 22 of /proc/<pid>/stat. */
  readonly startTicks: number;
  readonly bootId: string;
}

/** State letter and start of a process from the text of /proc/<pid>/stat; undefined if it is not such a text. */
export function parseStat(stat: string): { state: string; startTicks: number } | undefined {
  // The program's name stands in parentheses and may itself contain blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const startTicks = Number(fields[19]);
  if (!stat.includes(')') || !state || !Number.isSafeInteger(startTicks)) return undefined;
  return { state, startTicks };
}

async function readOptional(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

async function threadCount(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/task`).catch(() => [])).length;
}

/** What names a running process, or undefined when there is none of that number (a zombie is none). */
export async function identify(pid: number): Promise<Omit<ProcessRecord, 'name'> | undefined> {
  const stat = parseStat((await readOptional(`/proc/${pid}/stat`)) ?? '');
  if (stat === undefined || stat.state === 'X') return undefined;
  // The first thread of a killed process is a zombie while others still end, and they keep its ports bound.
  if (stat.state === 'Z' && (await threadCount(pid)) <= 1) return undefined;
  const bootId = ((await readOptional('/proc/sys/kernel/random/boot_id')) ?? '').trim();
  return { pid, startTicks: stat.startTicks, bootId };
}

/** Records of those of the processes that run; they go by the name `pod`, as they belong to the pods of the node. */
export async function identifyAll(pids: readonly number[]): Promise<ProcessRecord[]> {
  const identities = await Promise.all(pids.map(identify));
  return identities.flatMap((identity) => (identity === undefined ? [] : { name: 'pod', ...identity }));
}

/** Whether the very process of the record still runs, and not another one with its number. */
export async function isRunning(record: ProcessRecord): Promise<boolean> {
  const current = await identify(record.pid);
  return current?.startTicks === record.startTicks && current.bootId === record.bootId;
}

/** The record of a text that `startProcess` wrote; undefined if it was cut or damaged. */
export function parseRecord(text: string): ProcessRecord | undefined {
  try {
    const value = JSON.parse(text) as Partial<ProcessRecord>;
    const { name, pid, startTicks, bootId } = value;
    if (typeof name !== 'string' || typeof bootId !== 'string') return undefined;
    if (!Number.isSafeInteger(pid) || !Number.isSafeInteger(startTicks)) return undefined;
    return { name, pid: Number(pid), startTicks: Number(startTicks), bootId };
  } catch {
    return undefined;
  }
}

/** Where the processes of one run are written down, one file each. */
export function recordsDir(dir: string): string {
  return join(dir, 'pids');
}

/** Every process that a run wrote down, whether it still runs or not. */
export async function readRecords(dir: string): Promise<ProcessRecord[]> {
  const files = await readdir(recordsDir(dir)).catch(() => []);
  const texts = await Promise.all(files.map((file) => readOptional(join(recordsDir(dir), file))));
  return texts.flatMap((text) => parseRecord(text ?? '') ?? []);
}

/** A program to be started in the background. */
export interface ProgramStart {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly logFile: string;
  /** The kernel kills the program when this process ends, however it ends. Default: the program lives on. */
  readonly diesWithUs?: boolean;
}

// PATH: containerd looks for its shim and runc, kubelet for mount, kube-proxy for nft.
const programEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
};

/**
 * Starts a program in the background, its output in a log file, and writes it down below `dir`.
 * Throws when the program cannot be started; whether it works is for the caller to find out.
 */
export async function startProcess(dir: string, start: ProgramStart): Promise<ProcessRecord> {
  await mkdir(recordsDir(dir), { recursive: true });
  const log = await open(start.logFile, 'a');
  try {
    const isBound = start.diesWithUs === true;
    const command = isBound ? 'setpriv' : start.program;
    const args = isBound ? ['--pdeathsig', 'KILL', start.program, ...start.args] : start.args;
    const child = spawn(command, args, {
      detached: true,
      cwd: dir,
      env: programEnvironment,
      stdio: ['ignore', log.fd, log.fd],
    });
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    child.unref();
    const identity = await identify(child.pid ?? 0);
    if (identity === undefined) throw new Error(`${start.name} ended at once`);
    const record = { name: start.name, ...identity };
    await writeFile(join(recordsDir(dir), `${start.name}.json`), JSON.stringify(record));
    return record;
  } finally {
    await log.close();
  }
}

const pollMs = 50;

/** Ends processes by number, asking first and forcing after `graceMs`. Those that have ended already are skipped. */
export async function endProcesses(records: readonly ProcessRecord[], graceMs: number): Promise<void> {
  const stillRunning = async (): Promise<ProcessRecord[]> => {
    const states = await Promise.all(records.map(isRunning));
    return records.filter((_record, index) => states[index]);
  };
  const signal = async (name: NodeJS.Signals): Promise<void> => {
    for (const record of await stillRunning()) killIfThere(record.pid, name);
  };
  if (graceMs > 0) await signal('SIGTERM');
  for (let waited = 0; waited < graceMs && (await stillRunning()).length > 0; waited += pollMs)
    await wait(pollMs);
  await signal('SIGKILL');
  // A process in the middle of a system call takes a moment to go.
  for (let waited = 0; waited < 5000 && (await stillRunning()).length > 0; waited += pollMs)
    await wait(pollMs);
}

/** Sends a signal; a process that has ended in the meantime is no error. */
export function killIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Forgets a process that has ended. */
export async function forgetProcess(dir: string, name: string): Promise<void> {
  await rm(join(recordsDir(dir), `${name}.json`), { force: true });
}
