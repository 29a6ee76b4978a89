import * as z from 'zod';

/** A text as it stands in the cluster. */
export const text = z.string();
export const time = z.string().describe('RFC 3339 time');
export const quantities = z.record(z.string(), z.string()).describe('Kubernetes quantities by resource name');
export const labels = z.record(z.string(), z.string());

export const conditionSchema = z
  .object({
    type: text,
    status: text,
    reason: text.optional(),
    message: text.optional(),
    lastTransitionTime: time.optional(),
  })
  .describe('A condition as in the object’s status');

/** What is in use, as `metrics.k8s.io` has it. */
export const usageSchema = z
  .object({ cpu: text.optional(), memory: text.optional(), measuredAt: time.optional() })
  .describe('What was in use when it was last measured: cores, and memory as a quantity');
export type Usage = z.output<typeof usageSchema>;

/** Labels and annotations by their names, as an administrator lists them in `environment.labels` and `environment.annotations`. */
const selectedSchema = z
  .object({ labels, annotations: labels })
  .describe('Labels and annotations that the configuration lists');
export type SelectedFacts = z.output<typeof selectedSchema>;

/** Who made the object what it is. */
const managedFactsSchema = z
  .object({
    lastChange: z
      .object({ manager: text.describe('Field manager'), operation: text.optional(), at: time.optional() })
      .optional()
      .describe('The last write to its spec'),
    helm: z
      .object({
        release: text,
        namespace: text.optional(),
        revision: text.optional(),
        chart: text.optional(),
      })
      .optional(),
    argoCd: z.object({ application: text }).optional(),
    flux: z.object({ kind: text, name: text, namespace: text.optional() }).optional(),
    sourceRevision: text
      .optional()
      .describe('Commit or version of the source, where a label or annotation tells'),
    configMaps: z
      .array(z.object({ name: text, changedAt: time, manager: text.optional() }))
      .optional()
      .describe('ConfigMaps that the pod refers to, by their last change, newest first; never their data'),
  })
  .describe('Who manages the owner, and what changed last');
export type ManagedFacts = z.output<typeof managedFactsSchema>;

/** What an owner has of both. */
const ownershipFields = {
  selected: selectedSchema.optional(),
  managed: managedFactsSchema.optional(),
};

export const ownerFactsSchema = z
  .object({
    apiVersion: text,
    kind: text,
    namespace: text,
    name: text,
    uid: text.optional(),
    createdAt: time.optional(),
    deletionRequestedAt: time.optional(),
    finalizers: z.array(text).optional(),
    labels,
    ...ownershipFields,
    replicas: z
      .object({
        wanted: z.number().int(),
        ready: z.number().int(),
        updated: z.number().int().optional(),
        available: z.number().int().optional(),
      })
      .optional(),
    disruptionBudgets: z
      .array(
        z.object({
          name: text,
          minAvailable: text.optional(),
          maxUnavailable: text.optional(),
          healthy: z.number().int().optional(),
          wanted: z.number().int().optional().describe('Healthy pods that it wants at least'),
          allowed: z.number().int().optional().describe('Pods that may be evicted now'),
        }),
      )
      .optional()
      .describe('PodDisruptionBudgets that count its pods'),
    scaleTarget: z
      .object({ kind: text, name: text })
      .optional()
      .describe('The workload that an autoscaler scales'),
    conditions: z.array(conditionSchema),
    chain: z.array(z.object({ kind: text, name: text })).describe('From the pod up to the root owner'),
  })
  .describe('The root owner: what a person would change to fix it');

const containerChangeSchema = z.object({
  container: text,
  image: z.object({ from: text, to: text }).optional(),
  command: z.object({ from: text, to: text }).optional(),
  resources: z.object({ from: text, to: text }).optional(),
  probes: z.object({ from: text, to: text }).optional(),
  environment: z
    .object({ added: z.array(text), removed: z.array(text), changed: z.array(text) })
    .describe('Names only')
    .optional(),
});

export const rolloutFactsSchema = z
  .object({
    revision: text.optional(),
    changedAt: time.optional().describe('When the current revision was made'),
    changeCause: text.optional().describe('Annotation kubernetes.io/change-cause'),
    previousRevision: text.optional(),
    previousChangedAt: time.optional(),
    changes: z.array(containerChangeSchema).describe('What differs from the revision before'),
    alsoChanged: z
      .array(text)
      .optional()
      .describe(
        'Other fields of the pod template that differ, names only: volumes, annotations, tolerations',
      ),
    strategy: text.optional().describe('How pods are replaced, in one line'),
    progressDeadlineSeconds: z.number().int().optional(),
    paused: z.boolean().optional(),
    revisions: z
      .array(
        z.object({
          name: text,
          revision: text,
          createdAt: time.optional(),
          isCurrent: z.boolean(),
          wanted: z.number().int().optional(),
          pods: z.number().int().optional(),
          ready: z.number().int().optional(),
        }),
      )
      .optional()
      .describe('ReplicaSets or ControllerRevisions: the last two, and others that have pods; newest first'),
  })
  .describe('The last rollout of the owner');
