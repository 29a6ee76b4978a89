export { createElection } from './election.ts';
export type { Election, ElectionDeps, ElectionDurations, ElectionEvent, StopReason } from './election.ts';
