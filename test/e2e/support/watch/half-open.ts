import { fork, type ChildProcess } from 'node:child_process';
import { runCommand } from '../../../cluster/index.ts';
import { startRelay } from './relay.ts';

/** A way to an API server that leads through a network namespace, where packets can be dropped without a trace. */
export interface DroppingWay {
  readonly host: string;
  readonly port: number;
  /** From now on no packet arrives any more, and nobody is told. */
  drop(): Promise<void>;
  fix(): Promise<void>;
  close(): Promise<void>;
}

const NAME = 'ankra-watch';
const HERE = '169.254.77.1';
const THERE = '169.254.77.2';
const inside = ['netns', 'exec', NAME];

/** Needs root, `ip` and `nft`. Leaves nothing behind once closed. */
export async function openDroppingWay(serverUrl: string): Promise<DroppingWay> {
  const server = new URL(serverUrl);
  // The namespace cannot reach the loopback of this one: a relay on the link between the two does it.
  await remove();
  await runCommand('ip', ['netns', 'add', NAME]);
  await runCommand('ip', [
    'link',
    'add',
    `${NAME}0`,
    'type',
    'veth',
    'peer',
    'name',
    `${NAME}1`,
    'netns',
    NAME,
  ]);
  await runCommand('ip', ['addr', 'add', `${HERE}/30`, 'dev', `${NAME}0`]);
  await runCommand('ip', ['link', 'set', `${NAME}0`, 'up']);
  await runCommand('ip', [...inside, 'ip', 'addr', 'add', `${THERE}/30`, 'dev', `${NAME}1`]);
  await runCommand('ip', [...inside, 'ip', 'link', 'set', `${NAME}1`, 'up']);
  const near = await startRelay({
    listenOn: HERE,
    targetHost: server.hostname,
    targetPort: Number(server.port),
  });
  const far = fork(new URL('relay-process.ts', import.meta.url), [THERE, HERE, String(near.port)], {
    execPath: 'ip',
    execArgv: [...inside, process.execPath],
  });
  return {
    host: THERE,
    port: await firstMessage(far),
    drop: async () => {
      await runCommand('ip', [...inside, 'nft', '-f', '-'], {
        input:
          'add table inet lost\nadd chain inet lost in { type filter hook input priority 0; policy drop; }\n',
      });
    },
    fix: async () => {
      await runCommand('ip', [...inside, 'nft', 'delete', 'table', 'inet', 'lost']);
    },
    close: async () => {
      far.kill('SIGKILL');
      await near.close();
      await remove();
    },
  };
}

/** The link goes with the namespace. An earlier run that was killed may have left it. */
async function remove(): Promise<void> {
  await runCommand('ip', ['netns', 'delete', NAME]).catch(() => undefined);
}

function firstMessage(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('message', (port) => resolve(Number(port)));
    child.once('exit', (code) => reject(new Error(`the relay ended with ${code}`)));
  });
}
