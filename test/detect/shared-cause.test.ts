import { describe, expect, test } from '@jest/globals';
import { sandboxImageCause } from '../../src/detect/image.ts';
import {
  injectedAs,
  isProxy,
  lackedBy,
  lackedByVolume,
  missingObject,
  refusedByNode,
  registryCause,
  sandboxCause,
} from '../../src/detect/shared-cause.ts';
import { lackOfNodes } from '../../src/detect/scheduling.ts';
import { aPending, aPod, condition, signalOf, waiting } from './fixtures.ts';

describe('what is missing, as the cluster says it', () => {
  test.each([
    ['secret "db" not found', { kind: 'Secret', name: 'db' }],
    ['configmap "app-config" not found', { kind: 'ConfigMap', name: 'app-config' }],
    ["couldn't find key password in Secret shop/db", { kind: 'Secret', name: 'db' }],
    ["couldn't find key mode in ConfigMap shop/app", { kind: 'ConfigMap', name: 'app' }],
    [
      'MountVolume.SetUp failed for volume "cfg" : configmap "app" not found',
      { kind: 'ConfigMap', name: 'app' },
    ],
    ['persistentvolumeclaim "data" not found', { kind: 'PersistentVolumeClaim', name: 'data' }],
    [
      '0/3 nodes are available: persistentvolumeclaim "data" not found. not found',
      { kind: 'PersistentVolumeClaim', name: 'data' },
    ],
    [
      'Multi-Attach error for volume "pvc-0d9f7e0a" Volume is already used by pod(s) a',
      { kind: 'PersistentVolume', name: 'pvc-0d9f7e0a' },
    ],
    [
      'SecretProviderClass.secrets-store.csi.x-k8s.io "vault" not found',
      { kind: 'SecretProviderClass', name: 'vault' },
    ],
    [
      'MountVolume.MountDevice failed for volume "pvc-0d9f7e0a" : driver name ebs.csi.aws.com not found in the list of registered CSI drivers',
      { kind: 'CSIDriver', name: 'ebs.csi.aws.com' },
    ],
    [
      'dial unix /var/lib/kubelet/plugins/nfs.csi.k8s.io/csi.sock: connect: no such file or directory',
      { kind: 'CSIDriver', name: 'nfs.csi.k8s.io' },
    ],
    [
      'AttachVolume.Attach failed for volume "pvc-0d9f7e0a" : timed out waiting for external-attacher of rbd.csi.ceph.com CSI driver to attach volume a',
      { kind: 'CSIDriver', name: 'rbd.csi.ceph.com' },
    ],
    ...[
      'rpc error: code = DeadlineExceeded desc = context deadline exceeded',
      'rpc error: code = Aborted desc = an operation with the given Volume ID a already exists',
    ].map((said) => [
      `MountVolume.MountDevice failed for volume "pvc-0d9f7e0a" : ${said}`,
      { kind: 'CSIDriver', name: 'unnamed' },
    ]),
    [
      'MountVolume.MountDevice failed for volume "pvc-0d9f7e0a" : rpc error: code = Internal desc = fsck found errors',
      { kind: 'PersistentVolume', name: 'pvc-0d9f7e0a' },
    ],
    ...['-t nfs4 -o vers=4.1 files.example:/a /b', '-t cifs //files.example/a /b'].map((mount) => [
      `MountVolume.SetUp failed for volume "pvc-0d9f7e0a" : mount failed\nMounting arguments: ${mount}\nOutput: mount: Connection timed out`,
      { kind: 'FileServer', name: 'files.example' },
    ]),
    [
      'for volume "pvc-0d9f7e0a" : Mounting arguments: -t nfs files.example:/a /b\nOutput: mount.nfs: No such file or directory',
      { kind: 'PersistentVolume', name: 'pvc-0d9f7e0a' },
    ],
  ])('%s', (text, cause) => {
    expect(missingObject(text as string)).toEqual(cause);
  });

  test.each([
    undefined,
    '',
    'pod has unbound immediate PersistentVolumeClaims',
    'MountVolume.SetUp failed for volume "cfg" : references non-existent secret key: x',
    'executable file not found in $PATH',
  ])('%s names nothing', (text) => {
    expect(missingObject(text)).toBeUndefined();
  });
});

