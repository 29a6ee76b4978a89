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
export const ownershipFields = {
  selected: selectedSchema.optional(),
  managed: managedFactsSchema.optional(),
};
