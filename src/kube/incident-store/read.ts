import { incidentSpecSchema, incidentStatusSchema } from '../../domain/incident.ts';
import type { Incident } from '../../domain/incident.ts';
import { fields, text, timeAt } from '../evidence/raw.ts';
import { commentTimes, specTimes, statusTimes } from './resource.ts';

/** An Incident object that the agent cannot read, most likely edited by hand. The message names every field at fault. */
export class IncidentFormatError extends Error {
  override readonly name = 'IncidentFormatError';
}

interface RawIncident {
  metadata: { name: string; uid: string; resourceVersion: string; creationTimestamp: string };
  spec: object;
  status: { comment: object };
}

/**
 * Reads an Incident object as the API server sends it; fields we do not know are ignored, and a missing phase means
 * Pending. Throws IncidentFormatError.
 */
export function incidentFromObject(object: unknown): Incident {
  const raw = fields<RawIncident>(object);
  const metadata = fields<RawIncident['metadata']>(raw.metadata);
  const [name, uid, resourceVersion] = [
    text(metadata.name),
    text(metadata.uid),
    text(metadata.resourceVersion),
  ];
  if (name === undefined || uid === undefined || resourceVersion === undefined) {
    throw new IncidentFormatError('Incident: metadata must have name, uid and resourceVersion');
  }
  const spec = incidentSpecSchema.safeParse(withoutNulls(readTimes(raw.spec, specTimes)));
  const status = incidentStatusSchema.safeParse(readStatus(raw.status));
  if (!spec.success || !status.success) {
    const problems = [...problemsOf('spec', spec.error), ...problemsOf('status', status.error)];
    throw new IncidentFormatError(`Incident ${name}: ${problems.join('; ')}`);
  }
  const createdAt = timeAt(metadata.creationTimestamp) ?? spec.data.openedAt;
  return { name, uid, resourceVersion, createdAt, spec: spec.data, status: status.data };
}

function readStatus(raw: unknown): unknown {
  if (raw === undefined || raw === null) return { phase: 'Pending' };
  const status = withoutNulls(readTimes(raw, statusTimes));
  const { comment } = fields<RawIncident['status']>(status);
  if (typeof status !== 'object' || status === null) return status;
  return {
    phase: 'Pending',
    ...status,
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
