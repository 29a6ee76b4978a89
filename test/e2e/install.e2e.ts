import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  agentImage,
  type Cluster,
  createTerminalProgress,
  ensureCluster,
  runCommand,
} from '../cluster/index.ts';
import { clusterBinDir, helm3Program } from '../cluster/toolchain.ts';
import { startTestDesk, type TestDesk } from './support/desk.ts';
import { addDiagnosis, aboutAgent } from './support/diagnostics.ts';
import { removeCrd } from './support/installation.ts';
import { eventually } from './support/wait.ts';

/**
 * A newcomer with README alone: its own commands, from nothing to a ticket, in a namespace in which Pod Security is `restricted`. Then the
 * life of the release with Helm 3: upgrade, roll back, test, uninstall; the Incidents outlive it.
 */
const SECOND = 1_000;
const root = resolve(import.meta.dirname, '../..');
const namespace = 'ankra-support-agent';
const clusterName = 'production';
const clusterId = '0b5d3a4e-1b1a-4f4e-9a75-6a6c5a3f1e2d';

let cluster: Cluster;
let desk: TestDesk;
let folder: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  cluster = await ensureCluster();
  desk = await startTestDesk(cluster, {
    clusters: [{ id: clusterId, name: clusterName }],
  });
  await removeCrd(cluster);
  await cluster.kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait']);
  folder = await mkdtemp(join(tmpdir(), 'newcomer-'));
  await symlink(join(root, 'charts'), join(folder, 'charts'));
  await writeFile(join(folder, 'token'), `${desk.token}\n`);
  await writeFile(join(folder, 'values.json'), JSON.stringify(testValues()));
  const bin = await clusterBinDir(createTerminalProgress());
  env = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, KUBECONFIG: cluster.adminKubeconfigPath };
}, 120 * SECOND);

afterAll(async () => {
  await cluster.kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']);
  await removeCrd(cluster);
  await desk.close();
  await rm(folder, { recursive: true, force: true });
}, 60 * SECOND);

/** What is different here from where a newcomer is: the image was loaded under another name, and the ticket API is a desk beside the cluster. */
function testValues(): unknown {
  const colon = agentImage.lastIndexOf(':');
  return {
    image: { repository: agentImage.slice(0, colon), tag: agentImage.slice(colon + 1) },
    ticketApi: { url: desk.desk.url, ca: { configMap: 'desk-ca' } },
    config: { groupWait: '1s', ticketApi: { lookupDelay: '3s' } },
    dnsPolicy: 'Default',
    // The test node does not account for local storage, so a request for it would fit nowhere.
    resources: { requests: { 'ephemeral-storage': null }, limits: { 'ephemeral-storage': null } },
  };
}

function shell(script: string): Promise<string> {
  return runCommand('bash', ['-ec', script], { cwd: folder, env });
}

/** The commands of README's section "Install", without those that build the image. */
async function installCommands(): Promise<readonly string[]> {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const [, section = ''] = /^## Install$([^]*?)^## /m.exec(readme) ?? [];
  const blocks = [...section.matchAll(/^```sh\n([^]*?)^```/gm)].map(([, block = '']) => block);
  return blocks.filter((block) => !block.includes('docker build'));
}

describe('a newcomer with README alone', () => {
  test(
    'gets from nothing to a ticket, and helm test passes on the way',
    async () => {
      const [prepare = '', prove = '', ...more] = await installCommands();
      expect(more).toEqual([]);
      const [create = '', ...rest] = prepare.split('\n');
      await shell(create);
      await shell(`kubectl label namespace ${namespace} pod-security.kubernetes.io/enforce=restricted`);
      await writeFile(join(folder, 'ca.crt'), desk.ca);
      await shell(`kubectl -n ${namespace} create configmap desk-ca --from-file=ca.crt`);
      addDiagnosis(aboutAgent(cluster, namespace, 'app.kubernetes.io/name=ankra-support-agent'));
      const install = rest
        .join('\n')
        .replace('NAME-OF-THE-CLUSTER-IN-ANKRA', `${clusterName} -f values.json`);
      await shell(install);
      const said = await shell(prove);
      expect(said).toMatch(/^ok +cluster: 0b5d3a4e.*\(production\)/m);
      expect(said).toMatch(/^ok +rights: (\d+) of \1 are given/m);
      expect(said).toMatch(/^ok +custom-resource: .*with all fields/m);
      expect(said).not.toMatch(/^(warning|failed)/m);
      const ticket = await eventually(
        'the ticket',
        60 * SECOND,
        () => desk.tickets('ankra-support-agent')[0],
      );
      expect(ticket).toMatchObject({
        clusterId,
        description: expect.stringContaining('trying out the support agent'),
      });
    },
    300 * SECOND,
  );

  test(
    'whose token is wrong is told so by helm test, with the remedy',
    async () => {
      await shell(
        `printf wrong > wrong-token; kubectl -n ${namespace} create secret generic wrong --from-file=token=wrong-token`,
      );
      const values = '--reuse-values --set ticketApi.existingSecret.name=wrong';
      await shell(
        `helm upgrade ankra-support-agent charts/ankra-support-agent -n ${namespace} ${values} --wait --timeout 120s`,
      );
      const said = await shell(`! helm -n ${namespace} test ankra-support-agent --logs 2>&1`);
      expect(said).toMatch(/^failed +ticket-api: .*\n +remedy: the token is not taken/m);
    },
    240 * SECOND,
  );
});

describe('the life of a release with Helm 3', () => {
  test(
    'rolls back, passes its test, is upgraded and uninstalled; the Incidents stay, and a new release goes on with them',
    async () => {
      const helm3 = await helm3Program(createTerminalProgress());
      const helm = (words: string): Promise<string> => shell(`${helm3} -n ${namespace} ${words}`);
      await helm('rollback ankra-support-agent 1 --wait --timeout 120s');
      expect(await helm('test ankra-support-agent --logs')).toMatch(/^ok +ticket-api/m);
      await helm(
        'upgrade ankra-support-agent charts/ankra-support-agent --reuse-values --set replicaCount=2 --wait --timeout 120s',
      );
      const names = (): Promise<string> => shell(`kubectl -n ${namespace} get incidents -o name`);
      const before = await names();
      expect(before).toContain('incident.support.ankra.app/');
      await helm('uninstall ankra-support-agent --wait');
      expect(await names()).toBe(before);
      const set = `--set clusterName=${clusterName},ticketApi.existingSecret.name=ticket-api`;
      await helm(
        `install ankra-support-agent charts/ankra-support-agent -f values.json ${set} --wait --timeout 120s`,
      );
      expect(await names()).toBe(before);
      expect(desk.tickets('ankra-support-agent')).toHaveLength(1);
      await helm('uninstall ankra-support-agent --wait');
    },
    400 * SECOND,
  );
});
