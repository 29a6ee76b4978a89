import { GROUP } from '../../domain/incident.ts';
import type { IncidentSpec, IncidentStatus, PendingComment } from '../../domain/incident.ts';

/** Names of the custom resource, as the CustomResourceDefinition of the chart has them. */
export const INCIDENT_PLURAL = 'incidents';
export const INCIDENT_VERSION = 'v1alpha1';

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
export const conditionTypes = ['Ready', 'Reconciling', 'Stalled'] as const;

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
