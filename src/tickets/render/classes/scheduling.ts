import { shellWord } from '../markdown.ts';
import type { SchedulingFacts } from '../../../domain/surroundings.ts';
import { type Commands, type Hint, MAX_NAMED, type Row, together } from './class-text.ts';

const UNKNOWN =
  'Compare requests, node selector, affinity and tolerations of the pod with what the nodes have free.';
const NO_SCHEDULER = 'No scheduler has looked at the pod: is one of the name that it asks for running?';

/** By the words of the scheduler's plugins. */
const causes: readonly Row[] = [
  [
    /untolerated taint/i,
    'Nodes are tainted, and the pod does not tolerate it: a taint of yours wants a toleration, one of the system (not-ready, unreachable, disk-pressure) wants the node fixed.',
  ],
  [/were unschedulable/i, 'Nodes are cordoned: was a drain begun and not ended?'],
  [
    /node affinity\/selector/i,
    'The labels that the pod asks for are not on these nodes: compare them with its node selector and required affinity.',
  ],
  [
    /volume node affinity conflict/i,
    'The volume of the pod can only be reached from other nodes, mostly those of its zone.',
  ],
  [
    /anti-affinity/i,
    'It may not run beside pods that are on these nodes already: more nodes, fewer replicas, or a preference in place of the requirement.',
  ],
  [/pod affinity/i, 'It has to run beside pods that are not on these nodes.'],
  [
    /topology spread/i,
    'Its topology spread allows no further pod there: a zone without room holds up the others.',
  ],
  [/free ports/i, 'The host port that it wants is taken: such a pod runs once per node.'],
  [/Too many pods/i, 'These nodes have as many pods as they may.'],
  [
    /persistentvolumeclaim|unbound|persistent volumes/i,
    'A volume of the pod is not there: look at its claim.',
  ],
];

/** Why no node takes a pod; each cause that is named, the most telling first. */
export const schedulingHint: Hint = ({ environment, words }) => {
  if (environment.incident.reason === 'Pending') return NO_SCHEDULER;
  const { scheduling } = environment;
  const refusals = scheduling?.refusals ?? [];
  const shown = refusals.length === 0 ? words : refusals.map(({ reason }) => reason).join('; ');
  const named = causes.filter(([pattern]) => pattern.test(shown)).map(([, hint]) => hint);
  return together([capacityHint(shown, scheduling), ...named.slice(0, 2)]) ?? UNKNOWN;
};

/** A request that no node could ever meet is a typing error, one that none can meet now a lack of room. */
function capacityHint(shown: string, scheduling: SchedulingFacts | undefined): string | undefined {
  const resources = [...shown.matchAll(/Insufficient ([^\s;,]+?)\.?(?=[;,\s]|$)/g)].map(
    ([, name]) => name ?? '',
  );
  if (resources.length === 0) return undefined;
  const nodes = scheduling?.nodes ?? [];
  const isBeyondAll = resources.some(
    (resource) =>
      nodes.length > 0 &&
      nodes.every(({ lacks }) =>
        lacks.some((lack) => lack.startsWith(`${resource}: `) && lack.endsWith(' allocatable')),
      ),
  );
  if (isBeyondAll)
    return 'It requests more than any node has, even an empty one: is the request a typing error?';
  return 'The nodes that would suit are full, by requests and not by use: lower the requests, free something, or add nodes.';
}

/** Reads nodes and what they have free. */
export const schedulingCommands: Commands = (_names, { environment: { scheduling } }) => {
  const labels = Object.keys(scheduling?.nodeSelector ?? {}).slice(0, MAX_NAMED);
  const columns = labels.map((label) => ` -L ${shellWord(label)}`).join('');
  return [
    `kubectl get nodes${columns === '' ? ' -o wide' : columns}`,
    'kubectl describe nodes | grep -A 8 "Allocated resources"',
  ];
};
