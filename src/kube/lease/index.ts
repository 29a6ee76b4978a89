export { Election } from './election.ts';
export type { ElectionDeps, ElectionDurations, ElectionEvent, StopReason } from './election.ts';
