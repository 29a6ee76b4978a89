import * as z from 'zod';
import type { Ticket, TicketSummary } from '../../domain/ticket.ts';

/** Ids go into paths: only what needs no encoding is believed. The contract says UUID. */
const idSchema = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/u);

/** RFC 3339 to epoch milliseconds. A time without a zone is taken as UTC. */
const timeSchema = z
  .string()
  .transform((text) => Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/iu.test(text) ? text : `${text}Z`))
  .pipe(z.number());

const textSchema = z
  .string()
  .nullish()
  .transform((text) => text ?? '');

const summaryFields = {
  id: idSchema,
  subject: textSchema,
  status: z.string(),
  created_at: timeSchema,
  cluster_id: z.string().nullish(),
  // Not in the contract: whatever else stands there is none.
  ticket_number: z
    .union([z.string().trim().min(1).max(64), z.number()])
    .nullish()
    .catch(undefined),
};

function numberOf(value: string | number | null | undefined): Pick<TicketSummary, 'number'> {
  return value === undefined || value === null ? {} : { number: String(value) };
}

/** A ticket as lists and the create call answer it: of many fields the few we use. */
export const summarySchema = z
  .object(summaryFields)
  .transform(({ id, subject, status, created_at, cluster_id: clusterId, ticket_number }): TicketSummary => ({
    id,
    subject,
    status,
    createdAt: created_at,
    ...(typeof clusterId === 'string' ? { clusterId } : {}),
    ...numberOf(ticket_number),
  }));

/** A ticket with its comments. */
export const ticketSchema = z
  .object({
    ...summaryFields,
    description: textSchema,
    comments: z.array(z.object({ id: z.string(), body: textSchema })).nullish(),
    attachments: z.array(z.object({ filename: textSchema })).nullish(),
  })
  .transform(
    ({ id, subject, status, created_at, description, comments, attachments, ticket_number }): Ticket => ({
      ...numberOf(ticket_number),
      id,
      subject,
      status,
      createdAt: created_at,
      description,
      comments: comments ?? [],
      attachments: (attachments ?? []).map(({ filename }) => filename),
    }),
  );

/** Just enough to know that a ticket has answered, and no page of somebody else. */
export const anyTicketSchema = z.object({ id: idSchema });

/** A cluster that the organisation has. */
export interface ApiCluster {
  readonly id: string;
  readonly name: string;
}

export const clusterSchema = z.object({ id: z.string(), name: z.string() });

/** One page of a list. Without `pagination` the page is the whole list. */
export function pageSchema<T>(
  item: z.ZodType<T>,
): z.ZodType<{ readonly items: readonly T[]; readonly pages: number }> {
  return z
    .object({
      result: z.array(item),
      pagination: z.object({ total_pages: z.number().int().nonnegative() }).nullish(),
    })
    .transform(({ result, pagination }) => ({ items: result, pages: pagination?.total_pages ?? 1 }));
}

const detailSchema = z.object({
  detail: z.union([
    z.string(),
    z.array(
      z.object({ loc: z.array(z.union([z.string(), z.number()])).optional(), msg: z.string().optional() }),
    ),
  ]),
});

/** What an error answer says. */
export interface Detail {
  /** In one line. */
  readonly words: string;
  readonly isAboutCluster: boolean;
  /** It has the form of the API's errors. A page of a firewall, a gateway or a portal has not. */
  readonly isApi: boolean;
}

/** Reads the body of an error answer. */
export function readDetail(text: string): Detail {
  const parsed = detailSchema.safeParse(parseJson(text));
  if (!parsed.success) return { words: 'no reason given', isAboutCluster: false, isApi: false };
  const { detail } = parsed.data;
  if (typeof detail === 'string')
    return { words: detail, isAboutCluster: detail.includes('cluster_id'), isApi: true };
  const words = detail.map(({ loc, msg }) => [loc?.join('.'), msg].filter(Boolean).join(': ')).join('; ');
  return { words, isAboutCluster: detail.some(({ loc }) => loc?.includes('cluster_id')), isApi: true };
}

/** JSON or `undefined`: the API's answers are data of which anything may be expected. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
