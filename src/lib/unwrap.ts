import { cutText, plainLine, sayExitCode } from './text.ts';

/**
 * What runtimes, kubelet, registries, controllers and admission put before the cause, one layer on the other. Words of containerd, runc,
 * CRI-O, dockershim, the kubelet (pkg/kubelet/lifecycle/handlers.go, pkg/volume/csi, mount-utils), the API server's errors (apimachinery
 * pkg/api/errors), and controllers.
 */
const LAYERS = [
  'Error creating: ',
  'Error creating job: ',
  'Error: (?=Back-off pulling|container create failed|failed to (?:create containerd|create shim|start container|generate container|reserve container|pull and unpack|inspect image))',
  'pod: "[^"]*"\\. (?=kubelet does not)',
  'Error response from daemon: ',
  'Internal error occurred: ',
  'rpc error: code = \\w+ desc = ',
  'Failed (?:to )?create pod sandbox: ',
  'failed to set ?up (?:pod )?network for sandbox "[^"]*": ',
  'failed to create pod network sandbox \\S+: ',
  'failed to set up sandbox container "[^"]*" network for pod "[^"]*": ',
  '[nN]etworkPlugin cni failed to set up pod "[^"]*" network: ',
  'failed to start sandbox container for pod "[^"]*": ',
  'failed to create network namespace for sandbox "[^"]*": ',
  'unable to ensure pod container exists: ',
  'failed to create container for \\[[^\\]]*\\] ?: ',
  'error adding pod \\S+ to CNI network "[^"]*": ',
  'failed to get sandbox runtime: ',
  'failed to create containerd container: ',
  'error unpacking image: ',
  'failed to unpack image on snapshotter \\S+: ',
  'failed to prepare extraction snapshot "[^"]*": ',
  'failed to extract layer \\S+: mount callback failed on \\S+: ',
  'failed to create (?:containerd |shim )?task(?: for container)?: ',
  'failed to start (?:containerd )?task "[^"]*": ',
  'failed to start container "[^"]*": ',
  'failed to generate (?:container "[^"]*" )?spec: ',
  'OCI runtime (?:create|start) failed: ',
  '(?:runc|crun) create failed: ',
  'container create failed: ',
  'container_linux\\.go:\\d+: (?:starting container process caused: )?',
  'process_linux\\.go:\\d+: (?:container init caused: )?',
  'time="[^"]*" level=\\w+ msg="',
  'unable to start container process: ',
  'error during container init: ',
  'error running (?:prestart|createRuntime) hook #\\d+: exit status \\d+, stdout: , stderr: (?=[^:\\s])',
  "Auto-detected mode as '[^']*' ",
  'hcs::CreateComputeSystem [0-9a-f]+: ',
  'create (?:Pod|Claim) \\S+ (?:for Pod \\S+ )?in StatefulSet \\S+ failed error: ',
  '(?:pods|persistentvolumeclaims|jobs\\.batch) (?:"[^"]*" )?is forbidden: ',
  'failed to create PVC \\S+: ',
  '(?:Pod|PersistentVolumeClaim) "[^"]*" is invalid: ',
  'failed to provision volume with StorageClass "[^"]*": ',
  'kubernetes\\.io/csi: ',
  '(?:mounter|attacher|blockMapper)\\.\\w+ failed(?: to [\\w ]+)?: ',
  'failed to mount secrets store objects for pod \\S+, err: ',
  '(?:failed to (?:bind )?|could not |unable to )mount "[^"]*" at "/var/lib/kubelet[^"]*": ',
  'Running (?:scope )?as unit: \\S+ (?:invocation ID: \\S+ )?',
  'mount: /var/lib/kubelet/\\S+: ',
  'volume\\(\\S+\\) mount "[^"]*" on "[^"]*" failed with ',
  'Back-off pulling image "[^"]*": (?:\\w+: )?',
  'Failed to pull image "[^"]*": ',
  'Failed to inspect image "[^"]*": ',
  'failed to pull and unpack image "[^"]*": ',
  'failed to resolve (?:reference "[^"]*"|image): ',
  'failed to (?:do request|authorize|fetch oauth token|copy): ',
  '(?:initializing source|reading manifest \\S+ in|pinging container registry|error pinging docker registry) \\S+: ',
  'httpReadSeeker: failed open: ',
  'crun: ',
  'the HPA was unable to compute the replica count: ',
  'failed to get \\w+ (?:container )?(?:utilization|usage|resource metric value|metric value): ',
  'unable to get metrics for resource \\S+: ',
  'Exec lifecycle hook \\(\\[.*?\\]\\) for Container "[^"]*" in Pod "[^"]*" failed - error: ',
];
const LAYER = new RegExp(`^(?:${LAYERS.join('|')})`, 'is');
/** What the kernel or a deadline says of anything: with the last layer before it a reader knows of what. */
const NAMES_NOTHING =
  /^(?:context deadline exceeded|timed out|no space left on device|file exists|permission denied|operation not permitted|device or resource busy|exit status \d+|EOF)$/i;
