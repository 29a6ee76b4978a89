import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clientEnvironment, clientPath, type Cluster, ensureCluster } from '../cluster/index.ts';
import { aContainer, aPodSpec, aWorkload } from './support/classes/objects.ts';
import { type FiledTicket, keepTickets, startTestDesk, type TestDesk } from './support/desk.ts';
import { aboutOwner } from './support/diagnostics.ts';
import { install, type Installation, steadyConfig } from './support/installation.ts';
import { type TextCase, textCases } from './support/texts/cases.ts';
import { applyBehindQuotas } from './support/quotas.ts';
import { eventually } from './support/wait.ts';
import { aNamespace, runs } from './support/workloads.ts';

/**
 * Failures that were once told as a symptom or as another cause, made for real: each ticket is compared with what it has to say, each
 * command in it is run, and what is to cure is tried.
 */
const SECOND = 1_000;
const FILED_WITHIN = 150 * SECOND;
const run = `texts-${Date.now().toString(36)}`;
const places = { agent: `${run}-agent`, gated: `${run}-gated`, memory: `${run}-memory` };
const soon = { for: '3s' };

let cluster: Cluster;
let desk: TestDesk;
let agent: Installation | undefined;
let limiting: Promise<void> | undefined;
const over = new AbortController();

function namespaceOf({ name }: TextCase): string {
  return `${run}-${name}`;
}

async function apply(items: readonly unknown[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) });
}

function filed(namespace: string, owner: string): Promise<FiledTicket> {
  const [kind = '', name = ''] = owner.split('/');
  const words = `${kind} ${namespace}/${name}`;
  const look = (): FiledTicket | undefined => desk.tickets(`${words}: `)[0];
  return eventually(`a ticket for ${words}`, FILED_WITHIN, look, aboutOwner(cluster, words));
}

/** The blocks of commands of a ticket: the first only reads, the others change the cluster. */
function commandsOf({ description }: FiledTicket): readonly string[] {
  const [, part = ''] = description.split('### What to run next');
  return [...part.matchAll(/```sh\n(.*?)\n```/gs)].map(([, commands = '']) => commands);
}

/** Runs a line as a person pastes it. Throws with what it complains about. */
async function paste(line: string): Promise<string> {
  const path = `${dirname(await clientPath('kubectl'))}:${process.env['PATH'] ?? ''}`;
  const env = { ...process.env, ...clientEnvironment(cluster.adminKubeconfigPath), PATH: path };
  const { stdout, stderr } = await promisify(execFile)('/bin/sh', ['-c', line], {
    env,
    timeout: 30 * SECOND,
  });
  return stdout + stderr;
}

beforeAll(async () => {
  cluster = await ensureCluster();
  desk = await startTestDesk(cluster);
  const { agent: own, ...others } = places;
  await apply([...Object.values(others), ...textCases.map(namespaceOf)].map(aNamespace));
  const before = textCases.flatMap((one) => one.before?.(namespaceOf(one)) ?? []);
  await apply([...before, gated(), thirsty()]);
  if (cluster.own !== undefined) limiting = limitMemory(over.signal);
  const classes = { create: soon, image: soon, config: soon, scheduling: soon };
  agent = await install(cluster, desk, own, { config: { ...steadyConfig, classes } });
  for (const one of textCases.filter(({ before: first }) => first !== undefined))
    await cluster.kubectl([
      '-n',
      namespaceOf(one),
      'rollout',
      'status',
      one.owner.toLowerCase(),
      '--timeout=90s',
    ]);
  await applyBehindQuotas(
    cluster,
    run,
    textCases.flatMap((one) => one.objects(namespaceOf(one))),
  );
}, 240 * SECOND);

afterAll(async () => {
  if (process.env['E2E_SHOW_LOGS'] === '1') process.stderr.write((await agent?.logs()) ?? '');
  over.abort();
  await limiting;
  const folder = process.env['E2E_TICKETS_DIR'];
  if (folder !== undefined) await keepTickets(desk.tickets(run), folder);
  await agent?.uninstall();
  const all = [...Object.values(places), ...textCases.map(namespaceOf)];
  await cluster.kubectl(['delete', 'namespace', ...all, '--ignore-not-found', '--wait=false']);
  await desk.close();
}, 120 * SECOND);

describe.each(textCases)('$name', (one) => {
  test(
    'says the cause, and whether it serves',
    async () => {
      const { subject, description } = await filed(namespaceOf(one), one.owner);
      expect(subject).toMatch(one.subject);
      expect(description.split('\n')[0]).toMatch(one.impact);
      for (const words of one.says) expect(description).toMatch(words);
      const [facts = ''] = description.split('\n### ');
      for (const words of one.keepsFrom ?? []) expect(facts).not.toMatch(words);
    },
    FILED_WITHIN + 10 * SECOND,
  );

  test(
    'each command that reads can be run as it stands',
    async () => {
      const [reading = ''] = commandsOf(await filed(namespaceOf(one), one.owner));
      const lines = reading.split('\n');
      expect(lines.length).toBeGreaterThan(1);
      // Of a rollout that is past its deadline kubectl tells so, and fails.
      for (const line of lines.filter((one) => !one.includes('rollout status')))
        expect(await paste(line)).not.toBe('');
    },
    FILED_WITHIN + 60 * SECOND,
  );
});