const nodeOrEverywhere = [
  ['write /var/lib/kubelet/pods/a/token: no space left on device', { kind: 'NodeDisk', name: 'node-1' }],
  ['mkdir /var/lib/kubelet/pods/d5277dcb: read-only file system', { kind: 'NodeDisk', name: 'node-1' }],
  [
    'stderr: nvidia-container-cli: initialization error: nvml error: driver not loaded: unknown',
    { kind: 'NodeRuntime', name: 'node-1' },
  ],
  [
    'OCI runtime exec failed: fork/exec /usr/sbin/runc: resource temporarily unavailable: unknown',
    { kind: 'NodeRuntime', name: 'node-1' },
  ],
  // The kernel says so of namespaces, control groups and watches as well.
  ['failed to start noop process for unshare: fork/exec /proc/self/exe: no space left on device', undefined],
  ['mkdir /sys/fs/cgroup/memory/kubepods/pod1: no space left on device', undefined],
  ['unable to start unit "kubepods-pod1.slice": No space left on device', undefined],
  ['AttachmentLimitExceeded: status code: 400', { kind: 'NodeVolumes', name: 'node-1' }],
  ['secret "db" not found', { kind: 'Secret', name: 'db' }],
  // What a pod wants of a system that is read-only by design, or writes into its own tree or volume.
  ['failed to mkdir "/home/kubernetes/bin": mkdir /home: read-only file system', undefined],
  ['mkdir /var/lib/containers/storage/overlay/58f8/merged/host/usr: read-only file system', undefined],
  [
    'mkdir /var/lib/kubelet/pods/d5/volumes/kubernetes.io~csi/pvc-1/mount/x: read-only file system',
    undefined,
  ],
] as const;

test.each(nodeOrEverywhere)('%s is lacked by a container on a node or everywhere', (text, cause) => {
  expect(lackedBy('node-1', text)).toEqual(cause);
});

test('of a virtual node its provider, and of a kubelet that takes no pod its disk', () => {
  const runtime = { kind: 'NodeRuntime', name: 'node-1' };
  expect(refusedByNode('node-1', { reason: 'ProviderFailed', message: 'status code 503' })).toEqual(runtime);
  const message = 'failed to write: open /var/lib/kubelet/device-plugins/.05: read-only file system';
  expect(refusedByNode('node-1', { reason: 'UnexpectedAdmissionError', message })).toEqual({
    kind: 'NodeDisk',
    name: 'node-1',
  });
  expect(refusedByNode('node-1', { reason: 'Evicted' })).toBeUndefined();
});

test.each([
  ['lookup quay.io on 127.0.0.53:53: server misbehaving', '127.0.0.53'],
  ['lookup quay.io on 10.0.0.2:53: read udp 10.0.0.9:41000->10.0.0.2:53: i/o timeout', '10.0.0.2'],
  ['lookup quay.io: Try again', 'unnamed'],
])('%s: the name server, whatever the registry', (text, name) => {
  expect(registryCause('quay.io/a/b:1', `dial tcp: ${text}`)).toEqual({ kind: 'NameServer', name });
});

test('a name that does not exist is that of its registry', () => {
  const text = 'dial tcp: lookup quay.example on 10.0.0.2:53: no such host';
  expect(registryCause('quay.example/a/b:1', text)).toEqual({ kind: 'Registry', name: 'quay.example' });
});

test.each([
  ['failed to get sandbox runtime: no runtime for "kata" is configured', 'kata'],
  ['failed to find runtime handler kata-qemu from runtime list map[crun:0xc0]', 'kata-qemu'],
])('%s: the handler, on whatever node', (text, name) => {
  expect(sandboxCause('node-1', text)).toEqual({ kind: 'RuntimeHandler', name });
});

