import { shellWord } from '../markdown.ts';
import { type Commands, firstMatch, type Hint, MAX_NAMED, type Row } from './class-text.ts';

/** By what runtimes and registries say. In this order: a registry that fails answers "not found" as well. */
const causes: readonly Row[] = [
  [
    /InvalidImageName|couldn't parse image/i,
    'The name of the image cannot be read: look for capitals, spaces, a missing value in a template, or more than one colon after the last slash.',
  ],
  [
    /ErrImageNeverPull/,
    'The pull policy is Never, and this node does not have the image: load it onto the node, or set imagePullPolicy to IfNotPresent. No registry is asked.',
  ],
  [
    /\b429\b|toomanyrequests|rate limit/i,
    'The registry limits how often may be pulled: wait, log in with a pull secret, or use a mirror. The name of the image is not to blame.',
  ],
  [
    /no space left on device/i,
    'The disk of the node is full: look at its images and at what else writes there.',
  ],
  [
    /no match for platform|exec format/i,
    'The image exists, but not for the kind of processor that this node has: build it for that platform as well, or select other nodes.',
  ],
  [
    /x509|certificate/i,
    'The node does not trust the certificate of the registry: look at the certificate, and at the CA that the container runtime knows.',
  ],
  [
    /\b5\d\d (?:Internal|Bad|Service|Gateway)/i,
    'The registry itself answers with errors: look at its status first. The kubelet tries again.',
  ],
  [
    /no such host|connection refused|connection reset|i\/o timeout|handshake timeout|deadline exceeded|no route to host|network is unreachable|server misbehaving|cannot be reached/i,
    'The node does not reach the registry: look at the name of the host, at DNS on the node, at firewall and proxy, and at the registry itself.',
  ],
  [
    /pull access denied|repository does not exist or may require/i,
    'The registry says that there is no such repository, or that one has to log in: check the name, then the pull secret.',
  ],
  [
    /unauthorized|authorization failed|authentication required|access denied|forbidden|\b40[13]\b/i,
    'The registry refuses the login: look at whether the pull secret exists, belongs to this registry, is named by the pod or its service account, and is still valid.',
  ],
  [
    /not found|manifest unknown|name unknown|code = NotFound/i,
    'The registry does not have this image: check the tag and the name, and whether the build that should have pushed it has succeeded.',
  ],
  [
    /signature/i,
    'The signature of the image is not accepted: look at how it was signed, and at the policy of the node.',
  ],
];

const UNKNOWN =
  'Check the name and the tag of the image, then the pull secret, then the way from the node to the registry.';

/** Why an image cannot be had. */
export const imageHint: Hint = (input) => firstMatch(causes, input) ?? UNKNOWN;

/** The registry wants a login, or another one. */
const NO_ACCESS = /unauthorized|authoriz|authentication|denied|forbidden|refuses access/i;

/** Reads pull secrets and service account where access is refused. */
export const imageCommands: Commands = ({ kubectl }, { message, environment: { pod } }) => {
  if (!NO_ACCESS.test(message)) return [];
  const secrets = pod?.imagePullSecrets ?? [];
  if (secrets.length > 0)
    return secrets.slice(0, MAX_NAMED).map((name) => `${kubectl} get ${shellWord(`secret/${name}`)}`);
  const account = pod?.serviceAccountName;
  return account === undefined ? [] : [`${kubectl} get ${shellWord(`serviceaccount/${account}`)} -o yaml`];
};
