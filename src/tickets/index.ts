export { createTicketClient, type TicketClient, type TicketClientDeps } from './api/client.ts';
export type { RequestEvent } from './api/caller.ts';
export type { ProxySettings } from './api/proxy.ts';
export type { ApiCluster } from './api/schema.ts';
export { createTokenFile, type TokenSource } from './api/mounted-files.ts';
export { type ClusterId, createClusterId, ClusterTicketApi } from './cluster-id.ts';
export {
  controlPlaneRecovered,
  controlPlaneRecurred,
  controlPlaneRequest,
  lastControlPlaneComment,
} from './render/control-plane.ts';
export { commentBody, type CommentFacts, doubleText, pendingComment } from './render/comments.ts';
export { renderDraft } from './render/draft.ts';
export { tellsRecovery, toRequest } from './render/request.ts';
export type { Story } from './render/story.ts';
