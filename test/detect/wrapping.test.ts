import { describe, expect, test } from '@jest/globals';
import { unwrap } from '../../src/detect/message.ts';

describe('the cause within a message', () => {
  test.each([
    [
      'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/nope": stat /nope: no such file or directory: unknown',
      'exec: "/nope": stat /nope: no such file or directory',
    ],
    [
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox runtime: no runtime for "kata" is configured',
      'failed to get sandbox runtime: no runtime for "kata" is configured',
    ],
    [
      'create Pod web-0 in StatefulSet web failed error: pods "web-0" is forbidden: exceeded quota: none',
      'pods "web-0" is forbidden: exceeded quota: none',
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
