import { describe, expect, test } from '@jest/globals';
import { withoutOwnNames } from '../../src/detect/same-message.ts';
import type { EventReason } from '../../src/domain/events.ts';
import type { PodView } from '../../src/domain/views.ts';
import { aPending, aPod, anEvent, condition, signalOf, waiting } from './fixtures.ts';

const UID = '3b7a3b5d-7685-43cb-a0ab-5b0646ba07d7';
const OTHER = 'a3e18933-f1c9-4c86-a752-e355e632ef1c';
const scheduled = condition('PodScheduled', 'True');

function podNamed(name: string, namespace: string, uid: string, node: string): PodView {
  const change = { name, namespace, uid, node };
  const container = namespace === 'shop' ? 'app' : 'smtp';
  return aPending([waiting('ContainerCreating', undefined, { name: container })], change);
}

const api = podNamed('api-5f5c-x2x7k', 'shop', UID, 'node-1');
const mailer = podNamed('mailer-0', 'mail', OTHER, 'node-2');

/** Each of two, as two pods are told of the same failure. */
const alike: readonly (readonly [string, string, string])[] = [
  [
    'an image whose signature cannot be checked',
    'checking signature of "registry.example.com/shop/app:1": verifying signatures: Invalid crypto engine',
    'checking signature of "registry.example.com/mail/smtp:2": verifying signatures: Invalid crypto engine',
  ],
  [
    'an id and a control group',
    `[kubepods burstable pod${UID}] : mkdir /sys/fs/cgroup/kubepods/burstable/pod${UID}: cannot allocate memory`,
    `[kubepods besteffort pod${OTHER}] : mkdir /sys/fs/cgroup/kubepods/besteffort/pod${OTHER}: cannot allocate memory`,
  ],
  [
    'a sandbox',
    'failed to start sandbox container task "05db483a6ac6a7cd58867c61e79ddeb0": ttrpc: closed: unknown',
    'failed to start sandbox container task "b74f15de0cceb8610102b40a3eaab80a": ttrpc: closed: unknown',
  ],
  [
    'joined names',
    'name "app_api-5f5c-x2x7k_shop_8c1a1122_0" is reserved',
    'name "smtp_mailer-0_mail_71ffab09_0" is reserved',
  ],
  ['what is made for a pod', 'claim shop/api-5f5c-x2x7k-gpu-x7d2k', 'claim mail/mailer-0-gpu-8kk2p'],
  [
    'a volume and a path',
    `for volume "pvc-${UID}" : stat /var/lib/snapshots/97/fs: input/output error`,
    `for volume "data" : stat /var/lib/snapshots/8/fs: input/output error`,
  ],
  [
    'addresses and times',
    'read tcp 10.0.3.7:49152->10.0.0.1:443: after 2m30.5s',
    'read tcp 10.0.9.1:50011->10.0.0.1:443: after 31s',
  ],
  [
    'a device',
    `unresolvable CDI devices example.com/gpu=${UID}-gpu-0`,
    `unresolvable CDI devices example.com/gpu=${OTHER}-gpu-1`,
  ],
  [
    'a node',
    'failed to attach disk with node: "node-1" err NotAuthenticated',
    'failed to attach disk with node: "node-2" err NotAuthenticated',
  ],
  [
    'a volume of the device mapper',
    `mount /dev/mapper/vg-pvc--${UID.replaceAll('-', '--')}: input/output error`,
    `mount /dev/mapper/vg-pvc--${OTHER.replaceAll('-', '--')}: input/output error`,
  ],
  [
    'the folder of a volume',
    `mount.nfs ${UID}/volumes/kubernetes.io~nfs/data Output: rpc.statd is not running`,
    `mount.nfs ${OTHER}/volumes/kubernetes.io~nfs/uploads Output: rpc.statd is not running`,
  ],
  [
    'a file descriptor',
    'bind /proc/thread-self/fd/15: no such device',
    'bind /proc/thread-self/fd/7: no such device',
  ],
  [
    'where it was cut',
    `${'a'.repeat(600)} pod api-5f5c-x2x7k: ${'b'.repeat(400)}`.slice(0, 1_000),
    `${'a'.repeat(600)} pod mailer-0: ${'b'.repeat(400)}`.slice(0, 1_000),
  ],
  [
    'a cache of the kubelet',
    'failed to sync configmap cache: timed out',
    'failed to sync secret cache: timed out',
  ],
];

describe('what two pods are told of the same failure', () => {
  test.each(alike)('is equal but for %s', (_what, left, right) => {
    expect(left).not.toBe(right);
    expect(withoutOwnNames(api, left)).toBe(withoutOwnNames(mailer, right));
  });

  test.each([
    [
      'hostPath type check failed: /data/a is not a directory',
      'hostPath type check failed: /data/b is not a directory',
    ],
    ['no runtime for "nvidia" is configured', 'no runtime for "kata" is configured'],
    ['found errors on device /dev/rbd0', 'found errors on device /dev/rbd1'],
    ['cannot allocate unhealthy devices akri.sh/camera', 'cannot allocate unhealthy devices akri.sh/modem'],
    ['mount failed: exit status 255', 'mount failed: exit status 126'],
    ['hcs: error 0xc0370106', 'hcs: error 0xc0370110'],
    // A word of its own is nobody's name.
    ['shop is closed', 'mail is closed'],
  ])('is not equal where it names two things: %s', (left, right) => {
    expect(withoutOwnNames(api, left)).not.toBe(withoutOwnNames(mailer, right));
  });
});

