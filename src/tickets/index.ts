export {
  type ApiCluster,
  createTicketClient,
  createTokenFile,
  type ProxySettings,
  type RequestEvent,
  type TicketClient,
  type TicketClientDeps,
  type TokenSource,
} from './api/index.ts';
export { type ClusterId, createClusterId, withClusterId } from './cluster-id.ts';
export {
  controlPlaneRecovered,
  controlPlaneRecurred,
  controlPlaneRequest,
  lastControlPlaneComment,
} from './render/control-plane.ts';
export { commentBody, type CommentFacts, doubleText, pendingComment } from './render/comments.ts';
export { renderDraft, tellsRecovery, toRequest } from './render/draft.ts';
export type { Story } from './render/story.ts';