/** Layers that say no more than that it was handed on. */
const ONLY_HANDED_ON = /^(?:rpc error|Error|Internal error)\b/i;
/** The command of the kubelet's mounter, before what it has printed (doMount of mount-utils). */
const MOUNT_COMMAND =
  /(?:mount failed: )?(?:exit status \d+ )?Mounting command: \S+ Mounting arguments: (.*?) Output: (\S.*)$/s;
/** An external metric is said with its whole selector (external metrics client of the autoscaler). */
const SELECTOR = /(\bexternal metric [^&]{1,500}?)\/?&LabelSelector\{.*?\}(?=: )/s;
/** systemd is given all properties of a control group, and the runtime says them. */
const PROPERTIES = /(\bunable to start unit) "[^"]*" \(properties .*?\]\)/s;
/** The API server says the name of the webhook before these. */
const CALL = /: failed to call webhook: \w+ "[^"]*"(?=: )/;
/** Kyverno says which pod before which policy. */
const BLOCKED = /(denied the request: )resource \S+ was blocked due to the following policies /;
/** The kubelet on a postStart hook: how its command ended, what it has printed (pkg/kubelet/lifecycle/handlers.go). */
const HOOK = /^(?:command '.*' exited with (\d+): .*|(.*)), message: "(.*)"$/s;
/** The kubelet names the container once more, with the uid of its pod (pkg/kubelet/kuberuntime/security_context.go). */
const WHERE = / \(pod: "[^"]*", container: [^)]*\)$/;
/** The image of the sandbox is named, and then how it is pulled as that of any container (pkg/cri of containerd). */
const SANDBOX_IMAGE = /^(failed to get sandbox image "[^"]*": )failed to pull image "[^"]*": (.*)$/s;
/** runc says both ends of a mount and then both once more, with flags or the descriptor that it went through; older ones say the root as well. */
const MOUNT_INTO =
  /^(?:error mounting|rootfs_linux\.go:\d+: mounting) "([^"]*)" to rootfs (?:"[^"]*" )?at ("[^"]*")(?:: mount (?:src=[^:]*|\S+ \(via [^)]*\), flags: [^:]*)| caused: mount through procfd| caused): /;