function said(reason: EventReason, note: string): string | undefined {
  const view = aPod(
    { conditions: [scheduled], containers: [waiting('ContainerCreating')] },
    { node: 'node-1', phase: 'Pending' },
  );
  return signalOf(view, { events: [anEvent(reason, note)] }).saidAlike;
}

function saidOfContainer(reason: string, message: string): string | undefined {
  return signalOf(aPending([waiting(reason, message)], { node: 'node-1' })).saidAlike;
}

describe('what others may be told as well', () => {
  test.each<[EventReason, string]>([
    ['FailedCreatePodSandBox', 'failed to start sandbox container task: ttrpc: closed: unknown'],
    ['FailedCreatePodContainer', 'unable to ensure pod container exists: dbus: connection closed by user'],
    ['FailedPrepareDynamicResources', 'DRA driver gpu.nvidia.com is not registered'],
    ['FailedMount', 'MountVolume.SetUp failed for volume "a" : iscsi: error adding node record to db'],
    [
      'FailedMount',
      'MountVolume.SetUp failed for volume "a" : /dev/sdb already mounted or mount point busy.',
    ],
  ])('is said before the containers are made: %s %s', (reason, note) => {
    expect(said(reason, note)).toBeDefined();
  });

  test.each<[EventReason, string]>([
    ['FailedCreatePodSandBox', 'pod set memory limit 4194304 below minimum'],
    [
      'FailedMount',
      'Unable to attach or mount volumes: unmounted volumes=[data]: timed out waiting for the condition',
    ],
    [
      'FailedMount',
      'MountVolume.MountDevice failed for volume "a" : \'fsck\' found errors on device /dev/rbd0',
    ],
    ['FailedAttachVolume', 'AttachVolume.Attach failed for volume "a" : Volume "vol-0" not found'],
    ['FailedMount', 'MountVolume.MountDevice failed for volume "a" : mount: Structure needs cleaning'],
    [
      'FailedMount',
      'mount.nfs: mounting 10.0.9.55:/a failed, reason given by server: No such file or directory',
    ],
    [
      'FailedMount',
      'rpc error: failed to mount secrets store objects: Code: 403. Errors: * service account name not authorized',
    ],
    ['FailedCreatePodSandBox', 'cannot open hostport 50051: listen tcp :50051: bind: address already in use'],
    ['FailedAttachVolume', 'Multi-Attach error for volume "a" Volume is already used by pod(s) b'],
  ])('is not what is about the pod or its volume: %s %s', (reason, note) => {
    expect(said(reason, note)).toBeUndefined();
  });

  test.each([
    ['CreateContainerError', 'read unix @->/run/containerd/containerd.sock: read: connection reset by peer'],
    ['RunContainerError', 'error during container init: write /proc/self/attr/keycreate: invalid argument'],
    [
      'RunContainerError',
      'apparmor failed to apply profile: write /proc/self/attr/apparmor/exec: no such file or directory',
    ],
    ['RunContainerError', 'error loading seccomp filter into kernel: errno 524'],
    ['CreateContainerError', 'error unpacking image: content store: content digest sha256:0a: not found'],
    [
      'CreateContainerError',
      'checking signature of "registry.example.com/a:1": verifying signatures: Invalid crypto engine',
    ],
    ['CreateContainerError', 'CDI device injection failed: unresolvable CDI devices example.com/gpu=0'],
    [
      'ImageInspectError',
      'Failed to inspect image "a:1": readlink /var/lib/docker/overlay2/l: invalid argument',
    ],
  ])('names a part of the node where a container or an image is concerned: %s %s', (reason, message) => {
    expect(saidOfContainer(reason, message)).toBeDefined();
  });

  test.each([
    ['CreateContainerConfigError', 'container has runAsNonRoot and image will run as root'],
    ['CreateContainerError', 'failed to generate container spec: no command specified'],
    ['CreateContainerError', 'mount callback failed on /var/lib/containerd/tmpmounts/m1: no users found'],
    [
      'RunContainerError',
      'failed to create shim task: container init was OOM-killed (memory limit too low?)',
    ],
    ['ImagePullBackOff', 'Back-off pulling image "a:1": ErrImagePull: manifest unknown'],
    [
      'RunContainerError',
      'runc create failed: error during container init: exec: "/entrypoint.sh": permission denied',
    ],
    ['RunContainerError', 'apparmor is set, and exec: \\\\"/entrypoint.sh\\\\": permission denied'],
    [
      'CreateContainerError',
      'checking signature of "registry.example.com/a:1": A signature was required, but no signature exists',
    ],
    ['PostStartHookError', 'cannot reach /run/app.sock: connection refused'],
  ])('is not what is about the image, the limits or the program: %s %s', (reason, message) => {
    expect(saidOfContainer(reason, message)).toBeUndefined();
  });

  test.each([
    ['UnexpectedAdmissionError', 'Pod was rejected: Allocate failed due to no healthy devices present', true],
    ['UnexpectedAdmissionError', 'Allocate failed. Requested: 2, Available: 1, which is unexpected', false],
    [
      'UnexpectedAdmissionError',
      'not enough cpus available to satisfy request: requested=8, available=2',
      false,
    ],
    ['Evicted', 'Pod ephemeral local storage usage exceeds the total limit of containers 1Gi.', false],
  ])('of a pod that the kubelet has not taken: %s %s %s', (reason, message, isAlike) => {
    const { owner: _owner, ...view } = aPod({ reason, message, containers: [] }, { phase: 'Failed' });
    expect(signalOf(view).saidAlike !== undefined).toBe(isAlike);
  });
});
