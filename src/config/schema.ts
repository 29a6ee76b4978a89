import * as z from 'zod';
import { DAY, HOUR, MINUTE, SECOND } from '../domain/clock.ts';
import { detectedClasses } from '../domain/failure-classes.ts';
import { categories, severities } from '../domain/ticket.ts';
import { environmentSchema, logsSchema } from './evidence.ts';
import { duration, httpsUrl, labelSelector, namespaceName, namespacePattern } from './values.ts';
import { severityRulesSchema } from './severity.ts';
import { silencesSchema } from './silences.ts';

/** Where tickets go and how. */
const ticketApiSchema = z.strictObject({
  url: httpsUrl.default('https://platform.ankra.app').describe('Base URL of the ticket API'),
  tokenFile: z
    .string()
    .min(1)
    .default('/var/run/secrets/ankra/token')
    .describe('File with the bearer token; read again when it changes'),
  organisationId: z.uuid().optional().describe('Sent as x-ankra-organisation-id'),
  caFile: z
    .string()
    .min(1)
    .optional()
    .describe('PEM bundle added to the built-in roots; read again when it changes'),
  proxy: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }).describe('Proxy for the ticket API alone, without credentials'),
      credentialsFile: z
        .string()
        .min(1)
        .optional()
        .describe('File with user:password; read again when it changes'),
      noProxy: z.array(z.string().min(1)).default([]).describe('Hosts that are reached directly'),
    })
    .optional(),
  timeout: duration({ min: SECOND, max: 20 * SECOND })
    .default(20 * SECOND)
    .describe('For one request'),
  lookupDelay: duration({ max: 10 * MINUTE })
    .default(30 * SECOND)
    .describe('How long the list may take to show an accepted ticket'),
  maxConcurrent: z.int().min(1).max(16).default(2),
  maxPerMinute: z
    .int()
    .min(0)
    .max(6_000)
    .default(60)
    .describe('Tickets and comments sent in any minute; 0 is no limit'),
  category: z.enum(categories).default('technical'),
  ticketLink: z
    .string()
    .includes('{id}')
    .optional()
    .describe('Web address of a ticket for people, with {id} in it'),
});

const classSchema = z.strictObject({
  enabled: z.boolean().optional(),
  for: duration({ max: DAY }).optional(),
  severity: z.enum(severities).optional(),
});

const watchSchema = z
  .strictObject({
    namespaces: z
      .array(namespaceName)
      .default([])
      .describe('Only these are watched; empty means the whole cluster'),
    includeNamespaces: z
      .array(namespacePattern)
      .default([])
      .describe('Names and patterns: automatic filing in these alone; empty means in all'),
    excludeNamespaces: z
      .array(namespacePattern)
      .default([])
      .describe('Names and patterns: no automatic filing in these'),
    namespaceSelector: labelSelector
      .optional()
      .describe('Automatic filing in namespaces with these labels alone'),
    workloadSelector: labelSelector
      .optional()
      .describe('Automatic filing for owners with these labels alone'),
  })
  .refine(({ namespaces, namespaceSelector }) => namespaces.length === 0 || namespaceSelector === undefined, {
    path: ['namespaceSelector'],
    error: 'cannot be used with watch.namespaces: the labels of namespaces cannot be read then',
  });

const extraPatternSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]{1,40}$/, 'lower-case letters, digits and "-"'),
  pattern: z.string().min(1).max(256),
  flags: z
    .string()
    .regex(/^[isu]*$/, 'only the flags i, s and u')
    .optional(),
});

const redactionSchema = z.strictObject({
  withhold: z
    .boolean()
    .default(true)
    .describe('Mask words that look like a secret near a word for one, where no rule knows the form'),
  patterns: z.array(extraPatternSchema).max(50).default([]),
  pii: z
    .strictObject({
      email: z.boolean().default(true),
      card: z.boolean().default(true),
      iban: z.boolean().default(false),
      ip: z.boolean().default(false),
      phone: z.boolean().default(false),
      ssn: z.boolean().default(false),
    })
    .prefault({}),
});

