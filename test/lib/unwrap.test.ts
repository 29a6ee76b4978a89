import { describe, expect, test } from '@jest/globals';
import { shortProbe, unwrap } from '../../src/lib/unwrap.ts';

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
    [
      // containerd that has no room left for a layer.
      'failed to create containerd container: error unpacking image: failed to extract layer sha256:abc: mount callback failed on /tmp/containerd-mount1: write /usr/lib/x: no space left on device',
      'write /usr/lib/x: no space left on device',
    ],
    [
      // CRI-O, with crun and without a tag of its own.
      'container create failed: crun: open executable: Permission denied: OCI permission denied',
      'open executable: Permission denied: OCI permission denied',
    ],
    [
      'rpc error: code = Unknown desc = initializing source docker://quay.io/a/b:1: reading manifest 1 in quay.io/a/b: manifest unknown',
      'manifest unknown',
    ],
    [
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to create pod network sandbox k8s_web-1_shop_c2b0_0(5d7c): error adding pod shop_web-1 to CNI network "multus-cni-network": plugin type="multus" failed (add): no route to host',
      'plugin type="multus" failed (add): no route to host',
    ],
    [
      'create Claim data-web-0 for Pod web-0 in StatefulSet web failed error: persistentvolumeclaims "data-web-0" is forbidden: exceeded quota: storage',
      'exceeded quota: storage',
    ],
    [
      'Error creating: Pod "web-1" is invalid: spec.containers[0].resources.requests: Invalid value: "2Gi": must be less than or equal to memory limit of 1Gi',
      'spec.containers[0].resources.requests: Invalid value: "2Gi": must be less than or equal to memory limit of 1Gi',
    ],
    [
      'Error creating: admission webhook "validate.kyverno.svc-fail" denied the request: resource Pod/shop/web-1 was blocked due to the following policies require-limits: check-limits: validation error: limits are required',
      'admission webhook "validate.kyverno.svc-fail" denied the request: require-limits: check-limits: validation error: limits are required',
    ],
    ['Error creating: pods "web-1" is forbidden', 'pods "web-1" is forbidden'],
    [
      'Error: Back-off pulling image "r.example.com/a:1": ErrImagePull: failed to pull and unpack image "r.example.com/a:1": failed to unpack image on snapshotter overlayfs: failed to prepare extraction snapshot "extract-814-Dsfi sha256:056a": failed to stat parent: stat /var/lib/containerd/112/fs: no such file or directory',
      'failed to stat parent: stat /var/lib/containerd/112/fs: no such file or directory',
    ],
    [
      // Which image it is shows that of the sandbox.
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox image "registry.k8s.io/pause:3.10": failed to pull image "registry.k8s.io/pause:3.10": failed to pull and unpack image "registry.k8s.io/pause:3.10": failed to resolve reference "registry.k8s.io/pause:3.10": failed to do request: Head "https://registry.k8s.io/v2/pause/manifests/3.10": dial tcp 192.0.2.7:443: i/o timeout',
      'failed to get sandbox image "registry.k8s.io/pause:3.10": Head "https://registry.k8s.io/v2/pause/manifests/3.10": dial tcp 192.0.2.7:443: i/o timeout',
    ],
    [
      'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: error mounting "/var/lib/kubelet/pods/b9ff/volume-subpaths/cfg/app/2" to rootfs at "/etc/app.ini": mount src=/var/lib/kubelet/pods/b9ff/volume-subpaths/cfg/app/2, dst=/etc/app.ini, dstFd=/proc/thread-self/fd/8, flags=0x5001: not a directory: unknown',
      'error mounting at "/etc/app.ini": not a directory',
    ],
    [
      'runc create failed: unable to start container process: error during container init: error mounting "/run/host/app.sock" to rootfs at "/run/app.sock": mount /run/host/app.sock:/run/app.sock (via /proc/self/fd/6), flags: 0x5001: no such file or directory: unknown',
      'error mounting "/run/host/app.sock" at "/run/app.sock": no such file or directory',
    ],
    [
      'OCI runtime create failed: container_linux.go:380: starting container process caused: process_linux.go:545: container init caused: rootfs_linux.go:76: mounting "/var/lib/kubelet/pods/b9ff/volume-subpaths/cfg/app/2" to rootfs at "/etc/app.ini" caused: mount through procfd: not a directory: unknown',
      'error mounting at "/etc/app.ini": not a directory',
    ],
    [
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to create network namespace for sandbox "a1": file exists',
      'failed to create network namespace for sandbox "a1": file exists',
    ],
    [
      'Failed to create pod sandbox: rpc error: code = DeadlineExceeded desc = context deadline exceeded',
      'Failed to create pod sandbox: context deadline exceeded',
    ],
    [
      'rpc error: code = Internal desc = mount failed: exit status 32 Mounting command: mount Mounting arguments: -t nfs 10.0.0.5:/exports/x /var/lib/kubelet/pods/b9ff/volumes/x Output: mount.nfs: Connection timed out',
      'mount.nfs: Connection timed out (10.0.0.5:/exports/x)',
    ],
    [
      "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: error running prestart hook #0: exit status 1, stdout: , stderr: Auto-detected mode as 'legacy' nvidia-container-cli: initialization error: nvml error: driver not loaded: unknown",
      'nvidia-container-cli: initialization error: nvml error: driver not loaded',
    ],
    [
      'Failed create pod sandbox: rpc error: code = Unknown desc = failed to set up sandbox container "4e0e" network for pod "web-5d9c": networkPlugin cni failed to set up pod "web-5d9c_shop" network: error getting ClusterInformation: connection is unauthorized: Unauthorized',
      'error getting ClusterInformation: connection is unauthorized: Unauthorized',
    ],
    [
      'Error creating job: jobs.batch is forbidden: exceeded quota: objects, requested: count/jobs.batch=1',
      'exceeded quota: objects, requested: count/jobs.batch=1',
    ],
    [
      'the HPA was unable to compute the replica count: unable to get external metric shop/s0-kafka/&LabelSelector{MatchLabels:map[string]string{scaledobject.keda.sh/name: worker,},MatchExpressions:[]LabelSelectorRequirement{},}: unable to fetch metrics from external metrics API: no matching metrics found for s0-kafka',
      'unable to get external metric shop/s0-kafka: unable to fetch metrics from external metrics API: no matching metrics found for s0-kafka',
    ],
    [
      'volume(samba.storage.svc/data#pvc-2b9b#) mount "//samba.storage.svc/data/scans" on "/var/lib/kubelet/plugins/kubernetes.io/csi/smb.csi.k8s.io/87e0/globalmount" failed with mount failed: exit status 32 Mounting command: mount Mounting arguments: -t cifs -o vers=3.0 //samba.storage.svc/data/scans /var/lib/kubelet/x Output: mount error(13): Permission denied',
      'mount error(13): Permission denied (//samba.storage.svc/data/scans)',
    ],
    [
      'unable to ensure pod container exists: failed to create container for [kubepods burstable podc30b] : unable to start unit "kubepods-burstable-podc30b.slice" (properties [{Name:Description Value:"libcontainer container"}]): No space left on device',
      'unable to start unit: No space left on device',
    ],
  ])('%s', (message, cause) => {
    expect(unwrap(message)).toBe(cause);
  });

  test.each([
    'secret "payments" not found',
    'runc create failed: ',
    'the state is: unknown, for now',
    // A program's own words.
    'Error: connect ECONNREFUSED 10.0.3.17:5432',
    'Error: failed to authorize: invalid API key',
    'failed to mount "/dev/sdb" at "/data": permission denied',
    'exit status 1, stdout: , stderr: boom',
    'pod: "web-1". restarting',
  ])('stays as it is: %s', (message) => {
    expect(unwrap(message)).toBe(message);
  });
});

