import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { writeImageArchive } from '../cluster/archive.ts';
import { ensurePackages } from '../cluster/packages.ts';
import { silentProgress } from '../cluster/progress.ts';
import { helmPath } from '../chart/support/helm.ts';
import { withBuildah } from '../../scripts/release/buildah.ts';
import { readConfiguration, readIndex } from '../../scripts/release/layout.ts';
import { freePort } from '../support/free-port.ts';

/**
 * A whole release, as the workflow makes it, with a registry on this machine in place of the real one. The base image cannot be had
 * here: a stand-in is pushed to that registry, and taken from there by its digest. The end-to-end suite runs the same Dockerfile.
 */
const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'release-'));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const first = join(folder, 'first');

let registry: { readonly address: string; readonly child: ChildProcess };
let base: string;

beforeAll(async () => {
  await ensurePackages(silentProgress, [
    { name: 'buildah', file: '/usr/bin/buildah' },
    { name: 'skopeo', file: '/usr/bin/skopeo' },
    { name: 'docker-registry', file: '/usr/bin/docker-registry' },
  ]);
  registry = await startRegistry();
  base = await pushBase(registry.address);
  await release('build', '--out', first, '--base', base, '--plain-http');
}, 180_000);

afterAll(async () => {
  const ended = once(registry.child, 'exit');
  registry.child.kill();
  await ended;
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a command of the release and gives its standard output. */
async function release(...args: readonly string[]): Promise<string> {
  return (await run(process.execPath, [join(root, 'scripts/release/main.ts'), ...args], { cwd: root }))
    .stdout;
}

/** What a command that has to fail wrote. */
async function refusal(...args: readonly string[]): Promise<string> {
  return release(...args).then(
    () => 'it was not refused',
    (error: unknown) => (error as { readonly stderr: string }).stderr,
  );
}

/** Debian's registry, on loopback, with its files in our folder. */
async function startRegistry(): Promise<typeof registry> {
  const address = `127.0.0.1:${await freePort()}`;
  const storage = { filesystem: { rootdirectory: join(folder, 'registry') } };
  const config = join(folder, 'registry.json');
  // JSON is YAML.
  writeFileSync(
    config,
    JSON.stringify({ version: 0.1, log: { level: 'error' }, storage, http: { addr: address } }),
  );
  const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  for (;;) {
    if (child.exitCode !== null) throw new Error('docker-registry does not start');
    const isUp = await fetch(`http://${address}/v2/`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return { address, child };
    await new Promise((done) => setTimeout(done, 50));
  }
}

const standIn = {
  config: { Env: ['SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt'] },
  fill: (rootfs: string): Promise<void> => {
    mkdirSync(join(rootfs, 'etc'));
    writeFileSync(join(rootfs, 'etc/passwd'), 'nonroot:x:65532:65532::/:/sbin/nologin\n');
    return Promise.resolve();
  },
};

/** Pushes the stand-in for both architectures as one index; gives its name with the digest. */
async function pushBase(address: string): Promise<string> {
  const name = `${address}/base/nodejs:nonroot`;
  await withBuildah(async (buildah, dir) => {
    for (const architecture of ['amd64', 'arm64']) {
      const tar = join(dir, `${architecture}.tar`);
      await writeImageArchive({ ...standIn, name: `localhost/base:${architecture}`, architecture }, tar);
      await buildah(['pull'], `docker-archive:${tar}`);
    }
    await buildah(['manifest', 'create'], 'localhost/base', 'localhost/base:amd64', 'localhost/base:arm64');
    await buildah(['manifest', 'push'], '--all', '--tls-verify=false', 'localhost/base', `docker://${name}`);
  });
  const { stdout } = await run('skopeo', [
    'inspect',
    '--tls-verify=false',
    '--no-tags',
    '--format={{.Digest}}',
    `docker://${name}`,
  ]);
  return `${address}/base/nodejs@${stdout.trim()}`;
}

test('a second build has the same bytes: image, chart, list of materials and notices', async () => {
  const second = join(folder, 'second');
  await release('build', '--out', second, '--base', base, '--plain-http');
  const sums = readFileSync(join(first, 'checksums.txt'), 'utf8');
  expect(readFileSync(join(second, 'checksums.txt'), 'utf8')).toBe(sums);
  expect(sums.match(/ \S+$/gm)?.map((file) => file.trim())).toEqual([
    'THIRD_PARTY_NOTICES',
    `ankra-support-agent-${version}.cdx.json`,
    `ankra-support-agent-${version}.tgz`,
    'image/index.json',
  ]);
  expect((await readIndex(join(second, 'image'))).digest).toBe(
    (await readIndex(join(first, 'image'))).digest,
  );
}, 120_000);

test('it is sound, for both architectures, and neither root nor younger than its commit', async () => {
  await release('verify', first);
  const { images } = await readIndex(join(first, 'image'));
  const configurations = await Promise.all(
    images.map((image) => readConfiguration(join(first, 'image'), image)),
  );
  const { stdout: seconds } = await run('git', ['-C', root, 'log', '-1', '--format=%ct']);
  expect(configurations.map(({ architecture }) => architecture)).toEqual(['amd64', 'arm64']);
  for (const { config, created } of configurations) {
    expect(config.User).toBe('65532:65532');
    expect(Date.parse(created) / 1000).toBe(Number(seconds));
  }
});

test('a tag of another version is refused', async () => {
  await release('version', '--tag', `v${version}`);
  expect(await refusal('version', '--tag', 'v9.9.9')).toContain(`tag v${version}, or raise it`);
  expect(await refusal('version', '--tag', version)).toContain(`tag v${version}`);
});

describe('verify finds', () => {
  function copyOf(name: string): string {
    const copy = join(folder, name);
    cpSync(first, copy, { recursive: true });
    return copy;
  }

  test('a blob that was changed or removed, whichever it is', async () => {
    const blobs = readdirSync(join(first, 'image/blobs/sha256'));
    // Of each architecture a configuration, a manifest and the layers that are not shared; and the index of both.
    expect(blobs.length).toBeGreaterThan(4);
    for (const blob of blobs) {
      const copy = copyOf(`changed-${blob}`);
      const file = join(copy, 'image/blobs/sha256', blob);
      writeFileSync(file, 'another');
      expect(await refusal('verify', copy)).toContain(`blob ${blob} is damaged`);
      rmSync(file);
      expect(await refusal('verify', copy)).toContain(`blob ${blob} is missing`);
    }
  });

  test('a file that was changed, one that is missing, and one that was added', async () => {
    const copy = copyOf('changed-files');
    writeFileSync(join(copy, 'THIRD_PARTY_NOTICES'), 'none');
    rmSync(join(copy, `ankra-support-agent-${version}.cdx.json`));
    writeFileSync(join(copy, 'more.txt'), '');
    const said = await refusal('verify', copy);
    expect(said).toMatch(/THIRD_PARTY_NOTICES: is not what/);
    expect(said).toMatch(/more\.txt: has no checksum/);
    expect(said).toMatch(/cdx\.json: is missing/);
  });
});

describe('published', () => {
  let published: Readonly<Record<string, string>>;

  beforeAll(async () => {
    const out = await release('publish', first, '--registry', `${registry.address}/ankra`, '--plain-http');
    published = Object.fromEntries(
      out
        .trim()
        .split('\n')
        .map((line) => line.split('=')),
    ) as typeof published;
  }, 60_000);

  test('the image is there under the digest that was built', async () => {
    const { digest } = await readIndex(join(first, 'image'));
    expect(published['image']).toBe(`${registry.address}/ankra/ankra-support-agent@${digest}`);
    const inspect = ['inspect', '--tls-verify=false', '--raw', `docker://${published['image'] ?? ''}`];
    expect((await run('skopeo', inspect)).stdout).toContain('arm64');
  });

  test('Helm shows the chart from there, with the image, the changes and no link that leads nowhere', async () => {
    const reference = `oci://${registry.address}/ankra/charts/ankra-support-agent`;
    const show = async (what: string): Promise<string> =>
      (await run(await helmPath(), ['show', what, reference, '--version', version, '--plain-http'])).stdout;
    const { digest } = await readIndex(join(first, 'image'));
    expect(await show('chart')).toContain(`ghcr.io/ankraio/ankra-support-agent:${version}@${digest}`);
    const links = [...(await show('readme')).matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link ?? '');
    expect(links).toContain(
      `https://github.com/ankraio/ankra-support-agent/blob/v${version}/docs/install.md`,
    );
    expect(links.filter((link) => !/^(?:https:|#)/.test(link))).toEqual([]);
  });

  test('a second time nothing changes, and another image of the same version is refused', async () => {
    const again = await release('publish', first, '--registry', `${registry.address}/ankra`, '--plain-http');
    expect(again).toBe(
      Object.entries(published)
        .map((entry) => `${entry.join('=')}\n`)
        .join(''),
    );
    const copy = [
      'copy',
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      `docker://${base}`,
      `docker://${registry.address}/other/ankra-support-agent:${version}`,
    ];
    await run('skopeo', copy);
    const said = await refusal('publish', first, '--registry', `${registry.address}/other`, '--plain-http');
    expect(said).toContain('is there already, with another digest');
  }, 60_000);
});
