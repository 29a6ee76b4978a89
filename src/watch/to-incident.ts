import type { Incident, UnreadableIncident } from '../domain/incident.ts';
import {
  IncidentFormatError,
  incidentFromObject,
  unreadableFromObject,
} from '../kube/incident-store/read.ts';
import { fields, text } from '../kube/object-fields.ts';

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