const leaseSchema = z
  .strictObject({
    name: z.string().min(1).default('ankra-support-agent'),
    duration: duration({ min: 2 * SECOND, max: 10 * MINUTE }).default(30 * SECOND),
    renewDeadline: duration({ min: SECOND, max: 10 * MINUTE }).default(20 * SECOND),
    retryPeriod: duration({ min: 200, max: MINUTE }).default(5 * SECOND),
  })
  .refine((lease) => lease.duration > lease.renewDeadline, {
    path: ['duration'],
    error: 'must be longer than renewDeadline',
  })
  .refine((lease) => lease.renewDeadline > 1.2 * lease.retryPeriod, {
    path: ['renewDeadline'],
    error: 'must be longer than 1.2 times retryPeriod',
  });

const wholeSchema = z.strictObject({
  ticketApi: ticketApiSchema.prefault({}),
  clusterId: z
    .uuid()
    .optional()
    .describe('cluster_id of the tickets; also the identity where kube-system cannot be read'),
  clusterName: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Resolved to a cluster_id through the ticket API'),
  mode: z.enum(['file', 'observe']).default('file').describe('observe writes Incidents and never files'),
  watch: watchSchema.prefault({}),
  silences: silencesSchema,
  severity: severityRulesSchema,
  classes: z.partialRecord(z.enum(detectedClasses), classSchema).default({}),
  nodes: z
    .strictObject({
      maintenance: duration({ max: 30 * DAY })
        .default(HOUR)
        .describe('A node that is cordoned, or taken away and not ready, is reported after this time more'),
    })
    .prefault({}),
  groupWait: duration({ max: 5 * MINUTE })
    .default(10 * SECOND)
    .describe('Wait before an incident opens, so that a common cause can take it in'),
  resolveAfter: duration({ min: SECOND, max: DAY })
    .default(10 * MINUTE)
    .describe('An incident is over after this time without a symptom'),
  storm: z
    .strictObject({
      perMinute: z.int().min(1).max(100_000).default(10),
      perHour: z.int().min(1).max(100_000).default(60),
    })
    .prefault({})
    .describe('More openings than this become one storm incident with one ticket'),
  controlPlane: z
    .strictObject({
      enabled: z.boolean().default(true),
      for: duration({ min: MINUTE, max: DAY })
        .default(5 * MINUTE)
        .describe('A ticket is filed when the API server has taken no write for so long'),
    })
    .prefault({}),
  closeRecovered: z.boolean().default(false).describe('Close the ticket when the workload has recovered'),
  manual: z
    .strictObject({
      enabled: z.boolean().default(true),
      perHour: z
        .int()
        .min(1)
        .max(1_000)
        .default(5)
        .describe(
          'Requests by annotation that one namespace may have filed in an hour; more wait for their turn',
        ),
    })
    .prefault({}),
  environment: environmentSchema.prefault({}),
  logs: logsSchema.prefault({}),
  redaction: redactionSchema.prefault({}),
  incidents: z
    .strictObject({
      max: z
        .int()
        .min(10)
        .max(100_000)
        .default(2_000)
        .describe('Incident objects; what fails beyond that is told by the storm incident alone'),
      keepRecovered: duration({ min: HOUR }).default(7 * DAY),
      keepRejected: duration({ min: HOUR }).default(30 * DAY),
    })
    .prefault({}),
  lease: leaseSchema.prefault({}),
  log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info') }).prefault({}),
  http: z
    .strictObject({ port: z.int().min(0).max(65_535).default(8080), host: z.string().default('::') })
    .prefault({}),
});

/** The whole configuration: one schema for the file, the environment and the chart's `config:` values. */
export const configSchema = wholeSchema.refine(
  ({ watch, clusterId }) => watch.namespaces.length === 0 || clusterId !== undefined,
  {
    path: ['clusterId'],
    error:
      'must be set where watch.namespaces is: kube-system, which identifies the cluster, cannot be read then',
  },
);

export type Config = z.output<typeof configSchema>;
export type ConfigInput = z.input<typeof configSchema>;