describe('a cause that quotes a probe', () => {
  test.each([
    [
      'is restarted: Liveness probe failed: Get "http://10.0.3.17:8080/healthz": dial tcp 10.0.3.17:8080: connect: connection refused',
      'is restarted: Liveness probe failed: GET /healthz: connection refused',
    ],
    [
      'Readiness probe failed: Get "https://10.0.3.17:8443/ready?full=1": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
      'Readiness probe failed: GET /ready?full=1: context deadline exceeded',
    ],
    [
      'Readiness probe failed: command timed out: "/bin/sh -c echo \\"waiting\\"; sleep 9" timed out after 1s',
      'Readiness probe failed: command timed out after 1s',
    ],
    ['Liveness probe failed: command "redis-cli ping" timed out', 'Liveness probe failed: command timed out'],
    ['Startup probe failed: Get "http://10.0.3.17": EOF', 'Startup probe failed: GET /: EOF'],
    // Which registry is asked is the cause there.
    [
      'Head "https://r.example.com/v2/": dial tcp 192.0.2.7:443: connect: connection refused',
      'Head "https://r.example.com/v2/": dial tcp 192.0.2.7:443: connect: connection refused',
    ],
    [
      'Readiness probe failed: HTTP probe failed with statuscode: 503',
      'Readiness probe failed: HTTP probe failed with statuscode: 503',
    ],
  ])('%s', (cause, expected) => {
    expect(shortProbe(cause)).toBe(expected);
  });
});