/** runc's class of every error that has none. */
const NO_CLASS = /: unknown$/;
/** What is left of a log line of runc that CRI-O quotes. */
const END_OF_QUOTE = /^([^"]*(?:\\"[^"]*\\"[^"]*)*)"$/;

/** The cause within a message of the cluster: a subject has 200 characters, and half of them would name who handed it on. */
export function unwrap(message: string): string {
  const plain = message.replace(MOUNT_COMMAND, sayMount).replace(SELECTOR, '$1').replace(PROPERTIES, '$1');
  const bare = withoutLayers(plain).replace(HOOK, sayHook);
  const isQuotedLog = bare !== message && message.includes('level=');
  const unquoted = isQuotedLog ? bare.replace(END_OF_QUOTE, '$1').replaceAll('\\"', '"') : bare;
  const cause = unquoted
    .replace(NO_CLASS, '')
    .replace(CALL, '')
    .replace(BLOCKED, '$1')
    .replace(WHERE, '')
    .replace(SANDBOX_IMAGE, (_all, image: string, pulled: string) => image + withoutLayers(pulled))
    .replace(MOUNT_INTO, sayMountInto)
    .trim();
  return cause === '' ? message : cause;
}

function withoutLayers(message: string): string {
  let rest = message;
  let last = '';
  for (let layer = LAYER.exec(rest)?.[0]; layer !== undefined; layer = LAYER.exec(rest)?.[0]) {
    if (!ONLY_HANDED_ON.test(layer)) last = layer;
    rest = rest.slice(layer.length);
  }
  return NAMES_NOTHING.test(rest.replace(NO_CLASS, '').trim()) ? last + rest : rest;
}

/** The last argument but one is what is mounted, such as a path of a file server; what the kubelet has made itself says nothing. */
function sayMount(_all: string, given: string, printed: string): string {
  const source = given.split(' ').at(-2) ?? '';
  const isTold = source === '' || printed.includes(source.split(':/')[0] ?? '') || source.startsWith(KUBELET);
  return isTold ? printed : `${printed.trim()} (${source})`;
}

function sayMountInto(_all: string, source: string, target: string): string {
  return source.startsWith(KUBELET)
    ? `error mounting at ${target}: `
    : `error mounting "${source}" at ${target}: `;
}

const KUBELET = '/var/lib/kubelet/';

function sayHook(
  _all: string,
  exitCode: string | undefined,
  error: string | undefined,
  printed: string,
): string {
  const end = exitCode === undefined ? (error ?? '') : `exit code ${exitCode}`;
  const words = printed
    .replaceAll(/\\[nrt]/g, ' ')
    .replaceAll('\\"', '"')
    .trim();
  return words === '' ? end : `${end}: ${words}`;
}

/** The request of an HTTP probe and how it was sent (pkg/probe/http, net/http): a subject ends before it says what came of it. */
const PROBED =
  /(\b(?:Liveness|Readiness|Startup) probe failed: )Get "https?:\/\/[^"/]*(\/[^"]*)?": (?:dial tcp \S+ )?(?:connect: )?/;
const TIMED_OUT = / \((?:Client\.Timeout|net\/http: request canceled)[^)]*\)/;

/** A command that a probe has run for too long (pkg/probe/exec, of 1.20 to 1.26 without its time): it is quoted before the time. */
const COMMAND_TIMED_OUT =
  /(\b(?:Liveness|Readiness|Startup) probe failed: command )(?:timed out: )?"(?:[^"\\]|\\.)*" (timed out)/;

/** A cause in which a probe is quoted, with the path alone of what it asked, and without its command. */
export function shortProbe(cause: string): string {
  const short = cause.replace(PROBED, (_all, failed: string, path = '/') => `${failed}GET ${path}: `);
  return short === cause ? cause.replace(COMMAND_TIMED_OUT, '$1$2') : short.replace(TIMED_OUT, '');
}

/** Longest quotation within a cause: after it still comes what the revisions do, or a line of the log. */
export const MAX_QUOTE = 300;

/** What another program says, as one line without what stands before its cause, cut to `MAX_QUOTE` characters. */
export function quoted(text: string | undefined): string {
  return text === undefined ? 'no reason given' : cutText(unwrap(plainLine(text)), MAX_QUOTE);
}

const STOP_CODES: ReadonlySet<number> = new Set([0, 137, 143]);

/** Whether a program that the kubelet stops can end with this code: by SIGKILL, by SIGTERM, or without an error. */
export function isStopCode(exitCode: number): boolean {
  return STOP_CODES.has(exitCode);
}

const FATAL_PROBE = /^(?:Liveness|Startup) probe failed/;

/** How a run ended that the kubelet has stopped, by the report of the probe for which it did; undefined for what is no such report. */
export function sayProbeStop(
  report: string,
  exitCode: number,
  quote: (text: string) => string,
): string | undefined {
  if (!FATAL_PROBE.test(report)) return undefined;
  const said = quote(report.trim().replace(/:$/, ''));
  return `is restarted by the kubelet (exit code ${sayExitCode(exitCode)}): ${said}`;
}
