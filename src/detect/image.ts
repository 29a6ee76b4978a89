import type { SharedCause } from '../domain/failure.ts';
import type { ContainerView, EventView, PodDetail, PodView } from '../domain/views.ts';
import type { Detector, Finding, Observation } from './detector.ts';
import { containerSignal, startableSince } from './pod.ts';
import { isNameUnresolved, registryCause } from './shared-cause.ts';
import { saidOfImage } from './same-message.ts';
import { nameContainer, withQuote } from './message.ts';

/** Reasons that say all: trying again changes nothing. */
const finalReasons: Readonly<Record<string, string>> = {
  InvalidImageName: 'has an image name that nobody can read',
  ErrImageNeverPull: 'may not pull its image, and the node does not have it',
};
const pullReasons = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);

interface PullCause {
  readonly pattern: RegExp;
  readonly words: string;
  /** Waiting does not fix it. */
  readonly isFinal?: true;
  /** It concerns everybody who pulls from this registry. */
  readonly isRegistry?: true;
  /** Our words alone do not say which. */
  readonly isQuoted?: true;
}

/**
 * What runtimes and registries say. In this order: a registry that fails answers "not found" as well, and so does a node that lacks
 * a program or a part of the image. That an image is not found may pass: pipelines push it seconds after they have applied it.
 */
const pullCauses: readonly PullCause[] = [
  {
    pattern: /429 Too Many|toomanyrequests|rate limit/i,
    words: 'the registry limits the rate of pulls',
    isRegistry: true,
  },
  {
    pattern: /\b5\d\d (?:Internal|Bad|Service|Gateway)/i,
    words: 'the registry answers with an error',
    isRegistry: true,
  },
  {
    pattern:
      /no such host|connection refused|connection reset|i\/o timeout|handshake timeout|deadline exceeded|no route to host|network is unreachable|server misbehaving|timed out|name resolution|\bEOF\b/i,
    words: 'the registry cannot be reached',
    isRegistry: true,
  },
  {
    // exec-credential helpers of Docker's configuration, and the kubelet's credential provider plugins.
    pattern: /error getting credentials|docker-credential-|credential (?:helper|provider)/i,
    words: 'the node cannot get the credentials for the registry',
    isQuoted: true,
  },
  {
    // containerd, when its content store has lost what its database still knows.
    pattern: /content digest \S+ not found|content store|blob not found/i,
    words: 'the node has lost a part of it',
    isQuoted: true,
  },
  { pattern: /blob unknown/i, words: 'the registry has lost a part of it' },
  { pattern: /invalid reference format/i, words: 'nobody can read its name', isFinal: true },
  {
    // containerd; docker; CRI-O (containers/image), of lists of manifests and of indexes.
    pattern:
      /no match for platform|no matching manifest for|no image found in (?:manifest list|image index)/i,
    words: 'it is not made for the platform of the node',
    isFinal: true,
  },
  // docker says "not found" before it.
  { pattern: /no pull access/i, words: 'the registry refuses access, or does not have it' },
  {
    pattern: /\bnot found\b|manifest unknown|name unknown|code = NotFound/i,
    words: 'not found',
  },
  {
    pattern: /pull access denied|insufficient_scope|may require authorization|\bforbidden\b|is denied/i,
    words: 'the registry refuses access, or does not have it',
  },
  {
    // Whoever comes with the same credentials is refused as well.
    pattern:
      /unauthorized|failed to authorize|authorization failed|oauth token|authentication required|no basic auth credentials|access denied/i,
    words: 'the registry refuses access, or does not have it',
    isRegistry: true,
  },
  {
    pattern: /x509|certificate/i,
    words: 'the certificate of the registry is not trusted',
    isRegistry: true,
  },
  { pattern: /no space left on device/i, words: 'the disk of the node is full' },
];

/** What kubelet and runtime put before the cause: the name of the image, which is said already. */
const PULLING =
  /^(?:Back-off pulling image "[^"]*": )?(?:ErrImagePull: )?(?:rpc error: code = \w+ desc = )?(?:Failed to pull image "[^"]*": )?(?:failed to pull and unpack image "[^"]*": )?/i;

