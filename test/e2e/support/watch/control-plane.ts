import { cp, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createKubeConnection, type KubeConnection } from '../../../../src/kube/connection/index.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import { answersOk } from '../../../cluster/components.ts';
import { startControlPlane } from '../../../cluster/index.ts';
import { endProcesses, readRecords, startProcess } from '../../../cluster/processes.ts';

/** The two programs that can be ended and started again. */
export type PlanePart = 'etcd' | 'kube-apiserver';

/** A real etcd and API server of our own, which a test may break in every way. */
export interface BreakablePlane {
  readonly serverUrl: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly ca: string;
  readonly adminKubeconfigPath: string;
  /** PEM of the private key that signs the tokens of service accounts. */
  readonly tokenKey: string;
  /** Speaks as administrator. */
  readonly admin: KubeConnection;
  /** Kills it: it may not finish anything. */
  kill(part: PlanePart): Promise<void>;
  /** Starts it as it was and waits until it is healthy. */
  start(part: PlanePart): Promise<void>;
  /** Drops the history of all keys: what the API server does every five minutes. */
  compact(): Promise<void>;
  /** Stops etcd for a moment and copies its data aside. */
  backUp(): Promise<void>;
  /** Ends both programs and starts them with the data of the backup: resource versions go backwards. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

/** How a program was started, read from the running process. */
interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

const START_WITHIN_MS = 60_000;

/** Starts the control plane; about ten seconds. Throws ClusterError. */
export async function startBreakablePlane(): Promise<BreakablePlane> {
  const plane = await startControlPlane();
  const dir = dirname(dirname(plane.adminKubeconfigPath));
  const commands = await readCommands(dir);
  const flag = (part: PlanePart, name: string): string => flagOf(commands[part], name);
  const etcdUrl = flag('etcd', 'listen-client-urls');
  const data = flag('etcd', 'data-dir');
  const backup = join(dir, 'etcd-backup');
  const health: Record<PlanePart, string> = {
    etcd: `${etcdUrl}/health`,
    'kube-apiserver': `${plane.serverUrl}/readyz`,
  };
  const source = { kind: 'kubeconfig', path: plane.adminKubeconfigPath } as const;
  const admin = await createKubeConnection(source, { clock: systemClock, version: 'e2e' });

  async function kill(part: PlanePart): Promise<void> {
    const records = await readRecords(dir);
    await endProcesses(
      records.filter(({ name }) => name === part),
      0,
    );
  }

  async function start(part: PlanePart): Promise<void> {
    const logFile = join(dir, 'logs', `${part}.log`);
    await startProcess(dir, { name: part, ...commands[part], logFile, diesWithUs: true });
    const deadline = performance.now() + START_WITHIN_MS;
    while (!(await answersOk(health[part]))) {
      if (performance.now() > deadline) throw new Error(`${part} does not get healthy: ${logFile}`);
      await delay(100);
    }
  }

  return {
    serverUrl: plane.serverUrl,
    ca: await readFile(flag('kube-apiserver', 'client-ca-file'), 'utf8'),
    adminKubeconfigPath: plane.adminKubeconfigPath,
    tokenKey: await readFile(flag('kube-apiserver', 'service-account-signing-key-file'), 'utf8'),
    admin,
    kill,
    start,
    compact: () => compact(etcdUrl),
    backUp: async () => {
      await kill('etcd');
      await cp(data, backup, { recursive: true });
      await start('etcd');
    },
    restore: async () => {
      await kill('kube-apiserver');
      await kill('etcd');
      await rm(data, { recursive: true, force: true });
      await cp(backup, data, { recursive: true });
      await start('etcd');
      await start('kube-apiserver');
    },
    close: async () => {
      admin.close();
      await plane.stop();
    },
  };
}

async function readCommands(dir: string): Promise<Readonly<Record<PlanePart, Command>>> {
  const records = await readRecords(dir);
  const read = async (part: PlanePart): Promise<Command> => {
    const pid = records.find(({ name }) => name === part)?.pid;
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').filter((word) => word !== '');
    return { program: words[0] ?? '', args: words.slice(1) };
  };
  return { etcd: await read('etcd'), 'kube-apiserver': await read('kube-apiserver') };
}

function flagOf({ args }: Command, name: string): string {
  const prefix = `--${name}=`;
  const found = args.find((arg) => arg.startsWith(prefix));
  if (found === undefined) throw new Error(`no flag ${prefix}`);
  return found.slice(prefix.length);
}

/** By etcd's HTTP gateway, so that no etcdctl is needed. */
async function compact(etcdUrl: string): Promise<void> {
  const status = (await post(`${etcdUrl}/v3/maintenance/status`, {})) as { header: { revision: string } };
  await post(`${etcdUrl}/v3/kv/compaction`, { revision: status.header.revision, physical: true });
}

async function post(url: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return await response.json();
}
