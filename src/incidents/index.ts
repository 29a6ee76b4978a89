export { IncidentCache, type IncidentChange } from './incident-cache.ts';
export { IncidentWriter, type StatusChange } from './incident-writer.ts';
export { LeaseLostError, requireLease } from './incident-writer.ts';
