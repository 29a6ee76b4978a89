import type { Incident } from '../domain/incident.ts';
import { incidentFromObject } from '../kube/incident-store/read.ts';
import { fields, text } from '../kube/evidence/raw.ts';

/** An Incident without its draft, which is large and read again when it is needed. */
export interface IncidentView extends Incident {
  readonly kind: 'Incident';
  readonly namespace: string;
}

/** Throws IncidentFormatError, which names the fields at fault: such an object is counted and left alone. */
export function toIncident(object: unknown): IncidentView {
  const { spec, ...incident } = incidentFromObject(object);
  const { draft: _draft, ...rest } = spec;
  const namespace =
    text(fields<{ namespace: string }>(fields<{ metadata: object }>(object).metadata).namespace) ?? '';
  return { kind: 'Incident', namespace, ...incident, spec: rest };
}
