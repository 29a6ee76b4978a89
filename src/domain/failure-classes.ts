import { MINUTE } from './clock.ts';
import type { Severity } from './ticket.ts';

/**
 * What is read around a failure beside what every ticket has. `claims`: with their volumes, classes and attachments. `placement`: what the
 * pod asks of a node, and what each node lacks; `placementWithClaims`: only for a pod that its claims would let onto a node. `namespace`:
 * quota and limit ranges. `refusal`: who refuses the pods. `nodeLoad`: what runs on the node and fails there; `nodeLoadWithoutLimit`:
 * only for a container without a memory limit that was out of memory.
 */
export type EvidencePart =
  | 'claims'
  | 'placement'
  | 'placementWithClaims'
  | 'namespace'
  | 'podSecurity'
  | 'refusal'
  | 'nodeLoad'
  | 'nodeLoadWithoutLimit';

/**
 * What a ticket tells beside what every ticket does. `containerState`: it explains the failure, before any condition or Event.
 * `restarts`: how many, and since when. `readiness`: the pod's own words on it. `revisions`: which have pods, as old and new ones run
 * beside each other; `strategy`: that of the rollout. `allowance`: all that the namespace allows. `deletion`: since when, and what holds it.
 */
type TicketPart =
  | 'containerState'
  | 'restarts'
  | 'readiness'
  | 'revisions'
  | 'strategy'
  | 'probes'
  | 'allowance'
  | 'deletion';

/** What the agent knows of a class of failure. */
export interface ClassDefinition {
  /** How long a failure must last before it opens an incident, unless its cause is final. */
  readonly forMs: number;
  /** When its cause is final; for the table in docs/detectors.md. */
  readonly immediate: string;
  /** Severity of the ticket. */
  readonly severity: Severity;
  readonly evidence: readonly EvidencePart[];
  readonly ticket: readonly TicketPart[];
  /** Off unless the configuration enables it. */
  readonly isOptIn: boolean;
}

/** A class, with what is so for most of them. */
function lasting(forMs: number, more: Partial<ClassDefinition> = {}): ClassDefinition {
  const usual = {
    immediate: 'never',
    severity: 'critical',
    evidence: [],
    ticket: [],
    isOptIn: false,
  } as const;
  return { forMs, ...usual, ...more };
}

/**
 * Classes of failure, most causal first: the first one that is seen names the incident. `manual` is no failure; it is last, so that
 * every failure comes before it. Detectors are in `src/detect/index.ts`, hints and commands in `src/tickets/render/hints/`, and
 * each class has a section in docs/detectors.md: the compiler and the tests ask for them.
 */
export const classDefinitions = {
  node: lasting(2 * MINUTE, { immediate: 'never; pressure has 3 min more' }),
  storage: lasting(5 * MINUTE, { evidence: ['claims', 'placementWithClaims'], ticket: ['revisions'] }),
  create: lasting(2 * MINUTE, {
    evidence: ['namespace', 'podSecurity', 'refusal'],
    ticket: ['revisions', 'allowance'],
  }),
  image: lasting(5 * MINUTE, {
    immediate: 'the name or platform cannot fit, or the image may not be pulled and is not there',
    ticket: ['containerState', 'revisions'],
  }),
  config: lasting(MINUTE, {
    immediate: 'the image does not have the command',
    ticket: ['containerState', 'revisions'],
  }),
  scheduling: lasting(5 * MINUTE, {
    immediate: 'no node group has such nodes; when one is added, 15 min from that decision',
    evidence: ['placement', 'namespace'],
    ticket: ['revisions'],
  }),
  job: lasting(0, { immediate: 'always' }),
  crash: lasting(0, {
    immediate: 'always, after three restarts',
    evidence: ['nodeLoadWithoutLimit'],
    ticket: ['containerState', 'restarts', 'revisions'],
  }),
  start: lasting(5 * MINUTE, { evidence: ['nodeLoad'], ticket: ['revisions'] }),
  probe: lasting(10 * MINUTE, { ticket: ['readiness', 'revisions', 'probes'] }),
  rollout: lasting(15 * MINUTE, {
    immediate: 'a Deployment is past its own deadline',
    ticket: ['readiness', 'revisions', 'strategy'],
  }),
  eviction: lasting(5 * MINUTE, { immediate: 'the pod has no owner', evidence: ['nodeLoad'] }),
  event: lasting(0, { immediate: 'each rule says how often and how long an event must come' }),
  terminating: lasting(30 * MINUTE, { isOptIn: true, ticket: ['deletion'] }),
  manual: lasting(0, {
    evidence: ['claims', 'placement', 'namespace', 'podSecurity'],
    ticket: ['containerState', 'allowance'],
  }),
};

export type FailureClass = keyof typeof classDefinitions;

/** A class that detectors find: all but the one that a person asks for. */
export type DetectedClass = Exclude<FailureClass, 'manual'>;

/** All classes, most causal first. */
export const failureClasses = Object.keys(classDefinitions) as readonly FailureClass[];

/** All that detectors find. */
export const detectedClasses = failureClasses.filter((name) => name !== 'manual');

/** Whether the ticket of this class tells a part. */
export function tells(failureClass: string, part: TicketPart): boolean {
  const name = failureClasses.find((one) => one === failureClass);
  return name !== undefined && classDefinitions[name].ticket.includes(part);
}

/** Rank of a class: lower is more causal. One of a later release comes before all: what is known is no news beside it. */
export function causality(failureClass: string): number {
  return (failureClasses as readonly string[]).indexOf(failureClass);
}
