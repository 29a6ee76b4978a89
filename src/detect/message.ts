import type { ContainerRole } from '../domain/failure.ts';
import type { ContainerView } from '../domain/views.ts';

const roleWords: Readonly<Record<ContainerRole, string>> = {
  app: 'container',
  init: 'init container',
  sidecar: 'sidecar',
  ephemeral: 'debug container',
};

/** `init container migrate` */
export function nameContainer({ role, name }: ContainerView): string {
  return `${roleWords[role]} ${name}`;
}

/** A sentence of ours, with the whole of what the cluster says about it, as half a secret is not recognised: `the node is not ready: container runtime is down`. */
export function withQuote(words: string, quote: string | undefined): string {
  const line = quote?.replaceAll(/\s+/g, ' ').trim() ?? '';
  return line === '' ? words : `${words}: ${unwrap(line)}`;
}

/** What runtimes, kubelet and controllers put before the cause, one layer on the other. */
const LAYERS = [
  'Failed to create pod sandbox: ',
  'failed to create containerd task: ',
  'failed to create shim task: ',
  'OCI runtime create failed: ',
  'runc create failed: ',
  'unable to start container process: ',
  'error during container init: ',
  'Error creating: ',
  'rpc error: code = \\w+ desc = ',
  'create (?:Pod|Claim) \\S+ (?:for Pod \\S+ )?in StatefulSet \\S+ failed error: ',
];
const WRAPPING = new RegExp(`^(?:${LAYERS.join('|')})+`, 'i');
/** runc's class of every error that has none. */
const NO_CLASS = /: unknown$/;

/** The cause within a message: a subject has 200 characters, and half of them would name who handed it on. */
export function unwrap(message: string): string {
  const cause = message.replace(WRAPPING, '').replace(NO_CLASS, '');
  return cause === '' ? message : cause;
}