test(
  'a StatefulSet with a broken pod is cured by the two commands of its ticket',
  async () => {
    const namespace = `${run}-broken-set`;
    const [, cure = ''] = commandsOf(await filed(namespace, 'StatefulSet/orders'));
    const [undo = '', remove = '', ...more] = cure.split('\n');
    expect(more).toEqual([]);
    await paste(undo);
    await paste(remove);
    await cluster.kubectl(['-n', namespace, 'rollout', 'status', 'statefulset/orders', '--timeout=60s']);
  },
  FILED_WITHIN + 90 * SECOND,
);

test(
  'a Job is run again by the command of its ticket',
  async () => {
    const namespace = `${run}-job`;
    const [, again = ''] = commandsOf(await filed(namespace, 'Job/invoices'));
    const uid = (): Promise<string> =>
      cluster.kubectl(['-n', namespace, 'get', 'job', 'invoices', '-o', 'jsonpath={.metadata.uid}']);
    const before = await uid();
    await paste(again);
    expect(await uid()).not.toBe(before);
    await cluster.kubectl([
      '-n',
      namespace,
      'wait',
      '--for=condition=Failed',
      'job/invoices',
      '--timeout=60s',
    ]);
  },
  FILED_WITHIN + 90 * SECOND,
);

/** Both pods wait behind a gate, as those of a queue do, longer than the rollout may take. */
function gated(): unknown {
  const pod = aPodSpec(aContainer(runs), { schedulingGates: [{ name: 'kueue.x-k8s.io/admission' }] });
  const spec = { replicas: 2, progressDeadlineSeconds: 5 };
  return aWorkload('Deployment', { namespace: places.gated, name: 'training', pod, spec });
}

/** What `preview` prints, run beside the cluster without a configuration. */
async function preview(): Promise<string> {
  const args = ['src/main.ts', 'preview', '--kubeconfig', cluster.adminKubeconfigPath];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: join(import.meta.dirname, '../..'),
  });
  return stdout;
}

test(
  'pods that wait behind a gate are no failure, although their rollout is past its deadline',
  async () => {
    await eventually('the deadline to pass', 60 * SECOND, async () => {
      const path = 'jsonpath={.status.conditions[?(@.type=="Progressing")].reason}';
      const reason = await cluster.kubectl(['-n', places.gated, 'get', 'deployment', 'training', '-o', path]);
      return reason === 'ProgressDeadlineExceeded' ? true : undefined;
    });
    // All others have been told meanwhile.
    for (const one of textCases) await filed(namespaceOf(one), one.owner);
    expect(desk.tickets(places.gated)).toEqual([]);
    const shown = await preview();
    expect(shown).toContain('held on purpose: 2 pods wait behind gate kueue.x-k8s.io/admission');
    expect(shown).toMatch(new RegExp(`Deployment ${places.gated}/training +- +2 +held`));
  },
  FILED_WITHIN + 70 * SECOND,
);

/** Has no limit of its own: when what is above it allows less than 64 MiB, it takes them. */
function thirsty(): unknown {
  const limit = `sed -n 's/^hierarchical_memory_limit //p' /sys/fs/cgroup/memory/memory.stat`;
  const script = `until [ "$(${limit})" -lt 100000000 ]; do sleep 1; done; echo "building index 3 of 9"; exec dd if=/dev/zero of=/dev/null bs=64M count=100`;
  return aWorkload('Deployment', {
    namespace: places.memory,
    name: 'indexer',
    pod: aPodSpec(aContainer(script)),
  });
}

/** As on a node that has no more: each run gets a limit that is in no object of the cluster, until the signal. */
async function limitMemory(signal: AbortSignal): Promise<void> {
  const path = 'jsonpath={.items[*].status.containerStatuses[*].containerID}';
  while (!signal.aborted) {
    const ids = await cluster.kubectl(['-n', places.memory, 'get', 'pods', '-o', path]);
    const [, id = 'none'] = ids.split('://');
    // Of a run that has ended the folder is gone.
    await writeFile(`/sys/fs/cgroup/memory/k8s.io/${id}/memory.limit_in_bytes`, '32M').catch(() => undefined);
    await delay(500);
  }
}

// Of another cluster the kernel is out of reach.
const describeOnOwnNode = (await ensureCluster()).own === undefined ? describe.skip : describe;

describeOnOwnNode('a container without a limit that the kernel kills', () => {
  test(
    'is not told to have exceeded one',
    async () => {
      const { subject, description } = await filed(places.memory, 'Deployment/indexer');
      expect(subject).toContain(
        'OOMKilled, container app is killed as its node ran out of memory: it has no memory limit',
      );
      expect(description).not.toMatch(/exceed\w* its memory limit/);
      expect(description).toMatch(/most memory is requested by/);
    },
    FILED_WITHIN,
  );
});
