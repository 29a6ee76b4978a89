import type { Resource } from './resources.ts';

/** One entry of `details.causes`: a field that was refused, or a machine-readable reason. */
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

/** The answer to a request that has no object of its own: every error, and most deletions. */
export interface StatusObject {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: { readonly continue?: string };
  readonly status: 'Failure' | 'Success';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly uid?: string;
    readonly causes?: readonly Cause[];
    readonly retryAfterSeconds?: number;
  };
  readonly code?: number;
}

/** A refusal, thrown by whoever finds it and turned into an HTTP answer by the server. */
export class ApiError extends Error {
  readonly status: StatusObject & { readonly code: number };

  constructor(status: StatusObject & { readonly code: number }) {
    super(status.message ?? status.reason ?? 'request failed');
    this.name = 'ApiError';
    this.status = status;
  }
}

type Details = NonNullable<StatusObject['details']>;

/** Builds any failure; the named ones below are what the server uses. */
export function failure(code: number, reason: string, message: string, details?: Details): ApiError {
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === '' ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  });
}

/** `deployments.apps`, or the plural alone for the core group: how the API server names a resource in messages. */
export function qualifiedName(resource: Resource): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

function resourceDetails(resource: Resource, name: string): Details {
  return { name, ...(resource.group === '' ? {} : { group: resource.group }), kind: resource.plural };
}

/** 404: no object of that name. */
export function notFound(resource: Resource, name: string): ApiError {
  return failure(
    404,
    'NotFound',
    `${qualifiedName(resource)} "${name}" not found`,
    resourceDetails(resource, name),
  );
}

/** 409: the name is taken. */
export function alreadyExists(resource: Resource, name: string): ApiError {
  const message = `${qualifiedName(resource)} "${name}" already exists`;
  return failure(409, 'AlreadyExists', message, resourceDetails(resource, name));
}

/** 409: the object is not in the version (or not the object) that the request was made for. */
export function conflict(resource: Resource, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${qualifiedName(resource)} "${name}": ${why}`;
  return failure(409, 'Conflict', message, resourceDetails(resource, name));
}

/** 409: a deletion meant another object, or another version of it. Here the API server names the kind, not the plural. */
export function preconditionFailed(subject: { resource: Resource; name: string }, why: string): ApiError {
  const { group, kind } = subject.resource;
  const qualified = group === '' ? kind : `${kind}.${group}`;
  return failure(409, 'Conflict', `Operation cannot be fulfilled on ${qualified} "${subject.name}": ${why}`, {
    name: subject.name,
    ...(group === '' ? {} : { group }),
    kind,
  });
}

/** 404: a path below a served group that names nothing. */
export function noSuchPath(): ApiError {
  return failure(404, 'NotFound', 'the server could not find the requested resource', {});
}

/** 410: a resource version or continue token from before the oldest one that is still known. */
export function expired(message: string): ApiError {
  return failure(410, 'Expired', message);
}

/** 400: the request cannot be read. */
export function badRequest(message: string): ApiError {
  return failure(400, 'BadRequest', message);
}

/** 405: the resource exists and does not know this method. */
export function methodNotAllowed(): ApiError {
  const message = 'the server does not allow this method on the requested resource';
  return failure(405, 'MethodNotAllowed', message, {});
}

/** 406: none of the media types in `Accept` can be produced. */
export function notAcceptable(): ApiError {
  const message =
    'only the following media types are accepted: application/json, application/yaml, ' +
    'application/vnd.kubernetes.protobuf';
  return failure(406, 'NotAcceptable', message);
}

/** 415: the body's media type is not one of `accepted`. */
export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return failure(415, 'UnsupportedMediaType', message);
}

/** 504: the request names a version that this server has not reached. */
export function tooLargeResourceVersion(wanted: number, current: number): ApiError {
  const message = `Timeout: Too large resource version: ${wanted}, current: ${current}`;
  return failure(504, 'Timeout', message, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

/** A field that validation refused; `type` is the machine-readable part. */
export interface FieldError {
  readonly type: 'FieldValueInvalid' | 'FieldValueRequired' | 'FieldValueForbidden';
  readonly field: string;
  /** The whole text after the field's name, e.g. `Invalid value: 0: must be greater than 0`. */
  readonly body: string;
}

/** 422: the object reads well and says something that is not allowed. `kind` may carry its group: `Lease.coordination.k8s.io`. */
export function invalid(
  subject: { group: string; kind: string; name: string },
  errors: readonly FieldError[],
): ApiError {
  const qualified = subject.group === '' ? subject.kind : `${subject.kind}.${subject.group}`;
  const texts = errors.map((error) => `${error.field}: ${error.body}`);
  const summary = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
  return failure(422, 'Invalid', `${qualified} "${subject.name}" is invalid: ${summary}`, {
    name: subject.name,
    ...(subject.group === '' ? {} : { group: subject.group }),
    kind: subject.kind,
    causes: errors.map((error) => ({ reason: error.type, message: error.body, field: error.field })),
  });
}

/** The answer to a deletion that is complete at once. */
export function deleted(resource: Resource, name: string, uid: string): StatusObject {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { ...resourceDetails(resource, name), uid },
  };
}
