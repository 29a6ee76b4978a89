import {
  GROUP,
  type Incident,
  type IncidentSpec,
  incidentSpecSchema,
  type IncidentStatus,
  incidentStatusSchema,
  type KeptValues,
  type PendingComment,
  phaseByFields,
  phases,
  type UnreadableIncident,
} from '../../domain/incident.ts';
import { type Fields, fields, fieldsList, text, textOf, timeAt } from '../object-fields.ts';

/** Names of the custom resource, as the CustomResourceDefinition of the chart has them. */
const INCIDENT_PLURAL = 'incidents';
const INCIDENT_VERSION = 'v1alpha1';

/** Every Incident of the agent carries this `app.kubernetes.io/managed-by`. */
export const MANAGED_BY = 'ankra-support-agent';

/** Labels of an Incident, for `kubectl get incidents -l`. Values are cut to what a label may hold. */
export const incidentLabels = {
  managedBy: 'app.kubernetes.io/managed-by',
  cluster: `${GROUP}/cluster`,
  key: `${GROUP}/key`,
  class: `${GROUP}/class`,
  trigger: `${GROUP}/trigger`,
  ownerKind: `${GROUP}/owner-kind`,
  ownerName: `${GROUP}/owner-name`,
  targetNamespace: `${GROUP}/target-namespace`,
} as const;

/**
 * `spec` on the wire has the field names of the domain, all flat: `trigger`, `cluster`, `target {apiVersion, kind, namespace, name, uid}`, `key`, `class`, `reason`,
 * `openedAt`, and where there is one `previousTicketId`, `note`, `cause {kind, key, incident}`, `draft {subject, description, category, severity, environment}`.
 * `target.namespace` is an empty string for cluster-scoped objects; `draft.environment` is JSON in a string.
 * Times are RFC 3339 with milliseconds (`format: date-time`). These are the times:
 */
export const specTimes = ['openedAt'] as const satisfies readonly (keyof IncidentSpec)[];

/**
 * `status` on the wire: `phase`, `class`, `ticketId`, `ticketUrl`, `filedAt`, `attempts`, `lastError`, `occurrences`, `affected {count, names[]}`, `lastSeenAt`,
 * `recoveredAt`, `recovery`, `recurrences`, `foldedInto`, `linkedTo`, `comment {kind, marker, at, text}` (all four or no comment), and written beside them,
 * never read: `conditions[]` (metav1.Condition), of which those of other types are kept. All optional: a new Incident has no status at all, which means `phase: Pending`. The times:
 */
export const statusTimes = [
  'filedAt',
  'lastSeenAt',
  'recoveredAt',
  'saidUnresolvedAt',
] as const satisfies readonly (keyof IncidentStatus)[];

/** The time in `status.comment`. */
export const commentTimes = ['at'] as const satisfies readonly (keyof PendingComment)[];

/** Types of the conditions that the agent writes. */
const conditionTypes = ['Ready', 'Reconciling', 'Stalled'] as const;

/** A condition as metav1.Condition has it. */
export interface IncidentCondition {
  readonly type: (typeof conditionTypes)[number];
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
  /** RFC 3339. */
  readonly lastTransitionTime: string;
  readonly observedGeneration: number;
}

/** Path of the Incidents of a namespace, or of the one named `name`. */
export function incidentPath(namespace: string, name?: string): string {
  const all = `/apis/${GROUP}/${INCIDENT_VERSION}/namespaces/${encodeURIComponent(namespace)}/${INCIDENT_PLURAL}`;
  return name === undefined ? all : `${all}/${encodeURIComponent(name)}`;
}

/**
 * An Incident object that the agent cannot read: edited by hand, or of a release that has broken with the policy of
 * docs/adr/0012. The message names every field at fault.
 */
export class IncidentFormatError extends Error {
  override readonly name = 'IncidentFormatError';
}

interface RawIncident {
  metadata: {
    name: string;
    namespace: string;
    uid: string;
    resourceVersion: string;
    creationTimestamp: string;
    labels: object;
  };
  spec: { key: string; cluster: string };
  status: { phase: string; comment: object; conditions: { type: string }[] };
}

/**
 * Reads an Incident object as the API server sends it; fields we do not know are ignored, words of a later release are kept, and a
 * missing phase means Pending. Throws IncidentFormatError.
 */
export function incidentFromObject(object: unknown): Incident {
  const raw = fields<RawIncident>(object);
  const identity = identityOf(raw);
  if (identity === undefined)
    throw new IncidentFormatError('Incident: metadata must have name, uid and resourceVersion');
  const spec = incidentSpecSchema.safeParse(withoutNulls(readTimes(raw.spec, specTimes)));
  const kept = keptValues(raw.status);
  const status = incidentStatusSchema.safeParse(readStatus(raw.status, kept));
  if (!spec.success || !status.success) {
    const problems = [...problemsOf('spec', spec.error), ...problemsOf('status', status.error)];
    throw new IncidentFormatError(`Incident ${identity.name}: ${problems.join('; ')}`);
  }
  const { creationTimestamp } = fields<RawIncident['metadata']>(raw.metadata);
  const createdAt = timeAt(creationTimestamp) ?? spec.data.openedAt;
  const read = { ...identity, createdAt, spec: spec.data };
  if (kept === undefined) return { ...read, status: status.data };
  const phase = kept.phase === undefined ? status.data.phase : phaseByFields(status.data);
  return { ...read, status: { ...status.data, phase }, kept };
}

