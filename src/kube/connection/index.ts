export { createKubeConnection } from './connection.ts';
export type { KubeConnectionDeps } from './connection.ts';
export { KubeApiError, KubeConnectionError } from './errors.ts';
export type { KubeStatusDetails } from './errors.ts';
export type { KubeConnection, KubeRequest, KubeSource, KubeStream, Lane } from './types.ts';
