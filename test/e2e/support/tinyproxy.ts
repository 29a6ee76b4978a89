import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTerminalProgress, ensurePackages } from '../../cluster/index.ts';
import { freePort } from '../../support/free-port.ts';
import { eventually } from './wait.ts';

const PROGRAM = '/usr/bin/tinyproxy';
const START_WITHIN_MS = 10_000;

/** Installs the Debian package. Returns why that is not possible, or undefined. */
export async function installTinyproxy(): Promise<string | undefined> {
  try {
    await ensurePackages(createTerminalProgress(), [{ name: 'tinyproxy-bin', file: PROGRAM }]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A real tinyproxy on loopback that wants a user and a password. */
export interface Tinyproxy {
  readonly port: number;
  /** `host:port` of every tunnel that it was asked for. */
  asked(): Promise<readonly string[]>;
  /** Ends it, and starts it on the same port with other credentials. */
  restart(login: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one; `login` is `user:password`. */
export async function startTinyproxy(login: string): Promise<Tinyproxy> {
  const folder = await mkdtemp(join(tmpdir(), 'tinyproxy-'));
  const port = await freePort();
  const log = join(folder, 'log');
  let child: ChildProcess | undefined;

  async function start(credentials: string): Promise<void> {
    const file = join(folder, 'tinyproxy.conf');
    await writeFile(file, settings({ port, log, login: credentials }));
    child = spawn(PROGRAM, ['-d', '-c', file], { stdio: 'ignore' });
    await eventually('tinyproxy', START_WITHIN_MS, () => isOpen(port));
  }

  async function end(): Promise<void> {
    const ended = child;
    child = undefined;
    if (ended?.kill('SIGKILL') === true) await once(ended, 'exit');
  }

  await start(login);
  return {
    port,
    asked: async () =>
      [...(await readFile(log, 'utf8')).matchAll(/CONNECT (\S+) HTTP/gu)].map((match) => match[1] ?? ''),
    restart: async (credentials) => {
      await end();
      await start(credentials);
    },
    stop: async () => {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function settings({
  port,
  log,
  login,
}: {
  readonly port: number;
  readonly log: string;
  readonly login: string;
}): string {
  const [user, password] = login.split(':');
  const lines = ['Listen 127.0.0.1', 'Timeout 30', 'MaxClients 20', 'Allow 127.0.0.1', 'LogLevel Connect'];
  return [`Port ${port}`, `LogFile "${log}"`, `BasicAuth ${user} ${password}`, ...lines, ''].join('\n');
}

function isOpen(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(undefined));
    socket.once('connect', () => socket.destroy());
  });
}
