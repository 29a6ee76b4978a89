import { describe, expect, test } from '@jest/globals';
import type { EventReason } from '../../src/domain/events.ts';
import { readVolumeMessage } from '../../src/detect/volume-message.ts';
import { anEvent, aPending, signalOf, waiting } from './fixtures.ts';

const creating = waiting('ContainerCreating');
const CLAIMED = 'pvc-8d161e31-3982-11e9-9f91-022becd88110';

/** What ends up in the subject, which has 200 characters; the messages are as people reported them. */
describe('a volume that cannot be mounted or attached', () => {
  test.each<[string, EventReason, string, string]>([
    [
      'hostPath',
      'FailedMount',
      'MountVolume.SetUp failed for volume "s" : hostPath type check failed: /srv/x is not a directory',
      'volume s cannot be mounted: hostPath type check failed: /srv/x is not a directory',
    ],
    [
      'the command of the kubelet (kubernetes/kubernetes#77916)',
      'FailedMount',
      'MountVolume.SetUp failed for volume "data" : mount failed: exit status 32\nMounting command: mount\nMounting arguments: -t nfs -o vers=4.1 10.0.0.5:/exports/x /var/lib/kubelet/pods/0b1c/volumes/kubernetes.io~nfs/data\nOutput: mount.nfs: access denied by server while mounting 10.0.0.5:/exports/x\n',
      'volume data cannot be mounted: mount.nfs: access denied by server while mounting 10.0.0.5:/exports/x',
    ],
    [
      'the command below systemd-run (rook/rook#1953)',
      'FailedMount',
      'MountVolume.SetUp failed for volume "x" : mount failed: exit status 32\nMounting command: systemd-run\nMounting arguments: --description=Kubernetes transient mount for /var/lib/kubelet/x --scope -- mount -t nfs files:/share /var/lib/kubelet/x\nOutput: Running scope as unit: run-r3c3.scope\nmount.nfs: Failed to resolve server files: Name or service not known\n',
      'volume x cannot be mounted: mount.nfs: Failed to resolve server files: Name or service not known',
    ],
    [
      'a device (longhorn/longhorn#9426)',
      'FailedMapVolume',
      `MapVolume.MapPodDevice failed for volume "${CLAIMED}" : rpc error: code = Internal desc = failed to bind mount "/var/lib/kubelet/a" at "/var/lib/kubelet/b": mount failed: exit status 32\nMounting command: mount\nMounting arguments:  -o bind /a /b\nOutput: mount: /var/lib/kubelet/plugins/b: special device /var/lib/kubelet/a does not exist.`,
      'a volume of the pod cannot be mounted: special device /var/lib/kubelet/a does not exist.',
    ],
    [
      'a driver that is not there',
      'FailedMount',
      'MountVolume.SetUp failed for volume "vol" : kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers',
      'volume vol cannot be mounted: driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers',
    ],
    [
      'a path below the pod',
      'FailedMount',
      'MountVolume.SetUp failed for volume "token" : write /var/lib/kubelet/pods/3418f317-e1f1-58a3-97b3-fe678df08eba/volumes/kubernetes.io~projected/token/..2026_11_29/namespace: no space left on device',
      'volume token cannot be mounted: write …/kubernetes.io~projected/token/..2026_11_29/namespace: no space left on device',
    ],
    [
      'an operation of two words',
      'FailedMount',
      'MountVolume.NewMounter initialization failed for volume "local-pv" : path "/mnt/disk1" does not exist',
      'volume local-pv cannot be mounted: path "/mnt/disk1" does not exist',
    ],
    [
      'an operation within another one',
      'FailedMount',
      'MountVolume.MountDevice failed while expanding volume for volume "data" : rpc error: code = Internal desc = no room',
      'volume data cannot be mounted: no room',
    ],
    [
      'many at once',
      'FailedMount',
      'Unable to attach or mount volumes: unmounted volumes=[a b c d e], unattached volumes=[]: timed out waiting for the condition',
      'volumes a, b and 3 more cannot be mounted: timed out waiting for the condition',
    ],
    [
      'secrets of a provider',
      'FailedMount',
      'MountVolume.SetUp failed for volume "certs" : rpc error: code = Unknown desc = failed to mount secrets store objects for pod shop/web-1, err: rpc error: code = Unknown desc = error connecting to provider "vault": provider not found',
      'volume certs cannot be mounted: error connecting to provider "vault": provider not found',
    ],
    [
      'attached elsewhere (hetznercloud/csi-driver#41)',
      'FailedAttachVolume',
      `AttachVolume.Attach failed for volume "${CLAIMED}" : rpc error: code = Internal desc = failed to publish volume: volume is already attached to a server`,
      'a volume of the pod cannot be attached: failed to publish volume: volume is already attached to a server',
    ],
    [
      'held by another node',
      'FailedAttachVolume',
      `Multi-Attach error for volume "${CLAIMED}" Volume is already used by pod(s) db-1`,
      'a volume of the pod cannot be attached: Multi-Attach error: Volume is already used by pod(s) db-1',
    ],
    [
      'before 1.7 (kubernetes/kubernetes#44536)',
      'FailedAttachVolume',
      'Failed to attach volume "v2" on node "da-kk73" with: volume 09c678bf is not attached to 8574841d',
      'volume v2 cannot be attached: volume 09c678bf is not attached to 8574841d',
    ],
    [
      'no cause (kubernetes-sigs/blob-csi-driver#387)',
      'FailedAttachVolume',
      'AttachVolume.FindAttachablePluginBySpec failed for volume "podname"',
      'a volume of the pod cannot be attached: AttachVolume.FindAttachablePluginBySpec failed for volume "podname"',
    ],
    [
      'waited for',
      'FailedMount',
      'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[]: timed out waiting for the condition',
      'volume data cannot be mounted: timed out waiting for the condition',
    ],
    [
      'waited for, with a cause',
      'FailedMount',
      'Unable to attach or mount volumes: unmounted volumes=[a b], unattached volumes=[a b]: error processing PVC shop/data: persistentvolumeclaims "data" is forbidden',
      'volumes a, b cannot be mounted: error processing PVC shop/data: persistentvolumeclaims "data" is forbidden',
    ],
    [
      'before 1.18 (kubernetes-sigs/aws-ebs-csi-driver#292)',
      'FailedMount',
      'Unable to mount volumes for pod "app_default(35032cc6)": timeout expired waiting for volumes to attach or mount for pod "default"/"app". list of unmounted volumes=[storage]. list of unattached volumes=[storage]',
      'volume storage cannot be mounted: timeout expired waiting for volumes to attach or mount',
    ],
  ])('%s', (_name, reason, note, message) => {
    expect(signalOf(aPending([creating]), { events: [anEvent(reason, note)] })).toMatchObject({
      reason,
      message,
    });
  });

  test('of which nothing is named', () => {
    expect(readVolumeMessage('driver is busy')).toEqual({
      volume: 'a volume of the pod',
      cause: 'driver is busy',
    });
  });
});
