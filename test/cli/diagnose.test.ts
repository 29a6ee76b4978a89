import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { diagnoseCommand } from '../../src/cli/diagnose.ts';
import { aContainer, aNamespace, aPod } from '../../src/sandbox/objects.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';

const SECRET = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';
const namespace = 'ankra-support-agent';

let folder: string;
let sandbox: Sandbox;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'diagnose-'));
  sandbox = await createSandbox();
  sandbox.objects.apply(aNamespace(namespace));
});

afterEach(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

test('one file tells of versions, pods, logs, Incidents and rights, and no secret is in it', async () => {
  const pod = aPod({
    namespace,
    name: 'agent-1',
    containers: [aContainer('agent')],
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'agent', state: { running: { startedAt: '2026-11-30T06:00:00Z' } } }],
    },
    labels: { 'app.kubernetes.io/name': 'ankra-support-agent' },
  });
  sandbox.objects.apply(pod);
  sandbox.setLogs([namespace, 'agent-1', 'agent'], { current: `starting\ntoken ${SECRET} was refused\n` });
  sandbox.deny({ verb: 'create', group: 'support.ankra.app' });
  const kubeconfig = join(folder, 'kubeconfig');
  const [clusters, users] = [[{ name: 'a', cluster: { server: sandbox.url } }], [{ name: 'a', user: {} }]];
  const contexts = [{ name: 'a', context: { cluster: 'a', user: 'a' } }];
  writeFileSync(kubeconfig, stringify({ clusters, users, contexts, 'current-context': 'a' }));
  const file = join(folder, 'report.json.gz');
  let said = '';
  const exitCode = await diagnoseCommand({
    args: ['--kubeconfig', kubeconfig, '--file', file],
    env: {},
    out: (text) => void (said += text),
    err: () => undefined,
  });
  expect({ exitCode, said }).toEqual({ exitCode: 0, said: expect.stringContaining('look through it') });
  const text = gunzipSync(readFileSync(file)).toString();
  expect(text).not.toContain(SECRET);
  expect(JSON.parse(text)).toMatchObject({
    versions: { kubernetes: { gitVersion: expect.stringMatching(/^v1\./) } },
    namespace,
    rights: expect.arrayContaining([
      expect.objectContaining({ outcome: 'failed', detail: expect.stringContaining('create incidents') }),
    ]),
    pods: [expect.objectContaining({ name: 'agent-1' })],
    incidents: [],
    texts: {
      'agent-1': {
        log: expect.arrayContaining([expect.stringContaining('starting')]),
        readyz: { error: expect.any(String) },
      },
    },
  });
  expect(
    sandbox.requests.filter(({ method, path }) => method !== 'GET' && !path.includes('accessreviews')),
  ).toEqual([]);
}, 30_000);
