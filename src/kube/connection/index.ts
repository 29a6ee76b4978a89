export { createKubeConnection, type Reads, SharedReads } from './connection.ts';
export { KubeApiError, KubeConnectionError, writeFailureOf } from './errors.ts';
export type { KubeConnection, KubeRequest, KubeSource, KubeStream } from './types.ts';
