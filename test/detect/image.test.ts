import { describe, expect, test } from '@jest/globals';
import {
  ago,
  anEvent,
  aPending,
  aPod,
  aRun,
  condition,
  jobOwner,
  running,
  signalOf,
  signalsOf,
  waiting,
} from './fixtures.ts';

const pulling =
  'failed to pull and unpack image "docker.io/shop/app:1": failed to resolve reference "docker.io/shop/app:1"';

function pullError(cause: string) {
  return aPending([waiting('ErrImagePull', `${pulling}: ${cause}`)]);
}

describe('a cause that is final speaks at once', () => {
  test.each([
    [
      'InvalidImageName',
      'Failed to apply default image tag "shop/app:1:2"',
      'has an image name that nobody can read: Failed to apply default image tag "shop/app:1:2"',
    ],
    [
      'ErrImageNeverPull',
      'Container image "shop/app:1" is not present with pull policy of Never',
      'may not pull its image, and the node does not have it: Container image "shop/app:1" is not present with pull policy of Never',
    ],
  ])('%s', (reason, message, words) => {
    expect(signalOf(aPending([waiting(reason, message)]))).toMatchObject({
      class: 'image',
      reason,
      message: `container app ${words}`,
      since: ago(60),
      immediate: true,
      container: { name: 'app', role: 'app', restartCount: 0 },
    });
  });

  test.each([
    ['invalid reference format: repository name must be lowercase', 'nobody can read its name'],
    ['no match for platform in manifest: not found', 'it is not made for the platform of the node'],
    [
      'no matching manifest for linux/arm64/v8 in the manifest list entries',
      'it is not made for the platform of the node',
    ],
    [
      'choosing image instance: no image found in manifest list for architecture arm64, variant "v8", OS linux',
      'it is not made for the platform of the node',
    ],
  ])('%s', (cause, words) => {
    expect(signalOf(pullError(cause))).toMatchObject({
      reason: 'ErrImagePull',
      message: `container app cannot pull image docker.io/shop/app:1: ${words}`,
      immediate: true,
    });
  });
});

describe('a cause that may pass is held', () => {
  test.each([
    ['docker.io/shop/app:1: not found', 'not found'],
    ['reading manifest 1 in docker.io/shop/app: manifest unknown', 'not found'],
    ['no basic auth credentials', 'the registry refuses access, or does not have it'],
    [
      'denied: requested access to the resource is denied',
      'the registry refuses access, or does not have it',
    ],
    ['unknown: blob unknown to registry: not found', 'the registry has lost a part of it'],
    ['dial tcp 10.0.0.1:443: connect: connection timed out', 'the registry cannot be reached'],
    ['Get "https://docker.io/v2/": EOF', 'the registry cannot be reached'],
    ['429 Too Many Requests - toomanyrequests: not found', 'the registry limits the rate of pulls'],
    ['unexpected status from HEAD request: 503 Service Unavailable', 'the registry answers with an error'],
    ['unexpected status: 500 Internal Server Error: not found', 'the registry answers with an error'],
    ['dial tcp 127.0.0.1:1: connect: connection refused', 'the registry cannot be reached'],
    ['dial tcp: lookup registry.example: no such host', 'the registry cannot be reached'],
    [
      'pull access denied, repository does not exist or may require authorization',
      'the registry refuses access, or does not have it',
    ],
    [
      'tls: failed to verify certificate: x509: unknown authority',
      'the certificate of the registry is not trusted',
    ],
    ['write /var/lib/x: no space left on device', 'the disk of the node is full'],
  ])('%s', (cause, words) => {
    expect(signalOf(pullError(cause))).toMatchObject({
      message: `container app cannot pull image docker.io/shop/app:1: ${words}`,
      immediate: false,
    });
  });

  test.each([
    [
      'error getting credentials - err: exec: "docker-credential-gcr": executable file not found in $PATH',
      'the node cannot get the credentials for the registry',
    ],
    [
      'failed to extract layer sha256:4d: failed to get reader from content store: content digest sha256:51: not found',
      'the node has lost a part of it',
    ],
  ])('which one is quoted: %s', (cause, words) => {
    const message = `Failed to pull image "shop/app:1": ${cause}`;
    expect(signalOf(aPending([waiting('ErrImagePull', message)]))).toMatchObject({
      message: `container app cannot pull image shop/app:1: ${words}: ${cause}`,
      immediate: false,
    });
  });

  test('one that nobody knows is quoted', () => {
    expect(signalOf(pullError('the moon is full')).message).toMatch(/the moon is full$/);
  });

  test('a tag that looks like a status is none', () => {
    const message = 'Back-off pulling image "shop/app:429"';
    expect(signalOf(aPending([waiting('ImagePullBackOff', message)])).message).toBe(
      'container app cannot pull image shop/app:429: Back-off pulling image "shop/app:429"',
    );
  });
});

describe('during the back-off', () => {
  const backOff = aPending([waiting('ImagePullBackOff', 'Back-off pulling image "shop/app:1"')]);
  const failed = anEvent('Failed', 'Failed to pull image "shop/app:1": shop/app:1: not found');

  test('an older kubelet leaves the cause to the event', () => {
    const backingOff = anEvent('Unhealthy', 'Back-off pulling image "shop/app:1"');
    const events = [backingOff, anEvent('Failed', 'Error: ErrImagePull'), failed];
    expect(signalOf(backOff, { events })).toMatchObject({
      reason: 'ImagePullBackOff',
      message: 'container app cannot pull image shop/app:1: not found',
    });
  });

  test('an event about another image is not its cause', () => {
    const other = { ...failed, note: 'Failed to pull image "shop/proxy:1": not found' };
    expect(signalOf(backOff, { events: [other] }).message).toMatch(/Back-off pulling image "shop\/app:1"$/);
  });

  test('a newer kubelet says it itself', () => {
    const message = `Back-off pulling image "shop/app:1": ErrImagePull: ${pulling}: not found`;
    expect(signalOf(aPending([waiting('ImagePullBackOff', message)])).message).toMatch(/: not found$/);
  });
});

describe('since', () => {
  const refused = waiting('ErrImagePull', 'connection refused');

  test('the pod was initialized', () => {
    const conditions = [
      condition('PodScheduled', 'True', { since: ago(9) }),
      condition('Initialized', 'True', { since: ago(8) }),
    ];
    expect(signalOf(aPod({ conditions, containers: [refused] }, { phase: 'Pending' })).since).toBe(ago(8));
    const init = { ...refused, role: 'init' as const };
    expect(signalOf(aPod({ conditions, containers: [init] }, { phase: 'Pending' })).since).toBe(ago(9));
  });

  test('its last run ended, for one that has run before', () => {
    const again = { ...refused, restartCount: 1, lastTerminated: aRun({ finishedAt: ago(2) }) };
    expect(signalOf(aPod({ containers: [again] })).since).toBe(ago(2));
  });
});

test('one container of a running pod is enough, and only it is told', () => {
  const pod = aPod({ containers: [running({ name: 'proxy' }), waiting('ErrImagePull', 'x')] });
  expect(signalOf(pod).container?.name).toBe('app');
});

test('an image that a debug container lacks is nobody’s failure', () => {
  expect(
    signalsOf(aPod({ containers: [running(), waiting('ErrImagePull', 'x', { role: 'ephemeral' })] })),
  ).toEqual([]);
});

test('a Job waits for an image for ever', () => {
  expect(signalOf(aPending([waiting('ErrImagePull', 'x')], { owner: jobOwner })).class).toBe('image');
});
