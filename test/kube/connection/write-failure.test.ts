import { describe, expect, test } from '@jest/globals';
import { KubeApiError, KubeConnectionError } from '../../../src/kube/connection/index.ts';
import { writeFailureOf } from '../../../src/kube/connection/errors.ts';

const path = 'PUT /apis/coordination.k8s.io/v1/namespaces/agents/leases/agent';

describe('a connection that fails', () => {
  test.each([
    ['ECONNREFUSED', 'refused'],
    ['CONNECT_TIMEOUT', 'timeout'],
    ['HEADER_TIMEOUT', 'timeout'],
    ['CALL_TIMEOUT', 'timeout'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ENETUNREACH', 'unreachable'],
    ['ENOTFOUND', 'name'],
    ['EAI_AGAIN', 'name'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['ECONNRESET', 'connection'],
    ['NOT_JSON', 'connection'],
  ])('%s is %s', (code, kind) => {
    expect(writeFailureOf(new KubeConnectionError(path, code))).toEqual({ kind, words: `${path}: ${code}` });
  });

  test.each(['CREDENTIALS', 'CLOSED'])('%s is the agent’s own affair', (code) => {
    expect(writeFailureOf(new KubeConnectionError(path, code))).toBeUndefined();
  });
});

describe('an answer that is none', () => {
  // Wordings as users reported them: kubernetes/kubernetes issues on NOSPACE, lost quorum, and webhooks that catch everything.
  test.each([
    [500, 'etcdserver: mvcc: database space exceeded', 'no-space'],
    [500, 'rpc error: code = ResourceExhausted desc = etcdserver: mvcc: database space exceeded', 'no-space'],
    [500, 'etcdserver: request timed out', 'no-quorum'],
    [503, 'etcdserver: no leader', 'no-quorum'],
    [500, 'etcdserver: leader changed', 'no-quorum'],
    [
      500,
      'Internal error occurred: failed calling webhook "validate.kyverno.svc-fail": failed to call webhook: Post "https://kyverno-svc.kyverno.svc:443/validate/fail?timeout=10s": no endpoints available for service "kyverno-svc"',
      'webhook',
    ],
    [
      403,
      'admission webhook "validation.gatekeeper.sh" denied the request: [deny-all] nothing may be changed',
      'webhook',
    ],
    [429, 'storage is (re)initializing', 'overloaded'],
    [503, 'the server is currently unable to handle the request', 'server-error'],
    [504, 'Timeout: request did not complete within the requested timeout', 'server-error'],
  ])('%i %s: %s', (status, message, kind) => {
    expect(writeFailureOf(new KubeApiError(path, { status, message }))?.kind).toBe(kind);
  });

  test.each([
    [401, 'Unauthorized'],
    [403, 'leases.coordination.k8s.io "agent" is forbidden: User "x" cannot update resource "leases"'],
    [404, 'namespaces "agents" not found'],
    [409, 'the object has been modified'],
    [422, 'Lease is invalid'],
  ])('%i %s says something of the request alone', (status, message) => {
    expect(writeFailureOf(new KubeApiError(path, { status, message }))).toBeUndefined();
  });

  test('a mistake of ours is none of the control plane', () => {
    expect(writeFailureOf(new TypeError('x is undefined'))).toBeUndefined();
  });
});
