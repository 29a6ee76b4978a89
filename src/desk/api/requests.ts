import { z } from 'zod';
import {
  categories,
  COMMENT_LIMIT,
  DESCRIPTION_LIMIT,
  severities,
  SUBJECT_LIMIT,
} from '../../domain/ticket.ts';
import { codePoints, FIELD_REQUIRED, isRecord } from './problems.ts';

/** Who may be named as the origin of a ticket. */
export const sources = ['portal', 'api', 'cli', 'agent'] as const;
export type Source = (typeof sources)[number];

/** Every status a ticket can have. */
export const statuses = [
  'pending_review',
  'open',
  'triaging',
  'in_progress',
  'waiting_customer',
  'resolved',
  'closed',
] as const;
export type Status = (typeof statuses)[number];

const LARGEST_PAGE = 1_000_000;
const LARGEST_PAGE_SIZE = 100;
const DEFAULT_PAGE_SIZE = 25;

/** What is wrong, in the words of FastAPI. */
function wrong(type: string, message: string): { message: string; params: { readonly type: string } } {
  return { message, params: { type } };
}

function text(max: number): z.ZodType<string> {
  return z
    .string({
      error: ({ input }) =>
        input === undefined || input === null ? FIELD_REQUIRED : 'Input should be a valid string',
    })
    .refine(
      (value) => codePoints(value) <= max,
      wrong('string_too_long', `String should have at most ${max} characters`),
    )
    .meta({ maxLength: max });
}

function choice<const T extends readonly string[]>(choices: T): z.ZodType<T[number]> {
  const quoted = choices.map((name) => `'${name}'`);
  return z.enum(choices, `Input should be ${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1) ?? ''}`);
}

/** Any JSON object, kept as it is: a copy would lose keys that mean something in JavaScript. */
const object = z
  .custom<Readonly<Record<string, unknown>>>(
    isRecord,
    wrong('dict_type', 'Input should be a valid dictionary'),
  )
  .meta({ type: 'object' });

const objects = z
  .custom<readonly Readonly<Record<string, unknown>>[]>(
    (value) => Array.isArray(value) && value.every(isRecord),
    wrong('list_type', 'Input should be a valid list of dictionaries'),
  )
  .meta({ type: 'array', items: { type: 'object' } });

const uuid = z.guid('Input should be a valid UUID').toLowerCase();

/** A field that may be absent or null: both are null. */
function optional<T>(schema: z.ZodType<T>): z.ZodType<T | null> {
  return schema.nullish().transform((value) => value ?? null);
}

/** A field that takes its preset when it is absent or null. */
function preset<T>(schema: z.ZodType<T>, value: T): z.ZodType<T> {
  return schema.nullish().transform((given) => given ?? value);
}

const NO_OBJECT = 'Input should be a valid dictionary';

const someText = { type: 'string', pattern: String.raw`\S` };
const ownText = {
  required: ['subject', 'description'],
  properties: { subject: someText, description: someText },
};

/**
 * The body of a create (or review) call, defaults filled in. Unknown fields are ignored, limits count code points. Without a review the
 * text must be in the body.
 */
export const ticketInputSchema = z
  .object(
    {
      review_id: optional(uuid),
      subject: optional(text(SUBJECT_LIMIT)),
      description: optional(text(DESCRIPTION_LIMIT)),
      category: preset(choice(categories), 'technical'),
      cluster_id: optional(uuid),
      severity: optional(choice(severities)),
      source: preset(choice(sources), 'portal'),
      acknowledged: preset(z.boolean('Input should be a valid boolean'), false),
      environment: optional(object),
      clarification_answers: optional(objects),
    },
    NO_OBJECT,
  )
  .superRefine((input, context) => {
    if (input.review_id !== null) return;
    for (const name of ['subject', 'description'] as const) {
      if ((input[name] ?? '').trim() !== '') continue;
      context.addIssue({
        code: 'custom',
        path: [name],
        ...wrong('missing', 'Field required without a review_id'),
      });
    }
  })
  .meta({ anyOf: [{ required: ['review_id'], properties: { review_id: { type: 'string' } } }, ownText] });
export type TicketInput = z.output<typeof ticketInputSchema>;

/** The body of a comment call. */
export const commentInputSchema = z.object(
  {
    body: text(COMMENT_LIMIT).refine(
      (value) => value.trim() !== '',
      wrong('string_too_short', 'String should have at least 1 character'),
    ),
  },
  NO_OBJECT,
);

/** The body of the call that chooses an organisation. */
export const switchInputSchema = z.object({ organisation_id: uuid }, NO_OBJECT);

/** The ids of a path. */
export const ticketPathSchema = z.object({ ticket_id: uuid });
export const attachmentPathSchema = z.object({ ticket_id: uuid, attachment_id: uuid });
export const organisationPathSchema = z.object({ organisation_id: uuid });

/** The parameters of a query, by name: all values that were given, `status`, `status[]` and `status[0]` being the same. Empty ones count as not given. */
export type Query = Readonly<Record<string, readonly string[]>>;

/** Brings a parsed query into one form. */
export function toQuery(given: unknown): Query {
  const values = new Map<string, string[]>();
  for (const [key, value] of Object.entries(given ?? {})) {
    const name = key.replace(/\[\d{0,9}\]$/u, '');
    const texts = [value].flat().filter((text) => typeof text === 'string' && text !== '') as string[];
    values.set(name, [...(values.get(name) ?? []), ...texts]);
  }
  return Object.fromEntries(values);
}

const values = z.array(z.string()).optional();

/** A parameter that is given once; of several the last counts. */
function last<T>(
  check: (text: string | undefined) => T | undefined,
  problem: { readonly message: string },
): z.ZodType<T> {
  return values.transform((given, context) => {
    const value = check(given?.at(-1));
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', ...problem });
    return z.NEVER;
  });
}

function integer(bounds: { readonly preset: number; readonly max: number }): z.ZodType<number> {
  const read = (given: string | undefined): number | undefined => {
    if (given === undefined) return bounds.preset;
    const value = /^\d{1,9}$/u.test(given) ? Number(given) : 0;
    return value >= 1 && value <= bounds.max ? value : undefined;
  };
  const problem = wrong('int_parsing', `Input should be a whole number from 1 to ${bounds.max}`);
  return last(read, problem).meta({ type: 'integer', minimum: 1, maximum: bounds.max, items: undefined });
}

const maybeText = values.transform((given) => given?.at(-1)).meta({ type: 'string', items: undefined });

const maybeUuid = values
  .transform((given) => given?.at(-1))
  .pipe(uuid.optional())
  .meta({ type: 'string', format: 'uuid', items: undefined });

const pages = {
  page: integer({ preset: 1, max: LARGEST_PAGE }),
  page_size: integer({ preset: DEFAULT_PAGE_SIZE, max: LARGEST_PAGE_SIZE }),
};

/** The query of a list of tickets. Unknown parameters are ignored. */
export const listQuerySchema = z.object({
  ...pages,
  status: z.array(choice(statuses)).optional(),
  cluster_id: maybeUuid,
  q: maybeText.describe('A part of the subject, upper or lower case'),
});

/** The query of a list of clusters. */
export const clusterQuerySchema = z.object({ ...pages, cluster_id: maybeUuid, cluster_name: maybeText });
