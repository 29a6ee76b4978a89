import { fieldAt, isFields, textAt, type Fields, type KubeObject, type StoredObject } from './api-types.ts';
import { isSameJson } from './json.ts';
import type { Resource } from './resources.ts';
import { apiVersionOf } from './resources.ts';
import { badRequest, invalid, type FieldError } from './status.ts';

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const subdomainRule =
  'a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, ' +
  "'-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for " +
  String.raw`validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`;

// metav1.MicroTime is parsed with the Go layout 2006-01-02T15:04:05.000000Z07:00: six fraction digits, no more, no fewer.
const microTimeLayout = '2006-01-02T15:04:05.000000Z07:00';
const microTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}(Z|[+-]\d{2}:\d{2})$/;
const microTimeFields: Readonly<Record<string, readonly string[]>> = {
  Lease: ['spec.acquireTime', 'spec.renewTime'],
  Event: ['eventTime', 'series.lastObservedTime'],
};

function refused(field: string, value: unknown, why: string): FieldError {
  return { type: 'FieldValueInvalid', field, body: `Invalid value: ${JSON.stringify(value)}: ${why}` };
}

function required(field: string, why = ''): FieldError {
  return {
    type: 'FieldValueRequired',
    field,
    body: why === '' ? 'Required value' : `Required value: ${why}`,
  };
}

/** 400: the body is not JSON, or not an object of this resource. */
export function unrecognized(resource: Resource, why: string): Error {
  return badRequest(`the object provided is unrecognized (must be of type ${resource.kind}): ${why}`);
}

/** Refuses a body that is not an object of this resource, or has a time that cannot be read. Throws 400. */
export function decode(resource: Resource, body: unknown): KubeObject {
  const apiVersion = apiVersionOf(resource);
  if (!isFields(body))
    throw unrecognized(resource, "couldn't get version/kind; json parse error: not an object");
  if (resource.custom && body['kind'] === undefined)
    throw unrecognized(resource, `Object 'Kind' is missing in '${JSON.stringify(body)}'`);
  const kind = body['kind'] ?? resource.kind;
  const version = body['apiVersion'] ?? apiVersion;
  if (kind !== resource.kind || version !== apiVersion) {
    const sent = `${JSON.stringify(kind)} in version ${JSON.stringify(version)}`;
    throw badRequest(`${sent} cannot be handled as a ${resource.kind}: no kind match`);
  }
  const metadata = isFields(body['metadata']) ? body['metadata'] : {};
  const object = { ...body, apiVersion, kind: resource.kind, metadata: { ...metadata } } as KubeObject;
  checkMicroTimes(resource, object);
  return object;
}

function checkMicroTimes(resource: Resource, object: KubeObject): void {
  for (const path of microTimeFields[resource.kind] ?? []) {
    const value = fieldAt(object, path);
    if (value === undefined || value === null || (typeof value === 'string' && microTime.test(value)))
      continue;
    throw badRequest(
      `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: ` +
        `parsing time ${JSON.stringify(value)} as "${microTimeLayout}": cannot parse ${JSON.stringify(value)}`,
    );
  }
}

function nameErrors(object: KubeObject): FieldError[] {
  const { name } = object.metadata;
  if (typeof name !== 'string' || name === '')
    return [required('metadata.name', 'name or generateName is required')];
  if (name.length > 253) return [refused('metadata.name', name, 'must be no more than 253 characters')];
  return subdomain.test(name) ? [] : [refused('metadata.name', name, subdomainRule)];
}

function leaseErrors(lease: KubeObject): FieldError[] {
  const duration = fieldAt(lease, 'spec.leaseDurationSeconds');
  const transitions = fieldAt(lease, 'spec.leaseTransitions');
  return [
    ...(typeof duration === 'number' && duration <= 0
      ? [refused('spec.leaseDurationSeconds', duration, 'must be greater than 0')]
      : []),
    ...(typeof transitions === 'number' && transitions < 0
      ? [refused('spec.leaseTransitions', transitions, 'must be greater than or equal to 0')]
      : []),
  ];
}

