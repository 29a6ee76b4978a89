import * as z from 'zod';
import {
  conditionSchema,
  labels,
  ownerFactsSchema,
  quantities,
  rolloutFactsSchema,
  text,
  time,
  usageSchema,
} from './environment-parts.ts';
import {
  cronJobFactsSchema,
  jobFactsSchema,
  namespaceFactsSchema,
  nodeFactsSchema,
  refusalFactsSchema,
  schedulingFactsSchema,
  storageFactsSchema,
} from './environment-facts.ts';
import type { NodeFacts, Surroundings } from './environment-facts.ts';

/**
 * The environment of an incident: what an engineer would have looked up with kubectl, as it goes into the
 * ticket's `environment` field. Names inside follow the Kubernetes API. Published as docs/environment.schema.json.
 * The version is a new one when a field goes or changes its meaning; new fields may come at any time.
 */
const ENVIRONMENT_VERSION = '1';

const clusterFactsSchema = z
  .object({
    id: text.optional().describe('cluster_id of the ticket API'),
    name: text.optional(),
    uid: text.optional().describe('UID of the namespace kube-system'),
    version: text.optional().describe('Version of the API server'),
    provider: text.optional().describe('From the providerID of a node: aws, gce, azure, kind …'),
  })
  .describe('The cluster');

const terminationSchema = z.object({
  exitCode: z.number().int(),
  signal: z.number().int().optional(),
  reason: text.optional(),
  message: text.optional(),
  startedAt: time.optional(),
  finishedAt: time.optional(),
});

const containerStateSchema = z
  .object({
    waiting: z.object({ reason: text.optional(), message: text.optional() }).optional(),
    running: z.object({ startedAt: time.optional() }).optional(),
    terminated: terminationSchema.optional(),
  })
  .describe('One of waiting, running, terminated');

export const containerFactsSchema = z
  .object({
    name: text,
    role: z.enum(['app', 'init', 'sidecar', 'ephemeral']),
    image: text,
    imageID: text.optional(),
    command: z.array(text).optional(),
    ready: z.boolean().optional(),
    started: z.boolean().optional(),
    restartCount: z.number().int(),
    state: containerStateSchema,
    lastState: containerStateSchema,
    resources: z.object({ requests: quantities, limits: quantities }),
    usage: usageSchema.optional(),
    probes: z
      .object({ liveness: text.optional(), readiness: text.optional(), startup: text.optional() })
      .describe('Each probe in one line'),
    environmentNames: z
      .array(text)
      .describe('Names of the environment variables; their values are never read into the ticket'),
  })
  .describe('A container of the pod, its state and limits');

export const podFactsSchema = z
  .object({
    name: text,
    namespace: text,
    uid: text,
    phase: text,
    reason: text.optional(),
    message: text.optional(),
    nodeName: text.optional(),
    qosClass: text.optional(),
    priorityClassName: text.optional(),
    runtimeClassName: text.optional(),
    serviceAccountName: text.optional(),
    imagePullSecrets: z.array(text).optional().describe('Names only'),
    restartPolicy: text.optional(),
    resources: z
      .object({ requests: quantities, limits: quantities })
      .optional()
      .describe('Of the pod as a whole, where its spec has them'),
    createdAt: time.optional(),
    startedAt: time.optional(),
    deletionRequestedAt: time.optional(),
    finalizers: z.array(text).optional(),
    labels,
    conditions: z.array(conditionSchema),
    readinessGates: z.array(text).optional().describe('Conditions that others set before the pod is ready'),
    volumes: z.array(text).describe('Each volume in one line: name and source, never content'),
  })
  .describe('A pod that shows the failure');

const eventFactsSchema = z
  .object({
    type: text,
    reason: text,
    message: text,
    count: z.number().int(),
    firstAt: time.optional(),
    lastAt: time.optional(),
    object: text.describe('kind/name'),
    container: text.optional().describe('The container of the pod that it is about'),
    source: text.optional(),
  })
  .describe('A Kubernetes Event of the pod or its owners');

