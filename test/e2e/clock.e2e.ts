import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cluster, ensureCluster, type OwnCluster } from '../cluster/index.ts';
import { aContainer, aPodSpec, aWorkload, type Fields } from './support/classes/objects.ts';
import { aboutOwner } from './support/diagnostics.ts';
import { type FiledTicket, startTestDesk, type TestDesk } from './support/desk.ts';
import { install, type Installation, quickConfig } from './support/installation.ts';
import { eventually, throughout } from './support/wait.ts';
import { aNamespace, runs } from './support/workloads.ts';

/**
 * A node whose wall clock is hours ahead or behind: kubelet, containerd and its shims write such times into pods, Events and conditions.
 * What fails there is filed as soon as elsewhere, once, with times of the cluster, and so is its end.
 */
const SECOND = 1_000;
const HOUR_S = 3_600;
const WITHIN = 120 * SECOND;
/** Between the clocks of the API server and of this process, and the age of what a pod has when it begins. */
const SLACK = 30 * SECOND;
const run = `clock-${Date.now().toString(36)}`;
const home = `${run}-agent`;
/** Seconds that the node is ahead. */
const shifts = { ahead: 3 * HOUR_S, behind: -3 * HOUR_S } as const;
const names = Object.keys(shifts) as readonly (keyof typeof shifts)[];

let cluster: Cluster;
let own: OwnCluster;
let desk: TestDesk;
let agent: Installation | undefined;

async function apply(...items: readonly unknown[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) });
}

function deployment(namespace: string, name: string, container: Fields): Fields {
  return aWorkload('Deployment', { namespace, name, pod: aPodSpec(container) });
}

function ticketOf(owner: string): Promise<FiledTicket> {
  return eventually(
    `a ticket for ${owner}`,
    WITHIN,
    () => desk.tickets(`${owner}: `)[0],
    aboutOwner(cluster, owner),
  );
}

/** Comments of the only ticket of an owner that say it is over. */
function recoveries(owner: string): number {
  return (desk.tickets(`${owner}: `)[0]?.comments ?? []).filter((text) => text.includes('ecovered')).length;
}

/** Since when it fails, as the ticket says. */
function sinceIn({ description }: FiledTicket): number {
  const [, day, time] = /\*\*Since\*\*: (\S+) (\S+) UTC/.exec(description) ?? [];
  return Date.parse(`${day}T${time}Z`);
}

async function createdAt(namespace: string, name: string): Promise<number> {
  const path = 'jsonpath={.metadata.creationTimestamp}';
  return Date.parse(await cluster.kubectl(['-n', namespace, 'get', 'deployment', name, '-o', path]));
}

/** Hours between a time that the kubelet has written into the newest pod and the cluster's. */
async function hoursOff(namespace: string): Promise<number> {
  const path = 'jsonpath={.items[0].metadata.creationTimestamp} {.items[0].status.startTime}';
  const [created = '', started = ''] = (
    await cluster.kubectl(['-n', namespace, 'get', 'pods', '-o', path])
  ).split(' ');
  return Math.round((Date.parse(started) - Date.parse(created)) / HOUR_S / SECOND);
}

beforeAll(async () => {
  cluster = await ensureCluster();
  if (cluster.own === undefined)
    throw new Error('these tests need the cluster of this project: unset KUBECONFIG');
  own = cluster.own;
  desk = await startTestDesk(cluster);
  await apply(...names.map((name) => aNamespace(`${run}-${name}`)));
  const classes = { probe: { for: '10s' }, node: { for: '10s' } };
  agent = await install(cluster, desk, home, { config: { ...quickConfig, classes } });
}, 240 * SECOND);

afterAll(async () => {
  await own.faults.shiftClock(0);
  if (process.env['E2E_SHOW_LOGS'] === '1') process.stderr.write((await agent?.logs()) ?? '');
  if (process.env['E2E_SHOW_TICKETS'] === '1')
    for (const one of desk.tickets('')) process.stderr.write(`${one.subject}\n\n${one.description}\n\n`);
  await agent?.uninstall();
  const all = names.map((name) => `${run}-${name}`);
  await cluster.kubectl(['delete', 'namespace', ...all, '--ignore-not-found', '--wait=false']);
  await desk.close();
}, 120 * SECOND);

describe.each(names)('a node whose clock is three hours %s', (name) => {
  const namespace = `${run}-${name}`;
  const crashing = `Deployment ${namespace}/orders`;
  const unready = `Deployment ${namespace}/search`;

  test(
    'what fails on it is filed as soon as elsewhere, once, since when it fails by the clock of the cluster, and says whose clock is wrong',
    async () => {
      await own.faults.shiftClock(shifts[name]);
      const readinessProbe = {
        exec: { command: ['test', '-f', '/tmp/ready'] },
        periodSeconds: 1,
        timeoutSeconds: 10,
      };
      await apply(
        deployment(namespace, 'orders', aContainer('echo no database; sleep 1; exit 3')),
        deployment(namespace, 'search', aContainer(runs, { readinessProbe })),
        deployment(namespace, 'web', aContainer(runs)),
      );
      const since = await createdAt(namespace, 'orders');
      for (const ticket of await Promise.all([ticketOf(crashing), ticketOf(unready)])) {
        expect(sinceIn(ticket)).toBeGreaterThan(since - SLACK);
        expect(sinceIn(ticket)).toBeLessThan(Date.now() + SLACK);
        expect(ticket.description).not.toMatch(/\d h(?: \d+ min)? (?:ago|before|after)/);
        expect(ticket.description).toMatch(new RegExp(`clock of the node is wrong\\*\\*: .* ${name}`));
      }
      expect(await hoursOff(namespace)).toBe(shifts[name] / HOUR_S);
      await throughout('two tickets', 20 * SECOND, () => desk.tickets(namespace).length === 2);
      expect(desk.tickets('Node node-1')).toEqual([]);
    },
    WITHIN + 60 * SECOND,
  );

  test(
    'its end is said once, and nothing when the clock is put right',
    async () => {
      await apply(
        deployment(namespace, 'orders', aContainer(runs)),
        deployment(namespace, 'search', aContainer(runs)),
      );
      const over = (): true | undefined =>
        [crashing, unready].every((owner) => recoveries(owner) === 1) ? true : undefined;
      await eventually('both are told to be over', WITHIN, over);
      await own.faults.shiftClock(0);
      await throughout(
        'two tickets, told once to be over',
        30 * SECOND,
        () => desk.tickets(namespace).length === 2 && over() === true,
      );
      expect(desk.tickets('Node node-1')).toEqual([]);
    },
    WITHIN + 60 * SECOND,
  );
});
