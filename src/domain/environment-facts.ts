import * as z from 'zod';
import { conditionSchema, labels, quantities, text, time, usageSchema } from './environment-parts.ts';

/** Parts of the environment that only some classes of failure need: what stands around the pod and its owner. */

const count = z.number().int();

export const nodeFactsSchema = z
  .object({
    name: text,
    providerID: text.optional().describe('The machine, as the cloud names it'),
    createdAt: time.optional(),
    zone: text.optional(),
    region: text.optional(),
    instanceType: text.optional(),
    architecture: text.optional(),
    kernelVersion: text.optional(),
    osImage: text.optional(),
    containerRuntimeVersion: text.optional(),
    kubeletVersion: text.optional(),
    unschedulable: z.boolean().optional(),
    heartbeatAt: time.optional().describe('When the kubelet last posted the condition Ready'),
    leaseRenewedAt: time
      .optional()
      .describe('When the kubelet last renewed its Lease: its last sign of life'),
    conditions: z.array(conditionSchema),
    capacity: quantities,
    allocatable: quantities,
    requested: quantities.optional().describe('What its pods request together'),
    usage: usageSchema.optional(),
    taints: z.array(z.object({ key: text, value: text.optional(), effect: text })),
    pods: z
      .object({
        count: count.describe('Pods that are not finished'),
        failingCount: count.describe('Pods that fail, with those of `failedCount`'),
        failedCount: count
          .optional()
          .describe('Pods of phase Failed, as evicted ones: they are listed still and not part of `count`'),
        failing: z.array(z.object({ namespace: text, name: text, reason: text })),
        owners: z
          .record(z.string(), count)
          .optional()
          .describe('How many have been made by a controller of which kind; none: by nobody'),
        unlimited: count.optional().describe('Those with a container that has no memory limit'),
        largest: z.array(text).optional().describe('Those that request most memory, each with its amount'),
      })
      .optional()
      .describe('What runs on it'),
  })
  .describe('The node on which the pod runs, or which fails');

const claimFactsSchema = z
  .object({
    name: text,
    phase: text.describe('Pending, Bound or Lost; NotFound where there is no such claim'),
    createdAt: time.optional(),
    storageClass: text.optional().describe('Empty: none is to be used'),
    accessModes: z.array(text),
    volumeMode: text.optional(),
    requested: text.optional(),
    capacity: text.optional(),
    volumeName: text.optional(),
    conditions: z.array(conditionSchema),
    usedBy: z.array(text).optional().describe('Pods that mount it, each with its node'),
  })
  .describe('A PersistentVolumeClaim');

export const storageFactsSchema = z
  .object({
    claims: z.array(claimFactsSchema),
    volumes: z
      .array(
        z.object({
          name: text,
          phase: text,
          reason: text.optional(),
          message: text.optional(),
          driver: text.optional(),
          handle: text.optional().describe('The volume, as its driver names it'),
          capacity: text.optional(),
          accessModes: z.array(text),
          reclaimPolicy: text.optional(),
          claim: text.optional().describe('namespace/name of the claim to which it belongs'),
          nodeAffinity: z.array(text).describe('Nodes from which it can be reached, each term in one line'),
        }),
      )
      .describe('The PersistentVolumes behind the claims'),
    classes: z
      .array(
        z.object({
          name: text,
          provisioner: text.optional().describe('Absent where there is no such class'),
          volumeBindingMode: text.optional(),
          reclaimPolicy: text.optional(),
        }),
      )
      .describe('The StorageClasses of the claims'),
    attachments: z
      .array(
        z.object({
          volume: text,
          node: text,
          attached: z.boolean(),
          attacher: text.optional(),
          error: text.optional(),
        }),
      )
      .describe('Nodes to which the volumes are attached, or are being attached'),
  })
  .describe('The claims of the pod and what is behind them');