const logFactsSchema = z
  .object({
    container: text,
    pod: text,
    previous: z.boolean().describe('The log of the run that ended, not of the one that runs now'),
    lines: z.array(text),
  })
  .describe('The last lines of a container’s log');

const omissionSchema = z.object({ field: text, reason: text });

/** The object that is sent as `environment`. */
export const environmentSchema = z
  .strictObject({
    version: z
      .literal(ENVIRONMENT_VERSION)
      .describe('A new one when a field goes or changes its meaning; new fields may come at any time'),
    collectedAt: time,
    agent: z.object({ name: text, version: text }).describe('Who collected this'),
    incident: z
      .object({
        class: text,
        reason: text,
        trigger: text,
        since: time,
        occurrences: z.number().int(),
        affected: z.object({ count: z.number().int(), pods: z.array(text) }),
        alsoFailing: z.array(z.object({ class: text, reason: text, object: text })),
        members: z
          .object({
            count: z.number().int(),
            owners: z.array(
              z.object({
                kind: text,
                namespace: text,
                name: text,
                class: text,
                reason: text,
                since: time,
              }),
            ),
            common: z
              .array(
                z.object({
                  what: z.enum(['log', 'message', 'registry', 'node', 'namespace', 'revision', 'time']),
                  value: text,
                  count: z
                    .number()
                    .int()
                    .describe('Of how many it is so; of `log` and `revision` all that were looked at'),
                }),
              )
              .optional()
              .describe('What so many of them have in common'),
          })
          .optional()
          .describe('Owners that fail for the same cause, the most causal first; this ticket covers them'),
        note: text.optional().describe('What a person wrote when asking for this ticket'),
      })
      .describe('What fails'),
    cluster: clusterFactsSchema,
    owner: ownerFactsSchema,
    rollout: rolloutFactsSchema.optional(),
    pod: podFactsSchema.optional(),
    containers: z.array(containerFactsSchema),
    node: nodeFactsSchema.optional(),
    namespace: namespaceFactsSchema.optional(),
    storage: storageFactsSchema.optional(),
    scheduling: schedulingFactsSchema.optional(),
    refusal: refusalFactsSchema.optional(),
    job: jobFactsSchema.optional(),
    cronJob: cronJobFactsSchema.optional(),
    events: z.array(eventFactsSchema),
    logs: z.array(logFactsSchema),
    omitted: z.array(omissionSchema).describe('What could not be read or was cut, and why'),
  })
  .describe('What an engineer would have looked up when the incident opened');

export type Environment = z.output<typeof environmentSchema>;
export type ClusterFacts = z.output<typeof clusterFactsSchema>;
export type PodFacts = z.output<typeof podFactsSchema>;
export type ContainerFacts = z.output<typeof containerFactsSchema>;
export type OwnerFacts = z.output<typeof ownerFactsSchema>;
export type RolloutFacts = z.output<typeof rolloutFactsSchema>;
export type EventFacts = z.output<typeof eventFactsSchema>;
export type LogFacts = z.output<typeof logFactsSchema>;
export type Omission = z.output<typeof omissionSchema>;

/** What was read around an incident. Every part may be missing; `omitted` then says why. Nothing is redacted yet. */
export interface Evidence extends Surroundings {
  readonly takenAt: number;
  readonly owner?: OwnerFacts;
  readonly rollout?: RolloutFacts;
  readonly pod?: PodFacts;
  readonly containers: readonly ContainerFacts[];
  readonly node?: NodeFacts;
  readonly events: readonly EventFacts[];
  readonly logs: readonly LogFacts[];
  /** More of the first log, to be attached as a file. */
  readonly logFile?: LogFacts;
  /** Of a few more of the owners that fail together. Never sent: only what they have in common is. */
  readonly memberLogs?: readonly LogFacts[];
  readonly omitted: readonly Omission[];
  /** Literal environment values whose names look secret: never sent, only used to strike them out of every text. */
  readonly secretValues: readonly string[];
  /** All labels of the owner, where it was read: rules of the configuration may ask for any. Never sent. */
  readonly ownerLabels?: Readonly<Record<string, string>>;
}