test.each([
  [
    'Mounting arguments: -t nfs 10.2.1.1:/export/a /var/lib/kubelet/a Output: bad option; you might need a /sbin/mount.<type> helper program.',
    { kind: 'FileServer', name: '10.2.1.1' },
  ],
  [
    'mount.nfs: access denied by server while mounting nas.example:/v/a',
    { kind: 'FileServer', name: 'nas.example' },
  ],
  ['mount.nfs4: access denied by server while mounting 127.0.0.1:/', undefined],
  [
    'mount failed: exit status 32 Mounting arguments: -t efs -o accesspoint=fsap-0c18aa22bb,tls fs-00703eb8b7:/ /a Output: mount.nfs4: access denied by server while mounting 127.0.0.1:/',
    { kind: 'FileServer', name: 'fs-00703eb8b7' },
  ],
  [
    'Mounting arguments: -t nfs 10.2.1.1:/export/a /var/lib/kubelet/a Output: mount.nfs: mounting 10.2.1.1:/export/a failed, reason given by server: No such file or directory',
    undefined,
  ],
])('%s: the file server, where it refuses or cannot be asked', (text, cause) => {
  expect(missingObject(text)).toEqual(cause);
});

test('the image of each sandbox comes from a registry as well', () => {
  const says = (words: string): string =>
    `failed to get sandbox image "rancher/mirrored-pause:3.6": failed to pull image: ${words}`;
  expect(sandboxImageCause(says('i/o timeout'))).toEqual({ kind: 'Registry', name: 'docker.io' });
  // The registry has answered: the runtime is configured with an image that does not exist.
  expect(sandboxImageCause(says('rancher/mirrored-pause:3.6: not found'))).toBeUndefined();
  expect(sandboxImageCause('i/o timeout')).toBeUndefined();
});

test('the words of a hook blame no driver of volumes', () => {
  const said = 'PostStartHookError: rpc error: code = Unavailable desc = connection refused';
  expect(lackedBy('node-1', said)).toBeUndefined();
  expect(lackedByVolume('node-1', said)).toEqual({ kind: 'CSIDriver', name: 'unnamed' });
});

test('a proxy of the workload itself is injected by nobody', () => {
  expect(injectedAs('istio-proxy')).toEqual({ kind: 'InjectedContainer', name: 'istio-proxy' });
  for (const name of ['envoy', 'cloud-sql-proxy'])
    expect([isProxy(name), injectedAs(name)]).toEqual([true, undefined]);
});

test.each([
  ...nodeOrEverywhere,
  [
    'MountVolume.SetUp failed for volume "pvc-0d9f7e0a" : mkdir /data: no space left on device',
    { kind: 'PersistentVolume', name: 'pvc-0d9f7e0a' },
  ],
])('%s is lacked by a volume on a node or everywhere', (text, cause) => {
  expect(lackedByVolume('node-1', text)).toEqual(cause);
});

describe('what all nodes lack or have, as the scheduler says it', () => {
  test.each([
    ['0/3 nodes are available: 3 Insufficient cpu.', { kind: 'NodeCapacity', name: 'cpu' }],
    [
      '0/3 nodes are available: 1 Insufficient memory, 3 Insufficient nvidia.com/gpu.',
      { kind: 'NodeCapacity', name: 'nvidia.com/gpu' },
    ],
    [
      '0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 Insufficient cpu.',
      { kind: 'NodeCapacity', name: 'cpu' },
    ],
    [
      '0/2 nodes are available: 2 node(s) had untolerated taint {node.cilium.io/agent-not-ready: true}.',
      { kind: 'NodeTaint', name: 'node.cilium.io/agent-not-ready' },
    ],
    [
      '0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient memory. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
      { kind: 'NodeCapacity', name: 'memory' },
    ],
    [
      "0/2 nodes are available: 2 node(s) had taint {dedicated: gpu}, that the pod didn't tolerate.",
      { kind: 'NodeTaint', name: 'dedicated' },
    ],
  ])('%s', (text, cause) => {
    expect(lackOfNodes(text)).toEqual(cause);
  });

  test.each([
    undefined,
    "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't match Pod's node affinity/selector.",
    '0/1 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }.',
    '0/2 nodes are available: 2 node(s) had untolerated taint(s). no new claims to deallocate.',
    '0/4 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), 2 node(s) were unschedulable.',
    'running Score plugins: failed',
  ])('%s names nothing', (text) => {
    expect(lackOfNodes(text)).toBeUndefined();
  });
});

