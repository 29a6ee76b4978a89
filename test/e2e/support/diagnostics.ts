import { type Cluster, CommandError } from '../../cluster/index.ts';

/** Tells what there is to know when a wait was in vain. May throw. */
export type Diagnosis = () => Promise<string>;

/** Of one diagnosis, in characters; the end tells most. */
const LONGEST = 20_000;
const LOG_LINES = 80;
/** Tests have limits of their own, which should not pass meanwhile. */
const KUBECTL_MS = 4_000;
const diagnoses = new Set<Diagnosis>();

/** From now on every wait in vain tells this as well, until the returned function is called. */
export function addDiagnosis(diagnosis: Diagnosis): () => void {
  diagnoses.add(diagnosis);
  return () => diagnoses.delete(diagnosis);
}

/** What all of them, and those of this wait alone, have to say now. What cannot be found out is told as such. */
export async function diagnose(own: readonly Diagnosis[] = []): Promise<string> {
  const told = await Promise.all([...own, ...diagnoses].map((diagnosis) => diagnosis().catch(whyNot)));
  return told.map((text) => text.trimEnd().slice(-LONGEST)).join('\n\n');
}

function whyNot(error: unknown): string {
  return error instanceof CommandError ? error.message : `not to be found out: ${String(error)}`;
}

/** The object that a ticket's subject names, as in `Deployment shop/web` or `Node node-1`, and what has happened around it. */
export function aboutOwner(cluster: Cluster, owner: string): Diagnosis {
  const [kind = '', path = ''] = owner.split(' ');
  const [name = '', namespace] = path.split('/').toReversed();
  const place = namespace === undefined ? [] : ['-n', namespace];
  const object = [...place, 'get', kind.toLowerCase(), name, '-o', 'yaml'];
  if (namespace === undefined) return () => ask(cluster, [object]);
  const events = [...place, 'get', 'events', '--sort-by=.lastTimestamp'];
  return () => ask(cluster, [object, [...place, 'get', 'pods', '-o', 'yaml'], events]);
}

/** An installed agent: its pods and their last words, its Incidents, its Lease, and the nodes as the controllers see them. */
export function aboutAgent(cluster: Cluster, namespace: string, selector: string): Diagnosis {
  const place = ['-n', namespace];
  const ready = '.status.conditions[?(@.type=="Ready")]';
  const columns = [
    'NAME:.metadata.name',
    `READY:${ready}.status`,
    `REASON:${ready}.reason`,
    `SINCE:${ready}.lastTransitionTime`,
    `HEARTBEAT:${ready}.lastHeartbeatTime`,
    'TAINTS:.spec.taints[*].key',
  ];
  return () =>
    ask(cluster, [
      [...place, 'get', 'incidents', '-o', 'wide'],
      [...place, 'get', 'pods,leases', '-o', 'wide'],
      ['get', 'nodes', '-o', `custom-columns=${columns.join(',')}`],
      ['-n', 'kube-node-lease', 'get', 'leases', '-o', 'custom-columns=:.metadata.name,:.spec.renewTime'],
      [...place, 'logs', '-l', selector, '--prefix', `--tail=${LOG_LINES}`],
    ]);
}

async function ask(cluster: Cluster, commands: readonly (readonly string[])[]): Promise<string> {
  const told = commands.map(async (args) => {
    const answer = await cluster.kubectl(args, { timeoutMs: KUBECTL_MS }).catch(whyNot);
    return `$ kubectl ${args.join(' ')}\n${answer.trimEnd()}`;
  });
  return `${new Date().toISOString()}\n${(await Promise.all(told)).join('\n')}`;
}
