import type { FastifyInstance } from 'fastify';
import { isKnownTo } from '../tickets.ts';
import type { Cluster } from '../tickets.ts';
import type { Caller, Organisation } from '../tokens.ts';
import { ApiError, parse } from './problems.ts';
import { callerOf, pagination } from './calls.ts';
import type { RouteDeps } from './calls.ts';
import { clusterQuerySchema, organisationPathSchema, switchInputSchema, toQuery } from './requests.ts';

const ORGANISATIONS = '/api/v1/org/organisation';

/** The calls about clusters and organisations: what the vendor's own command line asks for beside tickets. */
export function registerOrganisations(app: FastifyInstance, deps: RouteDeps): void {
  app.get('/api/v1/clusters', { config: { operation: 'clusters' } }, (request, reply) => {
    const { page, page_size, ...filter } = parse(clusterQuerySchema, toQuery(request.query), 'query');
    const { organisationId } = callerOf(request);
    const clusters = (deps.clusters ?? []).filter(
      (cluster) =>
        isKnownTo(cluster, organisationId) &&
        (filter.cluster_id ?? cluster.id) === cluster.id &&
        (filter.cluster_name ?? cluster.name) === cluster.name,
    );
    const start = (page - 1) * page_size;
    return reply.send({
      result: clusters.slice(start, start + page_size).map((cluster) => toCluster(cluster, organisationId)),
      pagination: pagination(page, page_size, clusters.length),
    });
  });
  const config = { operation: 'organisations' } as const;
  app.get(ORGANISATIONS, { config }, (request, reply) => {
    const caller = callerOf(request);
    return reply.send(caller.organisationIds.map((id) => toSummary(deps, caller, id)));
  });
  app.get(`${ORGANISATIONS}/:organisation_id`, { config }, (request, reply) => {
    const { organisation_id } = parse(organisationPathSchema, request.params, 'path');
    const { name, slug } = toSummary(deps, callerOf(request), organisation_id);
    return reply.send({ organisation_id, name, slug, users: [], created_at: STARTED_AT });
  });
  app.post(`${ORGANISATIONS}/switch`, { config }, (request, reply) => {
    const { organisation_id } = parse(switchInputSchema, request.body, 'body');
    const caller = callerOf(request);
    const { name } = toSummary(deps, caller, organisation_id);
    caller.choose(organisation_id);
    return reply.send({ success: true, message: `This token acts for ${name} now` });
  });
}

/** A desk does not know when an organisation was made: the day of the first release. */
const STARTED_AT = '2026-01-01T00:00:00Z';

function toCluster(
  { id, name }: Cluster,
  organisationId: string,
): Readonly<Record<'id' | 'name' | 'organisation_id', string>> {
  return { id, name, organisation_id: organisationId };
}

interface OrganisationSummary {
  readonly organisation_id: string;
  readonly name: string;
  readonly slug: string;
  readonly user_current: boolean;
  readonly status: string;
  readonly role: string;
}

/** Throws ApiError 404 for an organisation that the caller may not act for. */
function toSummary(
  { organisations }: { readonly organisations: readonly Organisation[] },
  { organisationId, organisationIds }: Caller,
  id: string,
): OrganisationSummary {
  if (!organisationIds.includes(id)) throw new ApiError(404, 'Organisation not found');
  const name = organisations.find((entry) => entry.id === id)?.name ?? 'default';
  return {
    organisation_id: id,
    name,
    slug: name.toLowerCase().replaceAll(/[^a-z0-9]+/gu, '-'),
    user_current: id === organisationId,
    status: 'active',
    role: 'member',
  };
}
