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