describe('the network of a node, as kubelet and runtimes say it', () => {
  test.each([
    'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "ab": failed to allocate for range 0: no IP addresses available in range set',
    'network is not ready: container runtime network not ready: NetworkReady=false',
  ])('%s', (text) => {
    expect(sandboxCause('node-1', text)).toEqual({ kind: 'NodeNetwork', name: 'node-1' });
  });

  test.each([
    ['network for sandbox "ab": plugin type="flannel" failed (add)', 'flannel'],
    [
      'NetworkPlugin cni failed to set up pod "web_shop" network: add cmd: failed to assign an IP address',
      'cni',
    ],
    ['NetworkReady=false reason:NetworkPluginNotReady message: cni plugin not initialized', 'missing'],
    [
      'network for sandbox "ab": plugin type="multus-shim" name="multus-cni-network" failed (add): [shop/a:iot]: error adding container to network "iot": no addresses',
      'iot',
    ],
  ])('%s: the plugin, which other nodes have as well', (text, name) => {
    expect(sandboxCause('node-1', text)).toEqual({ kind: 'NetworkPlugin', name });
  });

  test.each([
    [
      'node-1',
      'error creating pod sandbox: Image architecture mismatch: image uses "amd64", expecting "arm64"',
    ],
    ['node-1', undefined],
    [undefined, 'NetworkPlugin cni failed to set up pod'],
    [
      'node-1',
      'network for sandbox "ab": plugin type="multus-shim" failed (add): cannot find a network-attachment-definition (iot) in namespace (shop)',
    ],
  ])('%s: %s blames none', (node, text) => {
    expect(sandboxCause(node, text)).toBeUndefined();
  });
});

test.each([
  ['registry.example.com/shop/app:1', 'registry.example.com'],
  ['127.0.0.1:1/nope:1', '127.0.0.1:1'],
  ['localhost/app', 'localhost'],
  ['shop/app:1', 'docker.io'],
  ['app:1.2', 'docker.io'],
])('the registry of %s is %s', (image, name) => {
  expect(registryCause(image, '')).toEqual({ kind: 'Registry', name });
});

const pulling = 'failed to pull and unpack image "reg.example.com/shop/app:1"';

describe('signals carry the cause that others can have too', () => {
  test('a missing Secret', () => {
    expect(
      signalOf(aPending([waiting('CreateContainerConfigError', 'secret "db" not found')])),
    ).toMatchObject({
      sharedCause: { kind: 'Secret', name: 'db' },
    });
  });

  test.each([
    'dial tcp: lookup reg.example.com: no such host',
    '429 Too Many Requests',
    '503 Service Unavailable',
    'x509: certificate signed by unknown authority',
    'failed to authorize: failed to fetch oauth token: 401 Unauthorized',
    'no basic auth credentials',
  ])('a registry in trouble: %s', (text) => {
    expect(signalOf(aPending([waiting('ErrImagePull', `${pulling}: ${text}`)]))).toMatchObject({
      sharedCause: { kind: 'Registry', name: 'reg.example.com' },
    });
  });

  test.each([
    'manifest unknown',
    'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
    '403 Forbidden',
  ])('an image of its own does not: %s', (text) => {
    const signal = signalOf(aPending([waiting('ErrImagePull', `${pulling}: ${text}`)]));
    expect(signal.sharedCause).toBeUndefined();
  });

  test('a pod that finds no node because nodes do not answer', () => {
    const message =
      '0/2 nodes are available: 2 node(s) had untolerated taint {node.kubernetes.io/unreachable: }.';
    const conditions = [condition('PodScheduled', 'False', { reason: 'Unschedulable', message })];
    const { node: _node, ...pod } = aPod({ conditions }, { phase: 'Pending' });
    expect(signalOf(pod)).toMatchObject({ class: 'scheduling', lacksNodes: true });
  });
});
