import type { WriteFailure, WriteFailureKind } from '../domain/control-plane.ts';
import { KubeApiError, KubeConnectionError } from './connection/index.ts';

/** Codes of Node's sockets and resolver, and those of `KubeConnectionError`. */
const connectionKinds: Readonly<Record<string, WriteFailureKind>> = {
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
  CONNECT_TIMEOUT: 'timeout',
  HEADER_TIMEOUT: 'timeout',
  CALL_TIMEOUT: 'timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENOTFOUND: 'name',
  EAI_AGAIN: 'name',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls',
  EPROTO: 'tls',
};
/** OpenSSL's verification errors as Node names them: CERT_HAS_EXPIRED, UNABLE_TO_VERIFY_LEAF_SIGNATURE, ERR_SSL_…. */
const TLS_CODE = /^(?:CERT_|UNABLE_TO_|ERR_SSL_|ERR_TLS_)/u;
/** Of our own making: the token's file cannot be read, the agent ends. */
const ownCodes = new Set(['CREDENTIALS', 'CLOSED']);

/** Words of etcd (server/etcdserver/errors) and of the API server's admission (plugin/webhook/errors), the most telling first. */
const serverWords: readonly (readonly [RegExp, WriteFailureKind])[] = [
  [/database space exceeded|NOSPACE/u, 'no-space'],
  [
    /etcdserver: (?:no leader|request timed out|leader changed|not capable|server stopped|corrupt)/u,
    'no-quorum',
  ],
  [/failed calling (?:validating |mutating )?webhook|admission webhook .* denied the request/u, 'webhook'],
];

/**
 * What a failed write says of the control plane; undefined where it says something of the request or of the agent alone: its rights, its
 * token, a conflict.
 */
export function writeFailureOf(error: unknown): WriteFailure | undefined {
  if (error instanceof KubeConnectionError) {
    if (ownCodes.has(error.code)) return undefined;
    return { kind: connectionKind(error.code), words: error.message };
  }
  if (!(error instanceof KubeApiError)) return undefined;
  const kind = answerKind(error);
  return kind === undefined ? undefined : { kind, words: error.message };
}

function connectionKind(code: string): WriteFailureKind {
  return connectionKinds[code] ?? (TLS_CODE.test(code) ? 'tls' : 'connection');
}

function answerKind({ status, message }: KubeApiError): WriteFailureKind | undefined {
  const named = serverWords.find(([words]) => words.test(message))?.[1];
  if (named !== undefined) return named;
  if (status === 429) return 'overloaded';
  return status >= 500 ? 'server-error' : undefined;
}
