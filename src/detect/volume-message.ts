/** What the kubelet, the attach controller and old kubelets say of one volume, and what of it is left for a sentence that names the volume. */
export interface VolumeMessage {
  /** `volume data`, or `a volume of the pod` where its name tells a reader nothing. */
  readonly volume: string;
  readonly cause: string;
}

/**
 * The operation and the volume stand before the cause (GenerateErrorDetailed in pkg/volume/util/operationexecutor of Kubernetes; before 1.7
 * the attach controller named the node as well).
 */
const OPERATION =
  /^(?:\w+Volume\.\w+ failed for volume|Failed to attach volume) "([^"]*)"(?: on node "[^"]*" with)? ?: (.+)$/s;
/** reportMultiAttachError of the attach controller's reconciler. */
const MULTI_ATTACH = /^(Multi-Attach error) for volume "([^"]*)" (.+)$/s;
/** WaitForAttachAndMount of pkg/kubelet/volumemanager: all that are not there, before 1.18 with the pod, and its wait. */
const WAITED = /\bunmounted volumes=\[([^\]]+)\].*?(?:\]: (.+)|$)/s;
/** A PersistentVolume that was made for a claim: the number of the claim. */
const MADE_FOR_CLAIM = /^pvc-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Takes the volume's name out of a message about it; all of the message is the cause where it names none. */
export function readVolumeMessage(message: string): VolumeMessage {
  return readOperation(message) ?? readWait(message) ?? { volume: sayVolume(''), cause: message };
}

function readOperation(message: string): VolumeMessage | undefined {
  const [, mounted, cause = ''] = OPERATION.exec(message) ?? [];
  if (mounted !== undefined) return { volume: sayVolume(mounted), cause };
  const [, error, attached = '', held] = MULTI_ATTACH.exec(message) ?? [];
  return error === undefined ? undefined : { volume: sayVolume(attached), cause: `${error}: ${held}` };
}

function readWait(message: string): VolumeMessage | undefined {
  const [, waited, cause = 'timed out waiting for the condition'] = WAITED.exec(message) ?? [];
  return waited === undefined ? undefined : { volume: sayVolume(waited), cause };
}

function sayVolume(names: string): string {
  const [first = '', ...others] = names.split(' ').filter((name) => name !== '');
  if (others.length > 0) return `volumes ${[first, ...others].join(', ')}`;
  return first === '' || MADE_FOR_CLAIM.test(first) ? 'a volume of the pod' : `volume ${first}`;
}