/** Containers whose image cannot be had. */
export const image: Detector<PodView> = {
  kind: 'Pod',
  detect: (observation) => {
    const { detail } = observation.view;
    if (detail === undefined) return [];
    return detail.containers.flatMap((container) => imageSignal(observation, detail, container));
  },
};

function imageSignal(
  { view, events }: Observation<PodView>,
  detail: PodDetail,
  container: ContainerView,
): readonly Finding[] {
  const { waiting } = container;
  if (waiting === undefined || container.role === 'ephemeral') return [];
  const found = finalProblem(waiting) ?? pullProblem(waiting, events);
  if (found === undefined) return [];
  return [
    {
      reason: waiting.reason,
      message: `${nameContainer(container)} ${found.words}`,
      since: startableSince(view, detail, container),
      immediate: found.isFinal,
      container: containerSignal(container),
      sharedCause: found.sharedCause,
      saidAlike: found.said === undefined ? undefined : saidOfImage(view, found.said),
    },
  ];
}

type Waiting = NonNullable<ContainerView['waiting']>;

interface Problem {
  readonly words: string;
  readonly isFinal: boolean;
  readonly sharedCause?: SharedCause | undefined;
  /** What the runtime says, without the image. */
  readonly said?: string | undefined;
}

function finalProblem({ reason, message }: Waiting): Problem | undefined {
  const words = Object.hasOwn(finalReasons, reason) ? finalReasons[reason] : undefined;
  return words === undefined ? undefined : { words: withQuote(words, message), isFinal: true };
}

function pullProblem({ reason, message = '' }: Waiting, events: readonly EventView[]): Problem | undefined {
  if (!pullReasons.has(reason)) return undefined;
  const name = imageIn(message);
  const text = causeIn(message) === undefined ? (lastTry(name, events) ?? message) : message;
  const cause = causeIn(text);
  const words = name === undefined ? 'cannot pull its image' : `cannot pull image ${name}`;
  return {
    words: withQuote(words, sayCause(cause, text)),
    isFinal: cause?.isFinal === true,
    ...blame(cause, text, name),
  };
}

/** What others may lack as well: the registry, or what the node says of images in general. All else is about this one. */
function blame(cause: PullCause | undefined, text: string, name = ''): Pick<Problem, 'sharedCause' | 'said'> {
  if (cause?.isRegistry === true) return name === '' ? {} : { sharedCause: registryCause(name, text) };
  if (cause !== undefined && cause.isQuoted !== true) return {};
  const said = text.replace(PULLING, '');
  return { said: name === '' ? said : said.replaceAll(name, '') };
}

/** The runtime pulls what it makes each sandbox of itself (containerd, CRI-O). */
const SANDBOX_IMAGE = /\bfailed to get sandbox image "([^"]+)"/i;

/** The registry or the name server that keeps a runtime from the image of its sandboxes. */
export function sandboxImageCause(text: string): SharedCause | undefined {
  const image = SANDBOX_IMAGE.exec(text)?.[1];
  return image !== undefined && causeIn(text)?.isRegistry === true ? registryCause(image, text) : undefined;
}

function sayCause(cause: PullCause | undefined, text: string): string {
  if (cause === undefined) return text;
  if (isNameUnresolved(text)) return 'the name of the registry is not resolved';
  return cause.isQuoted === true ? withQuote(cause.words, text.replace(PULLING, '')) : cause.words;
}

/** While it backs off, an older kubelet says only that it does: the cause is in the event of the try before. */
function lastTry(name: string | undefined, events: readonly EventView[]): string | undefined {
  const tries = events.filter(({ reason, note }) => reason === 'Failed' && imageIn(note) !== undefined);
  return tries.find(({ note }) => name === undefined || imageIn(note) === name)?.note;
}

function causeIn(text: string): PullCause | undefined {
  return pullCauses.find(({ pattern }) => pattern.test(text));
}

function imageIn(text: string): string | undefined {
  return /image "([^"]+)"/.exec(text)?.[1];
}