/** Events of the old style (no `eventTime`) must be in their object's namespace; cluster-scoped objects use `default`. */
function oldEventErrors(event: KubeObject): FieldError[] {
  const namespace = fieldAt(event, 'involvedObject.namespace') ?? '';
  const expected = namespace === '' ? 'default' : namespace;
  if (event.metadata.namespace === expected) return [];
  return [refused('involvedObject.namespace', namespace, 'does not match event.namespace')];
}

function newEventErrors(event: KubeObject, reporter: string): FieldError[] {
  const wanted = { [reporter]: 'reportingComponent', reportingInstance: 'reportingInstance' };
  const missing = Object.entries({ ...wanted, action: 'action', reason: 'reason' })
    .filter(([, field]) => typeof event[field] !== 'string' || event[field] === '')
    .map(([shown]) => required(shown));
  const namespace = fieldAt(event, 'involvedObject.namespace') ?? '';
  const own = event.metadata.namespace ?? '';
  const fits = namespace !== '' || own === 'default' || own === 'kube-system';
  return fits
    ? missing
    : [refused('involvedObject.namespace', namespace, 'does not match event.namespace'), ...missing];
}

function eventErrors(resource: Resource, event: KubeObject): FieldError[] {
  const isOldStyle = event['eventTime'] === undefined || event['eventTime'] === null;
  const isNewApi = resource.group !== '';
  const errors = isOldStyle
    ? oldEventErrors(event)
    : newEventErrors(event, isNewApi ? 'reportingController' : 'reportingComponent');
  if (!isNewApi) return errors;
  const known = event['type'] === 'Normal' || event['type'] === 'Warning';
  return [
    ...errors,
    ...(isOldStyle ? [required('eventTime')] : []),
    ...(known ? [] : [refused('type', '', `has invalid value: ${textAt(event, 'type')}`)]),
  ];
}

const immutableSpec = 'the spec of an Incident cannot be changed';

function asFields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** What the CRD's CEL rules say: the spec is immutable, but its draft may be removed. */
function incidentErrors(incident: KubeObject, previous: StoredObject | undefined): FieldError[] {
  if (previous === undefined) return [];
  const [now, before] = [asFields(incident['spec']), asFields(previous['spec'])];
  const changed = [...new Set([...Object.keys(now), ...Object.keys(before)])].filter(
    (field) => !isSameJson(now[field], before[field]) && !(field === 'draft' && now['draft'] === undefined),
  );
  return changed.map((field) => {
    // A rule that compares two versions of a field is not asked when the field is new: then the one on the whole spec speaks.
    const isNew = before[field] === undefined;
    const why =
      isNew && field === 'draft' ? 'the draft of an Incident can be removed, but not added' : immutableSpec;
    return {
      type: 'FieldValueInvalid',
      field: isNew ? 'spec' : `spec.${field}`,
      body: `Invalid value: ${why}`,
    };
  });
}

/** Refuses what the API server's validation (and the CRD's rules) would refuse. `object` is in stored form. Throws 422. */
export function validate(resource: Resource, object: KubeObject, previous?: StoredObject): void {
  const errors = previous === undefined ? nameErrors(object) : [];
  if (resource.kind === 'Lease') errors.push(...leaseErrors(object));
  if (resource.kind === 'Event' && previous === undefined) errors.push(...eventErrors(resource, object));
  if (resource.kind === 'Incident') errors.push(...incidentErrors(object, previous));
  if (errors.length === 0) return;
  throw invalid({ group: resource.group, kind: resource.kind, name: object.metadata.name ?? '' }, errors);
}

/** 422 for a PUT without the resource version it needs. Names the plural, as the API server does here. */
export function versionRequired(resource: Resource, name: string): Error {
  const error = refused('metadata.resourceVersion', 0, 'must be specified for an update');
  return invalid({ group: resource.group, kind: resource.plural, name }, [error]);
}

/** 422 for a patch that names another uid. */
export function immutableUid(resource: Resource, name: string, uid: string): Error {
  const error = refused('metadata.uid', uid, 'field is immutable');
  return invalid({ group: resource.group, kind: resource.kind, name }, [error]);
}
