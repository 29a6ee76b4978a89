import { z } from 'zod';
import { describeProblem, placeOf, sayProblem } from '../domain/input-problems.ts';
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

const idSchema = z
  .guid({ error: ({ input }) => `${input === undefined ? 'is missing; write' : 'must be'} a UUID` })
  .toLowerCase();
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
          .min(
            SHORTEST_TOKEN,
            `must have at least ${SHORTEST_TOKEN} characters; openssl rand -hex 24 makes one`,
          ),
        label: nameSchema,
        type: z.enum(authorTypes).optional(),
        organisations: z.array(nameSchema).min(1, 'name at least one organisation').optional(),
      }),
    )
    .min(1, 'name at least one token'),
});

/**
 * Reads a token file: one token alone, or JSON with organisations, their clusters, and tokens that name the organisations they may act for.
 * Throws an Error that names each field that is wrong and the remedy, and no token.
 */
export function parseAccess(text: string, file: string): Access {
  const trimmed = text.trim();
  // JSON of another kind is none of the tokens that people have.
  if (!/^[{["]/u.test(trimmed)) return singleToken(trimmed, file);
  const parsed = fileSchema.safeParse(parseJson(trimmed, file), { error: sayProblem });
  if (!parsed.success)
    throw unusable(
      file,
      parsed.error.issues.flatMap((issue) => describeProblem(issue, 'the file')),
    );
  const { organisations, tokens } = parsed.data;
  const problems = [
    ...sameValues(
      organisations.map(({ id }) => id),
      'organisations',
      'id',
    ),
    ...sameValues(
      organisations.map(({ name }) => name),
      'organisations',
      'name',
    ),
    ...sameValues(
      tokens.map(({ token }) => token),
      'tokens',
      'token',
    ),
    ...tokens.flatMap((entry, at) => unknownOrganisations(entry, organisations, `tokens[${at}]`)),
  ];
  if (problems.length > 0) throw unusable(file, problems);
  const clusters = organisations.flatMap((organisation) =>
    organisation.clusters.map((cluster) => ({ ...cluster, organisationId: organisation.id })),
  );
  return {
    organisations: organisations.map(({ id, name }) => ({ id, name })),
    clusters: clusters.length === 0 ? undefined : clusters,
    tokens: tokens.map((entry) => toToken(entry, organisations)),
  };
}

type AccessFile = z.output<typeof fileSchema>;
type TokenEntry = AccessFile['tokens'][number];
type OrganisationEntry = AccessFile['organisations'][number];

function unusable(file: string, problems: readonly string[]): Error {
  return new Error(`${file} cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
}

/** One line for each value that stands a second time. The value itself is not told. */
function sameValues(values: readonly string[], list: string, field: string): readonly string[] {
  return values.flatMap((value, at) => {
    const first = values.indexOf(value);
    return first === at
      ? []
      : [
          `${list}[${at}].${field}: is the same as ${list}[${first}].${field}; write another, or remove one of the two`,
        ];
  });
}

function organisationOf(
  name: string,
  organisations: readonly OrganisationEntry[],
): OrganisationEntry | undefined {
  return organisations.find(({ id, name: known }) => known === name || id === name.toLowerCase());
}

/** `where` names the token in messages. */
function unknownOrganisations(
  { organisations: names = [] }: TokenEntry,
  organisations: readonly OrganisationEntry[],
  where: string,
): readonly string[] {
  return names.flatMap((name, at) =>
    organisationOf(name, organisations) === undefined
      ? [
          `${where}.organisations[${at}]: no organisation is called "${name}"; add it to organisations, or correct the name`,
        ]
      : [],
  );
}

function toToken(
  { token, label, type, organisations: names }: TokenEntry,
  organisations: readonly OrganisationEntry[],
): DeskToken {
  const own = names?.flatMap((name) => organisationOf(name, organisations) ?? []) ?? organisations;
  const organisationIds = own.map(({ id }) => id);
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
  } catch (error) {
    const place = [placeOf(error)].filter((words) => words !== '').map((words) => ` ${words}`);
    throw unusable(file, [`the file is not JSON${place.join('')}: check its commas and quotation marks`]);
  }
}
