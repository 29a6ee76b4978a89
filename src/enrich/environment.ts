import {
  type ClusterFacts,
  ENVIRONMENT_VERSION,
  type Environment,
  type Evidence,
  type OwnerFacts,
} from '../domain/environment.ts';
import type { ObjectRef, Signal } from '../domain/failure.ts';
import type { Trigger } from '../domain/incident.ts';
import { fitEnvironment } from './fit.ts';
import type { Redactor } from './redact/redactor.ts';

/** What is to be told about, as correlation found it. */
export interface Subject {
  readonly trigger: Trigger;
  readonly owner: ObjectRef;
  /** The most causal first; empty for a request by hand about a healthy object. */
  readonly signals: readonly Signal[];
  readonly since: number;
  readonly occurrences: number;
  readonly affected: readonly string[];
  readonly note?: string;
}

export interface EnvironmentInput {
  readonly subject: Subject;
  readonly evidence: Evidence;
  readonly cluster: ClusterFacts;
  readonly agent: { readonly name: string; readonly version: string };
}

/** Further failures and affected objects listed by name; the rest is a number. */
const MAX_LISTED = 20;

/** The environment of an incident: redacted, within `maxLength` UTF-16 units as JSON, valid against its schema. */
export function buildEnvironment(
  input: EnvironmentInput,
  redactor: Redactor,
  maxLength: number,
): Environment {
  const { evidence, cluster, agent } = input;
  const environment: Environment = {
    version: ENVIRONMENT_VERSION,
    collectedAt: new Date(evidence.takenAt).toISOString(),
    agent: { ...agent },
    incident: incidentPart(input.subject),
    cluster,
    owner: evidence.owner ?? bareOwner(input.subject.owner),
    ...(evidence.rollout === undefined ? {} : { rollout: evidence.rollout }),
    ...(evidence.pod === undefined ? {} : { pod: evidence.pod }),
    containers: [...evidence.containers],
    ...(evidence.node === undefined ? {} : { node: evidence.node }),
    events: [...evidence.events],
    logs: [...evidence.logs],
    omitted: [...evidence.omitted],
  };
  // Cut first, so that redaction never runs over megabytes; cut again, as a redaction mark may be longer than a secret.
  const { value } = redactor.redactValue(fitEnvironment(environment, maxLength), evidence.secretValues);
  return fitEnvironment(value as Environment, maxLength);
}

function incidentPart({
  trigger,
  signals,
  since,
  occurrences,
  affected,
  note,
}: Subject): Environment['incident'] {
  const [first, ...others] = signals;
  return {
    class: first?.class ?? 'manual',
    reason: first?.reason ?? 'RequestedByHand',
    trigger,
    since: new Date(since).toISOString(),
    occurrences,
    affected: { count: affected.length, pods: affected.slice(0, MAX_LISTED) },
    alsoFailing: others.slice(0, MAX_LISTED).map((signal) => ({
      class: signal.class,
      reason: signal.reason,
      object: `${signal.subject.kind}/${signal.subject.name}`,
    })),
    ...(note === undefined ? {} : { note }),
  };
}

function bareOwner(owner: ObjectRef): OwnerFacts {
  const { apiVersion, kind, namespace, name, uid } = owner;
  return {
    apiVersion,
    kind,
    namespace,
    name,
    ...(uid === '' ? {} : { uid }),
    labels: {},
    conditions: [],
    chain: [{ kind, name }],
  };
}
