import type { PodView } from '../domain/views.ts';

/** What stands for a name, an id or a number that only one object has. */
const PLACEHOLDER = '*';

/**
 * What belongs to one object or one moment in what kubelet, runtimes and drivers say: names of volumes, uids, digests and ids of sandboxes,
 * times, addresses with their ports, durations and counts. Other names stay: a path, a command or a driver is what pods have in common.
 */
const passing: readonly RegExp[] = [
  /(?<=\bfor volume ")[^"]+(?=")/g,
  /(?<=\bsignature of ")[^"]+(?=")/g,
  // Of a control group: its class of quality of service. The caches of the kubelet: one is read as the other.
  /(?<=\bkubepods)[ /-](?:burstable|besteffort)\b/g,
  /\b(?:configmap|secret)(?= cache\b)/gi,
  // The name of a snapshot that is being unpacked, and parts of paths that are numbers.
  /(?<=\bextract-)[\w-]+/g,
  /(?<=\/)\d+(?=\/)/g,
  /(?<=\/fd\/)\d+/g,
  /(?<=\/volumes\/kubernetes\.io~[\w-]+\/)[^/\s]+/g,
  /\b(?<=kube-api-access-)[a-z0-9]{5}\b/g,
  // The device mapper doubles each dash of a name.
  /[0-9a-f]{8}(?:[-_]{1,2}[0-9a-f]{4}){3}[-_]{1,2}[0-9a-f]{12}/gi,
  /\bsha256:[0-9a-f]+/gi,
  /\b\d{4}[-_]\d\d[-_]\d\d[T _]\d\d[:_]\d\d[:_]\d\d\S*/g,
  /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?:\/\d+)?\b/g,
  /(?<![a-z0-9])(?=[a-f]*\d)[0-9a-f]{8,}(?![a-z0-9])/gi,
  /\b(?:\d+h)?(?:\d+m)?\d+(?:\.\d+)?(?:ms|s|m|h)\b/g,
  // What a program, a server or Windows has answered is the failure itself.
  /(?<!\b(?:exit status|code:|errno) |\b0x[0-9a-f]*)\d{3,}/gi,
];

/** A name that is quoted, a part of a path, or one of the names that a runtime joins: `app_web-x2x7k_shop`. */
const ENCLOSED = /(?<=["'/_\s])[a-z0-9.-]+(?=["'/_])/g;
/** What is made for a pod has its name and more. */
const MADE_FOR = /\*[a-z0-9-]+/g;

/**
 * The message without what only this pod has in it, so that it equals that of another pod which fails for the same. The pod's name is taken
 * out everywhere, that of its namespace, node and containers where they are enclosed.
 */
export function withoutOwnNames({ name, namespace, uid, node, detail }: PodView, message: string): string {
  const own = new Set([namespace, node, ...(detail?.containers.map((container) => container.name) ?? [])]);
  const line = message
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(name, PLACEHOLDER)
    .replaceAll(uid, PLACEHOLDER);
  return [...passing, MADE_FOR]
    .reduce((text, part) => text.replaceAll(part, PLACEHOLDER), line)
    .replaceAll(ENCLOSED, (word) => (own.has(word) ? PLACEHOLDER : word))
    .slice(0, COMPARED);
}

/** So much of a message is compared: a longer one was cut before the names were taken out, at another word in each. */
const COMPARED = 700;

/** A limit, a name or a port of the pod's own keeps its sandbox from being made; or a claim that is not meant for it. */
const OWN_SANDBOX =
  /\bmemory limit\b|\btoo long\b|not allowed to use resource claim|address already in use|port is already allocated/i;
/**
 * The volume itself is not there, is damaged or in use elsewhere, or the pod may not have it (the login of Vault's CSI driver): those of two
 * pods may be so for reasons of their own.
 */
const OWN_VOLUME =
  /not ?found|not exist|non-?existent|no such (?:volume|disk|share)|fsck|superblock|wrong fs type|inconsistency|already (?:attached|in use|used)|already mounted (?!or)|(?:exclusively|still) (?:attached|being used)|\bin use\b|volume ownership|structure needs cleaning|bad message|reason given by server: no such|no key available|(?:service account name|namespace) not authorized|invalid role name/i;
/** What an image or the limits of a container do not allow, wherever it runs. */
const OWN_CONTAINER =
  /\bexec: \\*"|exec format error|memory limit|OOM-killed|memory\.(?:limit|max)|cfs_quota|cpu\.max|\bmount callback failed\b/i;
/** Parts of a node that all of its containers need: without one of them in it, a message is about the container or its image. */
const NEEDED_BY_CONTAINERS =
  /cgroup|systemd|seccomp filter into kernel|session keyring|rootfs component|content store|\bdbus\b|\bttrpc\b|\.sock\b|\bCDI\b|prestart hook|\/proc\/self\/|apparmor|\bsetns\b|child's pid|cannot allocate memory|resource temporarily unavailable|too many open files|crypto engine|input\/output error|transport is closing|connection re(?:fused|set)|deadline exceeded/i;
/** The same for images: where a node keeps them, and what it asks for credentials. */
const NEEDED_BY_IMAGES =
  /snapshot|overlay|content store|credential|input\/output error|\/var\/lib\/(?:containerd|containers|docker|rancher)\b/i;

/** What is said of a sandbox that cannot be made, if other pods may fail for the same. */
export function saidOfSandbox(view: PodView, message: string): string | undefined {
  return OWN_SANDBOX.test(message) ? undefined : withoutOwnNames(view, message);
}

/** The same of a volume that cannot be had. */
export function saidOfVolume(view: PodView, message: string): string | undefined {
  return OWN_VOLUME.test(message) ? undefined : withoutOwnNames(view, message);
}

/** The same of a container that cannot be made or started. */
export function saidOfContainer(view: PodView, message: string): string | undefined {
  const isOfNode = NEEDED_BY_CONTAINERS.test(message) && !OWN_CONTAINER.test(message);
  return isOfNode ? withoutOwnNames(view, message) : undefined;
}

/** The same of an image that cannot be pulled, without its name. */
export function saidOfImage(view: PodView, message: string): string | undefined {
  return NEEDED_BY_IMAGES.test(message) ? withoutOwnNames(view, message) : undefined;
}

/** Words of the managers of CPUs, devices and memory in the kubelet. */
const WANTS_MORE = /\brequested[:=] ?\d|not enough cpus|NUMA nodes/i;

/** The managers of CPUs, memory and devices of the kubelet could not do their work; what a pod wants too much of is its own. */
export function saidOfAdmission(view: PodView, message: string): string | undefined {
  return WANTS_MORE.test(message) ? undefined : withoutOwnNames(view, message);
}
