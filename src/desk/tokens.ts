import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ApiError, isUuid } from './api/problems.ts';

/** The organisation of tokens that name none. */
export const DEFAULT_ORGANISATION = '7d3b2a10-5c1e-4f0a-9d52-0c6a2f1b8e44';

/** A token that the desk accepts. */
export interface DeskToken {
  readonly token: string;
  /** Shown as the author of comments made with it. */
  readonly label?: string;
  /** The organisations it may act for; the first is taken when the request names none. */
  readonly organisationIds?: readonly string[];
}

/** Who is calling, for which organisation. */
export interface Caller {
  readonly label: string;
  readonly organisationId: string;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Names the caller of a request from its headers. The returned function throws ApiError: 401, 403 or 422. */
export function createAuthentication(tokens: readonly DeskToken[]): (headers: IncomingHttpHeaders) => Caller {
  // Looked up by digest, so that the time of a comparison tells nothing about a token.
  const byDigest = new Map(tokens.map((entry) => [digest(entry.token), entry]));
  return (headers) => {
    const bearer = /^Bearer +(\S+)$/iu.exec(headers.authorization ?? '')?.[1];
    if (bearer === undefined) throw new ApiError(401, 'Not authenticated', { 'www-authenticate': 'Bearer' });
    const entry = byDigest.get(digest(bearer));
    if (entry === undefined) throw new ApiError(401, 'Invalid token', { 'www-authenticate': 'Bearer' });
    return {
      label: entry.label ?? 'API',
      organisationId: chooseOrganisation(entry, headers['x-ankra-organisation-id']),
    };
  };
}

function chooseOrganisation(entry: DeskToken, wanted: unknown): string {
  const allowed = entry.organisationIds ?? [DEFAULT_ORGANISATION];
  const [first] = allowed;
  if (wanted === undefined && first !== undefined) return first;
  if (typeof wanted === 'string' && !isUuid(wanted)) {
    const loc = ['header', 'x-ankra-organisation-id'];
    throw new ApiError(422, [{ type: 'uuid_parsing', loc, msg: 'Input should be a valid UUID' }]);
  }
  const organisation = allowed.find((id) => id === String(wanted).toLowerCase());
  if (organisation === undefined) throw new ApiError(403, 'This token may not act for this organisation');
  return organisation;
}
