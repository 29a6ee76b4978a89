import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createTerminalProgress,
  ensurePackages,
  type OwnCluster,
  runCommand,
  writeMarkedBusybox,
} from '../../../cluster/index.ts';
import { freePort } from '../../../support/free-port.ts';
import { eventually } from '../wait.ts';

const PROGRAM = '/usr/bin/docker-registry';
const USER = 'shop';

/** A registry of Debian on this machine that asks for a password. */
export interface PasswordRegistry {
  /** Host and port, as an image's name begins. */
  readonly address: string;
  /** Makes an image that runs a shell, pushes it under this name and tag, and takes it from the node. */
  readonly publish: (node: OwnCluster, image: string) => Promise<void>;
  /** The content of a pull Secret with that login. */
  readonly dockerConfig: () => string;
  /** From now on only a new password is accepted. */
  readonly expire: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Installs and starts one. Throws ClusterError where its package cannot be had. */
export async function startPasswordRegistry(): Promise<PasswordRegistry> {
  await ensurePackages(createTerminalProgress(), [
    { name: 'docker-registry', file: PROGRAM },
    { name: 'apache2-utils', file: '/usr/bin/htpasswd' },
  ]);
  const folder = await mkdtemp(join(tmpdir(), 'e2e-registry-'));
  const address = `127.0.0.1:${await freePort()}`;
  const passwords = join(folder, 'htpasswd');
  let login = '';

  async function setLogin(password: string): Promise<void> {
    login = `${USER}:${password}`;
    await writeFile(passwords, await runCommand('htpasswd', ['-Bbn', USER, password]));
  }

  await setLogin('the-first-passw0rd');
  const file = join(folder, 'config.yml');
  await writeFile(file, JSON.stringify(configuration(address, folder, passwords)));
  const child = spawn(PROGRAM, ['serve', file], { stdio: 'ignore' });
  await eventually('the registry', 20_000, async () =>
    (await statusOf(address)) === 401 ? true : undefined,
  );
  return {
    address,
    publish: (node, image) => publish(node, { image: `${address}/${image}`, login, folder }),
    dockerConfig: () =>
      JSON.stringify({ auths: { [address]: { auth: Buffer.from(login).toString('base64') } } }),
    expire: () => setLogin('the-second-passw0rd'),
    close: async () => {
      if (child.kill('SIGKILL')) await once(child, 'exit');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function publish(
  node: OwnCluster,
  { image, login, folder }: { readonly image: string; readonly login: string; readonly folder: string },
): Promise<void> {
  const tarPath = join(folder, 'image.tar');
  await writeMarkedBusybox(image, image, tarPath);
  await node.ctr(['images', 'import', tarPath]);
  await node.ctr(['images', 'push', '--plain-http', '--user', login, image]);
  await node.ctr(['images', 'rm', '--sync', image]);
}

function configuration(addr: string, folder: string, path: string): unknown {
  return {
    version: '0.1',
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(folder, 'images') } },
    http: { addr },
    auth: { htpasswd: { realm: 'shop', path } },
  };
}

function statusOf(address: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request(`http://${address}/v2/`, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    call.on('error', reject);
    call.end();
  });
}
