import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ApiError, isUuid } from './api/problems.ts';
import type { Author, AuthorType } from './rows.ts';

/** The organisation of tokens that name none. */
export const DEFAULT_ORGANISATION = '7d3b2a10-5c1e-4f0a-9d52-0c6a2f1b8e44';

/** An organisation whose tickets the desk keeps. */
export interface Organisation {
  readonly id: string;
  readonly name: string;
}

/** A token that the desk accepts. */
export interface DeskToken {
  readonly token: string;
  /** Shown as the author of comments made with it. */
  readonly label?: string;
  /** Who writes with it. Without one it is told by the request: the agent names itself, everybody else is a customer. */
  readonly type?: AuthorType;
  /** The organisations it may act for; the first is taken when the request names none. */
  readonly organisationIds?: readonly string[];
}

/** Who is calling, for which organisation. */
export interface Caller {
  readonly author: Author;
  readonly organisationId: string;
  /** All that it may act for. */
  readonly organisationIds: readonly string[];
  /** From now on the token acts for this one of them, when a request names none. */
  readonly choose: (organisationId: string) => void;
}

/** The tokens of a desk. */
export class Tokens {
  // Looked up by digest, so that the time of a comparison tells nothing about a token.
  readonly #byDigest: ReadonlyMap<string, DeskToken>;

  /** The organisation that a token has switched to, by digest; until the desk ends. */
  readonly #chosen = new Map<string, string>();

  constructor(tokens: readonly DeskToken[]) {
    this.#byDigest = new Map(tokens.map((entry) => [digest(entry.token), entry]));
  }

  find(token: string): DeskToken | undefined {
    return this.#byDigest.get(digest(token));
  }

  /** Names the caller of a request from its headers. Throws ApiError: 401, 403 or 422. */
  caller(headers: IncomingHttpHeaders): Caller {
    const bearer = /^Bearer +(\S+)$/iu.exec(headers.authorization ?? '')?.[1];
    if (bearer === undefined) throw new ApiError(401, 'Not authenticated', { 'www-authenticate': 'Bearer' });
    const key = digest(bearer);
    const entry = this.#byDigest.get(key);
    if (entry === undefined) throw new ApiError(401, 'Invalid token', { 'www-authenticate': 'Bearer' });
    const wanted = headers['x-ankra-organisation-id'];
    return {
      author: { label: entry.label ?? 'API', type: entry.type ?? typeOf(headers) },
      organisationId: chooseOrganisation(
        entry,
        wanted === undefined || wanted === '' ? this.#chosen.get(key) : wanted,
      ),
      organisationIds: organisationsOf(entry),
      choose: (organisationId) => {
        this.#chosen.set(key, organisationId);
      },
    };
  }
}

/** The organisations that a token may act for. */
export function organisationsOf({ organisationIds }: DeskToken): readonly string[] {
  return organisationIds ?? [DEFAULT_ORGANISATION];
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The agent sends its name with every request. */
function typeOf(headers: IncomingHttpHeaders): AuthorType {
  return headers['user-agent']?.startsWith('ankra-support-agent') === true ? 'agent' : 'customer';
}

function chooseOrganisation(entry: DeskToken, wanted: unknown): string {
  const allowed = organisationsOf(entry);
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
