export { checkApiUrl, createTicketClient } from './client.ts';
export type { TicketClient, TicketClientDeps } from './client.ts';
export type { Operation, RequestEvent } from './caller.ts';
export { SettingError, TicketApiError } from './error.ts';
export type { ProxySettings } from './proxy.ts';
export type { ApiCluster } from './schema.ts';
export { createTokenFile } from './token.ts';
export type { TokenSource } from './token.ts';