/** What can be said of an object that cannot be read. Undefined for one without a name, uid or version. */
export function unreadableFromObject(
  object: unknown,
  error: IncidentFormatError,
): UnreadableIncident | undefined {
  const raw = fields<RawIncident>(object);
  const identity = identityOf(raw);
  if (identity === undefined) return undefined;
  const metadata = fields<RawIncident['metadata']>(raw.metadata);
  const spec = fields<RawIncident['spec']>(raw.spec);
  return {
    ...identity,
    namespace: text(metadata.namespace) ?? '',
    unreadable: error.message,
    keyPrefix: keyPrefixOf(spec.key, metadata.labels, identity.name),
    cluster: text(spec.cluster) ?? textOf(metadata.labels, incidentLabels.cluster),
  };
}

function identityOf({
  metadata,
}: Fields<RawIncident>): Pick<Incident, 'name' | 'uid' | 'resourceVersion'> | undefined {
  const raw = fields<RawIncident['metadata']>(metadata);
  const [name, uid, resourceVersion] = [text(raw.name), text(raw.uid), text(raw.resourceVersion)];
  if (name === undefined || uid === undefined || resourceVersion === undefined) return undefined;
  return { name, uid, resourceVersion };
}

/** A label holds 63 of the 64 digits of a key, a name eight of them. */
const KEY = /^[0-9a-f]{8,64}$/;
const KEY_IN_NAME = /-([0-9a-f]{8})-\d+$/;

function keyPrefixOf(key: unknown, labels: unknown, name: string): string | undefined {
  const told = [text(key), textOf(labels, incidentLabels.key)].find(
    (value) => value !== undefined && KEY.test(value),
  );
  return told ?? KEY_IN_NAME.exec(name)?.[1];
}

/** Undefined where all is known. */
function keptValues(raw: unknown): KeptValues | undefined {
  const status = fields<RawIncident['status']>(raw);
  const phase = text(status.phase);
  const isKnown = phase === undefined || (phases as readonly string[]).includes(phase);
  const conditions = fieldsList<{ type: string }>(status.conditions).filter(
    ({ type }) => !(conditionTypes as readonly unknown[]).includes(type),
  );
  if (isKnown && conditions.length === 0) return undefined;
  return { ...(isKnown ? {} : { phase }), ...(conditions.length === 0 ? {} : { conditions }) };
}

function readStatus(raw: unknown, kept: KeptValues | undefined): unknown {
  if (raw === undefined || raw === null) return { phase: 'Pending' };
  const status = withoutNulls(readTimes(raw, statusTimes));
  const { comment } = fields<RawIncident['status']>(status);
  if (typeof status !== 'object' || status === null) return status;
  return {
    phase: 'Pending',
    ...status,
    ...(kept?.phase === undefined ? {} : { phase: 'Pending' }),
    ...(comment === undefined ? {} : { comment: readTimes(comment, commentTimes) }),
  };
}

/** The same object, its times as epoch milliseconds; NaN for what is no time, which the schema then refuses. */
function readTimes(raw: unknown, names: readonly string[]): unknown {
  if (typeof raw !== 'object' || raw === null) return raw;
  const times = Object.entries(raw).filter(([name, value]) => names.includes(name) && value !== null);
  return { ...raw, ...Object.fromEntries(times.map(([name, value]) => [name, timeAt(value) ?? Number.NaN])) };
}

/** A field set to null by hand is a field that is not there. */
function withoutNulls(raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null) return raw;
  return Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== null));
}

type Failure = ReturnType<typeof incidentSpecSchema.safeParse>['error'];
type StatusFailure = ReturnType<typeof incidentStatusSchema.safeParse>['error'];

const times: readonly string[] = [...specTimes, ...statusTimes, ...commentTimes];

function problemsOf(part: string, error: Failure | StatusFailure): readonly string[] {
  return (error?.issues ?? []).map((issue) => {
    const path = [part, ...issue.path.map(String)];
    const isTime = times.includes(path.at(-1) ?? '');
    return `${path.join('.')}: ${isTime ? 'must be an RFC 3339 time' : issue.message}`;
  });
}

/** An Incident without its draft, which is large and read again when it is needed. */
export interface IncidentView extends Incident {
  readonly kind: 'Incident';
  readonly namespace: string;
}

/** An Incident that cannot be read. Its name and its key are taken all the same. */
export interface UnreadableIncidentView extends UnreadableIncident {
  readonly kind: 'Incident';
}

/** Throws IncidentFormatError for what has no name, uid or version. */
export function toIncident(object: unknown): IncidentView | UnreadableIncidentView {
  try {
    return readable(object);
  } catch (error) {
    const unreadable = error instanceof IncidentFormatError ? unreadableFromObject(object, error) : undefined;
    if (unreadable === undefined) throw error;
    return { kind: 'Incident', ...unreadable };
  }
}

function readable(object: unknown): IncidentView {
  const { spec, ...incident } = incidentFromObject(object);
  const { draft: _draft, ...rest } = spec;
  const namespace =
    text(fields<{ namespace: string }>(fields<{ metadata: object }>(object).metadata).namespace) ?? '';
  return { kind: 'Incident', namespace, ...incident, spec: rest };
}
