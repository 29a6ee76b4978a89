export { IncidentCache, type IncidentChange } from './incident-cache.ts';
export { IncidentWriter, LeaseLostError, requireLease, type StatusChange } from './incident-writer.ts';