export const schedulingFactsSchema = z
  .object({
    requests: quantities.describe('What the pod requests as a whole, as the scheduler counts'),
    schedulerName: text.optional(),
    priority: count.optional(),
    nodeSelector: labels,
    affinity: z.array(text).describe('Required terms, each in one line'),
    tolerations: z.array(text),
    topologySpread: z.array(text),
    nodeCount: count.optional().describe('Nodes of the cluster, in the words of the scheduler'),
    refusals: z
      .array(z.object({ nodes: count, reason: text }))
      .describe('Why so many nodes do not take the pod, in the words of the scheduler'),
    nodes: z
      .array(
        z.object({
          name: text,
          lacks: z.array(text).describe('Empty: nothing of what was compared'),
          free: quantities.optional().describe('Allocatable less what its pods request'),
          takenBy: z
            .array(text)
            .optional()
            .describe('The pods that request most of what is not free, each with its request'),
        }),
      )
      .describe('What each node lacks: labels, tolerated taints, cpu, memory, room for pods'),
  })
  .describe('What the pod wants of a node, and what the nodes lack');

export const namespaceFactsSchema = z
  .object({
    name: text,
    phase: text.optional(),
    podSecurity: labels.describe('Levels of Pod Security by mode: enforce, audit, warn'),
    quotas: z.array(
      z.object({
        name: text,
        scopes: z.array(text),
        resources: z.array(z.object({ resource: text, hard: text, used: text })),
      }),
    ),
    limitRanges: z.array(text).describe('Each limit in one line'),
    pods: z
      .object({ count, phases: z.record(z.string(), count), notReady: z.array(text) })
      .optional()
      .describe('The pods of a namespace for which a ticket was asked'),
  })
  .describe('What the namespace allows');

export const refusalFactsSchema = z
  .object({
    by: z.enum([
      'quota',
      'podSecurity',
      'webhook',
      'webhookUnreachable',
      'admissionPolicy',
      'limitRange',
      'serviceAccount',
      'priorityClass',
      'other',
    ]),
    name: text.optional().describe('Of the quota, webhook, policy, service account or Pod Security level'),
    message: text,
  })
  .describe('Who refuses the pods, in the words of the API server');

export const jobFactsSchema = z
  .object({
    name: text,
    completionMode: text.optional(),
    completions: count.optional(),
    parallelism: count.optional(),
    active: count,
    succeeded: count,
    failed: count,
    failedIndexes: text.optional(),
    backoffLimit: count.optional(),
    backoffLimitPerIndex: count.optional(),
    maxFailedIndexes: count.optional(),
    activeDeadlineSeconds: count.optional(),
    suspended: z.boolean().optional(),
    startedAt: time.optional(),
    completedAt: time.optional(),
  })
  .describe('The Job, or the newest one of a CronJob');

export const cronJobFactsSchema = z
  .object({
    schedule: text,
    timeZone: text.optional(),
    concurrencyPolicy: text.optional(),
    startingDeadlineSeconds: count.optional(),
    suspended: z.boolean().optional(),
    lastScheduledAt: time.optional(),
    lastSucceededAt: time.optional(),
    active: count,
    runs: z
      .array(
        z.object({
          name: text,
          startedAt: time.optional(),
          finishedAt: time.optional(),
          outcome: z.enum(['succeeded', 'failed', 'running', 'suspended']),
          reason: text.optional(),
          message: text.optional(),
        }),
      )
      .describe('Its Jobs that are still there, newest first'),
  })
  .describe('The CronJob and its last runs');

export type NodeFacts = z.output<typeof nodeFactsSchema>;
export type StorageFacts = z.output<typeof storageFactsSchema>;
export type SchedulingFacts = z.output<typeof schedulingFactsSchema>;
export type NamespaceFacts = z.output<typeof namespaceFactsSchema>;
export type RefusalFacts = z.output<typeof refusalFactsSchema>;
export type JobFacts = z.output<typeof jobFactsSchema>;
export type CronJobFacts = z.output<typeof cronJobFactsSchema>;

/** The parts by their names in the environment. Each may be missing. */
export interface Surroundings {
  readonly namespace?: NamespaceFacts;
  readonly storage?: StorageFacts;
  readonly scheduling?: SchedulingFacts;
  readonly refusal?: RefusalFacts;
  readonly job?: JobFacts;
  readonly cronJob?: CronJobFacts;
}
