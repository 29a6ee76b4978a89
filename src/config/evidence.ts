import * as z from 'zod';
import { labelKey } from './values.ts';

/** Kubernetes documentation, "Recommended Labels". */
const recommendedLabels = ['name', 'instance', 'version', 'component', 'part-of', 'managed-by'].map(
  (name) => `app.kubernetes.io/${name}`,
);

/** What is read for a ticket. */
export const environmentSchema = z.strictObject({
  maxLength: z
    .int()
    .min(4_096)
    .max(100_000)
    .default(65_536)
    .describe('Of the environment as JSON, in characters'),
  events: z.int().min(0).max(50).default(20),
  labels: z
    .array(labelKey)
    .max(50)
    .default(recommendedLabels)
    .describe('Labels of the owner that stand in the ticket'),
  annotations: z
    .array(labelKey)
    .max(50)
    .default(['runbook', 'team', 'contact'].map((name) => `support.ankra.app/${name}`))
    .describe('Annotations of the owner that stand in the ticket'),
  configMaps: z
    .boolean()
    .default(false)
    .describe('Read when the ConfigMaps of a failing pod were changed; needs the right to get them'),
  usage: z
    .boolean()
    .default(false)
    .describe(
      'Read what CPU and memory are in use; needs metrics.k8s.io and the right to get its pods and nodes',
    ),
});

/** How much of the logs is read. */
export const logsSchema = z.strictObject({
  enabled: z.boolean().default(true).describe('Read the last log lines of failing containers'),
  lines: z.int().min(1).max(200).default(50),
  maxBytes: z.int().min(1_024).max(65_536).default(16_384),
  attachBytes: z
    .int()
    .min(0)
    .max(262_144)
    .default(131_072)
    .describe('Bytes of the log that is attached to the ticket as a file; 0 attaches none'),
});
