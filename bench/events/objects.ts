/** Warning Events as a cluster in trouble has them, about 1.2 KB of JSON each. */

/** Of all Events so many are about one ReplicaSet whose pods are refused, each with words of its own. */
const OF_ONE_OBJECT = 0.2;
/** Events of each of the other objects. */
const OF_EACH_POD = 3;
const NAMESPACES = 120;
const START = Date.UTC(2026, 10, 29, 3);

const notes = [
  (pod: string) =>
    `MountVolume.SetUp failed for volume "config" : configmap "checkout-config-${pod}" not found`,
  (pod: string) =>
    `Readiness probe failed: Get "http://10.0.3.17:8080/healthz/${pod}": dial tcp 10.0.3.17:8080: connect: connection refused`,
  (pod: string) =>
    `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "${pod.repeat(4)}": plugin type="cni" name="k8s-pod-network" failed (add): error getting ClusterInformation: connection is unauthorized`,
];
const reasons = ['FailedMount', 'Unhealthy', 'FailedCreatePodSandBox'];

interface Words {
  readonly kind: string;
  readonly about: string;
  readonly uid: string;
  readonly reason: string;
  readonly note: string;
}

function uid(n: number): string {
  return `8f3b2c1d-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

function wordsOf(n: number): Words {
  if (n % 100 < OF_ONE_OBJECT * 100) {
    return {
      kind: 'ReplicaSet',
      about: 'refused-7d9f8b6c5d',
      uid: uid(1),
      reason: 'FailedCreate',
      note: `Error creating: pods "refused-7d9f8b6c5d-${n.toString(36)}" is forbidden: exceeded quota: team, requested: limits.memory=256Mi, used: limits.memory=4Gi, limited: limits.memory=4Gi`,
    };
  }
  const pod = Math.floor(n / OF_EACH_POD);
  const about = `checkout-${(pod % 977).toString(36)}-7d9f8b6c5d-${pod.toString(36).padStart(5, 'x')}`;
  const which = n % OF_EACH_POD;
  return {
    kind: 'Pod',
    about,
    uid: uid(1_000 + pod),
    reason: reasons[which] ?? '',
    note: notes[which]?.(pod.toString(36).padStart(5, 'x')) ?? '',
  };
}

/** Event number `n` at this version. */
export function eventJson(n: number, version: number): string {
  const { kind, about, uid: aboutUid, reason, note } = wordsOf(n);
  const namespace = `team-${Math.floor(n / OF_EACH_POD) % NAMESPACES}`;
  const at = new Date(START + (n % 3_600) * 1_000).toISOString().replace('.000Z', 'Z');
  return JSON.stringify({
    kind: 'Event',
    apiVersion: 'events.k8s.io/v1',
    metadata: {
      name: `${about}.${(0x17a8b7c6d5e4f300 + n).toString(16)}${n.toString(16)}`,
      namespace,
      uid: uid(10_000_000 + n),
      resourceVersion: String(version),
      creationTimestamp: at,
      managedFields: [
        {
          manager: 'kubelet',
          operation: 'Update',
          apiVersion: 'v1',
          time: at,
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:count': {}, 'f:firstTimestamp': {}, 'f:involvedObject': {}, 'f:message': {} },
        },
      ],
    },
    eventTime: null,
    reportingController: 'kubelet',
    reportingInstance: 'ip-10-0-3-17.eu-central-1.compute.internal',
    reason,
    regarding: { kind, namespace, name: about, uid: aboutUid, apiVersion: 'v1', resourceVersion: '73019' },
    note,
    type: 'Warning',
    deprecatedSource: { component: 'kubelet', host: 'ip-10-0-3-17.eu-central-1.compute.internal' },
    deprecatedFirstTimestamp: at,
    deprecatedLastTimestamp: at,
    deprecatedCount: 1,
  });
}
