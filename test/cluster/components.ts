import { readFile } from 'node:fs/promises';
import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { lastLines } from './command.ts';
import { clusterError } from './failure.ts';
import {
  apiServerArguments,
  controllerManagerArguments,
  etcdArguments,
  kubeletArguments,
  proxyArguments,
  schedulerArguments,
} from './flags.ts';
import { containerdSocket, etcdUrl, logPath, serverUrl, type Layout } from './layout.ts';
import { isRunning, readRecords, startProcess, type ProcessRecord } from './processes.ts';

/** Every part of the cluster, in the order in which it is started. */
export const componentNames = [
  'etcd',
  'containerd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
] as const;

/** A part of the cluster that runs as a process of the host. */
export type ComponentName = (typeof componentNames)[number];

/** How one component is started and asked whether it works. */
export interface Component {
  readonly name: ComponentName;
  readonly program: string;
  readonly args: readonly string[];
  /** As in ProgramStart. */
  readonly diesWithUs?: boolean;
  isHealthy(): Promise<boolean>;
}

const probeTimeoutMs = 2000;

/** Whether a URL answers 200. Certificates are not checked: the question is only whether somebody works there. */
export function answersOk(url: string): Promise<boolean> {
  const get = url.startsWith('https:') ? httpsGet : httpGet;
  return new Promise((resolve) => {
    const options = { rejectUnauthorized: false, agent: false as const, timeout: probeTimeoutMs };
    const request = get(url, options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
    request.on('close', () => resolve(false));
  });
}

function acceptsConnections(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** The components of a layout. */
export function components(layout: Layout): readonly Component[] {
  const own = (
    name: ComponentName,
    args: readonly string[],
    isHealthy: () => Promise<boolean>,
  ): Component => ({ name, program: join(layout.binDir, name), args, isHealthy });
  return [
    // An etcd that is full runs: a test may want it so.
    own('etcd', etcdArguments(layout), () => answersOk(`${etcdUrl(layout)}/health?exclude=NOSPACE`)),
    {
      name: 'containerd',
      program: '/usr/bin/containerd',
      args: ['--config', join(layout.dir, 'config', 'containerd.toml')],
      isHealthy: () => acceptsConnections(containerdSocket(layout)),
    },
    own('kube-apiserver', apiServerArguments(layout), () => answersOk(`${serverUrl(layout)}/readyz`)),
    own('kube-controller-manager', controllerManagerArguments(layout), () =>
      answersOk('https://127.0.0.1:10257/healthz'),
    ),
    own('kube-scheduler', schedulerArguments(layout), () => answersOk('https://127.0.0.1:10259/healthz')),
    own('kubelet', kubeletArguments(layout), () => answersOk('http://127.0.0.1:10248/healthz')),
    own('kube-proxy', proxyArguments(layout), () => answersOk('http://127.0.0.1:10256/livez')),
  ];
}

const startTimeoutMs = 90_000;
const pollMs = 100;

async function failedStart(layout: Layout, component: Component, problem: string): Promise<Error> {
  const logFile = logPath(layout, component.name);
  const log = await readFile(logFile, 'utf8').catch(() => '');
  const remedy = `read ${logFile}; \`npm run cluster -- down\`, then \`up\`, starts from nothing.`;
  return clusterError({ part: component.name, problem, lastLines: lastLines(log, 12), remedy });
}

async function waitUntilHealthy(layout: Layout, component: Component, record: ProcessRecord): Promise<void> {
  for (let waited = 0; waited < startTimeoutMs; waited += pollMs) {
    if (await component.isHealthy()) return;
    if (!(await isRunning(record))) throw await failedStart(layout, component, 'ended during its start');
    await wait(pollMs);
  }
  throw await failedStart(layout, component, `not healthy after ${startTimeoutMs / 1000} s`);
}

/** Starts a component and waits until it is healthy. Throws ClusterError with the end of its log. */
export async function startComponent(layout: Layout, component: Component): Promise<void> {
  const { name, program, args, diesWithUs = false } = component;
  const logFile = logPath(layout, name);
  const record = await startProcess(layout.dir, { name, program, args, logFile, diesWithUs }).catch(
    async (error: unknown) => {
      throw await failedStart(layout, component, `cannot be started: ${String(error)}`);
    },
  );
  await waitUntilHealthy(layout, component, record);
}

/** State of one component, for `status` and to see whether `up` has something to do. */
export interface ComponentState {
  readonly name: ComponentName;
  readonly pid: number | undefined;
  readonly isHealthy: boolean;
}

/** Asks every component how it is; a process that is not ours does not count. */
export async function componentStates(layout: Layout): Promise<ComponentState[]> {
  const records = new Map((await readRecords(layout.dir)).map((record) => [record.name, record]));
  const state = async (component: Component): Promise<ComponentState> => {
    const { name } = component;
    const record = records.get(name);
    if (record === undefined || !(await isRunning(record))) return { name, pid: undefined, isHealthy: false };
    return { name, pid: record.pid, isHealthy: await component.isHealthy() };
  };
  return Promise.all(components(layout).map(state));
}
