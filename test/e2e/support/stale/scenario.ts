import type { Choice } from './breaking-proxy.ts';
import type { Scene, SeenTicket } from './scene.ts';
import { eventually, throughout } from '../wait.ts';

/** What is played in one scene. Throws when the agent says or files what is not true. */
export interface Scenario {
  /** Also part of the namespaces' names: lower-case letters and digits, at most twelve. */
  readonly id: string;
  readonly name: string;
  /** Takes too long, or is one of too many, for every run: with `E2E_SLOW=1`. */
  readonly isSlow?: boolean;
  readonly play: (scene: Scene) => Promise<void>;
}

export const SECOND = 1_000;
/** A crash loop is one after three restarts, which takes the kubelet a minute. */
const FILED_WITHIN_MS = 150 * SECOND;
/** Quiet, the pause of a watch between two tries, and a bookmark of each that must have been seen. */
const SAID_WITHIN_MS = 180 * SECOND;

/** Kinds by which the agent knows whether a Deployment works. */
export const podsAndWorkloads: readonly string[] = [
  'pods',
  'replicasets',
  'deployments',
  'statefulsets',
  'daemonsets',
  'jobs',
];

/** Lists and watches of these resources. */
export function readsOf(resources: readonly string[]): Choice {
  return ({ verb, resource }) => (verb === 'list' || verb === 'watch') && resources.includes(resource);
}

/** The first ticket of a workload. */
export function filed(scene: Scene, workload: string, withinMs = FILED_WITHIN_MS): Promise<SeenTicket> {
  return eventually(`a ticket of ${workload}`, withinMs, () => scene.tickets(workload)[0]);
}

/** One ticket, open, without a word on it: it fails all the time, or nobody can know that it is over. */
export async function saysNothing(scene: Scene, workload: string, forMs: number): Promise<void> {
  await throughout(`one ticket of ${workload} that says nothing`, forMs, () => {
    const tickets = scene.tickets(workload);
    const [ticket] = tickets;
    if (tickets.length === 1 && ticket?.status !== 'closed' && ticket?.comments.length === 0) return true;
    const seen = tickets.map(({ status, comments }) => ({ status, comments }));
    throw new Error(`nothing is known to be over, and the desk has: ${JSON.stringify(seen)}`);
  });
}

interface Ending {
  /** The agent closes tickets. */
  readonly isClosed?: boolean;
  /** Comments that came before, by what they begin with. */
  readonly before?: readonly string[];
}

/** The ticket is told that it is over, once, and is closed where the agent closes tickets. */
export async function isSaidRecovered(
  scene: Scene,
  workload: string,
  { isClosed = false, before = [] }: Ending = {},
): Promise<void> {
  await eventually(`the recovery on the ticket of ${workload}`, SAID_WITHIN_MS, () => {
    const [ticket] = scene.tickets(workload);
    const isSaid = ticket?.comments.some((comment) => comment.startsWith('**Recovered**'));
    return isSaid === true && (!isClosed || ticket?.status === 'closed') ? true : undefined;
  });
  const tickets = scene.tickets(workload).map(({ comments }) => comments);
  const wanted = [...before, '**Recovered**'];
  const isTold =
    tickets.length === 1 &&
    tickets[0]?.length === wanted.length &&
    wanted.every((beginning, n) => tickets[0]?.[n]?.startsWith(beginning));
  if (!isTold) throw new Error(`not one ticket with ${wanted.join(', ')}: ${JSON.stringify(tickets)}`);
}

/** A line of the agent's log, at this level or above it. */
export async function says(scene: Scene, what: RegExp, withinMs: number): Promise<void> {
  await eventually(`a line in the log: ${String(what)}`, withinMs, () =>
    scene.agent.lines().some((line) => line['level'] !== 'info' && what.test(JSON.stringify(line)))
      ? true
      : undefined,
  );
}
