import { relative, resolve } from 'node:path';
import { WorkQueue } from '../../src/lib/work-queue.ts';
import { deploy } from '../agent/shop.ts';
import { openStage, until } from '../agent/stage.ts';

const SRC = resolve(import.meta.dirname, '../../src');
/** Deeper than any path. */
const MAX_FRAMES = 200;

/** The folders of `src` that are on the stack, the first caller first; awaited callers are among them. A run of one folder is one. */
export type FolderPath = readonly string[];

/** What was on the stack where something ends. */
export interface FolderPaths {
  /** From an event of a watch to a key in a work queue. */
  readonly toQueue: readonly FolderPath[];
  /** From a work queue to the creation of an Incident. */
  readonly toIncident: readonly FolderPath[];
  /** From a work queue to the request that creates a ticket. */
  readonly toTicket: readonly FolderPath[];
}

function folderOf(line: string): string | undefined {
  // Jest shows paths, Node URLs.
  const path = /\/[^\s):]+\.ts(?=:)/.exec(line.replace('file://', ''))?.[0];
  const file = path === undefined ? '..' : relative(SRC, path);
  return file.startsWith('..') ? undefined : file.split('/')[0];
}

function currentPath(): FolderPath {
  const { stack = '' } = new Error('here');
  const folders = stack
    .split('\n')
    .toReversed()
    .map(folderOf)
    .filter((folder) => folder !== undefined);
  return folders.filter((folder, index) => folder !== folders[index - 1]);
}

/** Those that are entered more than once. */
export function enteredAgain(path: FolderPath): readonly string[] {
  return path.filter((folder, index) => path.indexOf(folder) !== index);
}

class Recorder {
  readonly #paths = new Map<string, FolderPath>();

  note(isMeant: (path: FolderPath) => boolean): void {
    const path = currentPath();
    if (isMeant(path)) this.#paths.set(path.join(), path);
  }

  paths(): readonly FolderPath[] {
    return [...this.#paths.values()];
  }
}

/** Runs an agent from a pod's first crash to its ticket, and looks at the stack where keys are enqueued and objects are created. */
export async function measureFolders(): Promise<FolderPaths> {
  const [toQueue, toIncident, toTicket] = [new Recorder(), new Recorder(), new Recorder()];
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its queue, and put back at the end
  const { enqueue } = WorkQueue.prototype;
  const usualLimit = Error.stackTraceLimit;
  Error.stackTraceLimit = MAX_FRAMES;
  const stage = await openStage();
  try {
    const { agent } = await stage.start('agent-1', { lease: {} }, (deps) => {
      const { connection, tickets } = deps;
      const json = connection.json.bind(connection);
      connection.json = (request) => {
        const isIncident = request.method === 'POST' && request.path.endsWith('/incidents');
        if (isIncident) toIncident.note(([first]) => first === 'lib');
        return json(request);
      };
      const create: typeof tickets.create = (request, signal) => {
        toTicket.note(([first]) => first === 'lib');
        return tickets.create(request, signal);
      };
      return { ...deps, tickets: { ...tickets, create } };
    });
    const workload = deploy(stage.sandbox);
    await until('a ready agent', () => agent.ready() === undefined);
    WorkQueue.prototype.enqueue = function (this: WorkQueue<unknown>, key) {
      toQueue.note(([first]) => first === 'kube');
      return enqueue.call(this, key);
    };
    workload.crash(1);
    await until('a filed Incident', () =>
      stage.incidents().some(({ status }) => status['phase'] === 'Filed'),
    );
  } finally {
    WorkQueue.prototype.enqueue = enqueue;
    Error.stackTraceLimit = usualLimit;
    await stage.close();
  }
  return { toQueue: toQueue.paths(), toIncident: toIncident.paths(), toTicket: toTicket.paths() };
}
