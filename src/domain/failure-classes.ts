import { MINUTE } from './clock.ts';
import type { Severity } from './ticket.ts';

/** What is read around a failure beside what every ticket has. */
export type EvidencePart =
  /** Claims of the pod, with their volumes, storage classes and attachments. */
  | 'claims'
  /** What the pod asks of a node, and what each node lacks. */
  | 'placement'
  /** The same, only for a pod that its claims would let onto a node. */
  | 'placementWithClaims'
  /** Quota and limit ranges of the namespace. */
  | 'namespace'
  /** Levels of Pod Security. */
  | 'podSecurity'
  /** Who refuses the pods. */
  | 'refusal'
  /** What runs on the node and fails there. */
  | 'nodeLoad'
  /** The same, only for a container without a memory limit that was out of memory. */
  | 'nodeLoadWithoutLimit';

/** What a ticket tells beside what every ticket does. */
export type TicketPart =
  /** The state of the container explains the failure, before any condition or Event. */
  | 'containerState'
  /** How often the containers have restarted, and since when. */
  | 'restarts'
  /** The pod's own words on why it is not ready. */
  | 'readiness'
  /** Which revisions have pods, as old and new ones run beside each other. */
  | 'revisions'
  /** The strategy of the rollout, and its only revision too. */
  | 'strategy'
  /** Probes of the container. */
  | 'probes'
  /** All that the namespace allows. */
  | 'allowance'
  /** Since when an object is to go, and what holds it. */
  | 'deletion';

/** What the agent knows of a class of failure. */
export interface ClassDefinition {
  /** Objects that its detector looks at; for the table in docs/detectors.md, as `immediate`. */
  readonly looksAt: string;
  /** How long a failure must last before it opens an incident, unless its cause is final. */
  readonly forMs: number;
  /** When the cause is final. */
  readonly immediate: string;
  /** Severity of the ticket. */
  readonly severity: Severity;
  readonly evidence: readonly EvidencePart[];
  readonly ticket: readonly TicketPart[];
  /** Off unless the configuration enables it. */
  readonly isOptIn?: true;
}

const usual = { severity: 'critical', immediate: 'never', evidence: [], ticket: [] } as const;

/**
 * Classes of failure, most causal first: the first one that is seen names the incident. `manual` is no failure; it is last, so that
 * every failure comes before it. Detectors are in `src/detect/index.ts`, hints and commands in `src/tickets/render/classes/`, and
 * each class has a section in docs/detectors.md: the compiler and the tests ask for them.
 */
export const classDefinitions = {
  node: { ...usual, looksAt: 'Nodes', forMs: 2 * MINUTE, immediate: 'never; pressure has 3 min more' },
  storage: {
    ...usual,
    looksAt: 'Pods',
    forMs: 5 * MINUTE,
    evidence: ['claims', 'placementWithClaims'],
    ticket: ['revisions'],
  },
  create: {
    ...usual,
    looksAt: 'Workloads, Jobs, CronJobs',
    forMs: 2 * MINUTE,
    evidence: ['namespace', 'podSecurity', 'refusal'],
    ticket: ['revisions', 'allowance'],
  },
  image: {
    ...usual,
    looksAt: 'Pods',
    forMs: 5 * MINUTE,
    immediate: 'the name or platform cannot fit, or the image may not be pulled and is not there',
    ticket: ['containerState', 'revisions'],
  },
  config: {
    ...usual,
    looksAt: 'Pods',
    forMs: MINUTE,
    immediate: 'the image does not have the command',
    ticket: ['containerState', 'revisions'],
  },
  scheduling: {
    ...usual,
    looksAt: 'Pods',
    forMs: 5 * MINUTE,
    immediate: 'no node group has such nodes; when one is added, 15 min from that decision',
    evidence: ['placement', 'namespace'],
    ticket: ['revisions'],
  },
  job: { ...usual, looksAt: 'Jobs, CronJobs', forMs: 0, immediate: 'always' },
  crash: {
    ...usual,
    looksAt: 'Pods',
    forMs: 0,
    immediate: 'always, after three restarts',
    evidence: ['nodeLoadWithoutLimit'],
    ticket: ['containerState', 'restarts', 'revisions'],
  },
  start: { ...usual, looksAt: 'Pods', forMs: 5 * MINUTE, evidence: ['nodeLoad'], ticket: ['revisions'] },
  probe: { ...usual, looksAt: 'Pods', forMs: 10 * MINUTE, ticket: ['readiness', 'revisions', 'probes'] },
  rollout: {
    ...usual,
    looksAt: 'Workloads',
    forMs: 15 * MINUTE,
    immediate: 'a Deployment is past its own deadline',
    ticket: ['readiness', 'revisions', 'strategy'],
  },
  eviction: {
    ...usual,
    looksAt: 'Pods that have Failed',
    forMs: 5 * MINUTE,
    immediate: 'the pod has no owner',
    evidence: ['nodeLoad'],
  },
  event: {
    ...usual,
    looksAt: 'Warning events, Nodes',
    forMs: 0,
    immediate: 'each rule says how often and how long an event must come',
  },
  terminating: {
    ...usual,
    looksAt: 'Pods, Namespaces',
    forMs: 30 * MINUTE,
    isOptIn: true,
    ticket: ['deletion'],
  },
  manual: {
    ...usual,
    looksAt: 'What a person names',
    forMs: 0,
    evidence: ['claims', 'placement', 'namespace', 'podSecurity'],
    ticket: ['containerState'],
  },
} as const satisfies Readonly<Record<string, ClassDefinition>>;

export type FailureClass = keyof typeof classDefinitions;

/** A class that detectors find: all but the one that a person asks for. */
export type DetectedClass = Exclude<FailureClass, 'manual'>;

/** All classes, most causal first. */
export const failureClasses = Object.keys(classDefinitions) as readonly FailureClass[];

/** All that detectors find. */
export const detectedClasses = failureClasses.filter((name) => name !== 'manual');

/** What is known of a class. */
export function definitionOf(failureClass: FailureClass): ClassDefinition {
  return classDefinitions[failureClass];
}

/** Whether the ticket of this class tells a part. */
export function tells(failureClass: string, part: TicketPart): boolean {
  const name = failureClasses.find((one) => one === failureClass);
  return name !== undefined && definitionOf(name).ticket.includes(part);
}

/** How long a failure of each class must last, where the configuration does not say it. */
export const defaultForMs: Readonly<Record<FailureClass, number>> = Object.fromEntries(
  failureClasses.map((name) => [name, classDefinitions[name].forMs]),
) as Record<FailureClass, number>;

/** Rank of a class: lower is more causal. One of a later release comes before all: what is known is no news beside it. */
export function causality(failureClass: string): number {
  return (failureClasses as readonly string[]).indexOf(failureClass);
}
