import { describe, expect, test } from '@jest/globals';
import { unwrap } from '../../src/lib/unwrap.ts';

describe('the cause within a message', () => {
  test.each([
    [
      'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/nope": stat /nope: no such file or directory: unknown',
      'exec: "/nope": stat /nope: no such file or directory',
    ],
    [
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox runtime: no runtime for "kata" is configured',
      'no runtime for "kata" is configured',
    ],
    [
      // CRI-O quotes the log line of runc.
      'container create failed: time="2026-11-30T01:02:03Z" level=error msg="runc create failed: unable to start container process: exec: \\"/nope\\": stat /nope: no such file or directory"',
      'exec: "/nope": stat /nope: no such file or directory',
    ],
    [
      // Docker before runc 1.1.
      'Error response from daemon: OCI runtime create failed: container_linux.go:380: starting container process caused: process_linux.go:545: container init caused: exec: "/etc": permission denied: unknown',
      'exec: "/etc": permission denied',
    ],
    [
      'rpc error: code = Unknown desc = failed to setup network for sandbox "9f2c": plugin type="calico" failed (add): no route to host',
      'plugin type="calico" failed (add): no route to host',
    ],
    [
      'Internal error occurred: failed calling webhook "a.example.com": failed to call webhook: Post "https://injector.mesh.svc:443/inject?timeout=10s": no endpoints available for service "injector"',
      'failed calling webhook "a.example.com": no endpoints available for service "injector"',
    ],
    [
      'Back-off pulling image "r.example.com/a:1": ErrImagePull: failed to pull and unpack image "r.example.com/a:1": failed to resolve reference "r.example.com/a:1": r.example.com/a:1: not found',
      'r.example.com/a:1: not found',
    ],
    [
      'create Pod web-0 in StatefulSet web failed error: pods "web-0" is forbidden: exceeded quota: none',
      'exceeded quota: none',
    ],
    [
      // The kubelet of 1.36 in `state.waiting`, as PostStartHookError.
      `command '/bin/sh -c echo "no route to consul"; exit 4' exited with 4: , message: "no route to consul\\n"`,
      'exit code 4: no route to consul',
    ],
    [
      'Get "http://10.0.0.7:8080/warm": dial tcp 10.0.0.7:8080: connect: connection refused, message: ""',
      'Get "http://10.0.0.7:8080/warm": dial tcp 10.0.0.7:8080: connect: connection refused',
    ],
    [
      'container has runAsNonRoot and image will run as root (pod: "web-1_shop(c2b0ad5e)", container: web)',
      'container has runAsNonRoot and image will run as root',
    ],
    ['Error creating: pods "web-1" is forbidden', 'pods "web-1" is forbidden'],
  ])('%s', (message, cause) => {
    expect(unwrap(message)).toBe(cause);
  });

  test.each(['secret "payments" not found', 'runc create failed: ', 'the state is: unknown, for now'])(
    'stays as it is: %s',
    (message) => {
      expect(unwrap(message)).toBe(message);
    },
  );
});
