import { z } from 'zod';
import { authorTypes } from './rows.ts';
import type { Cluster } from './tickets.ts';
import type { DeskToken, Organisation } from './tokens.ts';

/** Who may use a desk, and for whom. */
export interface Access {
  readonly tokens: readonly DeskToken[];
  readonly organisations: readonly Organisation[];
  /** Undefined when no organisation names one: every cluster is taken then. */
  readonly clusters: readonly Cluster[] | undefined;
}

const SHORTEST_TOKEN = 16;

const idSchema = z.guid('must be a UUID').toLowerCase();
const nameSchema = z.string().trim().min(1).max(200);

const fileSchema = z.strictObject({
  organisations: z
    .array(
      z.strictObject({
        id: idSchema,
        name: nameSchema,
        clusters: z.array(z.strictObject({ id: idSchema, name: nameSchema })).default([]),
      }),
    )
    .min(1, 'name at least one organisation'),
  tokens: z
    .array(
      z.strictObject({
        token: z
          .string()
          .regex(/^\S+$/u, 'must have no spaces')
          .min(SHORTEST_TOKEN, `must have at least ${SHORTEST_TOKEN} characters`),
        label: nameSchema,
        type: z.enum(authorTypes).optional(),
        organisations: z.array(nameSchema).min(1, 'name at least one organisation').optional(),
      }),
    )
    .min(1, 'name at least one token'),
});

/**
 * Reads a token file: one token alone, or JSON with organisations, their clusters, and tokens that name the organisations they may act for.
 * Throws an Error that names the field and the remedy, and no token.
 */
export function parseAccess(text: string, file: string): Access {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{')) return singleToken(trimmed, file);
  const parsed = fileSchema.safeParse(parseJson(trimmed, file));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'file'}: ${message}`,
    );
    throw new Error(`${file}: ${problems.join('; ')}`);
  }
  const { organisations, tokens } = parsed.data;
  refuseDoubles(
    organisations.flatMap(({ id, name }) => [id, name]),
    `${file}: organisations`,
  );
  refuseDoubles(
    tokens.map(({ token }) => token),
    `${file}: tokens`,
  );
  const clusters = organisations.flatMap((organisation) =>
    organisation.clusters.map((cluster) => ({ ...cluster, organisationId: organisation.id })),
  );
  return {
    organisations: organisations.map(({ id, name }) => ({ id, name })),
    clusters: clusters.length === 0 ? undefined : clusters,
    tokens: tokens.map((entry, index) => toToken(entry, organisations, `${file}: tokens.${index}`)),
  };
}

type AccessFile = z.output<typeof fileSchema>;

/** `where` names the token in messages. */
function toToken(
  { token, label, type, organisations: names }: AccessFile['tokens'][number],
  organisations: AccessFile['organisations'],
  where: string,
): DeskToken {
  const idOf = (name: string): string => {
    const found = organisations.find(({ id, name: known }) => known === name || id === name.toLowerCase());
    if (found !== undefined) return found.id;
    throw new Error(`${where}.organisations: no organisation is called "${name}"; add it to organisations`);
  };
  const organisationIds = names?.map(idOf) ?? organisations.map(({ id }) => id);
  return { token, label, organisationIds, ...(type === undefined ? {} : { type }) };
}

function singleToken(token: string, file: string): Access {
  if (token === '') throw new Error(`${file}: the file is empty; put the token into it`);
  if (/\s/u.test(token)) throw new Error(`${file}: a token has no spaces; for several tokens write JSON`);
  return { tokens: [{ token, label: 'ankra-support-agent' }], organisations: [], clusters: undefined };
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The message of the parser quotes the text, and with it a token.
    throw new Error(`${file}: is no JSON; check its commas and quotation marks`);
  }
}

/** Throws an Error when a value stands twice. */
function refuseDoubles(values: readonly string[], where: string): void {
  if (new Set(values).size < values.length) throw new Error(`${where}: the same one stands twice`);
}
