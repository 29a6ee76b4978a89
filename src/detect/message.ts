import type { ContainerRole } from '../domain/failure.ts';
import type { ContainerView } from '../domain/views.ts';
import { unwrap } from '../lib/unwrap.ts';

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
