/** What the kubelet, the attach controller and old kubelets say of one volume, and what of it is left for a sentence that names the volume. */
export interface VolumeMessage {
  /** `volume data`, or `a volume of the pod` where its name tells a reader nothing. */
  readonly volume: string;
  readonly cause: string;
}

/**
 * The operation and the volume stand before the cause (GenerateError in pkg/volume/util of Kubernetes, of each operation of
 * operationexecutor; before 1.7 the attach controller named the node as well).
 */
const OPERATION =
  /^(?:\w+Volume\.[\w ]{1,60} failed[\w ]{0,40} for volume|Failed to attach volume) "([^"]*)"(?: on node "[^"]*" with)? ?: (.+)$/s;
/** reportMultiAttachError of the attach controller's reconciler. */
const MULTI_ATTACH = /^(Multi-Attach error) for volume "([^"]*)" (.+)$/s;
/** WaitForAttachAndMount of pkg/kubelet/volumemanager lists the volumes that are not mounted; before 1.18 behind the cause. */
const WAITED = /\bunmounted volumes=\[([^\][]+)\].*?(?:\]: (.+)|$)/s;
const WAITED_BEFORE = 'timeout expired waiting for volumes to attach or mount';
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
  const [, waited, cause = WAITED_BEFORE] = WAITED.exec(message) ?? [];
  return waited === undefined ? undefined : { volume: sayVolume(waited), cause };
}

function sayVolume(names: string): string {
  const [first = '', second, ...others] = names.split(' ').filter((name) => name !== '');
  if (second !== undefined)
    return `volumes ${first}, ${second}${others.length === 0 ? '' : ` and ${others.length} more`}`;
  return first === '' || MADE_FOR_CLAIM.test(first) ? 'a volume of the pod' : `volume ${first}`;
}
