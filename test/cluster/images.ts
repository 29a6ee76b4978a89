import { chmod, copyFile, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withTemporaryFolder, writeImageArchive, type ImageRecipe } from './archive.ts';
import { runCommand } from './command.ts';
import { busyboxImage, nodeBaseImage, pauseImage } from './image-names.ts';
import { containerdSocket, type Layout } from './layout.ts';

const unprivileged = '65532';
const certificates = '/etc/ssl/certs/ca-certificates.crt';

async function writeUsers(rootfs: string): Promise<void> {
  const home = '/home/nonroot';
  await mkdir(join(rootfs, 'etc'), { recursive: true });
  await mkdir(join(rootfs, home), { recursive: true });
  await writeFile(
    join(rootfs, 'etc', 'passwd'),
    `root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:${unprivileged}:${unprivileged}:nonroot:${home}:/sbin/nologin\n`,
  );
  await writeFile(join(rootfs, 'etc', 'group'), `root:x:0:\nnonroot:x:${unprivileged}:\n`);
  await mkdir(join(rootfs, 'tmp'));
  await chmod(join(rootfs, 'tmp'), 0o1777);
}

async function fillWithBusybox(rootfs: string): Promise<void> {
  const program = '/usr/bin/busybox';
  await writeUsers(rootfs);
  await mkdir(join(rootfs, 'bin'));
  await copyFile(program, join(rootfs, 'bin', 'busybox'));
  const applets = (await runCommand(program, ['--list'])).split('\n');
  for (const applet of applets) {
    if (applet !== '' && applet !== 'busybox') await symlink('busybox', join(rootfs, 'bin', applet));
  }
}

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The sandbox only has to sleep; a pod's sandbox is always ended by SIGKILL. */
const pause: ImageRecipe = {
  name: pauseImage,
  config: { Entrypoint: ['/bin/busybox', 'sleep', 'infinity'], Env: [path] },
  fill: fillWithBusybox,
};

const busybox: ImageRecipe = {
  name: busyboxImage,
  config: { Cmd: ['sh'], Env: [path] },
  fill: fillWithBusybox,
};

/**
 * Writes an image of busybox under another name as a docker-archive tar. `mark` makes it another one: what the kubelet has once pulled
 * with a password it gives to nobody without, whatever its name.
 */
export function writeMarkedBusybox(name: string, mark: string, tarPath: string): Promise<void> {
  const config = { ...busybox.config, Env: [path, `MARK=${mark}`] };
  return writeImageArchive({ ...busybox, name, config }, tarPath);
}

/** The shared libraries and the loader of a program, from the output of ldd. */
export function librariesOf(lddOutput: string): string[] {
  const paths = lddOutput.split('\n').map((line) => /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1]);
  return paths.filter((library) => library !== undefined);
}

async function fillWithNode(rootfs: string): Promise<void> {
  await writeUsers(rootfs);
  // The tests' own Node: the npm package `node` pins it.
  const program = process.execPath;
  await mkdir(join(rootfs, 'nodejs', 'bin'), { recursive: true });
  await copyFile(program, join(rootfs, 'nodejs', 'bin', 'node'));
  for (const library of librariesOf(await runCommand('ldd', [program]))) {
    await mkdir(dirname(join(rootfs, library)), { recursive: true });
    await cp(library, join(rootfs, library), { dereference: true });
  }
  await mkdir(dirname(join(rootfs, certificates)), { recursive: true });
  await copyFile(certificates, join(rootfs, certificates));
}

/** A stand-in for the Dockerfile's base image, of the same layout: no shell, uid 65532, Node in /nodejs/bin/node. */
export const nodeBase: ImageRecipe = {
  name: nodeBaseImage,
  config: {
    Entrypoint: ['/nodejs/bin/node'],
    Env: [path, `SSL_CERT_FILE=${certificates}`],
    User: unprivileged,
    WorkingDir: '/home/nonroot',
  },
  fill: fillWithNode,
};

/** Imports a docker-archive tar into the cluster's containerd, so that pods find it under its own name. */
export async function importImage(layout: Layout, tarPath: string): Promise<void> {
  await runCommand('ctr', ['-a', containerdSocket(layout), '-n', 'k8s.io', 'images', 'import', tarPath]);
}

/** Makes and imports the images that every cluster has: the sandbox's and busybox. */
export async function importStandardImages(layout: Layout): Promise<void> {
  const makeIn = async (dir: string): Promise<void> => {
    for (const recipe of [pause, busybox]) {
      const tarPath = join(dir, 'image.tar');
      await writeImageArchive(recipe, tarPath);
      await importImage(layout, tarPath);
    }
  };
  // Below the cluster's folder, so that nothing stays when this is killed.
  await withTemporaryFolder(makeIn, layout.dir);
}
